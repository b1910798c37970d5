#!/usr/bin/env bash
# Apply: every release of a fleet changes, nothing is waited for; beside a shell loop of
# `helm upgrade`, beside eight of them at a time (xargs), and beside a bare client that sends the
# same requests (curl, 8 connections, without any thought of their order). rollbook plans and
# applies. Helm's figures are those of a sample, per release. Prints seconds per release, requests
# per release, peak memory, and ratios.
#   ROLLBOOK=target/release/rollbook HELM=~/.cache/rollbook-test/bin/helm3 SIZE=200 SAMPLE=40 RUNS=3
set -euo pipefail
cd "$(dirname "$0")/.."
. benches/fleet/fleet.sh
helm=${HELM:-$HOME/.cache/rollbook-test/bin/helm3}
size=${SIZE:-200}
sample=${SAMPLE:-40}
export helm dir

inventory "$size" > "$dir/hosts.yml"
quietly "$rollbook" apply -i "$dir/hosts.yml" "$dir/make.yml" --yes
rest
mapfile -t clients < <(seq -f 'c%04g' 1 "$size")

lines=$(wc -l < "$audit")
ours=$(measure "$rollbook" apply -i "$dir/hosts.yml" "$dir/make.yml" -e domain=r@RUN@.example.net --yes)
grep -q "^Run .*: $size of $size done" "$dir/out" || { tail "$dir/out" >&2; exit 1; }
tail -n "+$((lines + 1))" "$audit" | grep '"userAgent":"rollbook/' > "$dir/ours"
requests=$(($(wc -l < "$dir/ours") / runs))

# The same requests: what the last run sent, by method and path, with what is there by now as bodies.
sent=$(python3 benches/fleet/replay.py "$dir/ours" "$runs" "$server" "$RUN/kubeconfig" "$BIN/kubectl" \
  "$dir/replay" "r$runs.example.net")
bare_run=$(measure bash -c "bare --parallel --parallel-max 8 --config $dir/replay/@RUN@")
# A client that is refused is quick for nothing.
refused=$(grep -vc '^2' "$dir/out" || true)

upgrade() { # client domain
  printf 'client: {name: %s, domain: %s}\ndatabase: {password: secret-of-%s}\n' "$1" "$2" "$1" > "$dir/$1.yml"
  printf 'frontend: {replicas: 0}\napi: {replicas: 0}\nworkers: null\n' >> "$dir/$1.yml"
  printf '%s: {enabled: false}\n' cache backup metrics tests >> "$dir/$1.yml"
  "$helm" upgrade "$1" "$dir/webapp" -n "$1" -f "$dir/$1.yml" --kubeconfig "$RUN/kubeconfig"
}
export -f upgrade
lines=$(wc -l < "$audit")
runs=1
loop=$(measure bash -c 'for c in "$@"; do upgrade $c loop.example.net || exit 1; done' bash "${clients[@]:0:$sample}")
theirs=$(($(tail -n "+$((lines + 1))" "$audit" | grep -c '"userAgent":"Helm/' || true) / sample))
many=$(measure bash -c 'printf "%s\n" "$@" | xargs -P8 -I{} bash -c "upgrade {} many.example.net"' bash "${clients[@]:0:$sample}")

echo "of $sent requests of the bare client $refused were refused"
echo "$size $sample $requests $sent $theirs $ours $bare_run $loop $many" | awk '{
  head = "%-24s %12s %10s %12s %6s\n"; row = "%-24s %12.4f %10.4f %12.1f %6d\n"
  printf head, "client", "s/release", "CPU", "requests", "MiB"
  printf row, "rollbook", $6 / $1, $7 / $1, $3 / $1, $9 / 1024
  printf row, "bare client", $10 / $1, $11 / $1, $4 / $1, $13 / 1024
  printf row, "helm upgrade, one by one", $14 / $2, $15 / $2, $5, $17 / 1024
  printf row, "helm upgrade, xargs -P8", $18 / $2, $19 / $2, $5, $21 / 1024
  printf "rollbook is %.1f times faster than the loop, %.1f times than xargs -P8; %.2f times the bare client\n", \
    ($14 / $2) / ($6 / $1), ($18 / $2) / ($6 / $1), $6 / $10 }'

#!/usr/bin/env bash
# Plan: a fleet where nothing changes, on a real control plane, beside the bare LISTs of the same
# kinds with Helm's selector: one connection, one list after the other, bodies read and dropped.
# Prints, of the fastest run each: seconds, CPU seconds of the client and of the API server,
# requests, peak memory, and their ratios.
#   ROLLBOOK=target/release/rollbook SIZES="200 1000" RUNS=3
set -euo pipefail
cd "$(dirname "$0")/.."

rollbook=$(realpath "${ROLLBOOK:-target/release/rollbook}")
read -ra sizes <<< "${SIZES:-200 1000}"
runs=${RUNS:-3}
dir=$(mktemp -d)
BIN=$(tests/controlplane/ensure.sh)
export BIN RUN=$dir/plane AUDIT=1 ROLLBOOK_STATE=$dir/state
trap 'tests/controlplane/down.sh > "$dir/down.log" 2>&1 || true; rm -rf "$dir"' EXIT
NODES=6 tests/controlplane/up.sh > "$dir/up.log" 2>&1
server=$(sed -n 's/.*server: "\([^"]*\)".*/\1/p' "$RUN/kubeconfig")
audit=$RUN/log/audit.log

# The demo's chart without its hooks and pods: a fleet of them is made in minutes.
cp -r fixtures/charts/webapp-2.5.0 "$dir/webapp"
rm "$dir"/webapp/templates/{seed,migrate}.yaml
inventory() { # size
  cat << YAML
all:
  vars:
    cluster: {context: test, kubeconfig: $RUN/kubeconfig}
    release:
      chart: $dir/webapp
      version: 2.5.0
      create_namespace: true
      values:
        client: {name: "{{ inventory_hostname }}", domain: example.net}
        database: {password: "secret-of-{{ inventory_hostname }}"}
        frontend: {replicas: 0}
        api: {replicas: 0}
        workers: null
        cache: {enabled: false}
        backup: {enabled: false}
        metrics: {enabled: false}
        tests: {enabled: false}
  children:
    clients:
      hosts:
        c[0001:$(printf '%04d' "$1")]:
YAML
}
cat > "$dir/make.yml" << 'YAML'
- name: Make the fleet
  hosts: clients
  tasks:
    - release: {wait: false}
YAML

# What is listed: the kinds of the release, and autoscalers.
lists=(api/v1/configmaps api/v1/persistentvolumeclaims api/v1/secrets api/v1/serviceaccounts
  api/v1/services apis/apps/v1/deployments apis/apps/v1/statefulsets
  apis/autoscaling/v2/horizontalpodautoscalers apis/networking.k8s.io/v1/ingresses
  apis/networking.k8s.io/v1/networkpolicies apis/policy/v1/poddisruptionbudgets)
for list in "${lists[@]}"; do
  echo "url = \"$server/$list?labelSelector=app.kubernetes.io%2Fmanaged-by%3DHelm\""
  echo "output = /dev/null"
done > "$dir/lists"
bare() {
  curl --silent --fail --cacert "$RUN/pki/ca.crt" --cert "$RUN/pki/admin.crt" \
    --key "$RUN/pki/admin.key" --config "$dir/lists"
}

ticks() { # CPU seconds of the API server so far
  awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' "/proc/$(cat "$RUN/pid/kube-apiserver")/stat"
}
# The fastest of the runs of a command: seconds, its CPU, the server's CPU, KiB.
measure() {
  local before
  for _ in $(seq "$runs"); do
    before=$(ticks)
    /usr/bin/time -f '%e %U %S %M' -o "$dir/time" "$@" > "$dir/out" 2>&1 || { cat "$dir/out" >&2; exit 1; }
    awk -v before="$before" -v after="$(ticks)" '{ print $1, $2 + $3, after - before, $4 }' "$dir/time"
  done | sort -n | head -1
}

export -f bare
export RUN dir
printf '%-8s %-9s %8s %8s %8s %9s %9s %8s\n' targets client seconds CPU "CPU srv" requests "dry runs" MiB
for size in "${sizes[@]}"; do
  inventory "$size" > "$dir/hosts.yml"
  "$rollbook" apply -i "$dir/hosts.yml" "$dir/make.yml" --yes > "$dir/out" 2>&1 || { tail "$dir/out" >&2; exit 1; }
  lines=$(wc -l < "$audit")
  ours=$(measure "$rollbook" plan -i "$dir/hosts.yml" playbooks/update.yml)
  grep -q '^Plan: no changes' "$dir/out" || { tail "$dir/out" >&2; exit 1; }
  tail -n "+$((lines + 1))" "$audit" | grep '"userAgent":"rollbook/' > "$dir/ours"
  requests=$(($(wc -l < "$dir/ours") / runs)) dry=$(($(grep -c 'dryRun=' "$dir/ours" || true) / runs))
  theirs=$(measure bash -c bare)
  echo "$size $requests $dry ${#lists[@]} $ours $theirs" | awk '{
    row = "%-8s %-9s %8.2f %8.2f %8.2f %9d %9d %8d\n"
    printf row, $1, "rollbook", $5, $6, $7, $2, $3, $8 / 1024
    printf row, $1, "LISTs", $9, $10, $11, $4, 0, $12 / 1024
    printf "%-8s %-9s %8.2f times the LISTs; all CPU %.2f times; %.0f KiB per target\n", $1, "ratio", $5 / $9, ($6 + $7) / ($10 + $11), $8 / $1 }'
done

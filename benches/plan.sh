#!/usr/bin/env bash
# Plan: a fleet where nothing changes, on a real control plane, beside the bare LISTs of the same
# kinds with Helm's selector: one connection, one list after the other, bodies read and dropped;
# and beside those and the lists of what else a plan can't do without: namespaces and release records.
# Prints, of the fastest run each: seconds, CPU seconds of the client and of the API server,
# requests, peak memory, and their ratios.
#   ROLLBOOK=target/release/rollbook SIZES="200 1000" RUNS=3
set -euo pipefail
cd "$(dirname "$0")/.."
. benches/fleet/fleet.sh
read -ra sizes <<< "${SIZES:-200 1000}"

# What is listed: the kinds of the release, and autoscalers.
lists=(api/v1/configmaps api/v1/persistentvolumeclaims api/v1/secrets api/v1/serviceaccounts
  api/v1/services apis/apps/v1/deployments apis/apps/v1/statefulsets
  apis/autoscaling/v2/horizontalpodautoscalers apis/networking.k8s.io/v1/ingresses
  apis/networking.k8s.io/v1/networkpolicies apis/policy/v1/poddisruptionbudgets)
lists=("${lists[@]/%/?labelSelector=app.kubernetes.io%2Fmanaged-by%3DHelm}")
all=("${lists[@]}" api/v1/namespaces 'api/v1/secrets?labelSelector=owner%3Dhelm')
config() { printf "url = \"$server/%s\"\noutput = /dev/null\n" "$@"; }
config "${lists[@]}" > "$dir/lists"
config "${all[@]}" > "$dir/all"

printf '%-8s %-9s %8s %8s %8s %9s %9s %8s\n' targets client seconds CPU "CPU srv" requests "dry runs" MiB
for size in "${sizes[@]}"; do
  inventory "$size" > "$dir/hosts.yml"
  quietly "$rollbook" apply -i "$dir/hosts.yml" "$dir/make.yml" --yes
  rest
  lines=$(wc -l < "$audit")
  ours=$(measure "$rollbook" plan -i "$dir/hosts.yml" playbooks/update.yml)
  grep -q '^Plan: no changes' "$dir/out" || { tail "$dir/out" >&2; exit 1; }
  tail -n "+$((lines + 1))" "$audit" | grep '"userAgent":"rollbook/' > "$dir/ours"
  requests=$(($(wc -l < "$dir/ours") / runs)) dry=$(($(grep -c 'dryRun=' "$dir/ours" || true) / runs))
  theirs=$(measure bash -c "bare --fail --config $dir/lists")
  with_more=$(measure bash -c "bare --fail --config $dir/all")
  echo "$size $requests $dry ${#lists[@]} $ours $theirs $with_more ${#all[@]}" | awk '{
    row = "%-8s %-9s %8.2f %8.2f %8.2f %9d %9d %8d\n"
    printf row, $1, "rollbook", $5, $6, $7, $2, $3, $8 / 1024
    printf row, $1, "LISTs", $9, $10, $11, $4, 0, $12 / 1024
    printf row, $1, "all", $13, $14, $15, $17, 0, $16 / 1024
    printf "%-8s %-9s %8.2f times the LISTs, %.2f times all; all CPU %.2f and %.2f times; %.0f KiB per target\n", $1, "ratio",
      $5 / $9, $5 / $13, ($6 + $7) / ($10 + $11), ($6 + $7) / ($14 + $15), $8 / $1 }'
done

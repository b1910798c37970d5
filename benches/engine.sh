#!/usr/bin/env bash
# The chart engine: CPU seconds of rendering alone beside Helm's own engine (chart loaded once,
# rendered many times), of parsing alone, and of the whole process beside `helm template`. Then a
# fleet: one chart with 1,000 different sets of values, rendered and parsed to objects.
#   CHARTS="DIR DIR…" HELM=~/.cache/rollbook-test/bin/helm3 ROLLBOOK=target/release/rollbook
#   ENGINE=target/release/deps/engine-… where the bench is built already: that takes minutes
set -euo pipefail
cd "$(dirname "$0")/.."

rollbook=${ROLLBOOK:-target/release/rollbook}
helm=${HELM:-$HOME/.cache/rollbook-test/bin/helm3}
read -ra charts <<< "${CHARTS:-$PWD/fixtures/charts/webapp-2.5.0}"
processes=${PROCESSES:-20}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

(cd benches/engine && go build -o "$dir/peer" .)
engine=${ENGINE:-}
if [ -z "$engine" ]; then
  cargo bench --quiet --locked --bench engine --no-run
  engine=$(ls -t target/release/deps/engine-* | grep -v '\.d$' | head -n 1)
fi

# CPU seconds of one process.
process() {
  /usr/bin/time -f '%U %S' -o "$dir/time" bash -c 'for _ in $(seq "$1"); do "${@:2}" > /dev/null; done' \
    bash "$processes" "$@"
  tail -1 "$dir/time" | awk -v n="$processes" '{ printf "%.9f", ($1 + $2) / n }'
}

# One chart after the other, so that both see the machine in the same mood. One that can't be
# rendered as it is is left out.
one() {
  "$dir/peer" "$1" | sed 's/^/helm /'
  "$engine" "$1" | sed 's/^/rollbook /'
  echo "helm $2 process $(process "$helm" template rel "$1")"
  echo "rollbook $2 process $(process "$rollbook" chart template rel "$1")"
}
for chart in "${charts[@]}"; do
  name=$(basename "$chart")
  if "$helm" template rel "$chart" > /dev/null; then one "$chart" "$name"; fi
done > "$dir/times"

awk '
  function mean(step) { return exp(logs[step] / count) }
  function ratio(step, theirs, ours,   r) {
    r = theirs / ours; logs[step] += log(r)
    if (!(step in least) || r < least[step]) least[step] = r
    return r
  }
  { at[$1, $2, $3] = $4; rest[$2, $3] = $5; if (!($2 in seen)) { seen[$2]; names[++count] = $2 } }
  END {
    printf "%-24s %12s %12s %8s %8s %8s %10s %6s\n", "chart", "helm ms", "rollbook ms", "render", "parse", "process", "fleet s", "MiB"
    for (i = 1; i <= count; i++) {
      n = names[i]
      printf "%-24s %12.3f %12.3f %7.1fx %7.1fx %7.1fx %10.2f %6d\n", n, 1000 * at["helm", n, "render"],
        1000 * at["rollbook", n, "execute"], ratio("render", at["helm", n, "render"], at["rollbook", n, "execute"]),
        ratio("parse", at["helm", n, "parse"], at["rollbook", n, "parse"]),
        ratio("process", at["helm", n, "process"], at["rollbook", n, "process"]),
        at["rollbook", n, "fleet"], rest[n, "fleet"] / 1024
    }
    printf "%-50s %7.1fx %7.1fx %7.1fx\n", "geometric mean", mean("render"), mean("parse"), mean("process")
    printf "%-50s %7.1fx %7.1fx %7.1fx\n", "least", least["render"], least["parse"], least["process"]
  }' "$dir/times"

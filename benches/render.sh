#!/bin/sh
# Renders: the demo chart with N different sets of values, side by side with `helm template`.
# Prints CPU seconds (user and system) per render and their ratio. One render is one process for
# both; then rollbook's own way, one process for a fleet of N targets, as `preview` draws it.
#   ROLLBOOK=target/release/rollbook HELM=~/.cache/rollbook-test/bin/helm3 RENDERS=1000
set -eu
cd "$(dirname "$0")/.."

rollbook=${ROLLBOOK:-target/release/rollbook}
helm=${HELM:-$HOME/.cache/rollbook-test/bin/helm3}
renders=${RENDERS:-1000}
chart=fixtures/charts/webapp-2.5.0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

seq 1 "$renders" | while read -r n; do
    printf 'client: {name: c%05d, domain: example.net}\nfrontend: {replicas: %d}\n' "$n" $((n % 9 + 1)) > "$dir/c$n.yml"
done

# CPU seconds of one render, "template" as its command.
each() {
    script='n=1; while [ "$n" -le "$2" ]; do '$1' c$n "$3" -f "$4/c$n.yml" > /dev/null; n=$((n + 1)); done'
    /usr/bin/time -f '%U %S' -o "$dir/time" sh -c "$script" sh "$renders" "$chart" "$dir"
    per_render
}

per_render() {
    awk -v n="$renders" '{ printf "%.6f", ($1 + $2) / n }' "$dir/time"
}

fleet() {
    mkdir "$dir/fleet"
    {
        printf 'all:\n  vars:\n    cluster: {recording: none}\n'
        printf '    release: {chart: %s}\n' "$PWD/$chart"
        printf '  children:\n    clients:\n      hosts:\n'
        seq 1 "$renders" | while read -r n; do
            printf '        c%05d: {release: {values: {client: {name: c%05d, domain: example.net}, frontend: {replicas: %d}}}}\n' "$n" "$n" $((n % 9 + 1))
        done
    } > "$dir/fleet/hosts.yml"
    /usr/bin/time -f '%U %S' -o "$dir/time" \
        "$rollbook" preview -i "$dir/fleet" playbooks/update.yml --format json > "$dir/out" || [ $? -eq 3 ]
    per_render
}

together=$(fleet)
echo "rollbook, a fleet in one process  $together  (CPU seconds per render, $renders renders)"
alone=$(each "$rollbook chart template")
echo "rollbook chart template           $alone"
if [ -x "$helm" ]; then
    theirs=$(each "$helm template")
    echo "helm template                     $theirs"
    echo "$alone $together $theirs" | awk '{
        printf "ratio                             %.1f times less CPU per process, %.1f times less in a fleet\n", $3 / $1, $3 / $2 }'
fi

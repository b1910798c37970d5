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

seq -f 'c%05g' 1 "$renders" | while read -r name; do
    echo "client: {name: $name, domain: example.net}" > "$dir/$name.yml"
done

# CPU seconds of one render, "template" as its command.
each() {
    script='for n in $(seq -f c%05g 1 "$1"); do '$1' $n "$2" -f "$3/$n.yml" > /dev/null; done'
    /usr/bin/time -f '%U %S' -o "$dir/time" sh -c "$script" sh "$renders" "$chart" "$dir"
    per_render
}

per_render() {
    tail -1 "$dir/time" | awk -v n="$renders" '{ printf "%.6f", ($1 + $2) / n }'
}

fleet() {
    mkdir "$dir/fleet"
    {
        printf 'all:\n  vars:\n    cluster: {recording: none}\n'
        printf '    release: {chart: %s}\n' "$PWD/$chart"
        printf '  children:\n    clients:\n      hosts:\n'
        seq -f 'c%05g' 1 "$renders" | while read -r name; do
            echo "        $name: {release: {values: {client: {name: $name, domain: example.net}}}}"
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

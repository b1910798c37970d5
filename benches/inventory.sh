#!/bin/sh
# Inventory: 10,000 hosts with one host_vars file each, loaded and listed; side by side with
# ansible-inventory where it is installed. Prints seconds, peak memory and their ratio.
#   ROLLBOOK=target/release/rollbook ANSIBLE_INVENTORY=ansible-inventory HOSTS=10000 RUNS=3
set -eu

rollbook=${ROLLBOOK:-target/release/rollbook}
ansible=${ANSIBLE_INVENTORY:-ansible-inventory}
hosts=${HOSTS:-10000}
runs=${RUNS:-3}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

mkdir "$dir/host_vars" "$dir/group_vars"
{
    echo 'all:'
    echo '  children:'
    echo '    clients:'
    echo '      hosts:'
    printf '        c[%05d:%05d]:\n' 1 "$hosts"
} > "$dir/hosts.yml"
printf 'cluster: {recording: demo}\nrelease: {chart: webapp, version: 2.5.0}\n' > "$dir/group_vars/all.yml"
seq -f '%05g' 1 "$hosts" | while read -r n; do
    cat > "$dir/host_vars/c$n.yml" <<YAML
release:
  values:
    client: {name: c$n}
    frontend: {replicas: 2}
contact: ops-$n@example.net
contract: "20261"
storage_class: standard
window: ["22:00", "06:00"]
YAML
done

# The fastest of the runs: seconds and KiB, as "TIME MEMORY".
measure() {
    i=0
    while [ "$i" -lt "$runs" ]; do
        /usr/bin/time -f '%e %M' -o "$dir/time" "$@" > "$dir/out"
        cat "$dir/time"
        i=$((i + 1))
    done | sort -n | head -1
}

ours=$(measure "$rollbook" inventory list -i "$dir/hosts.yml")
echo "rollbook           $ours  (s, KiB; $hosts hosts, best of $runs)"
if command -v "$ansible" > /dev/null; then
    theirs=$(measure "$ansible" -i "$dir/hosts.yml" --list)
    echo "ansible-inventory  $theirs"
    echo "$ours $theirs" | awk '{printf "ratio              %.1f times faster, %.1f times less memory\n", $3 / ($1 > 0 ? $1 : 0.01), $4 / $2}'
fi

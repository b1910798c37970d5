#!/bin/sh
# Runs every bench of this directory that has what it needs, and writes RESULTS.md: ratios beside
# the peers, with machine and date. Absolute times say little; ratios of one run are compared.
set -eu
cd "$(dirname "$0")/.."

results=benches/RESULTS.md
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
{
    echo "# Benches"
    echo
    echo "Written by \`benches/run.sh\`. $(date -u +%Y-%m-%d), $(nproc) CPUs (${cpu:-unknown}), load $(cut -d' ' -f1 /proc/loadavg) at the start."
    for bench in benches/*.sh; do
        [ "$bench" = benches/run.sh ] && continue
        echo
        echo "## $(basename "$bench" .sh)"
        echo
        sed -n '2,/^#   /{/^#   /d;s/^# //p}' "$bench"
        echo
        echo '```'
        "$bench" 2>&1 || echo "absent: what this bench needs is not here"
        echo '```'
    done
} > "$results.new"
mv "$results.new" "$results"
cat "$results"

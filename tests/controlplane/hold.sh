#!/usr/bin/env bash
# Start a control plane (up.sh), print its kubeconfig's path, hold it until stdin is closed, then
# stop it and remove RUN. Whoever holds the other end of stdin may die in any way: nothing is left.
set -u
here=$(cd "$(dirname "$0")" && pwd)
trap '' INT TERM HUP
"$here/up.sh" && cat > /dev/null
WIPE=1 "$here/down.sh"
rm -rf "$RUN"

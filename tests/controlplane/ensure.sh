#!/usr/bin/env bash
# Build what is missing (control plane, helm 3 and 4) into a cache outside the repository and
# print the directory of the binaries.
#   ROLLBOOK_TEST_CACHE  the cache (default ${XDG_CACHE_HOME:-~/.cache}/rollbook-test)
#   KUBEBUILDER_ASSETS   a directory that already holds all of them: nothing is built
# Keyed on the recipe: a changed go.sum, source or script builds again. Exit 3: there is no Go.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
programs=(etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kwok fakelet helm3 helm4)

complete() { # dir
  local p
  for p in "${programs[@]}"; do [ -x "$1/$p" ] || return 1; done
}
if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  complete "$KUBEBUILDER_ASSETS" || { echo "ensure.sh: KUBEBUILDER_ASSETS lacks one of: ${programs[*]}" >&2; exit 1; }
  echo "$KUBEBUILDER_ASSETS"; exit 0
fi

cache=${ROLLBOOK_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rollbook-test}
export BIN=$cache/bin
mkdir -p "$BIN"
exec 9> "$cache/lock"; flock 9

key() { (cd "$here" && cat "$@" | sha256sum | cut -c1-16); }
build() { # name script sources...
  local name=$1 script=$2 want; shift 2
  want=$(key "$script" "$@")
  complete "$BIN" && [ "$(cat "$BIN/.$name" 2>/dev/null)" = "$want" ] && return
  command -v go > /dev/null || { echo "ensure.sh: no Go to build $name with" >&2; exit 3; }
  echo "ensure.sh: building $name into $BIN (once, some minutes)" >&2
  "$here/$script" >&2
  echo "$want" > "$BIN/.$name"
}
build control-plane build.sh go.mod go.sum fakelet/main.go
build helm build-helm.sh
echo "$BIN"

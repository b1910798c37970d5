# A fleet on a real control plane, for the benches that need one; they source this.
#   ROLLBOOK=target/release/rollbook RUNS=3
rollbook=$(realpath "${ROLLBOOK:-target/release/rollbook}")
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
        client: {name: "{{ inventory_hostname }}", domain: "{{ domain | default('example.net') }}"}
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

quietly() {
  "$@" > "$dir/out" 2>&1 || { tail "$dir/out" >&2; exit 1; }
}

# Without a client's own ways: curl, with the administrator's certificate.
bare() { # arguments of curl
  curl --silent --cacert "$RUN/pki/ca.crt" --cert "$RUN/pki/admin.crt" --key "$RUN/pki/admin.key" "$@"
}
export -f bare

ticks() { # CPU seconds of the API server so far
  awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' "/proc/$(cat "$RUN/pid/kube-apiserver")/stat"
}

# Controllers are busy with a new fleet for a while; what is measured meanwhile says nothing.
rest() {
  local before
  for _ in $(seq 60); do
    before=$(ticks)
    sleep 3
    if awk -v before="$before" -v after="$(ticks)" 'BEGIN { exit !(after - before < 0.6) }'; then return; fi
  done
  echo "the API server does not come to rest" >&2
}

# The fastest of the runs of a command: seconds, its CPU, the server's CPU, KiB. `@RUN@` in an
# argument is the number of the run.
measure() {
  local before run
  for run in $(seq "$runs"); do
    before=$(ticks)
    quietly /usr/bin/time -f '%e %U %S %M' -o "$dir/time" "${@//@RUN@/$run}"
    awk -v before="$before" -v after="$(ticks)" '{ print $1, $2 + $3, after - before, $4 }' "$dir/time"
  done | sort -n | head -1
}

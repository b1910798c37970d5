#!/usr/bin/env python3
"""The writes of the last of RUNS runs in an audit log, as a configuration for curl.

    writes.py AUDIT RUNS SERVER KUBECONFIG KUBECTL DIRECTORY

Bodies are what is there by now: objects without what the server adds, for a PATCH as an apply.
"""

import collections
import json
import os
import subprocess
import sys

audit, runs, server, kubeconfig, kubectl, directory = sys.argv[1:]
os.makedirs(directory)
requests = [json.loads(line) for line in open(audit)]
requests = requests[len(requests) - len(requests) // int(runs) :]
writes = [r for r in requests if r["verb"] in ("create", "patch", "update", "delete") and "dryRun=" not in r["requestURI"]]
writes = [r for r in writes if "selfsubject" not in r["requestURI"]]

there = collections.defaultdict(dict)
for resource in {r["objectRef"]["resource"] for r in writes} - {"leases", "namespaces"}:
    listed = subprocess.run(
        [kubectl, "--kubeconfig", kubeconfig, "get", resource, "-A", "-o", "json"], check=True, capture_output=True
    )
    for item in json.loads(listed.stdout)["items"]:
        meta = item["metadata"]
        for name in ("managedFields", "uid", "resourceVersion", "creationTimestamp", "generation"):
            meta.pop(name, None)
        item.pop("status", None)
        there[resource][meta["namespace"], meta["name"]] = item

for number, request in enumerate(writes):
    ref = request["objectRef"]
    path = f"{directory}/{number}"
    body = there[ref["resource"]].get((ref.get("namespace"), ref.get("name")))
    method = {"create": "POST", "patch": "PATCH", "update": "PUT", "delete": "DELETE"}[request["verb"]]
    if ref["resource"] == "leases" and method != "DELETE":
        body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": ref.get("name", "rollbook-x")}}
    # Every request has its own options for curl.
    if number:
        print("next")
    for option, name in (("cacert", "ca.crt"), ("cert", "admin.crt"), ("key", "admin.key")):
        print(f'{option} = "{os.path.dirname(kubeconfig)}/pki/{name}"')
    print(f'url = "{server}{request["requestURI"]}"\nrequest = {method}\noutput = /dev/null\nsilent')
    if method == "DELETE":
        continue
    # What was created under a name that the log does not know, or was deleted since.
    body = body or {"apiVersion": "v1", "kind": "Secret", "metadata": {"generateName": "bench-"}}
    with open(path, "w") as file:
        json.dump(body, file)
    kind = "application/apply-patch+yaml" if method == "PATCH" else "application/json"
    print(f'header = "Content-Type: {kind}"\ndata-binary = "@{path}"')

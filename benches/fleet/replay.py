#!/usr/bin/env python3
"""The requests of one run in an audit log, as configurations for curl: once for each run.

    replay.py AUDIT RUNS SERVER KUBECONFIG KUBECTL DIRECTORY DOMAIN

AUDIT holds what RUNS runs of rollbook sent, the last of them with DOMAIN in what it wrote. Bodies
are what is there by now, without what the server adds, for a PATCH as an apply, and with another
domain for each run: every write changes something, as it did for rollbook. DIRECTORY/N is the
configuration of run N. Prints how many requests one has.
"""

import collections
import json
import os
import subprocess
import sys

audit, runs, server, kubeconfig, kubectl, directory, domain = sys.argv[1:]
os.makedirs(directory)
requests = [json.loads(line) for line in open(audit)]
requests = requests[len(requests) - len(requests) // int(runs) :]
methods = {"create": "POST", "patch": "PATCH", "update": "PUT", "delete": "DELETE", "get": "GET", "list": "GET"}
# What is asked of one's own rights has a body that the log does not know.
requests = [r for r in requests if r["verb"] in methods and "selfsubject" not in r["requestURI"]]
writes = [r for r in requests if r["verb"] not in ("get", "list")]

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


def body_of(request, run):
    ref = request["objectRef"]
    resource, name = ref["resource"], ref.get("name", "bench")
    if resource == "leases":
        return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name}}
    body = there[resource].get((ref.get("namespace"), name))
    body = body or {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}}
    if request["verb"] != "create":
        return body
    # What rollbook has made is there by now.
    return {**body, "metadata": {**body["metadata"], "name": f"{name}-bare{run}"}}


def options(request, run, path):
    for option, name in (("cacert", "ca.crt"), ("cert", "admin.crt"), ("key", "admin.key")):
        yield f'{option} = "{os.path.dirname(kubeconfig)}/pki/{name}"'
    method, uri = methods[request["verb"]], request["requestURI"]
    yield f'url = "{server}{uri}"\nrequest = {method}\noutput = /dev/null\nwrite-out = "%{{http_code}}\\n"\nsilent'
    if method in ("GET", "DELETE"):
        return
    with open(path, "w") as file:
        file.write(json.dumps(body_of(request, run)).replace(domain, f"bare{run}.example.net"))
    patch = "apply-patch+yaml" if "fieldManager" in uri else "merge-patch+json"
    kind = patch if method == "PATCH" else "json"
    yield f'header = "Content-Type: application/{kind}"\ndata-binary = "@{path}"'


for run in range(1, int(runs) + 1):
    bodies = f"{directory}/bodies.{run}"
    os.makedirs(bodies)
    # Every request has its own options for curl.
    each = ("\n".join(options(r, run, f"{bodies}/{n}")) for n, r in enumerate(requests))
    with open(f"{directory}/{run}", "w") as file:
        file.write("\nnext\n".join(each) + "\n")
print(len(requests))

//! Objects as their controllers leave them.

use super::*;
use jiff::Timestamp;
use serde_json::{Value, json};

fn told(object: &Value) -> String {
    match readiness(object) {
        Readiness::Ready => "ready".to_owned(),
        Readiness::Waiting(why) => format!("waiting: {why}"),
        Readiness::Failed(why) => format!("failed: {why}"),
    }
}

fn deployment(spec: Value, status: Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "generation": 2, "uid": "d"},
        "spec": spec, "status": status,
    })
}

fn rolled(updated: i64, all: i64, available: i64) -> String {
    let status = json!({
        "observedGeneration": 2, "updatedReplicas": updated,
        "replicas": all, "availableReplicas": available,
    });
    told(&deployment(json!({"replicas": 2}), status))
}

#[test]
fn deployments() {
    assert_eq!(rolled(2, 2, 2), "ready");
    assert_eq!(rolled(1, 3, 3), "waiting: 1 of 2 pods are updated");
    assert_eq!(rolled(2, 3, 3), "waiting: 1 old pods are still there");
    assert_eq!(rolled(2, 2, 1), "waiting: 1 of 2 pods are available");
    let asleep = json!({"observedGeneration": 2});
    assert_eq!(told(&deployment(json!({"replicas": 0}), asleep)), "ready");
    let stale = json!({"observedGeneration": 1, "updatedReplicas": 2, "replicas": 2, "availableReplicas": 2});
    let stale = told(&deployment(json!({"replicas": 2}), stale));
    assert_eq!(stale, "waiting: its controller has not seen the change yet");
    let fresh = told(&deployment(json!({}), json!({})));
    assert_eq!(fresh, "waiting: its controller has not seen it yet");
    let late = json!({"observedGeneration": 2, "conditions": [
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}]});
    let late = told(&deployment(json!({}), late));
    assert_eq!(late, "failed: ProgressDeadlineExceeded: timed out");
}

#[test]
fn stateful_sets_know_their_partition() {
    let set = |partition: i64, updated: i64, ready: i64| {
        told(&json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"generation": 1},
            "spec": {"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}},
            "status": {"observedGeneration": 1, "updatedReplicas": updated, "readyReplicas": ready},
        }))
    };
    assert_eq!(set(0, 3, 3), "ready");
    assert_eq!(set(2, 1, 3), "ready");
    assert_eq!(set(1, 1, 3), "waiting: 1 of 2 pods are updated");
    assert_eq!(set(3, 0, 2), "waiting: 2 of 3 pods are ready");
}

/// One object in flow YAML: kind, spec and status.
fn brief(text: &str) -> String {
    let mut object: Value = serde_yaml::from_str(text).unwrap();
    object["metadata"] = json!({"generation": 1});
    let (api_version, kind) = object["kind"].as_str().unwrap().rsplit_once(' ').unwrap();
    let (api_version, kind) = (api_version.to_owned(), kind.to_owned());
    object["apiVersion"] = api_version.into();
    object["kind"] = kind.into();
    told(&object)
}

#[test]
fn other_kinds() {
    let cases = [
        "{kind: apps/v1 DaemonSet, status: {observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2}}",
        "{kind: apps/v1 DaemonSet, status: {observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2}}",
        "{kind: apps/v1 ReplicaSet, spec: {replicas: 1}, status: {readyReplicas: 1}}",
        "{kind: batch/v1 Job, status: {conditions: [{type: Complete, status: 'True'}]}}",
        "{kind: batch/v1 Job, spec: {completions: 2}, status: {succeeded: 1}}",
        "{kind: batch/v1 Job, status: {conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded}]}}",
        "{kind: v1 PersistentVolumeClaim, status: {phase: Pending}}",
        "{kind: v1 PersistentVolumeClaim, status: {phase: Bound}}",
        "{kind: v1 Service, spec: {type: LoadBalancer, clusterIP: 10.0.0.1}}",
        "{kind: v1 Service, spec: {type: ExternalName}}",
        "{kind: v1 Service, spec: {clusterIP: None}}",
        "{kind: v1 Pod, status: {phase: Pending}}",
        "{kind: apiextensions.k8s.io/v1 CustomResourceDefinition}",
        "{kind: v1 ConfigMap}",
    ];
    insta::assert_snapshot!(cases.map(brief).join("\n"), @r"
    ready
    waiting: 1 of 2 pods are updated
    ready
    ready
    waiting: 1 of 2 pods have completed
    failed: BackoffLimitExceeded
    waiting: it has no volume yet
    ready
    waiting: it has no load balancer address yet
    ready
    ready
    waiting: it is pending
    waiting: it is not established yet
    ready
    ");
}

const NOW: &str = "2026-03-12T22:30:00Z";

fn pod(of: &str, status: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": format!("{of}-x2k4p"), "namespace": "c1", "uid": "p",
            "ownerReferences": [{"uid": of}]},
        "status": status,
    })
}

fn replica_set(uid: &str, revision: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": uid, "uid": uid, "ownerReferences": [{"uid": "d"}],
            "annotations": {"deployment.kubernetes.io/revision": revision}},
    })
}

fn waiting(reason: &str, restarts: i64, last: Value) -> Value {
    json!({"containerStatuses": [{"name": "rest", "restartCount": restarts, "ready": false,
        "state": {"waiting": {"reason": reason, "message": "said so"}},
        "lastState": {"terminated": last}}]})
}

fn findings(pod: Value) -> String {
    let root = deployment(json!({}), json!({"observedGeneration": 2}));
    let sets = [replica_set("old", "1"), replica_set("new", "2")];
    let pods = [pod];
    let family = Family::of(&root, &sets, &pods);
    let now: Timestamp = NOW.parse().unwrap();
    let found = doomed(&family, &Patience::default(), now);
    found
        .iter()
        .map(Finding::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn containers_that_cannot_run() {
    let killed = json!({"exitCode": 137, "reason": "OOMKilled"});
    let crashed = json!({"exitCode": 1, "reason": "Error"});
    let cases = [
        findings(pod("new", waiting("ImagePullBackOff", 0, Value::Null))),
        findings(pod(
            "new",
            waiting("CreateContainerConfigError", 0, Value::Null),
        )),
        findings(pod("new", waiting("CrashLoopBackOff", 3, crashed))),
        findings(pod("new", waiting("CrashLoopBackOff", 4, killed))),
    ];
    insta::assert_snapshot!(cases.join("\n"), @r"
    container rest: ImagePullBackOff: said so
    container rest: CreateContainerConfigError: said so
    container rest: CrashLoopBackOff, exit 1, restarted 3 times
    container rest: OOMKilled, exit 137, restarted 4 times
    ");
}

#[test]
fn what_may_still_heal_is_left_alone() {
    let crashed = || json!({"exitCode": 1, "reason": "Error"});
    assert_eq!(
        findings(pod("new", waiting("CrashLoopBackOff", 1, crashed()))),
        ""
    );
    assert_eq!(
        findings(pod("new", waiting("ErrImagePull", 0, Value::Null))),
        ""
    );
    assert_eq!(
        findings(pod("new", waiting("ContainerCreating", 0, Value::Null))),
        ""
    );
    let old = pod("old", waiting("CrashLoopBackOff", 9, crashed()));
    assert_eq!(findings(old), "", "a pod of the revision that goes away");
    let recovered = json!({"containerStatuses": [{"name": "rest", "restartCount": 9, "ready": true,
        "state": {"running": {}}, "lastState": {"terminated": crashed()}}]});
    assert_eq!(findings(pod("new", recovered)), "");
}

#[test]
fn before_the_controller_has_seen_the_change_nothing_is_doomed() {
    let crashed = json!({"exitCode": 1, "reason": "Error"});
    let root = deployment(json!({}), json!({"observedGeneration": 1}));
    let sets = [replica_set("old", "1")];
    let pods = [pod("old", waiting("CrashLoopBackOff", 9, crashed))];
    let now: Timestamp = NOW.parse().unwrap();
    let found = doomed(&Family::of(&root, &sets, &pods), &Patience::default(), now);
    assert_eq!(found, []);
}

#[test]
fn pods_without_a_node() {
    let since = |time: &str| {
        findings(pod(
            "new",
            json!({"conditions": [{"type": "PodScheduled", "status": "False",
            "reason": "Unschedulable", "message": "0/3 nodes are available",
            "lastTransitionTime": time}]}),
        ))
    };
    assert_eq!(since("2026-03-12T22:29:50Z"), "");
    insta::assert_snapshot!(since("2026-03-12T22:20:00Z"), @"Pod new-x2k4p: Unschedulable: 0/3 nodes are available");
}

#[test]
fn pods_that_are_not_admitted_and_jobs_that_failed() {
    let mut set = replica_set("new", "2");
    set["status"] = json!({"conditions": [{"type": "ReplicaFailure", "status": "True",
        "reason": "FailedCreate", "message": "exceeded quota: small",
        "lastTransitionTime": "2026-03-12T22:20:00Z"}]});
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "uid": "j"},
        "status": {"conditions": [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded",
            "message": "Job has reached the specified backoff limit"}]}});
    let root = deployment(json!({}), json!({"observedGeneration": 2}));
    let sets = [set];
    let now: Timestamp = NOW.parse().unwrap();
    let told = |root: &Value| {
        let found = doomed(&Family::of(root, &sets, &[]), &Patience::default(), now);
        found
            .iter()
            .map(Finding::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!([told(&root), told(&job)].join("\n"), @r"
    ReplicaSet new: FailedCreate: exceeded quota: small
    Job migrate: Failed: BackoffLimitExceeded: Job has reached the specified backoff limit
    ");
}

//! Objects as their controllers leave them.

use super::*;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

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

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn pod(of: &str, status: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": format!("{of}-x2k4p"), "namespace": "c1", "uid": format!("{of}-pod"),
            "creationTimestamp": "2026-03-12T22:28:00Z", "ownerReferences": [{"uid": of}]},
        "spec": {"nodeName": "node-17", "containers": [{"name": "rest", "image": "registry.example.net/rest:1",
            "resources": {"limits": {"memory": "512Mi"}, "requests": {"memory": "256Mi"}}}]},
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
    json!({"startTime": "2026-03-12T22:28:00Z", "containerStatuses": [{"name": "rest",
        "restartCount": restarts, "ready": false,
        "state": {"waiting": {"reason": reason, "message": "said so"}},
        "lastState": {"terminated": last}}]})
}

fn crashed() -> Value {
    json!({"exitCode": 1, "reason": "Error", "finishedAt": "2026-03-12T22:29:42Z"})
}

fn told_of(found: &[Finding]) -> String {
    let told: Vec<String> = found.iter().map(Finding::to_string).collect();
    told.join("\n")
}

/// Of a family, seen for the first time so long ago.
fn doomed_after(root: &Value, made: [&[Value]; 3], seconds: i64) -> Vec<Finding> {
    let [sets, pods, events] = made;
    let shared = |all: &[Value]| all.iter().cloned().map(Arc::new).collect::<Vec<_>>();
    let (sets, pods) = (shared(sets), shared(pods));
    let family = Family::of(root, &sets, &pods).with_events(events);
    let began = now() - SignedDuration::from_secs(seconds);
    let mut observed = Observed::new(began);
    observed.see(family.pods.iter().copied(), began);
    doomed(&family, &Patience::default(), &observed, now())
}

fn findings_after(pod: Value, seconds: i64) -> String {
    let root = deployment(json!({}), json!({"observedGeneration": 2}));
    let sets = [replica_set("old", "1"), replica_set("new", "2")];
    told_of(&doomed_after(&root, [&sets, &[pod], &[]], seconds))
}

fn findings(pod: Value) -> String {
    findings_after(pod, 0)
}

#[test]
fn containers_that_cannot_run() {
    let killed =
        json!({"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-03-12T22:29:30Z"});
    let mut missing = waiting("ImagePullBackOff", 0, Value::Null);
    missing["containerStatuses"][0]["state"]["waiting"]["message"] =
        "Back-off pulling image \"rest:1\": ErrImagePull: rest:1: not found".into();
    let cases = [
        findings(pod("new", missing)),
        findings(pod("new", waiting("InvalidImageName", 0, Value::Null))),
        findings(pod("new", waiting("CrashLoopBackOff", 3, crashed()))),
        findings(pod("new", waiting("CrashLoopBackOff", 4, killed))),
    ];
    insta::assert_snapshot!(cases.join("\n"));
}

#[test]
fn what_may_still_heal_is_left_alone() {
    let left = |status: Value| assert_eq!(findings(pod("new", status)), "");
    left(waiting("CrashLoopBackOff", 1, crashed()));
    left(waiting("ErrImagePull", 0, Value::Null));
    left(waiting("ImagePullBackOff", 0, Value::Null));
    left(waiting("CreateContainerConfigError", 0, Value::Null));
    left(waiting("ContainerCreating", 0, Value::Null));
    let old = pod("old", waiting("CrashLoopBackOff", 9, crashed()));
    assert_eq!(findings(old), "", "a pod of the revision that goes away");
    left(
        json!({"containerStatuses": [{"name": "rest", "restartCount": 9, "ready": true,
        "state": {"running": {}}, "lastState": {"terminated": crashed()}}]}),
    );
}

#[test]
fn patience_ends_for_what_does_not_heal_by_itself() {
    let after = |reason: &str, seconds| {
        findings_after(pod("new", waiting(reason, 0, Value::Null)), seconds)
    };
    assert_eq!(after("ImagePullBackOff", 40), "");
    assert_eq!(after("CreateContainerConfigError", 25), "");
    let told = [
        after("ImagePullBackOff", 50),
        after("CreateContainerConfigError", 35),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

/// A pod of last week that had crashed nine times before the wait began.
#[test]
fn only_restarts_within_the_window_count() {
    let seen = |count: i64| {
        let mut pod = pod("new", waiting("CrashLoopBackOff", count, crashed()));
        pod["metadata"]["creationTimestamp"] = "2026-03-05T10:00:00Z".into();
        Arc::new(pod)
    };
    let root = deployment(json!({}), json!({"observedGeneration": 2}));
    let sets = [Arc::new(replica_set("new", "2"))];
    let mut observed = Observed::new(now());
    let mut told = |count: i64, minutes: i64| {
        let at = now() + SignedDuration::from_mins(minutes);
        let pods = [seen(count)];
        let family = Family::of(&root, &sets, &pods);
        observed.see(family.pods.iter().copied(), at);
        told_of(&doomed(&family, &Patience::default(), &observed, at))
    };
    assert_eq!(told(9, 0), "");
    assert_eq!(told(10, 1), "");
    assert_eq!(told(11, 12), "", "the one of eleven minutes ago is too old");
    assert_eq!(told(12, 13), "");
    assert_ne!(told(13, 14), "");
}

#[test]
fn before_the_controller_has_seen_the_change_nothing_is_doomed() {
    let root = deployment(json!({}), json!({"observedGeneration": 1}));
    let sets = [replica_set("old", "1")];
    let pods = [pod("old", waiting("CrashLoopBackOff", 9, crashed()))];
    assert_eq!(doomed_after(&root, [&sets, &pods, &[]], 0), []);
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
fn pods_that_are_not_admitted() {
    let mut set = replica_set("new", "2");
    set["status"] = json!({"conditions": [{"type": "ReplicaFailure", "status": "True",
        "reason": "FailedCreate", "message": "pods \"x\" is forbidden: exceeded quota: small",
        "lastTransitionTime": "2026-03-12T22:20:00Z"}]});
    let root = deployment(json!({}), json!({"observedGeneration": 2}));
    let found = doomed_after(&root, [&[set], &[], &[]], 0);
    insta::assert_snapshot!(told_of(&found), @r#"ReplicaSet new: FailedCreate: pods "x" is forbidden: exceeded quota: small"#);
    assert_eq!(found[0].cause(), "quota");
}

fn job(pods_failed: bool) -> (Value, Vec<Value>) {
    let mut job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "uid": "j"}});
    if pods_failed {
        job["status"] = json!({"conditions": [{"type": "Failed", "status": "True",
            "reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit"}]});
    }
    let mut pod = pod(
        "j",
        json!({"phase": "Failed", "containerStatuses": [{"name": "rest", "restartCount": 0,
        "state": {"terminated": {"exitCode": 7, "reason": "Error"}}}]}),
    );
    pod["spec"]["restartPolicy"] = "Never".into();
    (job, vec![pod])
}

#[test]
fn a_job_counts_the_failures_of_its_pods_itself() {
    let told = |pods_failed| {
        let (job, pods) = job(pods_failed);
        told_of(&doomed_after(&job, [&[], &pods, &[]], 0))
    };
    assert_eq!(told(false), "", "it may try again");
    insta::assert_snapshot!(told(true));
}

fn event(of: &str, reason: &str, first: &str, last: &str) -> Value {
    json!({"involvedObject": {"uid": of}, "reason": reason, "message": "because", "count": 4,
        "firstTimestamp": first, "lastTimestamp": last})
}

#[test]
fn what_events_alone_tell() {
    let set = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "uid": "s"},
        "spec": {"replicas": 1}, "status": {"observedGeneration": 1}});
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "uid": "c"},
        "status": {"phase": "Pending"}});
    let told = |root: &Value, event: Value, seconds| {
        told_of(&doomed_after(root, [&[], &[], &[event]], seconds))
    };
    let refused = |first, last| event("s", "FailedCreate", first, last);
    let long = refused("2026-03-12T22:29:00Z", "2026-03-12T22:29:50Z");
    let before = refused("2026-03-12T22:10:00Z", "2026-03-12T22:12:00Z");
    let unbound = event(
        "c",
        "ProvisioningFailed",
        "2026-03-12T22:20:00Z",
        "2026-03-12T22:29:50Z",
    );
    assert_eq!(told(&set, long.clone(), 10), "", "the wait has just begun");
    assert_eq!(told(&set, before, 60), "", "of an earlier try");
    assert_eq!(told(&set, unbound.clone(), 600), "", "of another object");
    let told = [told(&set, long, 60), told(&claim, unbound, 90)];
    insta::assert_snapshot!(told.join("\n"), @r"
    StatefulSet db: FailedCreate: because
    PersistentVolumeClaim data: ProvisioningFailed: because
    ");
}

#[test]
fn the_proof_leads_from_the_workload_to_the_container() {
    let killed =
        json!({"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-03-12T22:29:30Z"});
    let root = deployment(json!({}), json!({"observedGeneration": 2}));
    let sets = [Arc::new(replica_set("new", "2"))];
    let pods = [Arc::new(pod("new", waiting("CrashLoopBackOff", 3, killed)))];
    let events = [
        event(
            "new-pod",
            "BackOff",
            "2026-03-12T22:29:10Z",
            "2026-03-12T22:29:50Z",
        ),
        event(
            "new-pod",
            "Scheduled",
            "2026-03-12T22:28:00Z",
            "2026-03-12T22:28:00Z",
        ),
        event(
            "somebody",
            "Else",
            "2026-03-12T22:28:00Z",
            "2026-03-12T22:28:00Z",
        ),
    ];
    let family = Family::of(&root, &sets, &pods).with_events(&events);
    let found = suspects(&family);
    insta::assert_json_snapshot!(evidence(&family, &found[0]));
}

//! Waits against the real control plane: what ends them, what they tell, and what they ask.

use crate::controlplane::{self, ControlPlane};
use crate::deploy::site::Site;
use crate::proxy::{Act, Proxy, Seen};
use rollbook::cluster::{KindIn, Policy};
use rollbook::deploy::Options;
use rollbook::diag::{Diagnostic, Evidence};
use rollbook::health::Patience;
use rollbook::manifest::Gvk;
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What may heal is given no time: the shapes are tested, not the clock.
fn options() -> Options {
    let none = jiff::SignedDuration::ZERO;
    Options {
        patience: Patience {
            pull: none,
            config: none,
            unschedulable: none,
            refused: none,
            unbound: none,
            ..Patience::default()
        },
        ..Options::new("second")
    }
}

/// A trouble: its name, the values that make it, and what is done to the namespace before.
struct Trouble {
    name: &'static str,
    values: Value,
    prepare: fn(&ControlPlane, &str),
}

fn troubles() -> Vec<Trouble> {
    let trouble = |name, values| Trouble {
        name,
        values,
        prepare: |_, _| {},
    };
    let previous = "connected as app:hunter2-hunter2\nout of memory in GetMem\n";
    vec![
        trouble("image pull", json!({"outcome": "imagepull"})),
        trouble("config error", json!({"outcome": "configerror"})),
        trouble(
            "crash loop",
            json!({"outcome": "crashloop", "annotations": {"test/logs-previous": "panic: no database\n"}}),
        ),
        trouble(
            "out of memory, a secret in the log",
            json!({
                "outcome": "oomkilled",
                "password": "hunter2-hunter2",
                "resources": {"limits": {"memory": "512Mi"}, "requests": {"memory": "256Mi"}},
                "annotations": {"test/logs-previous": previous},
            }),
        ),
        trouble("no node", json!({"nodeSelector": {"disk": "golden"}})),
        Trouble {
            prepare: |plane, namespace| {
                plane.kubectl(&["create", "quota", "small", "--hard=pods=1", "-n", namespace]);
            },
            ..trouble("quota", json!({"message": "b"}))
        },
        Trouble {
            prepare: refuse_databases,
            ..trouble("webhook", json!({"database": true}))
        },
        trouble("claim", json!({"storageClass": "no-such-class"})),
        trouble(
            "hook",
            json!({"message": "b", "migrate": {"test/outcome": "fail", "test/exit-code": "7", "test/logs": "no such table\n"}}),
        ),
    ]
}

/// A webhook that nobody answers for the pods of the StatefulSet.
fn refuse_databases(plane: &ControlPlane, namespace: &str) {
    let webhook = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": namespace},
        "webhooks": [{
            "name": "refuse.example.net", "failurePolicy": "Fail", "sideEffects": "None",
            "timeoutSeconds": 1, "admissionReviewVersions": ["v1"],
            "clientConfig": {"url": "https://127.0.0.1:1/refuse"},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "objectSelector": {"matchLabels": {"app": "shop-database"}},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
        }],
    });
    plane.kubectl_with(&["apply", "-f", "-"], &webhook.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_heal_ends_the_wait_and_is_proven() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let told = troubles()
        .into_iter()
        .map(|trouble| async move { (trouble.name, fail(plane, trouble).await) });
    let mut table = String::new();
    for (name, fault) in futures_util::future::join_all(told).await {
        let _ = write!(table, "{name}: {}\n{}", fault.message, proofs(&fault));
    }
    assert!(!table.contains("hunter2"), "{table}");
    insta::with_settings!({filters => vec![
        (r"-[0-9a-f]{8,10}\b", "-HASH"),
        (r"-HASH-[a-z0-9]{5}\b", "-HASH-NAME"),
        (r"-migrate-[a-z0-9]{5}\b", "-migrate-NAME"),
        (r"trouble-\d+", "NAMESPACE"),
        (r"\d+ times in \S+", "N times in TIME"),
        (r"(?m) on node-\d+$", " on NODE"),
        (r"node-\d", "NODE"),
    ]}, { insta::assert_snapshot!(table) });
}

async fn fail(plane: &ControlPlane, trouble: Trouble) -> Diagnostic {
    let site = Site::new(plane, "trouble").await;
    site.update(json!({}), "first").await.unwrap();
    (trouble.prepare)(plane, &site.namespace);
    let plan = site.plan(trouble.values).await;
    let done = site.deploy_as(&plan, options()).await;
    let fault = done.expect_err(trouble.name);
    assert_eq!(
        site.history().await,
        "1 deployed, 2 failed",
        "{}",
        trouble.name
    );
    fault
}

fn proofs(fault: &Diagnostic) -> String {
    fault.evidence.iter().map(proof).collect()
}

/// What is not in the message; of the events only whether the telling one is there.
fn proof(proof: &Evidence) -> String {
    let mut text = format!("  {} [{}]\n", proof.path.join(" > "), proof.cause);
    let details = [
        ("container", proof.container.clone()),
        ("exit", proof.exit_code.map(|code| code.to_string())),
        ("image", proof.image.clone()),
        ("limit", proof.limit.clone()),
        ("request", proof.request.clone()),
    ];
    for (name, value) in details {
        if let Some(value) = value {
            let _ = writeln!(text, "    {name} {value}");
        }
    }
    if let Some(log) = &proof.log {
        let when = if log.previous {
            " before the restart"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "    log of {}{when}: {}",
            log.container,
            log.lines.join(" | ")
        );
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_without_activity_ends_before_its_time() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let site = Site::new(plane, "still").await;
    site.update(json!({}), "first").await.unwrap();
    let plan = site.plan(json!({"outcome": "notready"})).await;
    let mut options = options();
    options.rollout.no_activity_timeout = Some(Duration::from_secs(8));
    let fault = site.deploy_as(&plan, options).await.unwrap_err();
    insta::assert_snapshot!(fault.message, @"Deployment shop is not ready, and nothing has changed for 8s: container web runs, but is not ready");
    assert_eq!(fault.evidence.len(), 1);
}

/// Several waits at once, each in its namespace: one watch per kind serves all of them.
#[tokio::test(flavor = "multi_thread")]
async fn waits_share_one_watch_per_kind() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let proxy = Proxy::start(plane).await;
    let sites = through(plane, &proxy, 6).await;
    let updates = sites
        .iter()
        .map(|site| site.update(json!({"annotations": {"test/ready-after": "1s"}}), "first"));
    let done = futures_util::future::join_all(updates).await;
    assert!(done.iter().all(|done| done.is_ok()), "{done:?}");
    let watches = |kind: &str| {
        let watch = format!("/{kind}?watch=");
        let seen = proxy.seen();
        let of_kind = seen.into_iter().filter(|seen| seen.path.contains(&watch));
        of_kind.map(|seen| seen.path).collect::<Vec<_>>()
    };
    for kind in ["deployments", "pods", "replicasets"] {
        let watches = watches(kind);
        assert!(
            watches.iter().all(|path| !path.contains("/namespaces/")),
            "{watches:?}"
        );
        assert!(!watches.is_empty() && watches.len() <= 2, "{watches:?}");
    }
}

/// Sites that share one door.
async fn through(plane: &ControlPlane, proxy: &Proxy, count: usize) -> Vec<Site> {
    let first = Site::through(proxy.kubeconfig(), &plane.name("shared"), Policy::default()).await;
    let others = (1..count).map(|_| first.beside(plane.name("shared")));
    let others: Vec<Site> = others.collect();
    std::iter::once(first).chain(others).collect()
}

const FORBIDDEN: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"pods is forbidden","reason":"Forbidden","code":403}"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_one_namespace_watches_that_namespace() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let proxy = Proxy::start(plane).await;
    let site = Site::through(proxy.kubeconfig(), &plane.name("narrow"), Policy::default()).await;
    let plan = site
        .plan(json!({"annotations": {"test/ready-after": "1s"}}))
        .await;
    // Watches, and the lists that mark from where they watch.
    let cluster_wide = |seen: &Seen| {
        let marks = seen.path.ends_with("?limit=1");
        !seen.path.contains("/namespaces/") && (marks || seen.watches())
    };
    proxy.script(move |seen| match cluster_wide(seen) {
        true => Act::Answer(403, &[], FORBIDDEN),
        false => Act::Pass,
    });
    site.deploy(&plan, "first").await.unwrap();
    let watches = proxy.seen().into_iter().filter(Seen::watches);
    let watches: Vec<String> = watches.map(|seen| seen.path).collect();
    let own = format!("/namespaces/{}/", site.namespace);
    assert!(
        watches.iter().any(|path| path.contains(&own)),
        "{watches:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_followed_is_whole_after_a_watch_expired_and_names_come_back() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let proxy = Proxy::start(plane).await;
    let namespace = plane.namespace("follow");
    let site = Site::through(proxy.kubeconfig(), &namespace, Policy::default()).await;
    let kind = KindIn {
        gvk: Gvk::new("v1", "Service"),
        namespace: Some(namespace.as_str().into()),
    };
    let service = |verb: &str, name: &str| {
        let args = match verb {
            "create" => vec![
                "create",
                "service",
                "clusterip",
                name,
                "--tcp=80",
                "-n",
                &namespace,
            ],
            _ => vec!["delete", "service", name, "-n", &namespace],
        };
        plane.kubectl(&args);
    };
    service("create", "early");
    // The first watches are told that their mark is too old: what happened since is listed.
    let expired = AtomicUsize::new(0);
    proxy.script(move |seen| match seen.watches() {
        true if expired.fetch_add(1, Ordering::Relaxed) < 3 => Act::Gone,
        _ => Act::Pass,
    });
    let watches = || proxy.seen().iter().filter(|seen| seen.watches()).count();
    let mut follow = site.cluster.follow(&[kind]).await.unwrap();
    let mut seen = async |wanted: &str| {
        let names = |objects: Vec<Vec<std::sync::Arc<Value>>>| {
            let names = objects[0]
                .iter()
                .map(|o| o["metadata"]["name"].as_str().unwrap().to_owned());
            names.collect::<Vec<_>>().join(" ")
        };
        while names(follow.objects().await.unwrap()) != wanted {
            follow.changed().await;
        }
    };
    seen("early").await;
    service("create", "later");
    seen("early later").await;
    // What comes now comes by the watch that stands: none was opened after it.
    while watches() < 4 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    service("delete", "early");
    seen("later").await;
    service("create", "early");
    seen("early later").await;
    assert_eq!(watches(), 4);
}

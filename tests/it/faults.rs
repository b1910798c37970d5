//! Faults between rollbook and the API server, each at each phase of an upgrade with a hook. Every
//! run ends in a true state and says what happened, and the next run completes.

use crate::controlplane::{self, ControlPlane};
use crate::deploy::site::Site;
use crate::proxy::{Act, Proxy, Seen};
use rollbook::cluster::Policy;
use rollbook::deploy::{Done, Options};
use rollbook::diag::{Diagnostic, Kind};
use serde_json::json;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The program's own, with short pauses and fewer tries for the tests' sake.
fn policy() -> Policy {
    Policy {
        tries: 4,
        pause: Duration::from_millis(50),
        ..Policy::default()
    }
}

/// What happens to requests, and to how many of those that are hit.
struct Fault {
    name: &'static str,
    act: Act,
    times: usize,
}

const BUSY: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"TooManyRequests","code":429}"#;
const BROKEN: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"etcdserver: leader changed","reason":"InternalError","code":500}"#;
const AWAY: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"apiserver is shutting down","reason":"ServiceUnavailable","code":503}"#;
const EXPIRED: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}"#;
const TAKEN: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"secrets \"x\" already exists","reason":"AlreadyExists","code":409}"#;
const LARGE: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"etcdserver: request is too large","code":500}"#;

fn options(run: &str) -> Options {
    let mut options = Options::new(run);
    options.rollout.timeout = Duration::from_secs(40);
    options
}

/// For ever.
const ALWAYS: usize = usize::MAX;

fn faults() -> Vec<Fault> {
    let fault = |name, act, times| Fault { name, act, times };
    vec![
        fault("connection reset once", Act::Reset, 1),
        fault("answer lost once", Act::Lose, 1),
        fault("answers lost", Act::Lose, ALWAYS),
        fault("server gone", Act::Reset, ALWAYS),
        fault(
            "429 with Retry-After twice",
            Act::Answer(429, &[("retry-after", "1")], BUSY),
            2,
        ),
        fault("500 twice", Act::Answer(500, &[], BROKEN), 2),
        fault("503 twice", Act::Answer(503, &[], AWAY), 2),
        fault("503 for ever", Act::Answer(503, &[], AWAY), ALWAYS),
        fault("token expired", Act::Answer(401, &[], EXPIRED), ALWAYS),
        fault("409", Act::Answer(409, &[], TAKEN), ALWAYS),
        fault("etcd full", Act::Answer(500, &[], LARGE), ALWAYS),
        fault("slow", Act::Slow(Duration::from_millis(400)), ALWAYS),
        fault("410 on the watch", Act::Gone, 3),
    ]
}

/// A stretch of an upgrade, by its requests.
struct Phase {
    name: &'static str,
    hits: fn(&Seen) -> bool,
}

fn writes_to(seen: &Seen, part: &str) -> bool {
    seen.writes() && seen.path.contains(part)
}

const PHASES: [Phase; 8] = [
    Phase {
        name: "check",
        hits: |seen| seen.method == "GET" && !seen.watches(),
    },
    Phase {
        name: "lease",
        hits: |seen| seen.method == "POST" && writes_to(seen, "/leases"),
    },
    Phase {
        name: "saved state and record",
        hits: |seen| seen.method == "POST" && writes_to(seen, "/secrets"),
    },
    Phase {
        name: "hook",
        hits: |seen| seen.method == "POST" && writes_to(seen, "/jobs"),
    },
    Phase {
        name: "objects",
        hits: |seen| seen.method == "PATCH" && writes_to(seen, "/deployments"),
    },
    Phase {
        name: "watch",
        hits: Seen::watches,
    },
    Phase {
        name: "close record",
        hits: |seen| seen.method == "PUT" && writes_to(seen, "/secrets/sh.helm.release"),
    },
    Phase {
        name: "unlock",
        hits: |seen| seen.method != "POST" && writes_to(seen, "/leases/"),
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn every_run_ends_in_a_true_state_and_the_next_one_completes() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let mut table = String::new();
    for phase in &PHASES {
        let _ = writeln!(table, "{}", phase.name);
        let cases = faults()
            .into_iter()
            .map(|fault| async move { (fault.name, case(plane, phase, fault).await) });
        for (name, end) in futures_util::future::join_all(cases).await {
            let _ = writeln!(table, "  {name:<28} {end}");
        }
    }
    // Not `println!`: libtest would hide it where all goes well.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), table.as_bytes());
}

/// One upgrade under one fault, and the run after it.
async fn case(plane: &ControlPlane, phase: &Phase, fault: Fault) -> String {
    let proxy = Proxy::start(plane).await;
    let site = Site::through(proxy.kubeconfig(), &plane.name("fault"), policy()).await;
    site.update(json!({"message": "a"}), "first").await.unwrap();
    let plan = site.plan(json!({"message": "b"})).await;
    let hit = Arc::new(AtomicUsize::new(0));
    let (counted, hits) = (hit.clone(), phase.hits);
    proxy.script(move |seen| match hits(seen) {
        true if counted.fetch_add(1, Ordering::Relaxed) < fault.times => fault.act.clone(),
        _ => Act::Pass,
    });
    let ended = site.deploy_as(&plan, options("second")).await;
    proxy.script(|_| Act::Pass);
    if hit.load(Ordering::Relaxed) == 0 {
        return "does not come here".to_owned();
    }
    let what = format!("{}, {}", phase.name, fault.name);
    let told = truth(&site, &ended, &what).await;
    complete(&site, &what).await;
    told
}

/// How it ended, after a look at whether the cluster agrees.
async fn truth(site: &Site, ended: &Result<Done, Diagnostic>, what: &str) -> String {
    let history = site.history().await;
    let words = match ended {
        Ok(done) if done.warnings.is_empty() => "done".to_owned(),
        Ok(done) => format!("done, with a warning: {}", done.warnings[0].message),
        Err(fault) => format!("{:?}: {}", fault.kind, fault.message),
    };
    let open = matches!(ended, Err(fault) if fault.kind == Kind::Open);
    // Where every answer was lost nobody knows what was written: that is told too.
    assert!(
        open || !history.contains("pending"),
        "{what}: {words}: {history}"
    );
    if ended.is_ok() {
        assert!(history.contains("2 deployed"), "{what}: {history}");
    }
    let message = site.message().await;
    let changed = message == "b";
    let refused = !history.contains('2');
    assert!(!(refused && changed), "{what}: changed without a record");
    format!(
        "{} [{history}; {message}]",
        words.replace(&site.namespace, "NAMESPACE")
    )
}

/// The next run, a new plan, brings it to where it should be.
async fn complete(site: &Site, what: &str) {
    let plan = site.plan(json!({"message": "c"})).await;
    let mut options = options("third");
    // The process that held the lease is this one: it looks alive.
    options.lock.break_it = true;
    let done = site.deploy_as(&plan, options).await;
    assert!(done.is_ok(), "{what}: the next run: {done:?}");
    let history = site.history().await;
    assert!(history.ends_with(" deployed"), "{what}: {history}");
    assert!(!history.contains("pending"), "{what}: {history}");
    assert_eq!(site.message().await, "c", "{what}");
}

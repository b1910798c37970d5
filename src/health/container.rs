//! Containers that will not run, from a pod's status.

use super::doomed::{finding, same_told_once};
use super::observed::{Observed, statuses};
use super::ready::{number, text};
use super::{Family, Finding, NOT_READY, Patience};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// What a registry says for good: asking again does not help.
const FINAL: [&str; 5] = [
    "not found",
    "manifest unknown",
    "denied",
    "unauthorized",
    "no match for platform",
];

/// Containers of this pod that waiting does not help.
pub fn stuck_containers(
    pod: &Value,
    patience: &Patience,
    observed: &Observed,
    now: Timestamp,
) -> Vec<Finding> {
    let stuck = |status| {
        let held = held_up(pod, status)?;
        let waited = observed.waited(pod, status, now);
        (waited >= held.patience(patience)).then_some(held.finding)
    };
    let crashing = |status| crashing(pod, status, patience, observed, now);
    let found = statuses(pod).filter_map(|status| stuck(status).or_else(|| crashing(status)));
    found.collect()
}

/// A container that can't be started.
struct HeldUp {
    finding: Finding,
    kind: Hold,
}

enum Hold {
    /// Nobody changes that.
    ForGood,
    /// The registry may come back.
    Pull,
    /// What it needs may be made a moment later.
    Config,
}

impl HeldUp {
    fn patience(&self, patience: &Patience) -> SignedDuration {
        match self.kind {
            Hold::ForGood => SignedDuration::ZERO,
            Hold::Pull => patience.pull,
            Hold::Config => patience.config,
        }
    }
}

fn held_up(pod: &Value, status: &Value) -> Option<HeldUp> {
    let waiting = &status["state"]["waiting"];
    let message = text(&waiting["message"]).to_lowercase();
    let kind = match text(&waiting["reason"]) {
        "InvalidImageName" | "ErrImageNeverPull" | "SignatureValidationFailed" => Hold::ForGood,
        "ImagePullBackOff" | "ErrImagePull" if FINAL.iter().any(|w| message.contains(w)) => {
            Hold::ForGood
        }
        "ImagePullBackOff" | "ErrImagePull" | "ImageInspectError" | "RegistryUnavailable" => {
            Hold::Pull
        }
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => Hold::Config,
        _ => return None,
    };
    Some(HeldUp {
        finding: about(pod, status, waiting),
        kind,
    })
}

/// A container that ended too often, or for good in a pod that does not restart it.
fn crashing(
    pod: &Value,
    status: &Value,
    patience: &Patience,
    observed: &Observed,
    now: Timestamp,
) -> Option<Finding> {
    let restarts = observed.restarts(pod, status, patience.window, now);
    let crashes = text(&status["state"]["waiting"]["reason"]) == "CrashLoopBackOff";
    let too_often = restarts >= patience.restarts && (crashes || status["ready"] != true);
    let ended = ended(status)?;
    let failed = number(&ended["exitCode"], 0) != 0;
    let for_good = is_over(pod, status);
    if !(too_often && (failed || crashes) || failed && for_good) {
        return None;
    }
    let mut found = ended_badly(pod, status)?;
    found.restarts = restarts;
    Some(found)
}

/// How a container of this pod ended badly last, whether or not that can heal.
pub fn ended_badly(pod: &Value, status: &Value) -> Option<Finding> {
    let ended = ended(status)?;
    let crashes = text(&status["state"]["waiting"]["reason"]) == "CrashLoopBackOff";
    if number(&ended["exitCode"], 0) == 0 && !crashes {
        return None;
    }
    let mut found = about(pod, status, ended);
    found.reason = match text(&ended["reason"]) {
        "OOMKilled" => "OOMKilled",
        _ if crashes => "CrashLoopBackOff",
        "" => "Error",
        other => other,
    }
    .to_owned();
    found.within = span(pod, ended);
    Some(found)
}

/// What looks wrong with a workload that may still become ready: one container per pod.
pub fn suspects(family: &Family<'_>) -> Vec<Finding> {
    let pods = family.pods.iter();
    same_told_once(pods.filter_map(|pod| suspect(pod)).collect())
}

fn suspect(pod: &Value) -> Option<Finding> {
    let suspicious = |status: &Value| {
        let state = &status["state"];
        if let Some(ended) = ended_badly(pod, status).filter(|_| status["ready"] != true) {
            return Some(ended);
        }
        if !text(&state["waiting"]["reason"]).is_empty() {
            return Some(about(pod, status, &state["waiting"]));
        }
        let runs = state["running"].is_object() && status["ready"] == false;
        runs.then(|| Finding {
            reason: NOT_READY.to_owned(),
            ..about(pod, status, &state["running"])
        })
    };
    statuses(pod).find_map(suspicious)
}

/// Its present end, else its last one.
fn ended(status: &Value) -> Option<&Value> {
    let states = [&status["state"], &status["lastState"]];
    let mut ended = states.into_iter().map(|state| &state["terminated"]);
    ended.find(|ended| ended.is_object())
}

fn is_over(pod: &Value, status: &Value) -> bool {
    status["state"]["terminated"].is_object() && pod["spec"]["restartPolicy"] == "Never"
}

/// From the pod's start to the container's last end.
fn span(pod: &Value, ended: &Value) -> Option<SignedDuration> {
    let time = |value: &Value| text(value).parse::<Timestamp>().ok();
    let start = time(&pod["status"]["startTime"])?;
    Some(time(&ended["finishedAt"])?.duration_since(start))
}

fn about(pod: &Value, status: &Value, state: &Value) -> Finding {
    Finding {
        container: Some(text(&status["name"]).to_owned()),
        exit_code: state["exitCode"].as_i64(),
        restarts: number(&status["restartCount"], 0),
        ..finding(pod, text(&state["reason"]), text(&state["message"]))
    }
}

//! Containers that will not run, from a pod's status.

use super::doomed::finding;
use super::ready::{number, text};
use super::{Finding, Patience};
use serde_json::Value;

/// Containers of this pod that waiting does not help.
pub fn stuck_containers(pod: &Value, patience: &Patience) -> Vec<Finding> {
    let lists = ["initContainerStatuses", "containerStatuses"];
    let all = lists.iter().filter_map(|l| pod["status"][*l].as_array());
    let stuck = all.flatten().filter_map(|c| stuck(pod, c, patience));
    stuck.collect()
}

fn stuck(pod: &Value, status: &Value, patience: &Patience) -> Option<Finding> {
    let waiting = &status["state"]["waiting"];
    match text(&waiting["reason"]) {
        // `ErrImagePull` is the first try of the same; the second one tells.
        "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" => {
            Some(about(pod, status, waiting))
        }
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
            Some(about(pod, status, waiting))
        }
        _ => crashing(pod, status, patience),
    }
}

/// A container that ended too often, or for good in a pod that does not restart it.
fn crashing(pod: &Value, status: &Value, patience: &Patience) -> Option<Finding> {
    let now = &status["state"]["terminated"];
    let ended = if now.is_object() {
        now
    } else {
        &status["lastState"]["terminated"]
    };
    let restarts = number(&status["restartCount"], 0);
    let failed = ended.is_object() && number(&ended["exitCode"], 0) != 0;
    let for_good = now.is_object() && pod["spec"]["restartPolicy"] == "Never";
    let crashes = text(&status["state"]["waiting"]["reason"]) == "CrashLoopBackOff";
    let too_often = restarts >= patience.restarts && (crashes || status["ready"] != true);
    if !(too_often && (failed || crashes) || failed && for_good) {
        return None;
    }
    let reason = match text(&ended["reason"]) {
        "OOMKilled" => "OOMKilled",
        _ if crashes => "CrashLoopBackOff",
        "" => "Error",
        other => other,
    };
    let mut found = about(pod, status, ended);
    reason.clone_into(&mut found.reason);
    Some(found)
}

fn about(pod: &Value, status: &Value, state: &Value) -> Finding {
    let last = &status["lastState"]["terminated"]["exitCode"];
    let code = state["exitCode"].as_i64().or(last.as_i64());
    Finding {
        container: Some(text(&status["name"]).to_owned()),
        exit_code: code,
        restarts: number(&status["restartCount"], 0),
        ..finding(pod, text(&state["reason"]), text(&state["message"]))
    }
}

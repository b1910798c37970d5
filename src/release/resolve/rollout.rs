//! How a release goes in, from the fields of `release`.

use crate::release::Rollout;
use crate::yaml::{Data, Fields, Node};
use std::time::Duration;

/// What is said, else the default.
pub(super) fn rollout(fields: &Fields<'_>) -> Rollout {
    let default = Rollout::default();
    let flag = |key, default| fields.flag(key).unwrap_or(default);
    let history_max = fields.count("history_max");
    Rollout {
        wait: flag("wait", default.wait),
        wait_for_jobs: flag("wait_for_jobs", default.wait_for_jobs),
        timeout: time(fields, "timeout").unwrap_or(default.timeout),
        step_timeout: time(fields, "step_timeout"),
        no_activity_timeout: time(fields, "no_activity_timeout"),
        atomic: flag("atomic", default.atomic),
        cleanup_on_fail: flag("cleanup_on_fail", default.cleanup_on_fail),
        history_max: history_max.map_or(default.history_max, |max| {
            usize::try_from(max).unwrap_or(usize::MAX)
        }),
        description: fields.text("description"),
    }
}

/// Seconds, or `30m` as Helm writes it.
fn time(fields: &Fields<'_>, key: &'static str) -> Option<Duration> {
    let node = fields.any(key)?;
    let read = read(node);
    if read.is_none() {
        let what = format!("\"{key}\" must be a number of seconds, or a time such as 30m");
        fields.fault(node.error(what));
    }
    read
}

fn read(node: &Node) -> Option<Duration> {
    let text = match &node.data {
        Data::Int(seconds) => return Some(Duration::from_secs(u64::try_from(*seconds).ok()?)),
        _ => node.text()?,
    };
    match text.trim().parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Duration::try_from(text.parse::<jiff::SignedDuration>().ok()?).ok(),
    }
}

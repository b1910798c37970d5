//! A revision whose writer is gone. The main entry point is [`recovery`].
//!
//! A killed program leaves `pending-…` behind, and Helm then refuses every further operation.
//! One that rollbook wrote tells by its lease whether somebody is still at work; of one that
//! somebody else wrote only the age is known, and the inventory says what is done about it.

use super::{Holder, Revision};
use crate::diag::{Diagnostic, Kind};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The inventory's `recover` and `pending_after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// What is done.
    pub policy: OnPending,
    /// How old a revision must be before its unknown writer counts as gone.
    pub after: SignedDuration,
}

impl Default for Recovery {
    fn default() -> Recovery {
        Recovery {
            policy: OnPending::default(),
            after: SignedDuration::from_hours(1),
        }
    }
}

/// What is done about a pending revision of an unknown writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnPending {
    /// A person is asked, by `rollbook recover`.
    #[default]
    Ask,
    /// The target is refused.
    Fail,
    /// It is marked failed, and the run goes on.
    MarkFailed,
    /// As `MarkFailed`; `rollbook recover` rolls back to the deployed revision.
    Rollback,
}

/// A revision that is marked failed before the next one is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recover {
    /// The revision.
    pub revision: u32,
    /// Its status as it stands.
    pub status: Arc<str>,
    /// Why its writer counts as gone.
    pub why: String,
}

/// What is known of a pending revision.
#[derive(Clone, Copy, Debug)]
pub struct Stuck<'a> {
    /// The release.
    pub release: &'a str,
    /// The revision.
    pub revision: &'a Revision,
    /// The run of rollbook that wrote it; `None` where Helm did.
    pub run: Option<&'a str>,
    /// When it was written, unix seconds.
    pub written: Option<i64>,
    /// Who holds the target, unless their process is gone or their lease has run out.
    pub holder: Option<&'a Holder>,
}

/// Whether the revision may be marked failed; else why not, and the way out.
pub fn recovery(stuck: Stuck<'_>, rules: Recovery, now: Timestamp) -> Result<Recover, Diagnostic> {
    if let Some(holder) = stuck.holder {
        let what = format!("{} is at work on it", holder.named());
        return Err(refused(stuck, what).hint("wait for its end, or rollbook stop its run"));
    }
    let age = age(stuck, now);
    let since = age.map_or_else(String::new, |age| format!(" for {}", words(age)));
    if let Some(run) = stuck.run {
        let short = run.rsplit('-').next().unwrap_or(run);
        return Ok(recover(
            stuck,
            format!("run {short} is gone, pending{since}"),
        ));
    }
    match rules.policy {
        _ if age.is_none_or(|age| age < rules.after) => {
            let young = format!("its writer is unknown and may be alive{since}");
            let after = words(rules.after);
            Err(refused(stuck, young)
                .note(format!("it counts as dead after {after} (pending_after)")))
        }
        OnPending::MarkFailed | OnPending::Rollback => {
            Ok(recover(stuck, format!("no lease, pending{since}")))
        }
        OnPending::Ask | OnPending::Fail => {
            let what = format!("written by helm, no lease, pending{since}");
            Err(refused(stuck, what).hint("rollbook recover shows it and repairs it after a yes"))
        }
    }
}

fn recover(stuck: Stuck<'_>, why: String) -> Recover {
    Recover {
        revision: stuck.revision.number,
        status: stuck.revision.status.clone(),
        why,
    }
}

fn refused(stuck: Stuck<'_>, why: String) -> Diagnostic {
    let Revision { number, status } = stuck.revision;
    let what = format!("release {} is {status} at revision {number}", stuck.release);
    Diagnostic::new(Kind::Refused, what).note(why)
}

fn age(stuck: Stuck<'_>, now: Timestamp) -> Option<SignedDuration> {
    let written = Timestamp::from_second(stuck.written?).ok()?;
    Some(now.duration_since(written).max(SignedDuration::ZERO))
}

/// `3d`, `2h`, `40m`: as exact as somebody has to know.
fn words(age: SignedDuration) -> String {
    match age.as_secs() {
        s if s < 120 => format!("{s}s"),
        s if s < 7_200 => format!("{}m", s / 60),
        s if s < 172_800 => format!("{}h", s / 3600),
        s => format!("{}d", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;

    fn decide(run: Option<&str>, age: i64, holder: Option<&Holder>, policy: OnPending) -> String {
        let revision = Revision {
            number: 18,
            status: "pending-upgrade".into(),
        };
        let stuck = Stuck {
            release: "web",
            revision: &revision,
            run,
            written: Some(NOW - age),
            holder,
        };
        let rules = Recovery {
            policy,
            ..Recovery::default()
        };
        match recovery(stuck, rules, Timestamp::from_second(NOW).unwrap()) {
            Ok(recover) => format!("mark failed: {}", recover.why),
            Err(fault) => format!("{}: {}", fault.message, fault.notes.join("; ")),
        }
    }

    #[test]
    fn who_wrote_it_and_how_long_ago_decides() {
        let holder = Holder {
            by: "maria@bastion-2".into(),
            run: "20260312-2204-7k2f".into(),
            ..Holder::default()
        };
        let ours = Some("20260312-2204-7k2f");
        let told = [
            decide(ours, 5, Some(&holder), OnPending::MarkFailed),
            decide(ours, 5, None, OnPending::Ask),
            decide(None, 300, None, OnPending::MarkFailed),
            decide(None, 259_200, None, OnPending::Ask),
            decide(None, 259_200, None, OnPending::Fail),
            decide(None, 259_200, None, OnPending::MarkFailed),
            decide(None, 4000, Some(&holder), OnPending::MarkFailed),
        ];
        insta::assert_snapshot!(told.join("\n"));
    }
}

//! What stands below the table: who is at work, what wants a hand, and what cannot be seen.

use super::{Doing, Left, Other, Running, Status};
use crate::report::recap::short;
use crate::report::words;
use indexmap::IndexMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

/// The targets, and the name that they are known by there, of each tool and fate.
type Managed<'a> = IndexMap<(&'a str, bool), Vec<(&'a Arc<str>, &'a str)>>;

impl Status<'_> {
    /// One line for each finding, with the command that comes next where there is one.
    pub(super) fn notes(&self) -> String {
        let runs = self.running.iter().map(|run| self.running_line(run));
        let left = self.left.iter().map(|left| self.left_line(left));
        let mut text: String = runs.chain(left).collect();
        text.push_str(&self.others());
        for row in self.rows {
            let unknown = row.drift.as_ref().and_then(|drift| drift.unknown.as_ref());
            if let Some(why) = unknown {
                // Writing to a String can't fail.
                let _ = writeln!(text, "DRIFT    {}  {why}", row.target);
            }
        }
        for (cluster, why, count) in self.silent {
            let count = words::targets(*count);
            let _ = writeln!(text, "{cluster}: {why}. {count} unknown.");
        }
        text
    }

    /// `RUNNING  7k2f  wave 3 of 4, 181/438   20 targets, for 12m (…)   maria@bastion-2   CHG0041234`
    fn running_line(&self, run: &Running) -> String {
        let names = words::names(run.targets.iter().map(|name| &**name), false);
        let age = self.since(Some(run.since.as_second()));
        let reason = run.reason.as_ref().map(|reason| format!("   {reason}"));
        let reason = reason.unwrap_or_default();
        let (id, by) = (short(&run.run), &run.by);
        let count = words::targets(run.targets.len());
        let progress = run.progress.as_ref().filter(|_| !run.gone);
        let progress = progress.map_or_else(String::new, |told| format!("{told}   "));
        let what = format!("{progress}{count}{age} ({names})   {by}{reason}\n");
        match run.gone {
            false => format!("RUNNING  {id}  {what}"),
            true => format!("STUCK    {id}  held by a run whose program has died: {what}"),
        }
    }

    /// `STUCK    c8v3ob  pending-upgrade, revision 18, for 3d; written by helm, no lease`
    fn left_line(&self, left: &Left) -> String {
        let Left {
            target,
            status,
            revision,
            ..
        } = left;
        let by = match &left.run {
            Some(run) => format!("written by run {}, which is gone", short(run)),
            None => "written by helm, no lease".to_owned(),
        };
        let (since, inventory) = (self.since(left.since), self.inventory);
        format!(
            "STUCK    {target}  {status}, revision {revision}{since}; {by}\n           rollbook recover -i {inventory} -l {target}\n"
        )
    }

    /// Whom one tool manages is told on one line, for all of its targets.
    fn others(&self) -> String {
        let mut managed = Managed::new();
        let mut rest = String::new();
        for Other { target, doing } in self.others {
            match doing {
                Doing::Manages {
                    tool, name, taken, ..
                } => {
                    let known = managed.entry((tool, *taken)).or_default();
                    known.push((target, name));
                }
                Doing::Holds {
                    release,
                    by,
                    run,
                    since,
                    gone,
                } => {
                    let since = self.since(Some(since.as_second()));
                    let run = match run.is_empty() {
                        true => String::new(),
                        false => format!(", run {}", short(run)),
                    };
                    let gone = if *gone {
                        ", whose program has died"
                    } else {
                        ""
                    };
                    let what = format!("release {release} is held by {by}{run}{gone}{since}");
                    rest += &other(target, &what);
                }
                Doing::Pending {
                    status,
                    revision,
                    since,
                } => {
                    let since = self.since(*since);
                    let what =
                        format!("{status}, revision {revision}{since}; helm may be at work on it");
                    rest += &other(target, &what);
                }
            }
        }
        let lines = managed.into_iter();
        let mut text: String = lines
            .map(|(by, targets)| managed_line(by, &targets))
            .collect();
        text.push_str(&rest);
        text
    }

    /// `, for 12m`, of unix seconds.
    fn since(&self, then: Option<i64>) -> String {
        let since = then.map(|then| self.now.timestamp().as_second() - then);
        match since.and_then(|seconds| u64::try_from(seconds).ok()) {
            Some(seconds) if seconds >= 86_400 => format!(", for {}d", seconds / 86_400),
            Some(seconds) => format!(", for {}", words::duration(Duration::from_secs(seconds))),
            None => String::new(),
        }
    }
}

/// `OTHERS   c5r0td  objects are managed by Argo CD (shop): left alone`
fn managed_line((tool, taken): (&str, bool), targets: &[(&Arc<str>, &str)]) -> String {
    let name = match targets {
        [(_, name)] => format!(" ({name})"),
        _ => String::new(),
    };
    let fate = match taken {
        true => "taken over by the next change (take_ownership)",
        false => "left alone",
    };
    let names = words::names(targets.iter().map(|(target, _)| &***target), false);
    other(
        &names,
        &format!("objects are managed by {tool}{name}: {fate}"),
    )
}

fn other(target: &str, what: &str) -> String {
    format!("OTHERS   {target}  {what}\n")
}

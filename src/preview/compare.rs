//! What an edit changed, and for whom. The main type here is [`Finding`].

use super::{Content, Snapshot};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One difference between the kept snapshots and today's.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// Targets of a kept snapshot look different now.
    Changed {
        /// The snapshot that they come from.
        from: String,
        /// The targets.
        targets: Vec<Arc<str>>,
        /// What differs.
        changes: Vec<Change>,
    },
    /// Targets look like another kept snapshot now.
    Moved {
        /// Where they were.
        from: String,
        /// Where they are.
        to: String,
        /// The targets.
        targets: Vec<Arc<str>>,
        /// What differs.
        changes: Vec<Change>,
    },
    /// Targets that no kept snapshot has.
    Added {
        /// Where they are.
        to: String,
        /// The targets.
        targets: Vec<Arc<str>>,
    },
    /// Targets that are gone.
    Removed {
        /// Where they were.
        from: String,
        /// The targets.
        targets: Vec<Arc<str>>,
    },
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The chart.
    Chart(String, String),
    /// An object (or hook), before and after; absent where it is new or gone.
    Object {
        /// `Deployment <target>-web`.
        id: String,
        /// Before.
        before: Option<Value>,
        /// After.
        after: Option<Value>,
    },
    /// A user-supplied value, by its dotted path.
    Value {
        /// `frontend.replicas`.
        path: String,
        /// Before.
        before: Option<Value>,
        /// After.
        after: Option<Value>,
    },
}

/// Which snapshot a target comes from, and which it goes to, by their indexes.
type Way = (Option<usize>, Option<usize>);

/// Compares today's snapshots with the kept ones; empty where nothing changed.
pub fn compare(kept: &[Snapshot], today: &[Snapshot]) -> Vec<Finding> {
    let (before, after) = (places(kept), places(today));
    let mut ways: BTreeMap<Way, Vec<Arc<str>>> = BTreeMap::new();
    let targets: BTreeSet<&Arc<str>> = before.keys().chain(after.keys()).copied().collect();
    for target in targets {
        let way = (before.get(target).copied(), after.get(target).copied());
        ways.entry(way).or_default().push(target.clone());
    }
    let finding = |((from, to), targets): (Way, Vec<Arc<str>>)| {
        let (from, to) = (from.map(|at| &kept[at]), to.map(|at| &today[at]));
        finding(from, to, targets, kept)
    };
    ways.into_iter().filter_map(finding).collect()
}

fn places(snapshots: &[Snapshot]) -> BTreeMap<&Arc<str>, usize> {
    let all = snapshots.iter().enumerate();
    all.flat_map(|(at, snapshot)| snapshot.targets.iter().map(move |t| (t, at)))
        .collect()
}

fn finding(
    from: Option<&Snapshot>,
    to: Option<&Snapshot>,
    targets: Vec<Arc<str>>,
    kept: &[Snapshot],
) -> Option<Finding> {
    let name = |snapshot: &Snapshot| snapshot.name.clone();
    match (from, to) {
        (Some(from), Some(to)) if from.content == to.content => None,
        (Some(from), Some(to)) => {
            let changes = changes(&from.content, &to.content);
            let known = kept.iter().find(|old| old.content == to.content);
            Some(match known {
                Some(known) => Finding::Moved {
                    from: name(from),
                    to: name(known),
                    targets,
                    changes,
                },
                None => Finding::Changed {
                    from: name(from),
                    targets,
                    changes,
                },
            })
        }
        (None, Some(to)) => Some(Finding::Added {
            to: name(to),
            targets,
        }),
        (Some(from), None) => Some(Finding::Removed {
            from: name(from),
            targets,
        }),
        (None, None) => None,
    }
}

fn changes(before: &Content, after: &Content) -> Vec<Change> {
    let mut changes = Vec::new();
    if before.chart != after.chart {
        changes.push(Change::Chart(before.chart.clone(), after.chart.clone()));
    }
    bodies(&before.objects, &after.objects, &mut changes);
    bodies(&before.hooks, &after.hooks, &mut changes);
    values("", Some(&before.values), Some(&after.values), &mut changes);
    changes
}

fn bodies(
    before: &BTreeMap<String, Value>,
    after: &BTreeMap<String, Value>,
    changes: &mut Vec<Change>,
) {
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for id in ids
        .into_iter()
        .filter(|id| before.get(*id) != after.get(*id))
    {
        changes.push(Change::Object {
            id: id.clone(),
            before: before.get(id).cloned(),
            after: after.get(id).cloned(),
        });
    }
}

/// Leaves that differ; maps are walked, everything else is compared whole.
fn values(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    let map = |value: Option<&Value>| value.and_then(Value::as_object).cloned();
    let (old, new) = (map(before), map(after));
    if old.is_none() && new.is_none() {
        changes.push(Change::Value {
            path: path.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        });
        return;
    }
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        values(&path, old.get(key), new.get(key), changes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn snapshot(name: &str, targets: &[&str], replicas: u32) -> Snapshot {
        Snapshot {
            name: name.into(),
            targets: targets.iter().map(|t| (*t).into()).collect(),
            content: Content {
                chart: "webapp 2.5.0".into(),
                values: json!({"frontend": {"replicas": replicas}}),
                objects: [("Deployment web".to_owned(), json!({"replicas": replicas}))].into(),
                hooks: BTreeMap::new(),
            },
        }
    }

    #[test]
    fn nothing_changed() {
        let kept = [snapshot("a", &["c1"], 2)];
        assert_eq!(compare(&kept, &kept), []);
    }

    #[test]
    fn names_exactly_who_changes_and_by_what() {
        let kept = [snapshot("a", &["c1", "c2"], 2), snapshot("b", &["c3"], 3)];
        let today = [
            snapshot("a", &["c1"], 2),
            snapshot("b", &["c2"], 3),
            snapshot("c", &["c3", "c4"], 9),
        ];
        let told: Vec<String> = compare(&kept, &today)
            .iter()
            .map(|f| match f {
                Finding::Changed {
                    from,
                    targets,
                    changes,
                } => {
                    format!("changed {from} {targets:?} {}", changes.len())
                }
                Finding::Moved {
                    from, to, targets, ..
                } => format!("moved {from} {to} {targets:?}"),
                Finding::Added { to, targets } => format!("added {to} {targets:?}"),
                Finding::Removed { from, targets } => format!("removed {from} {targets:?}"),
            })
            .collect();
        assert_eq!(
            told,
            [
                "added c [\"c4\"]",
                "moved a b [\"c2\"]",
                "changed b [\"c3\"] 2"
            ]
        );
    }

    #[test]
    fn values_are_told_by_their_path() {
        let mut changes = Vec::new();
        let (before, after) = (
            json!({"a": {"b": 1, "c": [1]}}),
            json!({"a": {"c": [2], "d": null}}),
        );
        values("", Some(&before), Some(&after), &mut changes);
        let paths: Vec<&str> = changes
            .iter()
            .map(|c| match c {
                Change::Value { path, .. } => path.as_str(),
                _ => "",
            })
            .collect();
        assert_eq!(paths, ["a.b", "a.c", "a.d"]);
    }
}

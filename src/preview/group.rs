//! Equal targets share a snapshot.

use super::{Content, Rendered, Snapshot};
use crate::diff::neutral;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Groups targets by content. Names of `kept` snapshots live on: where the content is the same,
/// else where most of the targets are; new ones are lettered after their chart.
pub fn snapshots(rendered: Vec<Rendered>, kept: &[Snapshot]) -> Vec<Snapshot> {
    let mut groups: BTreeMap<String, Snapshot> = BTreeMap::new();
    for one in rendered {
        let content = anonymous(&one);
        let group = groups.entry(fingerprint(&content)).or_default();
        group.targets.push(one.target);
        group.content = content;
    }
    let mut groups: Vec<Snapshot> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.targets.sort());
    groups.sort_by(|a, b| {
        b.targets
            .len()
            .cmp(&a.targets.len())
            .then(a.targets.cmp(&b.targets))
    });
    name(&mut groups, kept);
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    groups
}

fn fingerprint(content: &Content) -> String {
    super::print(&Snapshot {
        content: content.clone(),
        ..Snapshot::default()
    })
}

fn name(groups: &mut [Snapshot], kept: &[Snapshot]) {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let same = |group: &Snapshot, old: &Snapshot| group.content == old.content;
    claim(groups, kept, &mut taken, |group, old| {
        usize::from(same(group, old))
    });
    claim(groups, kept, &mut taken, |group, old| {
        group
            .targets
            .iter()
            .filter(|target| old.targets.contains(target))
            .count()
    });
    for group in groups.iter_mut().filter(|group| group.name.is_empty()) {
        group.name = fresh(&group.content.chart, &taken);
        taken.insert(group.name.clone());
    }
}

/// Gives each unnamed group the free old name that `score` likes best.
fn claim(
    groups: &mut [Snapshot],
    kept: &[Snapshot],
    taken: &mut BTreeSet<String>,
    score: impl Fn(&Snapshot, &Snapshot) -> usize,
) {
    for group in groups.iter_mut().filter(|group| group.name.is_empty()) {
        let free = kept.iter().filter(|old| !taken.contains(&old.name));
        let best = free
            .map(|old| (score(group, old), old))
            .max_by_key(|(score, _)| *score);
        if let Some((1.., old)) = best {
            group.name = old.name.clone();
            taken.insert(old.name.clone());
        }
    }
}

/// `webapp-a`, `webapp-b`, …
fn fresh(chart: &str, taken: &BTreeSet<String>) -> String {
    let stem = chart.split(' ').next().unwrap_or("target");
    let letters = (0..).map(|at: usize| match at {
        0..26 => char::from(b'a' + u8::try_from(at).unwrap_or(0)).to_string(),
        _ => format!("{}", at + 1),
    });
    let mut names = letters.map(|letter| format!("{stem}-{letter}"));
    names.find(|name| !taken.contains(name)).unwrap_or_default()
}

fn anonymous(one: &Rendered) -> Content {
    let names: [&str; 2] = [&one.target, &one.namespace];
    let text = |text: &str| neutral(text, &names);
    let entries = |map: &BTreeMap<String, Value>| {
        map.iter()
            .map(|(id, body)| (text(id), rewrite(body, &text)))
            .collect()
    };
    Content {
        chart: one.content.chart.clone(),
        values: rewrite(&one.content.values, &text),
        objects: entries(&one.content.objects),
        hooks: entries(&one.content.hooks),
    }
}

fn rewrite(value: &Value, text: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(s) => text(s).into(),
        Value::Array(items) => items.iter().map(|item| rewrite(item, text)).collect(),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| match is_checksum(key) {
                true => (key.clone(), "(checksum)".into()),
                false => (text(key), rewrite(value, text)),
            };
            map.iter().map(entry).collect()
        }
        other => other.clone(),
    }
}

/// A hash of another object, which holds the target's name; that object is in the snapshot itself.
fn is_checksum(key: &str) -> bool {
    key.starts_with("checksum/") || key.starts_with("checksum.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rendered(target: &str, replicas: u32) -> Rendered {
        let content = Content {
            chart: "webapp 2.5.0".into(),
            values: json!({"client": {"name": target}}),
            objects: [(
                format!("Deployment {target}-web"),
                json!({"spec": {"replicas": replicas}}),
            )]
            .into(),
            hooks: BTreeMap::new(),
        };
        Rendered {
            target: target.into(),
            namespace: target.into(),
            content,
        }
    }

    #[test]
    fn equal_targets_share_a_snapshot() {
        let groups = snapshots(
            vec![rendered("c1", 2), rendered("c2", 2), rendered("c3", 3)],
            &[],
        );
        let names: Vec<_> = groups
            .iter()
            .map(|g| (g.name.as_str(), g.targets.len()))
            .collect();
        assert_eq!(names, [("webapp-a", 2), ("webapp-b", 1)]);
        assert!(
            groups[0]
                .content
                .objects
                .contains_key("Deployment <target>-web")
        );
    }

    #[test]
    fn names_live_on() {
        let before = snapshots(vec![rendered("c1", 2), rendered("c2", 3)], &[]);
        let after = snapshots(
            vec![rendered("c1", 2), rendered("c2", 4), rendered("c3", 5)],
            &before,
        );
        let names: Vec<_> = after
            .iter()
            .map(|g| (g.name.as_str(), &*g.targets[0]))
            .collect();
        assert_eq!(
            names,
            [("webapp-a", "c1"), ("webapp-b", "c2"), ("webapp-c", "c3")]
        );
    }
}

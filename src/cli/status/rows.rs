//! One target beside what the inventory says of it. The main entry point is [`row`].

use crate::pipeline::known::Known;
use crate::release::{ReleaseState, TargetSpec, is_pending};
use crate::report::status::{Row, Standing};
use crate::vars::Fleet;
use helm::semver::{Constraint, Version};
use std::sync::Arc;

/// `release` is `None` where the cluster could not be read.
pub(super) fn row(
    spec: &TargetSpec,
    fleet: &Fleet,
    cluster: &Arc<str>,
    release: Option<Option<&Known>>,
) -> Row {
    let known = release.flatten();
    let last = known.and_then(|known| known.history.last());
    let base = known.and_then(|known| known.base.as_deref());
    let field = |field: &str| base.map_or("", |base| base.chart_field(field)).to_owned();
    let newest = known.and_then(|known| known.metas.iter().max_by_key(|meta| meta.key.revision));
    let mut row = Row {
        target: spec.name.clone(),
        group: group(fleet, &spec.name),
        cluster: cluster.clone(),
        namespace: spec.namespace.clone(),
        release: spec.release.name.clone(),
        revision: last.map_or(0, |last| last.number),
        status: last.map_or_else(|| "".into(), |last| last.status.clone()),
        chart: field("name"),
        version: field("version"),
        desired: spec.release.version.as_deref().unwrap_or("").to_owned(),
        updated: newest.and_then(|meta| meta.modified),
        standing: Standing::Unknown,
        drift: None,
    };
    if release.is_some() {
        row.standing = standing(&row, spec.release.state);
    }
    row
}

fn standing(row: &Row, wanted: ReleaseState) -> Standing {
    let absent = matches!(&*row.status, "" | "uninstalled");
    match (wanted, absent) {
        _ if is_pending(&row.status) => Standing::Pending,
        _ if &*row.status == "failed" => Standing::Failed,
        (ReleaseState::Present, true) => Standing::Absent,
        (ReleaseState::Absent, false) => Standing::Behind,
        (ReleaseState::Absent, true) => Standing::AtDesired,
        (ReleaseState::Present, false) => match fits(&row.version, &row.desired) {
            true => Standing::AtDesired,
            false => Standing::Behind,
        },
    }
}

/// Whether a version is the wanted one, or in the wanted range; nothing wanted fits all.
fn fits(version: &str, wanted: &str) -> bool {
    wanted.is_empty() || is_version(version, wanted)
}

/// Whether a version is this one, or in this range.
pub(in crate::cli) fn is_version(version: &str, wanted: &str) -> bool {
    let range = Constraint::parse(wanted)
        .ok()
        .zip(Version::parse(version).ok());
    version == wanted || range.is_some_and(|(range, version)| range.check(&version))
}

/// The deepest group that lists the target: where it is counted.
fn group(fleet: &Fleet, target: &str) -> Arc<str> {
    let inventory = fleet.inventory();
    let host = inventory.host(target);
    let groups = host
        .map(|host| inventory.groups_of(host))
        .unwrap_or_default();
    groups
        .last()
        .map_or_else(|| "all".into(), |group| group.name.clone())
}

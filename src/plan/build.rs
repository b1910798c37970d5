//! The plan of one release from its triage. The main entry point is [`build`].

use super::fingerprint::{Read, fingerprint};
use super::triage::Triage;
use super::{Action, ChartRef, HookPlan, ObjectChange, ReleasePlan};
use crate::diag::Diagnostics;
use crate::release::{Record, Recover};
use crate::sensitive::{Hidden, Mask};
use std::sync::Arc;

/// What a plan says of a release beside its objects.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The live revision; 0 where there is none.
    pub revision: u32,
    /// The live revision's status; empty where there is none.
    pub status: Arc<str>,
    /// The chart that is live.
    pub from: Option<ChartRef>,
    /// The chart that is wanted; `None` for an uninstall.
    pub to: Option<ChartRef>,
    /// The revision that a backout goes back to.
    pub back_to: Option<u32>,
    /// The newest revision that arrived.
    pub arrived: Option<u32>,
    /// The release is kept in ConfigMaps.
    pub config_map: bool,
    /// A pending revision that is marked failed first.
    pub recover: Option<Recover>,
    /// The hooks that would run, in order.
    pub hooks: Vec<HookPlan>,
    /// The namespace is created first.
    pub creates_namespace: bool,
    /// The record that would be written.
    pub record: Option<Arc<Record>>,
    /// The masked diff of the user-supplied values; empty where equal.
    pub values_diff: String,
    /// What must not be shown of the target.
    pub hidden: Hidden,
    /// Everything else that was read of the target.
    pub read: Read,
}

/// Makes the plan. Where nothing changes no hook runs, nothing migrates and no record is written.
pub fn build(triage: Triage, head: Head) -> Result<ReleasePlan, Diagnostics> {
    let owner = triage.owner.clone();
    let mut changes = ordered(triage.changes()?);
    let acts = changes.iter().any(acts)
        || head.values_changed()
        || head.chart_changed()
        || head.recover.is_some()
        || head.failed();
    let fingerprint = match acts {
        true => {
            let live = changes.iter().filter_map(|c| c.live.clone()).collect();
            fingerprint(&head.read, &changes, &live)
        }
        // Nothing will be written: nothing has to be compared, and a fleet at rest stays small.
        false => {
            changes.iter_mut().for_each(settle);
            String::new()
        }
    };
    let hidden = if acts { head.hidden } else { Hidden::default() };
    let veil = hidden.veil(&Mask::Plain);
    changes.iter_mut().for_each(|change| change.veil(&veil));
    Ok(ReleasePlan {
        name: owner.release,
        migrates: changes.iter().filter(|change| change.migrate).count(),
        changes,
        revision: head.revision,
        status: head.status,
        from: head.from,
        to: head.to,
        back_to: head.back_to,
        arrived: head.arrived,
        config_map: head.config_map,
        recover: head.recover,
        hooks: if acts { head.hooks } else { Vec::new() },
        creates_namespace: head.creates_namespace,
        record: head.record.filter(|_| acts),
        lookups: head.read.lookups.into_iter().filter(|_| acts).collect(),
        fingerprint,
        values_diff: head.values_diff,
        hidden,
        warnings: Vec::new(),
    })
}

fn settle(change: &mut ObjectChange) {
    change.migrate = false;
    change.live = None;
}

impl Head {
    fn values_changed(&self) -> bool {
        !self.values_diff.is_empty()
    }

    /// What failed is not what it says, whatever its objects are.
    fn failed(&self) -> bool {
        &*self.status == "failed"
    }

    fn chart_changed(&self) -> bool {
        let version = |chart: &Option<ChartRef>| {
            let chart = chart.as_ref();
            chart.map(|chart| (chart.name.clone(), chart.version.clone()))
        };
        version(&self.from) != version(&self.to)
    }
}

/// Whether something is written for this object.
pub(super) fn acts(change: &ObjectChange) -> bool {
    !matches!(change.action, Action::Unchanged | Action::Keep)
}

/// Creates, updates and replaces as they were rendered, then deletes, keeps, and the rest.
fn ordered(mut changes: Vec<ObjectChange>) -> Vec<ObjectChange> {
    changes.sort_by_key(|change| match change.action {
        Action::Create | Action::Update | Action::Replace => 0,
        Action::Delete => 1,
        Action::Keep => 2,
        Action::Unchanged => 3,
    });
    changes
}

//! Objects of the record that are no longer rendered.

use super::effects::{self, is_data};
use super::options::Options;
use super::triage::States;
use super::{Action, ObjectChange};
use crate::manifest::{
    MANAGED_BY, Object, Owner, RELEASE_NAME, RELEASE_NAMESPACE, kept_by_policy, uninstall_order,
};
use std::sync::Arc;

/// Deletes and keeps, in uninstall order. What is gone already is not told.
pub(super) fn removals(owner: &Owner, states: States, options: &Options) -> Vec<ObjectChange> {
    let dropped = |object: &&Arc<Object>| states.desired.get(&object.id).is_none();
    let live = |object: &Arc<Object>| states.live.get(&object.id).cloned();
    let old = states.recorded.iter().filter(dropped);
    let mut lives: Vec<Arc<Object>> = old.filter_map(live).collect();
    uninstall_order(&mut lives);
    let removal = |live: Arc<Object>| {
        let kept = kept_by_chart(&live, states).or_else(|| keeps(owner, &live, options));
        removal(live, kept, options)
    };
    lives.into_iter().map(removal).collect()
}

fn removal(live: Arc<Object>, kept: Option<String>, options: &Options) -> ObjectChange {
    let action = if kept.is_some() {
        Action::Keep
    } else {
        Action::Delete
    };
    let at = options.schema.place(&live.gvk);
    let mut change = ObjectChange::new(live.id.clone(), live.gvk.clone(), action);
    change.uid = live.meta("uid").map(Arc::from);
    change.why = kept;
    change.live = Some(live);
    effects::add(&mut change, at);
    change
}

/// An upgrade asks the live object whether it is to be kept, an uninstall the manifest: so does
/// Helm. Here the live one counts in both.
fn kept_by_chart(live: &Object, states: States) -> Option<String> {
    let uninstall = states.desired.is_empty();
    let recorded = states.recorded.get(&live.id).filter(|_| uninstall);
    let kept = kept_by_policy(live) || recorded.is_some_and(|object| kept_by_policy(object));
    kept.then(|| "helm.sh/resource-policy: keep".to_owned())
}

fn keeps(owner: &Owner, live: &Object, options: &Options) -> Option<String> {
    if is_data(&live.id) && !options.data_loss {
        return Some("holds data; only data_loss: allow deletes it".to_owned());
    }
    let other = |name: &str, own: &str| live.annotation(name).filter(|found| *found != own);
    let release = other(RELEASE_NAME, &owner.release);
    if let Some(name) = release.or_else(|| other(RELEASE_NAMESPACE, &owner.namespace)) {
        return Some(format!("belongs to release {name} by now"));
    }
    let unmarked =
        live.label(MANAGED_BY) != Some("Helm") && live.annotation(RELEASE_NAME).is_none();
    unmarked.then(|| "lost Helm's marks, so somebody took it over".to_owned())
}

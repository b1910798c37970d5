//! Drafts and live objects to plans, target by target. The main type here is [`Undecided`].

use super::known::{Known, Releases, place};
use super::render::{self, Draft};
use super::rest::at_rest;
use super::secrets::Sources;
use super::values::values_diff;
use super::{Desired, Outcome, Planner, To};
use crate::cluster::View;
use crate::diag::{Diagnostic, Diagnostics};
use crate::manifest::{Object, ObjectSet};
use crate::ownership::scale_targets;
use crate::plan::{self, Head, Identity, Options, Read, States, Triage};
use crate::release::{Crds, Operation, Record};
use crate::sensitive::Hidden;
use rayon::prelude::*;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// One target between its questions and their answers.
pub struct Undecided<'a> {
    desired: &'a Desired,
    known: Option<&'a Known>,
    head: Head,
    /// What is known of its objects, or why it can't be planned.
    pub triage: Result<Triage, Diagnostics>,
}

/// What the targets of a set are decided by.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    /// Policies, memos and threads.
    pub planner: &'a Planner,
    /// The release records.
    pub known: &'a Releases,
    /// What is live.
    pub view: &'a View,
}

/// Sorts the objects of some targets into what is known and what must be asked.
pub fn triage_all<'a>(
    sight: Sight<'a>,
    drafts: Vec<(&'a Desired, Result<Draft, Diagnostics>)>,
) -> Vec<Undecided<'a>> {
    let one = |(desired, draft): (&'a Desired, Result<Draft, Diagnostics>)| {
        let known = sight.known.get(&place(&desired.spec));
        undecided(sight, desired, draft, known)
    };
    let all = || drafts.into_par_iter().map(one).collect();
    tokio::task::block_in_place(|| sight.planner.pool.install(all))
}

fn undecided<'a>(
    sight: Sight<'a>,
    desired: &'a Desired,
    draft: Result<Draft, Diagnostics>,
    known: Option<&'a Known>,
) -> Undecided<'a> {
    let failed = |faults| Undecided {
        desired,
        known,
        head: Head::default(),
        triage: Err(faults),
    };
    let prepared = draft.and_then(|draft| {
        let (triage, hidden) = match rest(sight, desired, &draft, known) {
            Some(uids) => {
                let objects = draft.objects.iter().zip(uids);
                (Triage::at_rest(desired.owner(), objects), Hidden::default())
            }
            None => triage(sight, desired, &draft, known)?,
        };
        Ok((head(sight, desired, (draft, hidden), known)?, triage))
    });
    match prepared {
        Ok((head, triage)) => Undecided {
            desired,
            known,
            head,
            triage: Ok(triage),
        },
        Err(faults) => failed(faults),
    }
}

/// The UIDs of the objects of a target at rest.
fn rest(
    sight: Sight<'_>,
    desired: &Desired,
    draft: &Draft,
    known: Option<&Known>,
) -> Option<Vec<Arc<str>>> {
    at_rest(&sight.planner.options, sight.view, desired, (draft, known))
}

fn namespace_exists(desired: &Desired, view: &View) -> bool {
    view.namespaces
        .get(&desired.spec.namespace)
        .is_some_and(|namespace| namespace.exists)
}

/// The policies for one target.
fn options(planner: &Planner, desired: &Desired, view: &View) -> Result<Options, Diagnostic> {
    let spec = &desired.spec;
    let exists = namespace_exists(desired, view);
    if !exists && !spec.release.create_namespace && desired.to != To::Absent {
        let fault = Diagnostic::error(format!("namespace {} does not exist", spec.namespace))
            .target(spec.name.clone());
        return Err(fault.hint("create it, or say create_namespace: true in the release"));
    }
    let guard = &spec.guard;
    let mut not_ours = (*planner.options.not_ours).clone();
    not_ours.rules.extend(guard.ignore.iter().cloned());
    Ok(Options {
        conflicts: Arc::new(guard.conflicts.clone()),
        not_ours: Arc::new(not_ours),
        new_namespace: !exists,
        unknown: view.unknown.clone(),
        take_ownership: spec.release.take_ownership,
        replace: spec.release.replace,
        data_loss: spec.release.data_loss,
        ..planner.options.clone()
    })
}

fn triage(
    sight: Sight<'_>,
    desired: &Desired,
    draft: &Draft,
    known: Option<&Known>,
) -> Result<(Triage, Hidden), Diagnostics> {
    let (planner, view) = (sight.planner, sight.view);
    let mut options = options(planner, desired, view)?;
    options.memo = planner.memo(draft.chart.as_ref());
    let recorded = recorded(planner, desired, draft, known)?;
    let live = live(&[&draft.definitions, &draft.objects, &recorded], view)?;
    let desired_objects = match view.masked {
        true => Cow::Owned(known_objects(&draft.objects, &live)),
        false => Cow::Borrowed(&draft.objects),
    };
    let mut not_ours = (*options.not_ours).clone();
    let rendered = draft.objects.iter().map(|object| &**object);
    not_ours.scaled.extend(scale_targets(
        rendered.chain(live.iter().map(|object| &**object)),
    ));
    options.not_ours = Arc::new(not_ours);
    let owner = desired.owner();
    options.upgrade_crds = desired.spec.release.crds == Crds::Upgrade;
    options.new_kinds = plan::new_kinds(draft.all().map(|object| &**object), &live);
    let states = States {
        definitions: &draft.definitions,
        desired: &desired_objects,
        live: &live,
        recorded: &recorded,
    };
    let secrets = Sources {
        spec: &desired.spec,
        known: &planner.known,
        values: &user_values(draft, known),
        objects: &[&draft.objects, &recorded, &live],
        hooks: draft.parts.as_ref().map_or(&[], |parts| &parts.hooks),
    };
    let hidden = secrets.hidden();
    Ok((plan::triage(&owner, states, Arc::new(options)), hidden))
}

/// The user-supplied values that are wanted, and those of the revision before.
fn user_values<'a>(draft: &'a Draft, known: Option<&'a Known>) -> Vec<&'a Value> {
    let wanted = draft.parts.as_ref().map(|parts| &parts.config);
    let base = known.and_then(|known| known.base.as_deref());
    let before = base.map(|base| base.config.reveal());
    wanted.into_iter().chain(before).collect()
}

/// The objects of the live revision. Where its manifest is what was rendered, nothing is parsed.
fn recorded(
    planner: &Planner,
    desired: &Desired,
    draft: &Draft,
    known: Option<&Known>,
) -> Result<ObjectSet, Diagnostics> {
    if let Some(fault) = known.and_then(|known| known.fault.clone()) {
        return Err(fault.into());
    }
    let Some(base) = known.and_then(|known| known.before(desired.to)) else {
        return Ok(ObjectSet::default());
    };
    let (manifest, parts) = (base.manifest.reveal(), draft.parts.as_ref());
    match parts.is_some_and(|parts| parts.manifest == *manifest) {
        true => Ok(draft.objects.clone()),
        false => render::objects_of(manifest, &desired.spec.namespace, &planner.options.schema),
    }
}

/// What is wanted, with the live value where a recorded revision holds only a mask.
fn known_objects(desired: &ObjectSet, live: &ObjectSet) -> ObjectSet {
    let known = |object: &Arc<Object>| {
        let live = live.get(&object.id)?;
        object.with_unknown_from(live).map(Arc::new)
    };
    desired
        .iter()
        .map(|object| known(object).unwrap_or_else(|| object.clone()))
        .collect()
}

/// The live objects of these identities, decoded.
fn live(wanted: &[&ObjectSet], view: &View) -> Result<ObjectSet, Diagnostics> {
    let mut live = ObjectSet::default();
    for object in wanted.iter().flat_map(|set| set.iter()) {
        if live.get(&object.id).is_none()
            && let Some(found) = view.at(&object.gvk, &object.id)
        {
            live.insert(view.known(found, Some(object))?);
        }
    }
    Ok(live)
}

fn head(
    sight: Sight<'_>,
    desired: &Desired,
    (draft, hidden): (Draft, Hidden),
    known: Option<&Known>,
) -> Result<Head, Diagnostics> {
    let (planner, view) = (sight.planner, sight.view);
    let spec = &desired.spec;
    let nothing = Known::default();
    let known = known.unwrap_or(&nothing);
    if let Some(stuck) = &known.stuck {
        return Err(stuck.clone().into());
    }
    let again = match desired.to {
        To::Again { operation, .. } => Some(operation),
        _ => None,
    };
    let rollback = matches!(desired.to, To::Recorded { .. }) || again == Some(Operation::Rollback);
    let next = known.history.next(0, rollback)?;
    let base = known.base.as_deref();
    let config = draft.parts.as_ref().map(|parts| &parts.config);
    let values_diff = values_diff(
        base.map(|base| base.config.reveal()),
        config,
        &draft.objects,
        || hidden.veil(&planner.mask),
    );
    let compose = |parts| {
        let mut record = Record::compose(&spec.release.name, &spec.namespace, next.number, parts);
        if let Some(operation) = again {
            record.info.status = operation.pending().into();
        }
        Arc::new(record)
    };
    let last = known.history.last();
    Ok(Head {
        revision: last
            .filter(|_| !known.history.is_absent())
            .map_or(0, |revision| revision.number),
        status: match &known.recover {
            Some(recover) => recover.status.clone(),
            None => last.map_or_else(|| "".into(), |revision| revision.status.clone()),
        },
        recover: known.recover.clone(),
        from: base.map(render::chart_of),
        to: draft.chart,
        back_to: match desired.to {
            To::Recorded { revision } => Some(revision),
            To::Again { back_to, .. } => back_to,
            To::Inventory | To::Previous | To::Absent => None,
        },
        arrived: known.history.arrived().map(|revision| revision.number),
        config_map: known.metas.iter().any(|meta| meta.config_map),
        hooks: draft.hooks,
        creates_namespace: !namespace_exists(desired, view),
        record: draft.parts.map(compose),
        values_diff,
        hidden,
        read: Read {
            lookups: draft.looked,
            ..Read::default()
        },
    })
}

/// Makes the plans, or says why there is none.
pub fn build_all(
    planner: &Planner,
    identity: &Identity,
    undecided: Vec<Undecided<'_>>,
) -> Vec<Outcome> {
    let all = || {
        undecided
            .into_par_iter()
            .map(|one| build(identity, one))
            .collect()
    };
    tokio::task::block_in_place(|| planner.pool.install(all))
}

fn build(identity: &Identity, one: Undecided<'_>) -> Outcome {
    let target = one.desired.spec.name.clone();
    let mut head = one.head;
    head.read.server = identity.server.to_string();
    head.read.cluster_uid = identity.uid.to_string();
    head.read.record = record_state(one.known);
    let built = one.triage.and_then(|triage| plan::build(triage, head));
    built.map_err(|faults| faults.into_one("can't be planned").target(target))
}

fn record_state(known: Option<&Known>) -> String {
    let last = known.and_then(|known| known.metas.iter().max_by_key(|meta| meta.key.revision));
    last.map_or(String::new(), |meta| {
        format!(
            "{} {} {} {}",
            meta.key.name, meta.key.revision, meta.status, meta.uid
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Live;
    use crate::manifest::{Gvk, object_set, parse, schema::Schema};

    /// What looks like a mask in a real cluster is what stands there.
    #[test]
    fn only_recordings_hold_masks() {
        let text = |url: &str| {
            format!(
                r#"{{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "a", "namespace": "n"}}, "data": {{"url": "{url}"}}}}"#
            )
        };
        let rendered = parse(&text("db://u:hunter2@h"), "n", &Schema::default()).unwrap();
        let rendered = object_set(rendered).unwrap();
        let seen = |masked| {
            let mut view = View {
                masked,
                ..View::default()
            };
            let json = text("db://u:(secret)@h");
            let found = Live::read(&Gvk::new("v1", "ConfigMap"), &json, |n| Some(n.into()));
            view.insert(found.unwrap());
            let live = live(&[&rendered], &view).unwrap();
            let object = live.iter().next().unwrap();
            object.clear()["data"]["url"].as_str().unwrap().to_owned()
        };
        assert_eq!(seen(true), "db://u:hunter2@h");
        assert_eq!(seen(false), "db://u:(secret)@h");
    }
}

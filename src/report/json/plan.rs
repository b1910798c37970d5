//! A plan for machines: every field of the model by its name, nothing folded, secrets masked.
//!
//! The models are taken apart whole, so that a new field can't be forgotten here. What never
//! leaves a plan is named with the reason.

use super::super::labels;
use super::event::cluster;
use super::fault::fault;
use crate::manifest::ObjectId;
use crate::plan::{
    ChartRef, FieldConflict, GateResult, HookPlan, ObjectChange, Plan, ReleasePlan, Step,
    TargetPlan, Totals, Verdict, totals,
};
use crate::release::Recover;
use crate::sensitive::{Mask, Veil};
use serde_json::{Map, Value, json};

/// A whole plan.
pub fn plan(plan: &Plan, mask: &Mask) -> Value {
    let Plan {
        title,
        operation,
        created,
        reason,
        inventory,
        playbook,
        limit,
        inventory_targets,
        targets,
        waves,
    } = plan;
    json!({
        "title": title,
        "operation": labels::operation(*operation),
        "created": created.to_string(),
        "reason": reason,
        "inventory": inventory,
        "playbook": playbook,
        "limit": limit,
        "inventory_targets": inventory_targets,
        "targets": each(targets, |one| target(one, mask)),
        "waves": waves,
        "totals": figures(&totals(plan)),
    })
}

fn each<T>(items: &[T], value: impl Fn(&T) -> Value) -> Value {
    items.iter().map(value).collect()
}

fn target(plan: &TargetPlan, mask: &Mask) -> Value {
    let TargetPlan {
        target,
        namespace,
        cluster: identity,
        verdict,
        gates,
        steps,
        release: change,
        warnings,
    } = plan;
    let (why, error) = match verdict {
        Verdict::Skip(why) => (Some(why), None),
        Verdict::Error(error) => (None, Some(fault(error))),
        Verdict::Change | Verdict::Unchanged => (None, None),
    };
    let veil = plan.veil(mask);
    let hide = |value: Value| veil.hide_value(&value);
    json!({
        "target": &**target,
        "namespace": &**namespace,
        "cluster": cluster(identity),
        "verdict": labels::verdict(verdict),
        "why": why.map(|why| veil.hide(why)),
        "error": error.map(hide),
        "gates": hide(each(gates, gate)),
        "steps": hide(each(steps, step)),
        "release": change.as_ref().map(|change| release(change, &veil)),
        "warnings": hide(each(warnings, fault)),
    })
}

/// One cell of the gates matrix.
fn gate(result: &GateResult) -> Value {
    let GateResult {
        name,
        verdict,
        why,
        condition,
    } = result;
    json!({
        "name": &**name,
        "verdict": labels::gate(*verdict),
        "why": why,
        "condition": condition,
    })
}

fn step(step: &Step) -> Value {
    let Step {
        module,
        text,
        closing,
    } = step;
    json!({"module": &**module, "text": text, "closing": closing})
}

fn release(plan: &ReleasePlan, veil: &Veil) -> Value {
    let ReleasePlan {
        name,
        revision,
        status,
        from,
        to,
        back_to,
        arrived,
        config_map,
        recover: pending,
        changes,
        hooks,
        migrates,
        creates_namespace,
        // The record holds values and manifest, secrets included.
        record: _,
        lookups,
        fingerprint,
        values_diff,
        // Secrets.
        hidden: _,
        // The target has them.
        warnings: _,
    } = plan;
    json!({
        "name": &**name,
        "revision": revision,
        "status": &**status,
        "from": from.as_ref().map(chart),
        "to": to.as_ref().map(chart),
        "back_to": back_to,
        "arrived": arrived,
        "config_map": config_map,
        "recover": pending.as_ref().map(recover),
        "changes": each(changes, |one| change(one, veil)),
        "hooks": each(hooks, hook),
        "migrates": migrates,
        "creates_namespace": creates_namespace,
        "lookups": each(lookups, |(lookup, hash)| json!({"lookup": lookup.to_string(), "hash": hash})),
        "fingerprint": fingerprint,
        "values_diff": values_diff,
    })
}

fn recover(pending: &Recover) -> Value {
    let Recover {
        revision,
        status,
        why,
    } = pending;
    json!({"revision": revision, "status": &**status, "why": why})
}

fn chart(chart: &ChartRef) -> Value {
    let ChartRef {
        name,
        version,
        digest,
    } = chart;
    json!({"name": &**name, "version": &**version, "digest": digest.as_deref()})
}

fn id(id: &ObjectId) -> Value {
    json!({
        "group": &*id.group,
        "kind": &*id.kind,
        "namespace": id.namespace.as_deref(),
        "name": &*id.name,
    })
}

fn change(change: &ObjectChange, veil: &Veil) -> Value {
    let seen = change.seen(veil);
    let ObjectChange {
        id: object,
        gvk,
        action,
        definition,
        // Seen.
        live: _,
        result: _,
        // What is sent is the result's cause; the result is what counts.
        send: _,
        force,
        migrate,
        uid,
        why,
        restarts,
        address,
        conflicts,
        noise,
        not_ours,
        unverified,
    } = change;
    let not_ours = each(not_ours, |(path, why)| json!({"path": path, "why": why}));
    json!({
        "id": id(object),
        "api_version": gvk.api_version(),
        "action": labels::action(*action),
        "definition": definition,
        "live": seen.live,
        "result": seen.result,
        "force": force,
        "migrate": migrate,
        "uid": uid.as_deref(),
        "why": why,
        "restarts": restarts,
        "address": address,
        "conflicts": each(conflicts, conflict),
        "noise": noise.map(labels::noise),
        "not_ours": not_ours,
        "unverified": unverified,
    })
}

fn conflict(conflict: &FieldConflict) -> Value {
    let FieldConflict {
        path,
        manager,
        policy,
    } = conflict;
    json!({"path": path, "manager": manager, "policy": labels::policy(*policy)})
}

fn hook(hook: &HookPlan) -> Value {
    let HookPlan {
        event,
        id: object,
        weight,
        delete_policies,
    } = hook;
    json!({
        "event": &**event,
        "id": id(object),
        "weight": weight,
        "delete_policies": delete_policies,
    })
}

/// The figures of the summary.
fn figures(totals: &Totals) -> Value {
    let Totals {
        targets,
        objects,
        noise,
        unverified,
        pods,
        workloads,
        restarting,
        migrates,
        hooks,
        data_loss,
        conflicts,
    } = totals;
    let objects = objects.iter().map(|(a, n)| (labels::action(*a), n));
    let noise = noise.iter().map(|(noise, n)| (labels::noise(*noise), n));
    let lost = each(
        data_loss,
        |(target, object)| json!({"target": &**target, "id": id(object)}),
    );
    let conflicts: Vec<Value> = conflicts
        .iter()
        .map(|(one, count)| json!({"conflict": conflict(one), "targets": count}))
        .collect();
    json!({
        "targets": {
            "change": targets.change,
            "unchanged": targets.unchanged,
            "skip": targets.skip,
            "error": targets.error,
        },
        "objects": counts(objects),
        "noise": counts(noise),
        "unverified": counts(unverified.iter().map(|(why, n)| (why.as_str(), n))),
        "pods": pods,
        "workloads": workloads,
        "restarting": restarting,
        "migrates": migrates,
        "hooks": hooks,
        "data_loss": lost,
        "conflicts": conflicts,
    })
}

fn counts<'a>(counts: impl Iterator<Item = (&'a str, &'a usize)>) -> Map<String, Value> {
    counts
        .map(|(word, count)| (word.to_owned(), (*count).into()))
        .collect()
}

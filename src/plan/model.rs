//! The types of a plan. No text layout, no colour, no clock.

use super::Lookup;
use crate::diag::Diagnostic;
use crate::diff::Noise;
use crate::manifest::{Gvk, Object, ObjectId};
use crate::release::OnConflict;
use crate::sensitive::{Hidden, Mask, Veil};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which cluster: the server and the UID of namespace `kube-system`, not the context's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// The name people know it by (context, or directory of a recording). Not part of identity.
    pub name: Arc<str>,
    /// The API server's URL; `recording:` and the path for a recording.
    pub server: Arc<str>,
    /// The UID of namespace `kube-system`.
    pub uid: Arc<str>,
}

/// The frozen result of a check run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The play's name.
    pub title: String,
    /// What the plan does.
    pub operation: Operation,
    /// When it was made.
    pub created: jiff::Timestamp,
    /// `--reason`.
    pub reason: Option<String>,
    /// The inventory sources as typed.
    pub inventory: Vec<String>,
    /// The playbook as typed; empty for a built-in one.
    pub playbook: String,
    /// The pattern or group that was selected, as typed.
    pub limit: Option<String>,
    /// How many targets the inventory has.
    pub inventory_targets: usize,
    /// The planned targets, in play order.
    pub targets: Vec<TargetPlan>,
    /// The sizes of the waves, cut from the targets that change.
    pub waves: Vec<usize>,
}

/// What a plan does, for headers and the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// Towards the inventory.
    Update,
    /// Back to an earlier recorded state.
    Backout,
}

/// The plan of one target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TargetPlan {
    /// The inventory name.
    pub target: Arc<str>,
    /// The namespace.
    pub namespace: Arc<str>,
    /// The cluster.
    pub cluster: Arc<Identity>,
    /// What happens to it, in one word and a reason.
    pub verdict: Verdict,
    /// Every gate that was evaluated, in order.
    pub gates: Vec<GateResult>,
    /// Tasks other than the release that would change something, in order.
    pub steps: Vec<Step>,
    /// The change of the release, where the play has one and it could be planned.
    pub release: Option<ReleasePlan>,
    /// What should be known before a yes.
    pub warnings: Vec<Diagnostic>,
}

/// What happens to a target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Verdict {
    /// Something changes.
    Change,
    /// Nothing changes.
    Unchanged,
    /// A gate or condition leaves it out, with the reason.
    Skip(String),
    /// It could not be planned.
    Error(Diagnostic),
}

/// One row of the gates matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateResult {
    /// The column.
    pub name: Arc<str>,
    /// The cell.
    pub verdict: GateVerdict,
    /// Why, where it is not a pass.
    pub why: Option<String>,
    /// The condition that does not hold, as written.
    #[serde(default)]
    pub condition: Option<String>,
}

/// The verdict of one gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GateVerdict {
    /// The condition holds.
    Pass,
    /// It does not; the target is left out.
    Skip,
    /// It does not; the target fails.
    Fail,
    /// It does not hold now; a run waits for it.
    Wait,
    /// It could not be read; counts as a failure.
    Unknown,
    /// Not evaluated.
    NotEvaluated,
}

/// A task that would change something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The module's name.
    pub module: Arc<str>,
    /// What it would do, in one line.
    pub text: String,
    /// The closing step it registers.
    pub closing: Option<String>,
}

/// A chart at a version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChartRef {
    /// The chart's name.
    pub name: Arc<str>,
    /// The exact version.
    pub version: Arc<str>,
    /// `sha256:…` of the archive or directory; absent for what is live.
    pub digest: Option<Arc<str>>,
}

/// The change of one release.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ReleasePlan {
    /// The release name.
    pub name: Arc<str>,
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
    /// The newest revision that arrived (it is deployed, or was): what a failure goes back to.
    #[serde(default)]
    pub arrived: Option<u32>,
    /// The release is kept in ConfigMaps, by Helm's other driver.
    #[serde(default)]
    pub config_map: bool,
    /// A pending revision that is marked failed first, because its writer is gone.
    #[serde(default)]
    pub recover: Option<crate::release::Recover>,
    /// One entry per object, in the order of apply: creates and updates in install order, then
    /// deletes in uninstall order, then what is unchanged.
    pub changes: Vec<ObjectChange>,
    /// The hooks that will run, in order.
    pub hooks: Vec<HookPlan>,
    /// How many objects move from client-side to server-side apply.
    pub migrates: usize,
    /// The namespace is created first.
    pub creates_namespace: bool,
    /// The release record to write (the next revision); `None` for an uninstall or no change.
    #[serde(skip)]
    pub record: Option<Arc<crate::release::Record>>,
    /// What templates looked up, with the hash of what was found: compared again before a write.
    pub lookups: Vec<(Lookup, String)>,
    /// A hash of everything the plan read of the target (`plan::fingerprint`); empty where nothing
    /// is written.
    pub fingerprint: String,
    /// User-supplied values: the unified YAML diff, masked; empty where equal.
    pub values_diff: String,
    /// What must not be shown of the target, wherever it stands.
    #[serde(skip)]
    pub hidden: Hidden,
    /// What should be known before a yes.
    pub warnings: Vec<Diagnostic>,
}

/// A hook that will run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookPlan {
    /// The event: `pre-upgrade`, …
    pub event: Arc<str>,
    /// The object.
    pub id: ObjectId,
    /// The weight.
    pub weight: i64,
    /// The delete policies, as written.
    pub delete_policies: Vec<String>,
}

/// What happens to one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Action {
    /// `+`
    Create,
    /// `~`
    Update,
    /// `-/+`
    Replace,
    /// `-`
    Delete,
    /// `=` left although no longer rendered (`resource-policy: keep`, data).
    Keep,
    /// Nothing is sent.
    Unchanged,
}

/// The change of one object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ObjectChange {
    /// Its identity.
    pub id: ObjectId,
    /// Group, version and kind as rendered (as live for a delete).
    pub gvk: Gvk,
    /// What happens.
    pub action: Action,
    /// It is one of the chart's `crds/`: it goes before the release, and is no part of it.
    #[serde(default)]
    pub definition: bool,
    /// What is live; absent for a create.
    #[serde(skip)]
    pub live: Option<Arc<Object>>,
    /// What will be live: the server's answer, or the local prediction.
    #[serde(skip)]
    pub result: Option<Arc<Object>>,
    /// What is sent: the rendered object with Helm's ownership marks, rewritten by policy.
    #[serde(skip)]
    pub send: Option<Arc<Object>>,
    /// Every conflict is a planned `take`.
    pub force: bool,
    /// The object must be moved to server-side apply first (fact 1).
    pub migrate: bool,
    /// The live object's UID, a precondition of the write.
    pub uid: Option<Arc<str>>,
    /// Why a replace is needed (the immutable field), or why it is kept.
    pub why: Option<String>,
    /// Why pods restart; `None` where they do not.
    pub restarts: Option<String>,
    /// What address changes (NodePort given back, Ingress host); `None` where none does.
    pub address: Option<String>,
    /// Field conflicts and what is done about each.
    pub conflicts: Vec<FieldConflict>,
    /// The change is nothing but noise of this kind.
    pub noise: Option<Noise>,
    /// Fields that are not the chart's (an autoscaler's, a sleeper's, an ignore rule's), each with
    /// the reason.
    pub not_ours: Vec<(String, String)>,
    /// Why the prediction was not checked by the server.
    pub unverified: Option<String>,
}

impl ObjectChange {
    /// A change of which no more is known.
    pub fn new(id: ObjectId, gvk: Gvk, action: Action) -> ObjectChange {
        ObjectChange {
            id,
            gvk,
            action,
            definition: false,
            live: None,
            result: None,
            send: None,
            force: false,
            migrate: false,
            uid: None,
            why: None,
            restarts: None,
            address: None,
            conflicts: Vec::new(),
            noise: None,
            not_ours: Vec::new(),
            unverified: None,
        }
    }
}

/// A field that another manager owns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FieldConflict {
    /// The path as the server words it: `.spec.replicas`.
    pub path: String,
    /// The other manager.
    pub manager: String,
    /// What is done.
    pub policy: OnConflict,
}

impl TargetPlan {
    /// What takes its secrets out of whatever is shown of it.
    pub fn veil(&self, mask: &Mask) -> Veil {
        let release = self.release.as_ref();
        release.map_or_else(|| Veil::open(mask), |release| release.hidden.veil(mask))
    }

    /// Whether anything changes.
    pub fn changes(&self) -> bool {
        matches!(self.verdict, Verdict::Change)
    }
}

impl ReleasePlan {
    /// Whether the release itself changes.
    pub fn changes(&self) -> bool {
        self.record.is_some() || self.to.is_none()
    }
}

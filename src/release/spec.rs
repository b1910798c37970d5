//! What the inventory says of a target.

use super::policy::Guard;
use super::rollout::Rollout;
use crate::diag::Location;
use crate::yaml::Node;
use serde_json::Value;
use std::sync::Arc;

/// One target, fully resolved from its variables.
#[derive(Clone, Debug)]
pub struct TargetSpec {
    /// The inventory name.
    pub name: Arc<str>,
    /// The namespace (default: the inventory name).
    pub namespace: Arc<str>,
    /// The cluster it lives on.
    pub cluster: Arc<ClusterRef>,
    /// The release.
    pub release: ReleaseSpec,
    /// What a run may do to it.
    pub guard: Guard,
}

/// The `cluster` variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClusterRef {
    /// How to reach it.
    pub connection: Connection,
    /// The expected UID of namespace `kube-system` (or a prefix of it), where the inventory pins it.
    pub uid: Option<Arc<str>>,
}

impl ClusterRef {
    /// The cluster of a context, by whatever kubeconfig is in force.
    pub fn of_context(context: &str) -> ClusterRef {
        ClusterRef {
            connection: Connection::Context {
                context: Some(context.into()),
                kubeconfig: None,
            },
            uid: None,
        }
    }
}

/// How a cluster is reached. There is no implicit current-context.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Connection {
    /// A context of the kubeconfig (`KUBECONFIG`, or the named file).
    Context {
        /// The context; `None` takes the current one of a named file.
        context: Option<Arc<str>>,
        /// The file, where the inventory names one.
        kubeconfig: Option<Arc<str>>,
    },
    /// The service account of the pod that rollbook runs in.
    InCluster,
    /// A directory of YAML that stands for a cluster.
    Recording(Arc<str>),
}

/// The `release` variable, merged field by field.
#[derive(Clone, Debug)]
pub struct ReleaseSpec {
    /// The release name (default: the inventory name).
    pub name: Arc<str>,
    /// Present or absent.
    pub state: ReleaseState,
    /// The chart: a name in `repo`, a path, or an `oci://` reference.
    pub chart: Arc<str>,
    /// The chart repository, where `chart` is a name.
    pub repo: Option<Arc<str>>,
    /// An exact version or a range, pinned at plan time; `None` is the newest stable one.
    pub version: Option<Arc<str>>,
    /// Values files in order, resolved against the inventory.
    pub values_files: Vec<Arc<str>>,
    /// Values merged by Helm's rule along the precedence order.
    pub values: Value,
    /// Where the values below `values` come from.
    pub values_from: ValuesFrom,
    /// Create the namespace when it is missing (the play says so).
    pub create_namespace: bool,
    /// Adopt objects that exist without this release's ownership marks, or that another tool
    /// manages.
    pub take_ownership: bool,
    /// Delete and create an object where an immutable field changes.
    pub replace: bool,
    /// `data_loss: allow`: claims, volumes, namespaces and definitions may be deleted.
    pub data_loss: bool,
    /// What is done with the chart's `crds/`.
    pub crds: Crds,
    /// How it goes in.
    pub rollout: Rollout,
    /// Where the release was described, for error messages.
    pub origin: Option<Location>,
    /// `values` as written, rendered: the place of every value, and which are secret.
    pub written: Option<Arc<Node>>,
}

/// Whether the release should exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseState {
    /// It should be installed.
    Present,
    /// It should be uninstalled.
    Absent,
}

impl ReleaseState {
    /// The words of `state`.
    pub const NAMES: [(&'static str, ReleaseState); 2] = [
        ("present", ReleaseState::Present),
        ("absent", ReleaseState::Absent),
    ];
}

/// Where user-supplied values come from: `values_from`, or `values_policy` in Helm's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValuesFrom {
    /// The inventory alone is the truth; `reset`.
    #[default]
    Inventory,
    /// The live release's user-supplied values.
    Release,
    /// Live below, inventory above; `reset_then_reuse`.
    Both,
    /// As `Both`, on the live chart's default values instead of the new chart's; `reuse`.
    Reuse,
}

impl ValuesFrom {
    /// The words of `values_from`.
    pub const NAMES: [(&'static str, ValuesFrom); 3] = [
        ("inventory", ValuesFrom::Inventory),
        ("release", ValuesFrom::Release),
        ("both", ValuesFrom::Both),
    ];
    /// The words of `values_policy`: Helm's `--reset-values` and its kin.
    pub const POLICIES: [(&'static str, ValuesFrom); 3] = [
        ("reset", ValuesFrom::Inventory),
        ("reuse", ValuesFrom::Reuse),
        ("reset_then_reuse", ValuesFrom::Both),
    ];
}

/// What is done with the custom resource definitions in a chart's `crds/`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Crds {
    /// Created with the first install where they are absent, and never touched again: as Helm.
    #[default]
    Create,
    /// Brought to what the chart says, with every upgrade.
    Upgrade,
    /// Left to somebody else: Helm's `--skip-crds`.
    Skip,
}

impl Crds {
    /// The words of `crds`.
    pub const NAMES: [(&'static str, Crds); 3] = [
        ("create", Crds::Create),
        ("upgrade", Crds::Upgrade),
        ("skip", Crds::Skip),
    ];
}

/// The words of `data_loss`.
pub const DATA_LOSS: [(&str, bool); 2] = [("allow", true), ("refuse", false)];

//! From a target's variables to its [`TargetSpec`].
//!
//! Templates are rendered layer by layer before `release` is merged, so that a template that
//! gives a mapping merges like a written one. All faults of a target are gathered.

mod guard;
mod rollout;
#[cfg(test)]
mod tests;

use super::spec::{
    ClusterRef, Connection, Crds, DATA_LOSS, ReleaseSpec, ReleaseState, TargetSpec, ValuesFrom,
};
use crate::diag::{Diagnostic, Diagnostics};
use crate::vars::{Fleet, Templar, merge_release};
use crate::yaml::{Data, Fields, Node, Pos};
use rayon::prelude::*;
use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

/// What replaces the inventory's `cluster`: `--context`.
pub type ClusterFlag = Option<Arc<ClusterRef>>;

impl ClusterRef {
    /// What `--context NAME` stands for.
    pub fn of_flag(context: Option<&str>) -> ClusterFlag {
        context.map(|name| Arc::new(ClusterRef::of_context(name)))
    }
}

/// Resolves many targets, in the given order.
pub fn resolve_all(
    fleet: &Arc<Fleet>,
    hosts: &[Arc<str>],
    cluster: &ClusterFlag,
) -> Result<Vec<TargetSpec>, Diagnostics> {
    let one = |host: &Arc<str>| resolve(&Templar::new(fleet.scope(host)), cluster);
    let results: Vec<_> = hosts.par_iter().map(one).collect();
    let mut specs = Vec::with_capacity(results.len());
    let mut faults = Vec::new();
    for result in results {
        match result {
            Ok(spec) => specs.push(spec),
            Err(more) => faults.extend(more.0),
        }
    }
    if faults.is_empty() {
        Ok(specs)
    } else {
        Err(Diagnostics(faults))
    }
}

/// Resolves one target.
pub fn resolve(templar: &Templar, cluster: &ClusterFlag) -> Result<TargetSpec, Diagnostics> {
    let faults = RefCell::default();
    let reader = Reader {
        templar,
        faults: &faults,
    };
    let (cluster, release) = (reader.cluster(cluster), reader.release());
    let (namespace, guard) = (reader.namespace(), reader.guard());
    let faults = faults.into_inner();
    match (cluster, release) {
        (Some(cluster), Some(release)) if !faults.has_errors() => Ok(TargetSpec {
            name: templar.scope().host().clone(),
            namespace,
            cluster,
            release,
            guard,
        }),
        _ => Err(faults),
    }
}

struct Reader<'a> {
    templar: &'a Templar,
    faults: &'a RefCell<Diagnostics>,
}

impl Reader<'_> {
    fn fault(&self, fault: Diagnostic) {
        let target = self.templar.scope().host().clone();
        self.faults.borrow_mut().push(fault.target(target));
    }

    /// A variable with its templates rendered; null is as good as none.
    fn variable(&self, name: &str) -> Option<Node> {
        let node = self.templar.scope().get(name)?;
        self.rendered(&node).filter(|node| !node.is_null())
    }

    fn rendered(&self, node: &Node) -> Option<Node> {
        self.templar
            .render_tree(node)
            .map_err(|fault| self.fault(fault))
            .ok()
    }

    fn namespace(&self) -> Arc<str> {
        let host = self.templar.scope().host();
        let Some(node) = self.variable("namespace") else {
            return host.clone();
        };
        if let Some(text) = node.text().filter(|text| !text.is_empty()) {
            return text.clone();
        }
        self.fault(node.error(format!("\"namespace\" must be text, not {}", node.kind())));
        host.clone()
    }

    /// `None` only after a fault.
    fn cluster(&self, flag: &ClusterFlag) -> Option<Arc<ClusterRef>> {
        if let Some(cluster) = flag {
            return Some(cluster.clone());
        }
        let Some(node) = self.variable("cluster") else {
            let fault = Diagnostic::error("no cluster is named for this target");
            let fault = fault.note("the kubeconfig's current context is never taken by itself");
            self.fault(
                fault.hint("cluster: {context: NAME} in group_vars/all.yml, or --context NAME"),
            );
            return None;
        };
        let fields = Fields::open("cluster", &node, self.faults)?;
        let connection = connection(&fields);
        let uid = fields.text("uid");
        fields.finish();
        if connection.is_none() {
            let fault = node.pos.error(
                "cluster must name one of context, kubeconfig, in_cluster, recording",
                1,
            );
            self.fault(fault);
        }
        Some(Arc::new(ClusterRef {
            connection: connection?,
            uid,
        }))
    }

    /// `release` along the precedence order, every layer rendered first.
    fn merged(&self) -> Option<Node> {
        let scope = self.templar.scope();
        let mut layers: Vec<Node> = scope
            .ladder("release")
            .map(|(_, _, node)| node.clone())
            .collect();
        layers.reverse();
        let mut merged: Option<Node> = None;
        for layer in layers {
            let layer = self.rendered(&layer)?;
            merged = Some(match merged {
                Some(lower) => merge_release(&lower, &layer),
                None => layer,
            });
        }
        if merged.is_none() {
            let fault = Diagnostic::error("no release is described for this target");
            self.fault(
                fault.hint("release: {chart: NAME, repo: URL, version: 1.2.3} in group_vars"),
            );
        }
        merged
    }

    fn release(&self) -> Option<ReleaseSpec> {
        let tree = self.merged()?;
        let fields = Fields::open("release", &tree, self.faults)?;
        let state = state(&fields);
        if state == ReleaseState::Present {
            fields.require("chart");
        }
        let values = fields.map("values").cloned();
        let spec = ReleaseSpec {
            name: fields
                .text("name")
                .unwrap_or_else(|| self.templar.scope().host().clone()),
            state,
            chart: fields.text("chart").unwrap_or_default(),
            repo: fields.text("repo"),
            version: fields.text("version"),
            values_files: self.values_files(&fields),
            values: values.as_ref().map_or_else(|| serde_json::json!({}), plain),
            values_from: values_from(&fields).unwrap_or_default(),
            create_namespace: fields.flag("create_namespace").unwrap_or(false),
            take_ownership: fields.flag("take_ownership").unwrap_or(false),
            replace: fields.flag("replace").unwrap_or(false),
            data_loss: fields.choice("data_loss", &DATA_LOSS).unwrap_or(false),
            crds: fields.choice("crds", &Crds::NAMES).unwrap_or_default(),
            rollout: rollout::rollout(&fields),
            origin: Some(tree.pos.location()),
            written: values.map(Arc::new),
        };
        fields.finish();
        Some(spec)
    }

    /// Beside the inventory, unless they are absolute.
    fn values_files(&self, fields: &Fields<'_>) -> Vec<Arc<str>> {
        let places = self.templar.scope().fleet().inventory().places();
        let dir = places.first().map_or(Path::new(""), |place| &place.dir);
        let beside = |file: Arc<str>| Arc::from(dir.join(&*file).display().to_string());
        fields
            .texts("values_files")
            .unwrap_or_default()
            .into_iter()
            .map(beside)
            .collect()
    }
}

fn connection(fields: &Fields<'_>) -> Option<Connection> {
    let (context, kubeconfig) = (fields.text("context"), fields.text("kubeconfig"));
    let recording = fields.text("recording");
    let in_cluster = fields.flag("in_cluster") == Some(true);
    match (
        context.is_some() || kubeconfig.is_some(),
        recording,
        in_cluster,
    ) {
        (true, None, false) => Some(Connection::Context {
            context,
            kubeconfig,
        }),
        (false, Some(recording), false) => Some(Connection::Recording(recording)),
        (false, None, true) => Some(Connection::InCluster),
        _ => None,
    }
}

fn state(fields: &Fields<'_>) -> ReleaseState {
    fields
        .choice("state", &ReleaseState::NAMES)
        .unwrap_or(ReleaseState::Present)
}

/// Where values come from, in rollbook's words or in Helm's; not in both.
pub fn values_from(fields: &Fields<'_>) -> Option<ValuesFrom> {
    let from = fields.choice("values_from", &ValuesFrom::NAMES);
    let policy = fields.choice("values_policy", &ValuesFrom::POLICIES);
    if let (Some(_), Some(node)) = (
        from,
        fields.any("values_policy").filter(|_| policy.is_some()),
    ) {
        let fault = node.error("\"values_policy\" and \"values_from\" say the same thing");
        fields.fault(fault.hint("leave out one of them"));
    }
    policy.or(from)
}

/// A rendered tree as JSON: every text is final.
fn plain(node: &Node) -> serde_json::Value {
    match &node.data {
        Data::Str(text) | Data::Unsafe(text) | Data::Vault(text) => (&**text).into(),
        Data::Seq(items) => items.iter().map(plain).collect(),
        Data::Map(entries) => {
            let entry =
                |(key, value): &(crate::yaml::Key, Node)| (key.name.to_string(), plain(value));
            serde_json::Value::Object(entries.iter().map(entry).collect())
        }
        _ => node.to_json(),
    }
}

impl ReleaseSpec {
    /// Where the value at this path of keys was written, as deep as somebody wrote it.
    pub fn place_of(&self, path: &[&str]) -> Option<&Pos> {
        let mut node = self.written.as_deref()?;
        for step in path {
            node = node.get(step)?;
        }
        Some(&node.pos)
    }

    /// The paths (JSON pointers) of the values that came from a vault.
    pub fn secret_values(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(node) = &self.written {
            secrets(node, "", &mut found);
        }
        found
    }
}

fn secrets(node: &Node, path: &str, found: &mut Vec<String>) {
    match &node.data {
        Data::Map(entries) => {
            for (key, value) in entries.iter() {
                let name = key.name.replace('~', "~0").replace('/', "~1");
                secrets(value, &format!("{path}/{name}"), found);
            }
        }
        Data::Seq(items) => {
            for (at, item) in items.iter().enumerate() {
                secrets(item, &format!("{path}/{at}"), found);
            }
        }
        _ if node.pos.is_secret() => found.push(path.to_owned()),
        _ => {}
    }
}

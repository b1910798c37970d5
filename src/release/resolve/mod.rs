//! From a target's variables to its [`TargetSpec`].
//!
//! Templates are rendered layer by layer before `release` is merged, so that a template that
//! gives a mapping merges like a written one. All faults of a target are gathered.

#[cfg(test)]
mod tests;

use super::policy::{ConflictRule, Conflicts, Guard, Ignore, Limits, OnConflict};
use super::recovery::{OnPending, Recovery};
use super::spec::{ClusterRef, Connection, ReleaseSpec, ReleaseState, TargetSpec, ValuesFrom};
use crate::diag::{Diagnostic, Diagnostics};
use crate::manifest;
use crate::vars::{Fleet, Templar, merge_release};
use crate::yaml::{Data, Fields, Node, Pos};
use rayon::prelude::*;
use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

/// What replaces the inventory's `cluster`: `--context`.
pub type ClusterFlag = Option<Arc<ClusterRef>>;

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
            values_from: values_from(&fields),
            create_namespace: fields.flag("create_namespace").unwrap_or(false),
            take_ownership: fields.flag("take_ownership").unwrap_or(false),
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

    fn guard(&self) -> Guard {
        Guard {
            limits: self.limits().unwrap_or_default(),
            conflicts: self.conflicts().unwrap_or_default(),
            ignore: self.ignore(),
            recovery: self.recovery(),
        }
    }

    fn recovery(&self) -> Recovery {
        let mut recovery = Recovery::default();
        if let Some(node) = self.variable("recover") {
            let policy = node.text().and_then(|text| {
                let known = RECOVERIES.iter().find(|(name, _)| *name == &**text);
                known.map(|(_, policy)| *policy)
            });
            match policy {
                Some(policy) => recovery.policy = policy,
                None => {
                    self.fault(node.error("\"recover\" must be ask, fail, mark_failed or rollback"))
                }
            }
        }
        if let Some(node) = self.variable("pending_after") {
            let text = node.text().map(|text| text.to_string());
            let text = text.unwrap_or_else(|| node.to_json().to_string());
            match text.parse() {
                Ok(after) => recovery.after = after,
                Err(_) => self.fault(node.error("\"pending_after\" must be a time: 90m, 1h")),
            }
        }
        recovery
    }

    fn limits(&self) -> Option<Limits> {
        let node = self.variable("limits")?;
        let fields = Fields::open("limits", &node, self.faults)?;
        let limits = Limits {
            max_targets: fields.count("max_targets"),
            max_deletes: fields.count("max_deletes"),
        };
        fields.finish();
        Some(limits)
    }

    fn conflicts(&self) -> Option<Conflicts> {
        let node = self.variable("conflicts")?;
        let fields = Fields::open("conflicts", &node, self.faults)?;
        let rules = fields.list("rules").unwrap_or_default();
        let conflicts = Conflicts {
            default: fields.choice("default", &POLICIES).unwrap_or_default(),
            rules: rules
                .iter()
                .filter_map(|rule| self.conflict_rule(rule))
                .collect(),
        };
        fields.finish();
        Some(conflicts)
    }

    fn conflict_rule(&self, node: &Node) -> Option<ConflictRule> {
        let fields = Fields::open("a conflict rule", node, self.faults)?;
        fields.require("policy");
        let rule = ConflictRule {
            managers: fields.texts("managers").unwrap_or_default(),
            paths: pointers(&fields, "paths"),
            policy: fields.choice("policy", &POLICIES).unwrap_or_default(),
        };
        fields.finish();
        Some(rule)
    }

    fn ignore(&self) -> Vec<Ignore> {
        let Some(node) = self.variable("ignore") else {
            return Vec::new();
        };
        let Some(rules) = node.items() else {
            self.fault(node.error(format!(
                "\"ignore\" must be a list of rules, not {}",
                node.kind()
            )));
            return Vec::new();
        };
        let rule = |node: &Node| {
            let fields = Fields::open("an ignore rule", node, self.faults)?;
            let rule = Ignore {
                kind: fields.text("kind"),
                manager: fields.text("manager"),
                path: pointers(&fields, "path").pop(),
            };
            fields.finish();
            Some(rule)
        };
        rules.iter().filter_map(rule).collect()
    }
}

const RECOVERIES: [(&str, OnPending); 4] = [
    ("ask", OnPending::Ask),
    ("fail", OnPending::Fail),
    ("mark_failed", OnPending::MarkFailed),
    ("rollback", OnPending::Rollback),
];
/// JSON pointers. One that can't be read is a fault: without it the rule would fit everything.
fn pointers(fields: &Fields<'_>, key: &'static str) -> Vec<manifest::Path> {
    let Some(node) = fields.any(key) else {
        return Vec::new();
    };
    let items = node.items().unwrap_or(std::slice::from_ref(node));
    let pointer = |item: &Node| {
        let path = item.text().and_then(|text| manifest::Path::pointer(text));
        if path.is_none() {
            let message = format!("\"{key}\" must name fields as JSON pointers");
            fields.fault(item.error(message).hint("/spec/replicas"));
        }
        path
    };
    items.iter().filter_map(pointer).collect()
}

const POLICIES: [(&str, OnConflict); 3] = [
    ("keep", OnConflict::Keep),
    ("take", OnConflict::Take),
    ("fail", OnConflict::Fail),
];

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
    let states = [
        ("present", ReleaseState::Present),
        ("absent", ReleaseState::Absent),
    ];
    fields
        .choice("state", &states)
        .unwrap_or(ReleaseState::Present)
}

fn values_from(fields: &Fields<'_>) -> ValuesFrom {
    let sources = [
        ("inventory", ValuesFrom::Inventory),
        ("release", ValuesFrom::Release),
        ("both", ValuesFrom::Both),
    ];
    fields
        .choice("values_from", &sources)
        .unwrap_or(ValuesFrom::Inventory)
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

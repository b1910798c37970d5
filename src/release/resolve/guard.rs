//! What the inventory allows: `limits`, `conflicts`, `ignore`, `recover`.

use super::Reader;
use crate::manifest;
use crate::release::policy::{ConflictRule, Conflicts, Guard, Ignore, Limits, OnConflict};
use crate::release::recovery::{OnPending, Recovery};
use crate::yaml::{Fields, Node};

impl Reader<'_> {
    pub(super) fn guard(&self) -> Guard {
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

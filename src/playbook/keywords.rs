//! What plays, blocks and tasks say alike, and how it is handed down. The main type here is
//! [`Keywords`].
//!
//! Conditions add up (all must hold), tags are united, variables lie over each other, and of a
//! switch the innermost counts.

use crate::diag::Diagnostic;
use crate::yaml::{Data, Fields, Node};
use std::sync::Arc;

/// What is inherited from play to block to task.
#[derive(Clone, Debug, Default)]
pub struct Keywords {
    /// Conditions, outermost first: all must hold.
    pub when: Vec<Node>,
    /// Tags, outermost first.
    pub tags: Vec<Arc<str>>,
    /// Mappings of variables, outermost first: the last wins.
    pub vars: Vec<Node>,
    /// Go on after a failure.
    pub ignore_errors: Option<Node>,
    /// One failure fails the whole wave.
    pub any_errors_fatal: Option<Node>,
    /// Check only (`true`) or run for real even in check mode (`false`).
    pub check_mode: Option<Node>,
    /// Show diffs.
    pub diff: Option<Node>,
    /// Keep results and arguments out of everything that is shown.
    pub no_log: Option<Node>,
    /// Only on the first target of the wave.
    pub run_once: Option<Node>,
}

impl Keywords {
    /// Reads what `fields` says, with `outer` handed down.
    pub fn read(fields: &Fields<'_>, outer: &Keywords) -> Keywords {
        let own = Keywords {
            when: conditions(fields, "when"),
            tags: tags(fields),
            vars: fields.map("vars").cloned().into_iter().collect(),
            ignore_errors: switch(fields, "ignore_errors"),
            any_errors_fatal: switch(fields, "any_errors_fatal"),
            check_mode: switch(fields, "check_mode"),
            diff: switch(fields, "diff"),
            no_log: switch(fields, "no_log"),
            run_once: switch(fields, "run_once"),
        };
        own.within(outer)
    }

    /// Reads what a play hands down: its variables have a level of their own, conditions none.
    pub fn of_play(fields: &Fields<'_>) -> Keywords {
        Keywords {
            tags: tags(fields),
            ignore_errors: switch(fields, "ignore_errors"),
            any_errors_fatal: switch(fields, "any_errors_fatal"),
            check_mode: switch(fields, "check_mode"),
            diff: switch(fields, "diff"),
            no_log: switch(fields, "no_log"),
            run_once: switch(fields, "run_once"),
            ..Keywords::default()
        }
    }

    fn within(self, outer: &Keywords) -> Keywords {
        let inherit = |own: Option<Node>, outer: &Option<Node>| own.or_else(|| outer.clone());
        Keywords {
            when: [outer.when.clone(), self.when].concat(),
            tags: united(&outer.tags, self.tags),
            vars: [outer.vars.clone(), self.vars].concat(),
            ignore_errors: inherit(self.ignore_errors, &outer.ignore_errors),
            any_errors_fatal: inherit(self.any_errors_fatal, &outer.any_errors_fatal),
            check_mode: inherit(self.check_mode, &outer.check_mode),
            diff: inherit(self.diff, &outer.diff),
            no_log: inherit(self.no_log, &outer.no_log),
            run_once: inherit(self.run_once, &outer.run_once),
        }
    }
}

/// Tags: texts, comma lists too.
pub fn tags(fields: &Fields<'_>) -> Vec<Arc<str>> {
    let written = fields.texts("tags").unwrap_or_default();
    let parts = written.iter().flat_map(|text| text.split(','));
    united(&[], parts.map(|part| Arc::from(part.trim())).collect())
}

fn united(outer: &[Arc<str>], own: Vec<Arc<str>>) -> Vec<Arc<str>> {
    let mut all = outer.to_vec();
    for tag in own {
        if !all.contains(&tag) {
            all.push(tag);
        }
    }
    all
}

/// A condition, or a list of them: each an expression or a boolean.
pub fn conditions(fields: &Fields<'_>, key: &'static str) -> Vec<Node> {
    let Some(node) = fields.any(key) else {
        return Vec::new();
    };
    let all = node.items().unwrap_or(std::slice::from_ref(node));
    for condition in all {
        if !matches!(condition.data, Data::Str(_) | Data::Bool(_)) {
            let found = condition.kind();
            fields.fault(condition.error(format!(
                "\"{key}\" must be an expression or a list of them, not {found}"
            )));
        }
    }
    all.to_vec()
}

/// A boolean, or a template that gives one.
pub fn switch(fields: &Fields<'_>, key: &'static str) -> Option<Node> {
    scalar(fields, key, "true, false or a template", |node| {
        matches!(node.data, Data::Bool(_)) || is_template(node)
    })
}

/// A number, or a template that gives one.
pub fn number(fields: &Fields<'_>, key: &'static str) -> Option<Node> {
    scalar(fields, key, "a number or a template", |node| {
        match node.data {
            Data::Int(value) => value >= 0,
            Data::Float(value) => value >= 0.0,
            _ => is_template(node),
        }
    })
}

/// A value that `fits`, else a fault that says what was `wanted`.
pub fn scalar(
    fields: &Fields<'_>,
    key: &'static str,
    wanted: &str,
    fits: impl Fn(&Node) -> bool,
) -> Option<Node> {
    let node = fields.any(key)?;
    if fits(node) {
        return Some(node.clone());
    }
    fields.fault(misfit(node, key, wanted));
    None
}

/// The fault of a value that is not what was `wanted`.
pub fn misfit(node: &Node, key: &str, wanted: &str) -> Diagnostic {
    let found = match &node.data {
        Data::Str(text) => format!("\"{text}\""),
        Data::Int(value) => value.to_string(),
        _ => node.kind().to_owned(),
    };
    node.error(format!("\"{key}\" must be {wanted}, not {found}"))
}

/// Whether the node is a text with a template in it.
pub fn is_template(node: &Node) -> bool {
    matches!(&node.data, Data::Str(text) if text.contains("{{") || text.contains("{%"))
}

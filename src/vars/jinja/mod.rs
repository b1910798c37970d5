//! Ansible's Jinja over `minijinja`. The main type here is [`Templar`].
//!
//! Variables are templates, rendered when they are used; a value that is one `{{ expression }}`
//! keeps its type; what is undefined is an error with its whole path, except under `default`
//! and `is defined` ([`harden`] sees to that).

mod engine;
mod eval;
mod fault;
mod filters;
mod functions;
mod harden;
mod lazy;
mod native;
mod predicates;
mod regexes;
mod template;
#[cfg(test)]
mod tests;
mod tokens;
mod versions;

pub use engine::names_read;
pub use functions::Lookups;
pub(super) use functions::NoLookups;

use super::Scope;
use crate::diag::Diagnostic;
use crate::yaml::{Data, Node, Pos};
use eval::Eval;
use native::Native;
use serde_json::Value;
use std::sync::Arc;
use template::is_template;

/// A rendered value.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The value; what `omit` dropped is not in it.
    pub value: Value,
    /// Something of it came from a vault: it must not be shown.
    pub secret: bool,
}

/// Renders the templates of one scope.
#[derive(Clone)]
pub struct Templar {
    scope: Arc<Scope>,
}

impl Templar {
    /// Renders with the variables of `scope` and the lookups of its fleet.
    pub fn new(scope: Scope) -> Templar {
        let scope = Arc::new(scope);
        Templar { scope }
    }

    /// The variables.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// A node with all templates in it rendered. `omit` alone gives null.
    pub fn render(&self, node: &Node) -> Result<Value, Diagnostic> {
        self.render_tracked(node).map(|rendered| rendered.value)
    }

    /// As [`Templar::render`], and whether a secret went in.
    pub fn render_tracked(&self, node: &Node) -> Result<Rendered, Diagnostic> {
        let eval = self.eval();
        let native = eval.node(node)?;
        let value = native.into_json().unwrap_or(Value::Null);
        let secret = eval.is_tainted();
        Ok(Rendered { value, secret })
    }

    /// As [`Templar::render`]; `None` where the value is `omit`: the argument was not given.
    pub fn render_argument(&self, node: &Node) -> Result<Option<Value>, Diagnostic> {
        self.eval().node(node).map(Native::into_json)
    }

    /// A text with its templates, that stands at `pos`.
    pub fn render_text(&self, text: &str, pos: &Pos) -> Result<Value, Diagnostic> {
        let (data, pos) = (Data::Str(text.into()), pos.clone());
        self.render(&Node { data, pos })
    }

    /// The content of a template file: here backslashes in literals are escapes.
    pub fn render_file(&self, text: &str, pos: &Pos) -> Result<String, Diagnostic> {
        self.eval().file(text, pos)
    }

    /// The tree with all templates rendered; every node keeps its place, a secret one is marked.
    pub fn render_tree(&self, node: &Node) -> Result<Node, Diagnostic> {
        Ok(self.changed(node)?.unwrap_or_else(|| node.clone()))
    }

    /// `None` where nothing is a template: a fleet shares the tree then.
    fn changed(&self, node: &Node) -> Result<Option<Node>, Diagnostic> {
        let data = match &node.data {
            Data::Map(entries) => {
                let values = self.any_changed(entries.iter().map(|(_, value)| value))?;
                let keys = entries.iter().map(|(key, _)| key.clone());
                values.map(|values| Data::Map(Arc::new(keys.zip(values).collect())))
            }
            Data::Seq(items) => {
                let items = self.any_changed(items.iter())?;
                items.map(|items| Data::Seq(Arc::new(items)))
            }
            Data::Str(text) if !is_template(text) => None,
            Data::Str(_) | Data::Vault(_) => {
                let rendered = self.render_tracked(node)?;
                let pos = match rendered.secret {
                    true => node.pos.tainted(),
                    false => node.pos.clone(),
                };
                return Ok(Some(Node::from_json(&rendered.value, &pos)));
            }
            _ => None,
        };
        Ok(data.map(|data| Node {
            data,
            pos: node.pos.clone(),
        }))
    }

    /// All of them rendered; `None` where nothing is a template.
    fn any_changed<'n>(
        &self,
        nodes: impl Iterator<Item = &'n Node> + Clone,
    ) -> Result<Option<Vec<Node>>, Diagnostic> {
        let changed = nodes.clone().map(|node| self.changed(node));
        let changed: Vec<Option<Node>> = changed.collect::<Result<_, _>>()?;
        if changed.iter().all(Option::is_none) {
            return Ok(None);
        }
        let whole = |(node, new): (&Node, Option<Node>)| new.unwrap_or_else(|| node.clone());
        Ok(Some(nodes.zip(changed).map(whole).collect()))
    }

    /// A condition: a bare expression, a boolean, or a list of them that must all hold.
    pub fn test(&self, node: &Node) -> Result<bool, Diagnostic> {
        match &node.data {
            Data::Bool(value) => Ok(*value),
            Data::Str(text) => self.eval().condition(text, &node.pos),
            Data::Seq(items) => {
                for item in items.iter() {
                    if !self.test(item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ => Err(node.error(format!("a condition is an expression, not {}", node.kind()))),
        }
    }

    /// The value of a bare expression, as `debug: var=` shows it.
    pub fn expression(&self, text: &str, pos: &Pos) -> Result<Value, Diagnostic> {
        let native = self.eval().expression(text, pos)?;
        Ok(native.into_json().unwrap_or(Value::Null))
    }

    fn eval(&self) -> Eval {
        Eval::new(self.scope.clone())
    }
}

//! The variables of one target at one moment. The main type here is [`Scope`].

use crate::diag::Diagnostic;
use crate::vars::{self, Level, Templar};
use crate::yaml::{Data, Key, Node, Pos, Source};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Variables, and what templates make of them. Remembers whether a secret went into a value.
#[derive(Clone)]
pub struct Scope {
    templar: Templar,
    secret: Arc<AtomicBool>,
}

impl Scope {
    /// Renders with these variables.
    pub fn new(vars: vars::Scope) -> Scope {
        Scope {
            templar: Templar::new(vars),
            secret: Arc::default(),
        }
    }

    /// A node with all its templates rendered.
    pub fn value(&self, node: &Node) -> Result<Value, Diagnostic> {
        let rendered = self.templar.render_tracked(node)?;
        self.secret.fetch_or(rendered.secret, Ordering::Relaxed);
        Ok(rendered.value)
    }

    /// A text with its templates rendered.
    pub fn text(&self, text: &Arc<str>, pos: &Pos) -> Result<String, Diagnostic> {
        let node = Node {
            data: Data::Str(text.clone()),
            pos: pos.clone(),
        };
        Ok(match self.value(&node)? {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }

    /// Whether a condition holds.
    pub fn holds(&self, condition: &Node) -> Result<bool, Diagnostic> {
        self.templar.test(condition)
    }

    /// Whether a variable is set.
    pub fn has(&self, name: &str) -> bool {
        self.vars().get(name).is_some()
    }

    /// The scope with a variable that nothing hides.
    #[must_use]
    pub fn with_value(&self, name: &str, value: &Value) -> Scope {
        let vars = match vars::is_magic(name) {
            true => self.vars().with_magic(name, value),
            false => {
                let one = vec![entry(name, value, self.is_secret())];
                self.vars().with(Level::Loop, Arc::new(one))
            }
        };
        Scope {
            templar: Templar::new(vars),
            secret: self.secret.clone(),
        }
    }

    /// Whether a secret went into a value that was rendered so far.
    pub fn is_secret(&self) -> bool {
        self.secret.load(Ordering::Relaxed)
    }

    /// The variables.
    pub fn vars(&self) -> &vars::Scope {
        self.templar.scope()
    }
}

/// A computed variable; a secret one stays secret.
pub fn entry(name: &str, value: &Value, secret: bool) -> (Key, Node) {
    let start = Pos::start(&Source::new("facts", ""));
    let pos = if secret { start.tainted() } else { start };
    let value = Node::from_json(value, &pos);
    let name = name.into();
    (Key { name, pos }, value)
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scope({})", self.vars().host())
    }
}

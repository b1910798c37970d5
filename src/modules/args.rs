//! Typed arguments. The main types here are [`Args`] and [`Arg`].
//!
//! A literal of the wrong type, an unknown or a missing key are found while the playbook is read;
//! the type of a template is known when it is rendered for a target.

use super::Scope;
use crate::diag::{Diagnostic, Diagnostics};
use crate::yaml::{Data, Fields, Node};
use serde_json::Value;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// The arguments of a task being bound.
pub struct Args<'a> {
    fields: Fields<'a>,
    faults: &'a RefCell<Diagnostics>,
}

/// An argument of type `T`, perhaps a template.
pub struct Arg<T> {
    node: Node,
    of: PhantomData<fn() -> T>,
}

/// What an argument can be.
pub trait FromValue: Sized {
    /// What is expected, with its article.
    const WANTED: &'static str;

    /// Reads a rendered value.
    fn from_value(value: &Value) -> Option<Self>;
}

impl<'a> Args<'a> {
    /// Reads the arguments of `module` with `read`, and reports all that is wrong with them.
    pub fn bind<T>(
        module: &str,
        node: &Node,
        read: impl FnOnce(&Args<'_>) -> Option<T>,
    ) -> Result<T, Diagnostics> {
        let faults = RefCell::default();
        let empty = Node {
            data: Data::Map(Arc::default()),
            pos: node.pos.clone(),
        };
        let node = if node.is_null() { &empty } else { node };
        let bound = Fields::open(module, node, &faults).and_then(|fields| {
            let args = Args {
                fields,
                faults: &faults,
            };
            let bound = read(&args);
            args.fields.finish();
            bound
        });
        match (bound, faults.into_inner()) {
            (Some(bound), faults) if !faults.has_errors() => Ok(bound),
            (_, faults) => Err(faults),
        }
    }

    /// The mapping as it is read.
    pub fn fields(&self) -> &Fields<'a> {
        &self.fields
    }

    /// An argument that may be left out.
    pub fn optional<T: FromValue>(&self, key: &'static str) -> Option<Arg<T>> {
        let node = self.fields.any(key)?;
        match Arg::new(node) {
            Ok(arg) => Some(arg),
            Err(fault) => {
                self.faults.borrow_mut().push(fault);
                None
            }
        }
    }

    /// An argument that must be there.
    pub fn required<T: FromValue>(&self, key: &'static str) -> Option<Arg<T>> {
        self.fields.require(key);
        self.optional(key)
    }

    /// A condition or a list of them, as bare expressions.
    pub fn conditions(&self, key: &'static str) -> Vec<Node> {
        let Some(node) = self.fields.any(key) else {
            return Vec::new();
        };
        let all = node.items().unwrap_or(std::slice::from_ref(node));
        for condition in all {
            if !matches!(condition.data, Data::Str(_) | Data::Bool(_)) {
                let found = condition.kind();
                let message = format!("\"{key}\" wants expressions, not {found}");
                self.fields.fault(condition.error(message));
            }
        }
        all.to_vec()
    }
}

impl<T: FromValue> Arg<T> {
    /// Takes `node`; a literal must be of the right type.
    pub fn new(node: &Node) -> Result<Arg<T>, Diagnostic> {
        let arg = Arg {
            node: node.clone(),
            of: PhantomData,
        };
        if !has_template(node) && T::from_value(&node.to_json()).is_none() {
            return Err(arg.misfit(&node.to_json()));
        }
        Ok(arg)
    }

    /// The value for a target.
    pub fn get(&self, scope: &Scope) -> Result<T, Diagnostic> {
        let value = scope.value(&self.node)?;
        T::from_value(&value).ok_or_else(|| self.misfit(&value))
    }

    /// The argument as written.
    pub fn node(&self) -> &Node {
        &self.node
    }

    fn misfit(&self, value: &Value) -> Diagnostic {
        let found = match value {
            Value::String(text) => format!("\"{text}\""),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "a mapping".to_owned(),
            other => other.to_string(),
        };
        let wanted = T::WANTED;
        self.node
            .error(format!("{wanted} is wanted here, not {found}"))
    }
}

/// The value of an argument, or what stands for one that was left out.
pub fn get_or<T: FromValue>(
    arg: Option<&Arg<T>>,
    scope: &Scope,
    default: T,
) -> Result<T, Diagnostic> {
    arg.map_or(Ok(default), |arg| arg.get(scope))
}

impl<T> fmt::Debug for Arg<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arg({:?})", self.node.pos)
    }
}

fn has_template(node: &Node) -> bool {
    match &node.data {
        Data::Str(text) => text.contains("{{") || text.contains("{%"),
        Data::Seq(items) => items.iter().any(has_template),
        Data::Map(entries) => entries.iter().any(|(_, value)| has_template(value)),
        _ => false,
    }
}

impl FromValue for Value {
    const WANTED: &'static str = "a value";

    fn from_value(value: &Value) -> Option<Value> {
        Some(value.clone())
    }
}

impl FromValue for bool {
    const WANTED: &'static str = "true or false";

    fn from_value(value: &Value) -> Option<bool> {
        match value {
            Value::Bool(value) => Some(*value),
            Value::String(text) => match text.trim().to_lowercase().as_str() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }
}

impl FromValue for u64 {
    const WANTED: &'static str = "an integer from 0";

    fn from_value(value: &Value) -> Option<u64> {
        match value {
            Value::String(text) => text.trim().parse().ok(),
            other => other.as_u64(),
        }
    }
}

impl FromValue for String {
    const WANTED: &'static str = "text";

    fn from_value(value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(if *value { "True" } else { "False" }.to_owned()),
            _ => None,
        }
    }
}

impl FromValue for Vec<String> {
    const WANTED: &'static str = "text or a list of texts";

    fn from_value(value: &Value) -> Option<Vec<String>> {
        match value {
            Value::Array(items) => items.iter().map(String::from_value).collect(),
            one => Some(vec![String::from_value(one)?]),
        }
    }
}

impl FromValue for Duration {
    const WANTED: &'static str = "a number of seconds, or a time such as 30m";

    fn from_value(value: &Value) -> Option<Duration> {
        match value {
            Value::String(text) => match text.trim().parse() {
                Ok(seconds) => Some(Duration::from_secs(seconds)),
                Err(_) => duration(text.trim()),
            },
            other => other.as_u64().map(Duration::from_secs),
        }
    }
}

/// `90s`, `30m`, `1h30m`, as Helm writes them.
/// A length of time: `90`, `30s`, `10m`, `1h30m`.
pub fn duration(text: &str) -> Option<Duration> {
    let mut seconds: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = rest.split_at(end);
        let factor = match unit.chars().next()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            _ => return None,
        };
        let part = number.parse::<u64>().ok()?.checked_mul(factor)?;
        seconds = seconds.checked_add(part)?;
        rest = &unit[1..];
    }
    (!text.is_empty()).then(|| Duration::from_secs(seconds))
}

//! One evaluation: variables looked up and rendered as the engine asks for them. The main type
//! here is [`Eval`].

use super::engine;
use super::fault::{Fault, is_undefined};
use super::harden::{Backslash, harden};
use super::lazy::{HostVars, LazyMap, LazySeq, Variables};
use super::native::{Native, native};
use super::template::{self, Template, is_template, parse};
use crate::diag::Diagnostic;
use crate::inventory::Unseal;
use crate::vars::Scope;
use crate::yaml::{Data, Node, Pos};
use minijinja::value::{Object, ObjectRepr, Value};
use minijinja::{Error, ErrorKind};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The name under which functions find the evaluation.
pub(super) const HANDLE: &str = "__eval";
/// Deepest chain of variables that refer to each other.
const DEPTH: usize = 40;

/// What an evaluation knows. Cheap to clone; clones share what they find out.
#[derive(Clone)]
pub(super) struct Eval {
    pub(super) scope: Arc<Scope>,
    /// The templates that are being rendered, innermost first.
    trail: Option<Arc<Trail>>,
    /// What the innermost template has printed.
    printed: Arc<Mutex<Printed>>,
    found: Arc<Found>,
}

/// What a template prints: one value alone keeps its type.
#[derive(Default)]
struct Printed {
    count: usize,
    last: Value,
}

struct Trail {
    template: Arc<str>,
    depth: usize,
    outer: Option<Arc<Trail>>,
}

#[derive(Default)]
struct Found {
    /// A secret was read.
    tainted: AtomicBool,
    /// Why a variable that exists counts as undefined.
    reasons: Mutex<Vec<String>>,
}

impl Eval {
    pub(super) fn new(scope: Arc<Scope>) -> Eval {
        Eval {
            scope,
            trail: None,
            printed: Arc::default(),
            found: Arc::default(),
        }
    }

    /// The same evaluation with the variables of another host.
    pub(super) fn of(&self, scope: Scope) -> Eval {
        Eval {
            scope: Arc::new(scope),
            ..self.clone()
        }
    }

    pub(super) fn is_tainted(&self) -> bool {
        self.found.tainted.load(Ordering::Relaxed)
    }

    /// Why variables that exist count as undefined, in the order found.
    pub(super) fn reasons(&self) -> Vec<String> {
        self.found
            .reasons
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// A node with everything in it rendered.
    pub(super) fn node(&self, node: &Node) -> Result<Native, Diagnostic> {
        let value = match &node.data {
            Data::Str(text) if is_template(text) => self.template(text, &node.pos),
            _ => Ok(self.value(node)),
        };
        let fault = Fault {
            eval: self,
            text: node.text().map_or("", |text| text),
            pos: &node.pos,
        };
        let value = value.map_err(|error| fault.diagnostic(&error))?;
        native(&value).map_err(|error| fault.diagnostic(&error))
    }

    /// The content of a template file.
    pub(super) fn file(&self, text: &str, pos: &Pos) -> Result<String, Diagnostic> {
        let fault = Fault {
            eval: self,
            text,
            pos,
        };
        let result = match parse(text, Backslash::Escape) {
            Template::Plain => return Ok(text.to_owned()),
            Template::Expression(expression) => {
                engine::render(&format!("{{{{{expression}}}}}"), self)
            }
            Template::Mixed(template) => engine::render(&template, self),
        };
        result.map_err(|error| fault.diagnostic(&error))
    }

    /// A bare expression.
    pub(super) fn expression(&self, text: &str, pos: &Pos) -> Result<Native, Diagnostic> {
        let fault = Fault {
            eval: self,
            text,
            pos,
        };
        let result = engine::evaluate(&harden(bare(text), Backslash::Raw), self);
        let native = result.and_then(|value| native(&value));
        native.map_err(|error| fault.diagnostic(&error))
    }

    /// A bare expression that must give a boolean.
    pub(super) fn condition(&self, text: &str, pos: &Pos) -> Result<bool, Diagnostic> {
        match self.expression(text, pos)? {
            Native::Json(serde_json::Value::Bool(value)) => Ok(value),
            Native::Json(other) => {
                let kind = Node::from_json(&other, pos).kind();
                let fault = pos.error(
                    format!("the condition gives {kind}, not true or false"),
                    text.chars().count(),
                );
                Err(fault.hint(format!("{} | bool, or a comparison", bare(text))))
            }
            Native::Omit => Err(pos.error("omit is not a condition", 1)),
        }
    }

    /// A variable, rendered as far as it must be.
    pub(super) fn variable(&self, name: &str) -> Option<Value> {
        match name {
            HANDLE => return Some(Value::from_object(Handle(self.clone()))),
            "omit" => return Some(Value::from_object(Omit)),
            "hostvars" => return Some(Value::from_object(HostVars { eval: self.clone() })),
            "vars" => return Some(self.variables()),
            _ => {}
        }
        let node = self.scope.get(name)?;
        let value = self.defined(&node);
        if value.is_none() {
            let place = node.pos.location();
            let reason =
                format!("\"{name}\" is set at {place}, but what it refers to is undefined");
            self.because(reason);
        }
        value
    }

    /// A node's value; none where its template refers to something undefined, so that the
    /// engine itself says which expression led here.
    pub(super) fn defined(&self, node: &Node) -> Option<Value> {
        Some(self.value(node)).filter(|value| !value.is_undefined())
    }

    pub(super) fn variables(&self) -> Value {
        Value::from_object(Variables { eval: self.clone() })
    }

    /// A node as a value: templates rendered, collections when somebody looks into them.
    pub(super) fn value(&self, node: &Node) -> Value {
        if node.pos.is_secret() {
            self.taint();
        }
        match &node.data {
            Data::Null => Value::from(()),
            Data::Bool(value) => Value::from(*value),
            Data::Int(value) => Value::from(*value),
            Data::Float(value) => Value::from(*value),
            Data::Str(text) if is_template(text) => self.nested(text, node),
            Data::Str(text) | Data::Unsafe(text) => Value::from(text.clone()),
            Data::Vault(text) => self.opened(text, node),
            Data::Seq(items) => Value::from_object(LazySeq {
                items: items.clone(),
                eval: self.clone(),
            }),
            Data::Map(entries) => Value::from_object(LazyMap {
                entries: entries.clone(),
                eval: self.clone(),
            }),
        }
    }

    /// A template inside a variable. What is undefined in it makes the variable undefined, so
    /// that `default` and `is defined` see through it.
    fn nested(&self, text: &Arc<str>, node: &Node) -> Value {
        let error = match self.template(text, &node.pos) {
            Ok(value) => return value,
            Err(error) => error,
        };
        if is_undefined(&error) {
            self.because(
                Fault {
                    eval: self,
                    text,
                    pos: &node.pos,
                }
                .reason(&error),
            );
            return Value::UNDEFINED;
        }
        Value::from(error)
    }

    fn opened(&self, text: &Arc<str>, node: &Node) -> Value {
        self.taint();
        match self.scope.fleet().vault().open(text) {
            Ok(plain) => Value::from(plain.reveal().as_str()),
            Err(why) => {
                let detail = format!("{why} ({})", node.pos.location());
                Value::from(Error::new(ErrorKind::InvalidOperation, detail))
            }
        }
    }

    fn template(&self, text: &Arc<str>, pos: &Pos) -> Result<Value, Error> {
        if pos.is_secret() {
            self.taint();
        }
        let inner = self.entered(text)?;
        match parse(text, Backslash::Raw) {
            Template::Plain => Ok(Value::from(text.clone())),
            Template::Mixed(template) => inner.mixed(&template),
            Template::Expression(expression) => {
                let value = engine::evaluate(&expression, &inner)?;
                match value.is_undefined() {
                    true => Err(Error::new(ErrorKind::UndefinedError, "")),
                    false => Ok(value),
                }
            }
        }
    }

    /// Statements, texts and expressions. As in Ansible, what prints one value and nothing beside
    /// it gives that value, not its text.
    fn mixed(&self, template: &str) -> Result<Value, Error> {
        let text = engine::render(template, self)?;
        let printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        let alone = printed.count == 1 && !printed.last.is_none();
        Ok(match alone && printed.last.to_string() == text {
            true => printed.last.clone(),
            false => Value::from(text),
        })
    }

    /// The engine prints a value.
    pub(super) fn printing(&self, value: &Value) {
        let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        printed.count += 1;
        printed.last = value.clone();
    }

    /// One level deeper; a template that is being rendered already refers to itself.
    fn entered(&self, template: &Arc<str>) -> Result<Eval, Error> {
        let mut outer = self.trail.as_ref();
        let depth = outer.map_or(0, |trail| trail.depth + 1);
        while let Some(trail) = outer {
            if Arc::ptr_eq(&trail.template, template) || depth > DEPTH {
                let detail = format!("a variable that refers to itself: {template}");
                return Err(Error::new(ErrorKind::InvalidOperation, detail));
            }
            outer = trail.outer.as_ref();
        }
        let (template, outer) = (template.clone(), self.trail.clone());
        let trail = Some(Arc::new(Trail {
            template,
            depth,
            outer,
        }));
        Ok(Eval {
            trail,
            printed: Arc::default(),
            ..self.clone()
        })
    }

    fn taint(&self) {
        self.found.tainted.store(true, Ordering::Relaxed);
    }

    fn because(&self, reason: String) {
        let mut reasons = self
            .found
            .reasons
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
}

/// A condition without the braces that some people put round it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    template::whole_expression(text).unwrap_or(text)
}

/// The root of the engine's context.
pub(super) struct Root(pub(super) Eval);

impl Object for Root {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.variable(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        self.0.variable(name)
    }
}

/// The evaluation as a value, for functions.
pub(super) struct Handle(pub(super) Eval);

impl Object for Handle {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

/// `omit`.
#[derive(Debug)]
pub(super) struct Omit;

impl Object for Omit {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `x{{ omit }}` gives `x`.
        Ok(())
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("variables")
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("evaluation")
    }
}

//! Trees out as YAML: the walk over plain data and engine values.
//!
//! Both walk the same way: [`Node`] shows one value, [`Walk`] writes it. Numbers
//! go through their JSON text as in `sigs.k8s.io/yaml`.

use super::build::base64_text;
use super::emitter::Emitter;
use super::number::format_float;
use super::order::{self, sorts_by_bytes};
use super::resolve::{Scalar, resolve};
use crate::Value;
use crate::value::{MapKind, whole};
use serde_json::Value as Data;
use std::borrow::Cow;

/// Plain data as `sigs.k8s.io/yaml` writes it, with a final newline.
pub fn write(data: &Data) -> String {
    let mut out = String::new();
    // Plain data that came from YAML or JSON always fits; `""` is Helm's answer otherwise.
    if Walk::new(&mut out, Flavour::V2).document(data).is_none() {
        out.clear();
    }
    out
}

/// An engine value as `sigs.k8s.io/yaml` writes it, with a final newline; `None`
/// where Go's encoders fail (NaN, control characters, a map that contains itself).
pub fn write_value(value: &Value) -> Option<String> {
    let mut out = String::new();
    append_value(&mut out, value)?;
    Some(out)
}

/// Appends what [`write_value`] gives; at `None` part of it may stand there.
pub fn append_value(out: &mut String, value: &Value) -> Option<()> {
    Walk::new(out, Flavour::V2).document(value)
}

/// Appends an engine value as `toYamlPretty` writes it: go-yaml v3, lists indented.
pub fn append_pretty(out: &mut String, value: &Value) -> Option<()> {
    Walk::new(out, Flavour::V3).document(value)
}

/// What a node is, as the writer needs it.
enum Shape<'a> {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(Cow<'a, str>),
    List,
    Map,
    /// An object of the engine, seen through its JSON form.
    Other(Data),
}

trait Node {
    fn shape(&self) -> Shape<'_>;
    fn each_item(&self, visit: &mut dyn FnMut(&Self) -> Option<()>) -> Option<()>;
    fn each_entry(&self, visit: &mut dyn FnMut(&str, &Self) -> Option<()>) -> Option<()>;
    fn is_empty(&self) -> bool;
}

impl Node for Data {
    fn shape(&self) -> Shape<'_> {
        match self {
            Data::Null => Shape::Null,
            Data::Bool(flag) => Shape::Bool(*flag),
            Data::Number(n) => match (n.as_i64(), n.as_u64()) {
                (Some(i), _) => Shape::Int(i.into()),
                (None, Some(u)) => Shape::Int(u.into()),
                _ => Shape::Float(n.as_f64().unwrap_or(f64::NAN)),
            },
            Data::String(text) => Shape::Text(Cow::Borrowed(text)),
            Data::Array(_) => Shape::List,
            Data::Object(_) => Shape::Map,
        }
    }

    fn each_item(&self, visit: &mut dyn FnMut(&Self) -> Option<()>) -> Option<()> {
        self.as_array().into_iter().flatten().try_for_each(visit)
    }

    fn each_entry(&self, visit: &mut dyn FnMut(&str, &Self) -> Option<()>) -> Option<()> {
        let mut entries: Vec<_> = self.as_object().into_iter().flatten().collect();
        order::sort(&mut entries);
        entries
            .into_iter()
            .try_for_each(|(key, value)| visit(key, value))
    }

    fn is_empty(&self) -> bool {
        match self {
            Data::Array(items) => items.is_empty(),
            Data::Object(map) => map.is_empty(),
            _ => false,
        }
    }
}

impl Node for Value {
    fn shape(&self) -> Shape<'_> {
        match self {
            Value::Nil => Shape::Null,
            Value::Bool(flag) => Shape::Bool(*flag),
            Value::Int(i) | Value::Int64(i) => Shape::Int((*i).into()),
            Value::Uint64(u) => Shape::Int((*u).into()),
            Value::Float(f) => Shape::Float(*f),
            Value::Str(text) => Shape::Text(whole(text)),
            Value::Bytes(bytes) => Shape::Text(Cow::Owned(base64_text(bytes))),
            Value::List(list) if list.is_nil() => Shape::Null,
            Value::Map(map) if map.kind == MapKind::NoStr => Shape::Null,
            Value::List(_) => Shape::List,
            Value::Map(_) => Shape::Map,
            Value::Object(object) => Shape::Other(object.to_json()),
        }
    }

    fn each_item(&self, visit: &mut dyn FnMut(&Self) -> Option<()>) -> Option<()> {
        match self {
            Value::List(list) => list.items.borrow().iter().try_for_each(visit),
            _ => Some(()),
        }
    }

    fn each_entry(&self, visit: &mut dyn FnMut(&str, &Self) -> Option<()>) -> Option<()> {
        let Value::Map(map) = self else {
            return Some(());
        };
        let dict = map.entries.borrow();
        if dict.keys().all(|key| sorts_by_bytes(key)) {
            return dict.iter().try_for_each(|(key, value)| visit(key, value));
        }
        let mut entries: Vec<_> = dict.iter().collect();
        order::sort(&mut entries);
        entries
            .into_iter()
            .try_for_each(|(key, value)| visit(key, value))
    }

    fn is_empty(&self) -> bool {
        match self {
            Value::List(list) => list.items.borrow().is_empty(),
            Value::Map(map) => map.entries.borrow().is_empty(),
            _ => false,
        }
    }
}

/// Which go-yaml writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flavour {
    V2,
    V3,
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    MapValue,
}

struct Walk<'a> {
    emitter: Emitter<'a>,
    flavour: Flavour,
    bounds: crate::value::Walk,
}

/// A whole number that both flavours write as its digits.
fn digits(f: f64) -> Option<i64> {
    // Beyond this v3 writes an exponent.
    (f.fract() == 0.0 && f.abs() < 1e6 && !(f == 0.0 && f.is_sign_negative())).then_some(f as i64)
}

impl<'a> Walk<'a> {
    fn new(out: &'a mut String, flavour: Flavour) -> Walk<'a> {
        Walk {
            emitter: Emitter::new(out, flavour == Flavour::V2),
            flavour,
            bounds: crate::value::Walk::default(),
        }
    }

    fn document<N: Node>(&mut self, node: &N) -> Option<()> {
        self.node(node, None, Place::Root)?;
        self.emitter.finish();
        (!self.emitter.unreadable).then_some(())
    }

    /// Writes a node below the block at `indent` (`None` at the root).
    fn node<N: Node>(&mut self, node: &N, indent: Option<usize>, place: Place) -> Option<()> {
        if !self.bounds.enter() {
            return None;
        }
        match node.shape() {
            Shape::Null => self.emitter.token("null"),
            Shape::Bool(flag) => self.emitter.token(if flag { "true" } else { "false" }),
            Shape::Int(i) => self.emitter.integer(i),
            Shape::Float(f) => match digits(f) {
                Some(i) => self.emitter.integer(i.into()),
                None => self.emitter.token(&self.float(f)?),
            },
            Shape::Text(text) => self.emitter.string(&text, indent.map_or(2, |i| i + 2)),
            Shape::List if node.is_empty() => self.emitter.token("[]"),
            Shape::Map if node.is_empty() => self.emitter.token("{}"),
            Shape::List => self.list(node, indent, place)?,
            Shape::Map => self.map(node, indent)?,
            Shape::Other(data) => self.node(&data, indent, place)?,
        }
        self.bounds.leave();
        Some(())
    }

    fn list<N: Node>(&mut self, node: &N, indent: Option<usize>, place: Place) -> Option<()> {
        let same_column =
            place == Place::MapValue && !self.emitter.indention() && self.flavour == Flavour::V2;
        let indent = match indent {
            None => 0,
            Some(indent) if same_column => indent,
            Some(indent) => indent + 2,
        };
        node.each_item(&mut |item| {
            self.emitter.indent(indent);
            self.emitter.indicator("-", true, true);
            self.node(item, Some(indent), Place::Item)
        })
    }

    fn map<N: Node>(&mut self, node: &N, indent: Option<usize>) -> Option<()> {
        let indent = indent.map_or(0, |indent| indent + 2);
        node.each_entry(&mut |key, value| {
            self.emitter.indent(indent);
            self.emitter.key(key, indent);
            self.node(value, Some(indent), Place::MapValue)
        })
    }

    /// v2 sees the JSON text of a number, v3 the number.
    fn float(&self, f: f64) -> Option<String> {
        if !f.is_finite() {
            return None;
        }
        if self.flavour == Flavour::V3 || f.fract() != 0.0 {
            return Some(format_float(f));
        }
        let text = format!("{f}");
        Some(match resolve(&text) {
            Scalar::Int(i) => i.to_string(),
            Scalar::Uint(_) => text,
            _ => format_float(f),
        })
    }
}

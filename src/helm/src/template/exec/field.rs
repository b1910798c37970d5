//! Fields, map keys and methods: `.a.b`.

use super::super::ast::Expr;
use super::super::error::Error;
use super::super::function::Param;
use super::super::operand::Operand;
use super::call::{Caller, Signature};
use super::{Exec, values};
use crate::value::{Key, Map, MapKind, Object, Value, quote};
use std::rc::Rc;

/// Methods of objects that do not say what they take get whatever was given.
const ANYTHING: (&[Param], bool) = (&[Param::Any], true);

impl<'t> Exec<'t, '_> {
    /// Walks a chain; the last name gets the arguments, where it is a method.
    pub(super) fn fields(
        &mut self,
        dot: &Operand,
        start: &Operand,
        fields: &'t [Key],
        caller: Caller<'t>,
    ) -> Result<Operand, Error> {
        let Some((last, path)) = fields.split_last() else {
            return Ok(start.clone());
        };
        let mut step;
        let mut receiver = start;
        for name in path {
            let caller = Caller::without_arguments(caller.node);
            step = self.field(dot, receiver, name, caller)?;
            receiver = &step;
        }
        self.field(dot, receiver, last, caller)
    }

    fn field(
        &mut self,
        dot: &Operand,
        receiver: &Operand,
        key: &Key,
        caller: Caller<'t>,
    ) -> Result<Operand, Error> {
        let name = key.as_str();
        match &receiver.value {
            Value::Map(map) => self.key(dot, map, key, caller),
            Value::Object(object) => {
                let object = Rc::clone(object);
                self.object_field(dot, receiver, &*object, (name, caller))
            }
            Value::Nil if receiver.is_nil_interface() => {
                Err(self.error(format!("nil pointer evaluating interface {{}}.{name}")))
            }
            Value::Nil if self.run.strict => {
                let name = quote(name);
                Err(self.error(format!("nil data; no entry for key {name}")))
            }
            Value::Nil => Ok(Operand::default()),
            _ => Err(self.no_field(receiver, name)),
        }
    }

    fn no_field(&self, receiver: &Operand, name: &str) -> Error {
        let type_name = receiver.type_name();
        self.error(format!("can't evaluate field {name} in type {type_name}"))
    }

    fn key(
        &mut self,
        dot: &Operand,
        map: &Map,
        key: &Key,
        caller: Caller<'t>,
    ) -> Result<Operand, Error> {
        let name = key.as_str();
        if map.kind.is_values()
            && let Some(method) = values::method(name)
        {
            let node = caller.node;
            let result =
                self.with_arguments(dot, (name, method.signature), caller, |_, args, _| {
                    (method.call)(map, args)
                })?;
            return result
                .map(Operand::plain)
                .map_err(|text| self.call_error(node, name, &text));
        }
        if caller.has_arguments() {
            return Err(self.error(format!("{name} is not a method but has arguments")));
        }
        let value = map.entries.borrow().find(key).cloned();
        match (value, map.kind) {
            (Some(value), MapKind::Str | MapKind::NoStr) => Ok(Operand::plain(value)),
            (Some(value), _) => Ok(Operand::interface(value)),
            (None, _) if self.run.strict => {
                let name = quote(name);
                Err(self.error(format!("map has no entry for key {name}")))
            }
            (None, MapKind::Str | MapKind::NoStr) => Ok(Operand::plain(Value::from(""))),
            (None, _) => Ok(Operand::interface(Value::Nil)),
        }
    }

    fn object_field(
        &mut self,
        dot: &Operand,
        receiver: &Operand,
        object: &dyn Object,
        (name, caller): (&str, Caller<'t>),
    ) -> Result<Operand, Error> {
        let (node, has_arguments) = (caller.node, caller.has_arguments());
        let called = match object.signature(name) {
            None if !has_arguments => object.method(name, &[]),
            None if object.field(name).is_some() => {
                let what = "has arguments but cannot be invoked as function";
                return Err(self.error(format!("{name} {what}")));
            }
            signature => {
                let (params, variadic) = signature.unwrap_or(ANYTHING);
                let signature = Signature { params, variadic };
                self.with_arguments(dot, (name, signature), caller, |_, args, _| {
                    object.method(name, args)
                })?
            }
        };
        match (called, object.field(name)) {
            (Some(Ok(value)), _) => Ok(Operand::plain(value)),
            (Some(Err(text)), _) => Err(self.call_error(node, name, &text)),
            (None, Some(value)) if !has_arguments => Ok(Operand::field(value)),
            // A missing key of a map type such as `.Files`.
            (None, None) if object.kind() == "map" => Ok(Operand::plain(Value::Bytes([].into()))),
            _ => Err(self.no_field(receiver, name)),
        }
    }

    /// An argument whose type nobody asks for: the start of a chain.
    pub(super) fn untyped(&mut self, dot: &Operand, expr: &'t Expr) -> Result<Operand, Error> {
        self.at(super::NodeRef::Expr(expr));
        self.operand(dot, expr)
    }
}

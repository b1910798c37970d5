//! Fields, map keys and methods: `.a.b`.

use super::super::ast::Expr;
use super::super::error::Error;
use super::super::function::Param;
use super::super::operand::{Operand, Place};
use super::call::{Caller, Signature};
use super::{Exec, values};
use crate::value::{Map, MapKind, Object, Value, quote};
use std::rc::Rc;

/// Objects that do not say what their methods take get whatever was given.
const ANYTHING: Signature = Signature {
    params: &[Param::Any],
    variadic: true,
};

impl<'t> Exec<'t, '_> {
    /// Walks a chain; the last name gets the arguments, where it is a method.
    pub(super) fn fields(
        &mut self,
        dot: &Operand,
        mut receiver: Operand,
        fields: &'t [Box<str>],
        caller: Caller<'t>,
    ) -> Result<Operand, Error> {
        let Some((last, path)) = fields.split_last() else {
            return Ok(receiver);
        };
        for name in path {
            let caller = Caller::without_arguments(caller.node);
            receiver = self.field(dot, &receiver, name, caller)?;
        }
        self.field(dot, &receiver, last, caller)
    }

    fn field(
        &mut self,
        dot: &Operand,
        receiver: &Operand,
        name: &str,
        caller: Caller<'t>,
    ) -> Result<Operand, Error> {
        match &receiver.value {
            Value::Map(map) => self.key(dot, map, name, caller),
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
        name: &str,
        caller: Caller<'t>,
    ) -> Result<Operand, Error> {
        if map.kind == MapKind::Values
            && let Some(method) = values::method(name)
        {
            let node = caller.node;
            let result =
                self.with_arguments(dot, (name, method.signature), caller, |_, args| {
                    (method.call)(map, args)
                })?;
            return result
                .map(Operand::plain)
                .map_err(|text| self.call_error(node, name, &text));
        }
        if caller.has_arguments() {
            return Err(self.error(format!("{name} is not a method but has arguments")));
        }
        let value = map.entries.borrow().get(name).cloned();
        match (value, map.kind) {
            (Some(value), MapKind::Str) => Ok(Operand::plain(value)),
            (Some(value), _) => Ok(Operand::interface(value)),
            (None, _) if self.run.strict => {
                let name = quote(name);
                Err(self.error(format!("map has no entry for key {name}")))
            }
            (None, MapKind::Str) => Ok(Operand::plain(Value::from(""))),
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
        let signature = object.signature(name);
        if signature.is_some() || caller.has_arguments() {
            let signature = signature.map_or(ANYTHING, |(params, variadic)| Signature {
                params,
                variadic,
            });
            let node = caller.node;
            let result = self.with_arguments(dot, (name, signature), caller, |_, args| {
                object.method(name, args).ok_or(())
            })?;
            return match result {
                Ok(result) => result
                    .map(Operand::plain)
                    .map_err(|text| self.call_error(node, name, &text)),
                Err(()) if object.field(name).is_some() => Err(self.error(format!(
                    "{name} has arguments but cannot be invoked as function"
                ))),
                Err(()) => Err(self.no_field(receiver, name)),
            };
        }
        if let Some(result) = object.method(name, &[]) {
            return result
                .map(Operand::plain)
                .map_err(|text| self.call_error(caller.node, name, &text));
        }
        match object.field(name) {
            Some(value) => Ok(Operand {
                value,
                place: Place::Field,
            }),
            // A missing key of a map type such as `.Files`.
            None if object.kind() == "map" => Ok(Operand::plain(Value::Bytes(Rc::from([])))),
            None => Err(self.no_field(receiver, name)),
        }
    }

    /// An argument whose type nobody asks for: the start of a chain.
    pub(super) fn untyped(&mut self, dot: &Operand, expr: &'t Expr) -> Result<Operand, Error> {
        self.at(super::NodeRef::Expr(expr));
        self.operand(dot, expr)
    }
}

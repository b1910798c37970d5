//! Checks and converts arguments to the types that a function takes.

use super::super::ast::{Expr, ExprKind};
use super::super::error::Error;
use super::super::function::Param;
use super::super::operand::Operand;
use super::super::print::NodeRef;
use super::Exec;
use super::call::Caller;
use crate::value::{ListKind, Value};

impl<'t> Exec<'t, '_> {
    /// The value of an argument, of the type that is asked for.
    pub(super) fn argument(
        &mut self,
        dot: &Operand,
        param: Param,
        expr: &'t Expr,
    ) -> Result<Value, Error> {
        self.at(NodeRef::Expr(expr));
        match &expr.kind {
            ExprKind::Nil if param.can_be_nil() => Ok(Value::Nil),
            ExprKind::Nil => {
                let expected = param.type_name();
                Err(self.error(format!("cannot assign nil to {expected}")))
            }
            ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Str(_) => self.literal(param, expr),
            _ => {
                let operand = self.operand(dot, expr)?;
                self.validate(operand, param)
            }
        }
    }

    /// The value of an argument that is no literal.
    pub(super) fn operand(&mut self, dot: &Operand, expr: &'t Expr) -> Result<Operand, Error> {
        let caller = Caller::without_arguments(NodeRef::Expr(expr));
        match &expr.kind {
            ExprKind::Dot => Ok(dot.clone()),
            ExprKind::Field(fields) => self.fields(dot, dot, fields, caller),
            ExprKind::Variable(variable, fields) => {
                let value = self.variable(variable)?;
                match fields.is_empty() {
                    true => Ok(value),
                    false => self.fields(dot, &value, fields, caller),
                }
            }
            ExprKind::Pipe(pipe) => self.pipeline(dot, pipe),
            ExprKind::Function(name, callee) => self.call(dot, name, *callee, caller),
            ExprKind::Chain(inner, fields) => {
                let receiver = self.untyped(dot, inner)?;
                self.fields(dot, &receiver, fields, caller)
            }
            _ => self.literal(Param::Any, expr).map(Operand::plain),
        }
    }

    fn literal(&self, param: Param, expr: &'t Expr) -> Result<Value, Error> {
        let value = match (param, &expr.kind) {
            (Param::Any | Param::Bool, ExprKind::Bool(flag)) => Some(Value::Bool(*flag)),
            (Param::Any | Param::Str, ExprKind::Str(text)) => Some(Value::Str(text.text.clone())),
            (Param::Any, ExprKind::Number(number)) => {
                Some(number.ideal().map_err(|text| self.error(text))?)
            }
            (Param::Int, ExprKind::Number(number)) => number.int.map(Value::Int),
            (Param::Int64, ExprKind::Number(number)) => number.int.map(Value::Int64),
            (Param::Float, ExprKind::Number(number)) => number.float.map(Value::Float),
            _ => None,
        };
        value.ok_or_else(|| self.wrong_literal(param, expr))
    }

    fn wrong_literal(&self, param: Param, expr: &'t Expr) -> Error {
        let found = NodeRef::Expr(expr).print(&self.tree.source);
        let expected = match param {
            Param::Bool => "bool",
            Param::Str => "string",
            Param::Int | Param::Int64 => "integer",
            Param::Float => "float",
            _ => {
                let expected = param.type_name();
                return self.error(format!("can't handle {found} for arg of type {expected}"));
            }
        };
        self.error(format!("expected {expected}; found {found}"))
    }

    /// Whether the value may be passed as this type (`validateType`).
    pub(super) fn validate(&self, operand: Operand, param: Param) -> Result<Value, Error> {
        if param == Param::Any || param.takes(&operand.value) {
            return Ok(operand.value);
        }
        let expected = param.type_name();
        if !operand.is_invalid() {
            // A value in an interface is shown by its own type, unless it is nil.
            let got = match operand.is_nil_interface() {
                true => operand.type_name(),
                false => operand.value.type_name(),
            };
            let message = format!("wrong type for value; expected {expected}; got {got}");
            return Err(self.error(message));
        }
        match param.can_be_nil() {
            true => Ok(Value::Nil),
            false => Err(self.error(format!("invalid value; expected {expected}"))),
        }
    }
}

impl Param {
    /// The Go type, for messages.
    fn type_name(self) -> &'static str {
        match self {
            Param::Any => "interface {}",
            Param::Str => "string",
            Param::Int => "int",
            Param::Int64 => "int64",
            Param::Float => "float64",
            Param::Bool => "bool",
            Param::Map => "map[string]interface {}",
            Param::List => "[]interface {}",
            Param::Strings => "[]string",
            Param::Time => "time.Time",
            Param::Object => "sprig.certificate",
        }
    }

    fn can_be_nil(self) -> bool {
        matches!(self, Param::Any | Param::Map | Param::List | Param::Strings)
    }

    /// Whether a value is assignable to the type.
    fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (Param::Any, _)
            | (Param::Str, Value::Str(_))
            | (Param::Int, Value::Int(_))
            | (Param::Int64, Value::Int64(_))
            | (Param::Float, Value::Float(_))
            | (Param::Bool, Value::Bool(_)) => true,
            (Param::Map, Value::Map(map)) => !map.kind.is_str(),
            (Param::List, Value::List(list)) => list.kind == ListKind::Any,
            (Param::Strings, Value::List(list)) => {
                matches!(list.kind, ListKind::Str | ListKind::NoStr)
            }
            (Param::Time, Value::Object(object)) => {
                matches!(object.type_name(), "time.Time" | "*time.Time")
            }
            (Param::Object, Value::Object(object)) => object.type_name() == self.type_name(),
            _ => false,
        }
    }
}

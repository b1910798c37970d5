//! Function and method calls.

use super::super::ast::{Callee, Expr, ExprKind, Intrinsic};
use super::super::error::Error;
use super::super::function::{Body, Call, Function, Param};
use super::super::operand::Operand;
use super::super::print::NodeRef;
use super::Exec;
use crate::value::{SmolStr, Value};

/// What stands around a call: the node to blame, and the arguments.
pub(super) struct Caller<'t> {
    pub node: NodeRef<'t>,
    pub args: &'t [Expr],
    /// The value that was piped in: the last argument.
    pub last: Option<Operand>,
}

impl<'t> Caller<'t> {
    pub fn without_arguments(node: NodeRef<'t>) -> Caller<'t> {
        Caller {
            node,
            args: &[],
            last: None,
        }
    }

    pub fn has_arguments(&self) -> bool {
        !self.args.is_empty() || self.last.is_some()
    }

    fn count(&self) -> usize {
        self.args.len() + usize::from(self.last.is_some())
    }
}

/// A function that gives text, and can write it to the output by itself.
#[derive(Clone, Copy)]
pub(super) enum Writer {
    /// `include` or `tpl`.
    Template(Intrinsic),
    Function(&'static Function, WriteText),
}

type WriteText = fn(&mut Call<'_>, &[Value], &mut String) -> Result<(), String>;

impl Writer {
    pub fn of(callee: Callee) -> Option<Writer> {
        match callee {
            Callee::Intrinsic(which @ (Intrinsic::Include | Intrinsic::Tpl)) => {
                Some(Writer::Template(which))
            }
            Callee::Intrinsic(_) => None,
            Callee::Function(function) => match function.body {
                Body::Text(body) => Some(Writer::Function(function, body)),
                Body::Value(_) => None,
            },
        }
    }
}

/// The parameters of a function or method.
#[derive(Clone, Copy)]
pub(super) struct Signature {
    pub params: &'static [Param],
    pub variadic: bool,
}

impl Signature {
    fn of(function: &Function) -> Signature {
        Signature {
            params: function.params,
            variadic: function.variadic,
        }
    }

    fn fixed(self) -> usize {
        self.params.len() - usize::from(self.variadic && !self.params.is_empty())
    }

    fn param(self, at: usize) -> Param {
        let last = self.params.last().copied().unwrap_or(Param::Any);
        self.params.get(at).copied().unwrap_or(last)
    }
}

impl Intrinsic {
    fn signature(self) -> Signature {
        let (params, variadic): (&'static [Param], _) = match self {
            Intrinsic::And | Intrinsic::Or | Intrinsic::Call => (&[Param::Any, Param::Any], true),
            Intrinsic::Len => (&[Param::Any], false),
            Intrinsic::Include | Intrinsic::Tpl => (&[Param::Str, Param::Any], false),
        };
        Signature { params, variadic }
    }
}

impl<'t> Exec<'t, '_> {
    pub(super) fn call(
        &mut self,
        dot: &Operand,
        name: &'static str,
        callee: Callee,
        caller: Caller<'t>,
    ) -> Result<Operand, Error> {
        if let Some(writer) = Writer::of(callee) {
            return self.captured(|exec| exec.write(dot, name, writer, caller));
        }
        match callee {
            Callee::Intrinsic(intrinsic) => self.intrinsic(dot, name, intrinsic, caller),
            Callee::Function(function) => self.call_function(dot, function, caller),
        }
    }

    fn call_function(
        &mut self,
        dot: &Operand,
        function: &'static Function,
        caller: Caller<'t>,
    ) -> Result<Operand, Error> {
        let (node, name) = (caller.node, function.name);
        let signature = Signature::of(function);
        let result = self.with_arguments(dot, (name, signature), caller, |call, args, _| {
            function.call(call, args)
        })?;
        match result {
            Ok(Value::Str(text)) if text.len() > self.run.limits.output => Err(self.too_long()),
            Ok(value) => Ok(Operand::plain(value)),
            Err(text) => Err(self.call_error(node, name, &text)),
        }
    }

    /// Lets a writer append its text to the output.
    pub(super) fn write(
        &mut self,
        dot: &Operand,
        name: &'static str,
        writer: Writer,
        caller: Caller<'t>,
    ) -> Result<(), Error> {
        let (function, body) = match writer {
            Writer::Template(which) => return self.write_template(dot, name, which, caller),
            Writer::Function(function, body) => (function, body),
        };
        let node = caller.node;
        let signature = Signature::of(function);
        let result = self.with_arguments(dot, (name, signature), caller, body)?;
        result.map_err(|text| self.call_error(node, name, &text))
    }

    /// What `write` writes, cut off the end of the output again.
    fn captured(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<Operand, Error> {
        let start = self.run.out.len();
        write(self)?;
        self.check_output()?;
        let text = SmolStr::new(self.run.out.get(start..).unwrap_or_default());
        self.run.out.truncate(start);
        Ok(Operand::plain(Value::Str(text)))
    }

    /// `error calling NAME: …`, blamed on the whole command.
    #[cold]
    pub(super) fn call_error(&mut self, node: NodeRef<'t>, name: &str, text: &str) -> Error {
        self.at(node);
        match self.spot() {
            Some(spot) => Error::call(spot, name, text),
            None => self.error(text),
        }
    }

    /// Evaluates and checks the arguments, and hands them to `body`.
    pub(super) fn with_arguments<R>(
        &mut self,
        dot: &Operand,
        (name, signature): (&str, Signature),
        caller: Caller<'t>,
        body: impl FnOnce(&mut Call<'_>, &[Value], &mut String) -> R,
    ) -> Result<R, Error> {
        self.check_count(name, signature, &caller)?;
        let (node, start) = (caller.node, self.run.arguments.len());
        for (at, expr) in caller.args.iter().enumerate() {
            let value = self.argument(dot, signature.param(at), expr)?;
            self.run.arguments.push(value);
        }
        if let Some(last) = caller.last {
            let value = self.validate(last, signature.param(caller.args.len()))?;
            self.run.arguments.push(value);
        }
        let run = &mut *self.run;
        let result = body(&mut run.call, &run.arguments[start..], &mut run.out);
        run.arguments.truncate(start);
        self.check_walked(node)?;
        Ok(result)
    }

    fn check_count(
        &self,
        name: &str,
        signature: Signature,
        caller: &Caller<'t>,
    ) -> Result<(), Error> {
        let (got, fixed) = (caller.count(), signature.fixed());
        let expected = match signature.variadic {
            true if got < fixed => format!("at least {fixed} got {}", caller.args.len()),
            false if got != fixed => format!("{fixed} got {got}"),
            _ => return Ok(()),
        };
        Err(self.error(format!("wrong number of args for {name}: want {expected}")))
    }

    fn intrinsic(
        &mut self,
        dot: &Operand,
        name: &'static str,
        intrinsic: Intrinsic,
        caller: Caller<'t>,
    ) -> Result<Operand, Error> {
        let signature = intrinsic.signature();
        match intrinsic {
            Intrinsic::And | Intrinsic::Or => {
                self.check_count(name, signature, &caller)?;
                self.and_or(dot, intrinsic == Intrinsic::Or, caller)
            }
            Intrinsic::Len => {
                self.check_count(name, signature, &caller)?;
                self.len(dot, caller)
            }
            Intrinsic::Call => self.call_value(dot, (name, signature), caller),
            // These write.
            Intrinsic::Include | Intrinsic::Tpl => Ok(Operand::default()),
        }
    }

    /// `include` and `tpl`: the template's output goes where the output stands.
    fn write_template(
        &mut self,
        dot: &Operand,
        name: &'static str,
        intrinsic: Intrinsic,
        caller: Caller<'t>,
    ) -> Result<(), Error> {
        let node = caller.node;
        if let ([text, data], None) = (caller.args, &caller.last)
            && let ExprKind::Str(text) = &text.kind
        {
            let data = self.argument(dot, Param::Any, data)?;
            return self.run_template(node, intrinsic, &text.text, Operand::plain(data));
        }
        let what = (name, intrinsic.signature());
        let (text, data) = self.with_arguments(dot, what, caller, |_, args, _| {
            (args.first().cloned(), args.get(1).cloned())
        })?;
        let text = text.unwrap_or_default();
        let data = Operand::plain(data.unwrap_or_default());
        self.run_template(node, intrinsic, text.as_str().unwrap_or_default(), data)
    }

    /// The first operand that decides, or the last one.
    fn and_or(&mut self, dot: &Operand, or: bool, caller: Caller<'t>) -> Result<Operand, Error> {
        let mut value = Value::Nil;
        for expr in caller.args {
            value = self.argument(dot, Param::Any, expr)?;
            if value.truth() == or {
                return Ok(Operand::plain(value));
            }
        }
        Ok(caller.last.unwrap_or_else(|| Operand::plain(value)))
    }

    fn len(&mut self, dot: &Operand, caller: Caller<'t>) -> Result<Operand, Error> {
        let operand = match (caller.last, caller.args) {
            (Some(last), _) => last,
            (None, [expr, ..]) if !matches!(expr.kind, ExprKind::Nil) => self.untyped(dot, expr)?,
            _ => Operand::default(),
        };
        let len = match &operand.value {
            Value::Str(text) => Some(crate::value::bytes_of(text).len()),
            Value::Bytes(bytes) => Some(bytes.len()),
            Value::List(list) => Some(list.items.borrow().len()),
            Value::Map(map) => Some(map.entries.borrow().len()),
            Value::Object(object) => object.count(),
            _ => None,
        };
        if let Some(len) = len {
            let len = i64::try_from(len).unwrap_or(i64::MAX);
            return Ok(Operand::plain(Value::Int(len)));
        }
        let message = if operand.is_invalid() {
            "reflect: call of reflect.Value.Type on zero Value".into()
        } else if operand.is_nil_interface() {
            "len of nil pointer".into()
        } else {
            format!("len of type {}", operand.value.type_name())
        };
        Err(self.call_error(caller.node, "len", &message))
    }

    /// `call`: templates of charts hold no function values, so it always fails.
    fn call_value(
        &mut self,
        dot: &Operand,
        what: (&'static str, Signature),
        caller: Caller<'t>,
    ) -> Result<Operand, Error> {
        let node = caller.node;
        let callee = match (caller.args.first(), &caller.last) {
            (Some(expr), _) => NodeRef::Expr(expr).print(&self.tree.source),
            (None, Some(last)) => match &last.value {
                Value::Str(text) => text.to_string(),
                value => format!("<{} Value>", value.type_name()),
            },
            (None, None) => String::new(),
        };
        let type_name = self.with_arguments(dot, what, caller, |_, args, _| {
            let value = args.first().filter(|value| !value.is_nil());
            value.map(|value| value.type_name().to_owned())
        })?;
        let message = match type_name {
            None => "call of nil".to_owned(),
            Some(type_name) => format!("non-function {callee} of type {type_name}"),
        };
        Err(self.call_error(node, "call", &message))
    }
}

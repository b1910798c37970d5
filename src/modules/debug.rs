//! `debug`: shows a message or a variable.

use super::args::get_or;
use super::{Arg, Args, Call, Each, Module, Reply, Single};
use crate::diag::{Diagnostic, Diagnostics};
use crate::yaml::{Data, Node};
use async_trait::async_trait;
use serde_json::Value;
use std::sync::Arc;

#[derive(Debug)]
struct Debug {
    msg: Option<Arg<Value>>,
    var: Option<Node>,
    verbosity: Option<Arg<u64>>,
}

/// Binds `msg` or `var`, and `verbosity`.
pub fn bind(args: &Node) -> Result<Box<dyn Module>, Diagnostics> {
    let debug = Args::bind("debug", args, |args| {
        let var = args.fields().text("var");
        let debug = Debug {
            msg: args.optional("msg"),
            var: var.and(args.fields().any("var").cloned()),
            verbosity: args.optional("verbosity"),
        };
        if let (Some(_), Some(var)) = (&debug.msg, &debug.var) {
            let message = "\"msg\" and \"var\" exclude each other";
            args.fields().fault(var.error(message));
        }
        Some(debug)
    })?;
    Ok(Box::new(Each(debug)))
}

#[async_trait]
impl Single for Debug {
    async fn run(&self, call: &Call<'_>) -> Reply {
        self.show(call).into()
    }
}

impl Debug {
    fn show(&self, call: &Call<'_>) -> Result<Reply, Diagnostic> {
        let threshold = get_or(self.verbosity.as_ref(), call.scope, 0)?;
        if threshold > u64::from(call.verbosity) {
            return Ok(Reply::skipped("Verbosity threshold not met."));
        }
        if let Some(var) = &self.var {
            return Ok(show_variable(var, call));
        }
        let default = || Value::from("Hello world!");
        let msg = get_or(self.msg.as_ref(), call.scope, default())?;
        Ok(Reply::ok().with("msg", msg))
    }
}

/// An undefined variable is shown, not an error, as in Ansible.
fn show_variable(var: &Node, call: &Call<'_>) -> Reply {
    let name = var.text().cloned().unwrap_or_default();
    let template = Node {
        data: Data::Str(Arc::from(format!("{{{{ {name} }}}}"))),
        pos: var.pos.clone(),
    };
    let value = call.scope.value(&template);
    Reply::ok().with(&name, value.unwrap_or_else(|error| error.message.into()))
}

//! `assert`: fails where a condition does not hold.

use super::args::get_or;
use super::{Arg, Args, Call, Each, Module, Reply, Single};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::yaml::Node;
use async_trait::async_trait;

#[derive(Debug)]
struct Assert {
    that: Vec<Node>,
    fail_msg: Option<Arg<String>>,
    success_msg: Option<Arg<String>>,
}

/// Binds `that`, `fail_msg` (or `msg`), `success_msg` and `quiet`.
pub fn bind(args: &Node) -> Result<Box<dyn Module>, Diagnostics> {
    let assert = Args::bind("assert", args, |args| {
        args.fields().require("that");
        let msg = args.optional("msg");
        args.optional::<bool>("quiet");
        Some(Assert {
            that: args.conditions("that"),
            fail_msg: args.optional("fail_msg").or(msg),
            success_msg: args.optional("success_msg"),
        })
    })?;
    Ok(Box::new(Each(assert)))
}

#[async_trait]
impl Single for Assert {
    async fn run(&self, call: &Call<'_>) -> Reply {
        self.test(call).into()
    }
}

impl Assert {
    fn test(&self, call: &Call<'_>) -> Result<Reply, Diagnostic> {
        for condition in &self.that {
            if !call.scope.holds(condition)? {
                return self.refute(condition, call);
            }
        }
        let default = "All assertions passed".to_owned();
        let msg = get_or(self.success_msg.as_ref(), call.scope, default)?;
        Ok(Reply::ok().with("msg", msg))
    }

    fn refute(&self, condition: &Node, call: &Call<'_>) -> Result<Reply, Diagnostic> {
        let default = "Assertion failed".to_owned();
        let msg = get_or(self.fail_msg.as_ref(), call.scope, default)?;
        let text = condition.to_json();
        let mut error = condition.error(msg.clone());
        error.kind = Kind::Failed;
        let reply = Reply::failed(error.note(format!("assertion {text} is false")));
        Ok(reply.with("assertion", text).with("evaluated_to", false))
    }
}

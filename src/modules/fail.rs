//! `fail`: fails with a message.

use super::args::get_or;
use super::{Arg, Args, Call, Each, Module, Reply, Single};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::yaml::Node;
use async_trait::async_trait;

#[derive(Debug)]
struct Fail {
    msg: Option<Arg<String>>,
}

/// Binds `msg`.
pub fn bind(args: &Node) -> Result<Box<dyn Module>, Diagnostics> {
    let read = |args: &Args<'_>| {
        Some(Fail {
            msg: args.optional("msg"),
        })
    };
    Ok(Box::new(Each(Args::bind("fail", args, read)?)))
}

#[async_trait]
impl Single for Fail {
    async fn run(&self, call: &Call<'_>) -> Reply {
        let default = "Failed as requested from task".to_owned();
        match get_or(self.msg.as_ref(), call.scope, default) {
            Ok(msg) => Reply::failed(Diagnostic::new(Kind::Failed, msg)),
            Err(error) => Reply::failed(error),
        }
    }
}

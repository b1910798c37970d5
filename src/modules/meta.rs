//! `meta`: how the play goes on.

use super::{Call, Module, Reply, Then};
use crate::diag::Diagnostics;
use crate::yaml::{Node, nearest};
use async_trait::async_trait;
use futures_util::future::BoxFuture;

#[derive(Debug)]
struct Meta {
    then: Then,
}

const ACTIONS: &[(&str, Then)] = &[
    ("flush_handlers", Then::FlushHandlers),
    ("end_host", Then::EndHost),
    ("end_batch", Then::EndBatch),
    ("end_play", Then::EndPlay),
    ("noop", Then::GoOn),
];

/// Binds the one word.
pub fn bind(args: &Node) -> Result<Box<dyn Module>, Diagnostics> {
    let word = args.text().map(|text| &**text).unwrap_or_default();
    if let Some((_, then)) = ACTIONS.iter().find(|(name, _)| *name == word) {
        let then = then.clone();
        return Ok(Box::new(Meta { then }));
    }
    let names = || ACTIONS.iter().map(|(name, _)| *name);
    let known = names().collect::<Vec<_>>().join(", ");
    let fault = args.error(format!("meta must be one of {known}"));
    Err(match nearest(word, names()) {
        Some(near) => fault.hint(near).into(),
        None => fault.into(),
    })
}

#[async_trait]
impl Module for Meta {
    async fn start<'a>(&'a self, calls: &'a [Call<'a>]) -> Vec<BoxFuture<'a, Reply>> {
        let reply =
            |_| -> BoxFuture<'a, Reply> { Box::pin(async { Reply::ok().then(self.then.clone()) }) };
        calls.iter().map(reply).collect()
    }

    fn is_meta(&self) -> bool {
        true
    }
}

//! `set_fact`: variables for the tasks that follow.

use super::{Call, Each, Module, Reply, Single};
use crate::diag::{Diagnostic, Diagnostics};
use crate::yaml::{Data, Key, Node};
use async_trait::async_trait;
use serde_json::{Map, Value};
use std::sync::Arc;

#[derive(Debug)]
struct SetFact {
    facts: Vec<(Key, Node)>,
}

/// Binds any keys; `cacheable` is accepted, facts live as long as the run.
pub fn bind(args: &Node) -> Result<Box<dyn Module>, Diagnostics> {
    let Some(entries) = args.entries() else {
        let message = format!("set_fact must be a mapping, not {}", args.kind());
        return Err(args.error(message).into());
    };
    let facts = entries.iter().filter(|(key, _)| &*key.name != "cacheable");
    let facts: Vec<(Key, Node)> = facts.cloned().collect();
    if facts.is_empty() {
        return Err(args.error("set_fact needs at least one variable").into());
    }
    Ok(Box::new(Each(SetFact { facts })))
}

#[async_trait]
impl Single for SetFact {
    async fn run(&self, call: &Call<'_>) -> Reply {
        self.set(call).into()
    }
}

impl SetFact {
    fn set(&self, call: &Call<'_>) -> Result<Reply, Diagnostic> {
        let mut facts = Map::new();
        for (key, value) in &self.facts {
            facts.insert(name(key, call)?, call.scope.value(value)?);
        }
        let shown = Value::Object(facts.clone());
        let reply = Reply::ok().with("ansible_facts", shown);
        Ok(Reply { facts, ..reply })
    }
}

/// Names may be templates too.
fn name(key: &Key, call: &Call<'_>) -> Result<String, Diagnostic> {
    if !key.name.contains("{{") {
        return Ok(key.name.to_string());
    }
    let template = Node {
        data: Data::Str(Arc::clone(&key.name)),
        pos: key.pos.clone(),
    };
    match call.scope.value(&template)? {
        Value::String(name) => Ok(name),
        _ => Err(key.error("the name of a variable must be text")),
    }
}

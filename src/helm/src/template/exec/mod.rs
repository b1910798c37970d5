//! Walks a tree and writes what it says. The main type here is [`Exec`], one
//! execution of one template.

mod argument;
mod call;
mod field;
mod include;
mod pipeline;
mod range;
mod values;

use super::ast::{Action, Branch, Invocation, Node, Pos, Tree};
use super::error::{Error, Spot};
use super::function::Call;
use super::limits::{Limits, StackGauge};
use super::operand::{Operand, Place};
use super::print::NodeRef;
use super::set::Scope;
use crate::value::{MAX_NODES, Value, Walked, quote, take_walked};
use memchr::memmem;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

/// What one render shares between all its templates.
pub(super) struct Run<'c> {
    pub call: Call<'c>,
    pub limits: Limits,
    pub strict: bool,
    /// Steps left.
    pub steps: u64,
    /// Values left that functions may meet.
    pub nodes: u64,
    /// The output; `include` cuts its part off the end again.
    pub out: String,
    /// Variable slots of all executions at work; `None` until declared.
    variables: Vec<Option<Operand>>,
    /// Arguments of all calls at work.
    arguments: Vec<Value>,
    /// Live includes per name.
    included: FxHashMap<Arc<str>, usize>,
    gauge: StackGauge,
}

impl<'c> Run<'c> {
    pub fn new(call: Call<'c>, limits: Limits, strict: bool, steps: u64) -> Run<'c> {
        take_walked();
        Run {
            nodes: limits.nodes,
            call,
            limits,
            strict,
            steps,
            out: String::new(),
            variables: Vec::new(),
            arguments: Vec::new(),
            included: FxHashMap::default(),
            gauge: StackGauge::start(),
        }
    }

    /// Executes `tree` with `data` as dot and `$`.
    pub fn execute(&mut self, scope: &Scope<'_>, tree: &Tree, data: Operand) -> Result<(), Error> {
        let base = self.variables.len();
        let arguments = self.arguments.len();
        self.variables.push(Some(data.clone()));
        self.variables.resize(base + tree.slots.max(1), None);
        let mut exec = Exec {
            run: self,
            scope,
            tree,
            node: None,
            base,
        };
        let done = exec.walk(&data, &tree.root);
        self.variables.truncate(base);
        self.arguments.truncate(arguments);
        done.map(|_| ())
    }
}

/// One execution of one template.
struct Exec<'t, 'c> {
    run: &'t mut Run<'c>,
    scope: &'t Scope<'t>,
    tree: &'t Tree,
    /// What an error would be blamed on.
    node: Option<NodeRef<'t>>,
    /// Where the variables of this execution begin.
    base: usize,
}

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

impl<'t> Exec<'t, '_> {
    fn at(&mut self, node: NodeRef<'t>) {
        self.node = Some(node);
    }

    /// An error at the node at work.
    #[cold]
    fn error(&self, message: impl Into<String>) -> Error {
        match self.spot() {
            Some(spot) => Error::exec(spot, message.into()),
            None => Error::message(format!("template: {}: {}", self.tree.name, message.into())),
        }
    }

    fn spot(&self) -> Option<Spot<'_>> {
        self.node.map(|node| Spot {
            source: &self.tree.source,
            template: &self.tree.name,
            node,
        })
    }

    fn walk(&mut self, dot: &Operand, nodes: &'t [Node]) -> Result<Flow, Error> {
        if self.run.gauge.used() > self.run.limits.stack {
            return Err(self.too_deep());
        }
        for node in nodes {
            let flow = match node {
                Node::Text { start, end } => self.text(*start, *end)?,
                Node::Action(action) => self.action(dot, action)?,
                Node::If(branch) => self.branch(dot, branch, false)?,
                Node::With(branch) => self.branch(dot, branch, true)?,
                Node::Range(branch) => self.range(dot, branch)?,
                Node::Template(invocation) => self.template(dot, invocation)?,
                Node::Break => Flow::Break,
                Node::Continue => Flow::Continue,
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    #[cold]
    fn too_deep(&self) -> Error {
        self.error("exceeded maximum template depth (100000)")
    }

    fn text(&mut self, start: Pos, end: Pos) -> Result<Flow, Error> {
        self.run.out.push_str(&self.tree.source.text[start..end]);
        self.check_output()
    }

    fn check_output(&self) -> Result<Flow, Error> {
        if self.run.out.len() > self.run.limits.output {
            return Err(self.too_long());
        }
        Ok(Flow::Next)
    }

    #[cold]
    fn too_long(&self) -> Error {
        let limit = self.run.limits.output;
        self.error(format!("output is longer than the limit of {limit} bytes"))
    }

    /// Takes what was walked through from what may be.
    pub(super) fn check_walked(&mut self, node: NodeRef<'t>) -> Result<(), Error> {
        let Walked { nodes, endless } = take_walked();
        match self.run.nodes.checked_sub(nodes) {
            Some(left) if !endless => {
                self.run.nodes = left;
                Ok(())
            }
            _ => Err(self.too_much(node, endless)),
        }
    }

    #[cold]
    fn too_much(&mut self, node: NodeRef<'t>, endless: bool) -> Error {
        let message = match endless {
            true => {
                format!("the value has more than {MAX_NODES} parts, counting each place it is in")
            }
            false => format!(
                "functions looked at more than {} values",
                self.run.limits.nodes
            ),
        };
        self.at(node);
        self.error(message)
    }

    /// Counts one iteration or call.
    fn step(&mut self) -> Result<(), Error> {
        match self.run.steps.checked_sub(1) {
            Some(left) => self.run.steps = left,
            None => {
                let limit = self.run.limits.steps;
                let message = format!("more than {limit} loop iterations and template calls");
                return Err(self.error(message));
            }
        }
        Ok(())
    }

    fn action(&mut self, dot: &Operand, action: &'t Action) -> Result<Flow, Error> {
        if !action.pipe.variables.is_empty() {
            self.pipeline(dot, &action.pipe)?;
            return Ok(Flow::Next);
        }
        let operand = self.written(dot, &action.pipe)?;
        self.at(NodeRef::Action(action));
        if let Some(operand) = operand {
            self.print(&operand);
            self.check_walked(NodeRef::Action(action))?;
        }
        self.check_output()
    }

    fn print(&mut self, operand: &Operand) {
        let out = &mut self.run.out;
        match &operand.value {
            Value::Nil => out.push_str(NO_VALUE),
            Value::Str(text) => out.push_str(text),
            // Writing to a string does not fail.
            Value::Int(number) | Value::Int64(number) => _ = write!(out, "{number}"),
            Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Value::Object(object) if operand.place == Place::Field => {
                let text = object.print_in_place();
                out.push_str(&text.unwrap_or_else(|| object.print()));
            }
            value => value.print_to(out),
        }
    }

    fn branch(&mut self, dot: &Operand, branch: &'t Branch, with: bool) -> Result<Flow, Error> {
        let operand = self.pipeline(dot, &branch.pipe)?;
        if operand.value.truth() {
            let inner = if with { &operand } else { dot };
            return self.walk(inner, &branch.list);
        }
        match &branch.else_list {
            Some(nodes) => self.walk(dot, nodes),
            None => Ok(Flow::Next),
        }
    }

    fn template(&mut self, dot: &Operand, invocation: &'t Invocation) -> Result<Flow, Error> {
        self.at(NodeRef::Invocation(invocation));
        let Some(tree) = self.scope.lookup(&invocation.name) else {
            let name = quote(&invocation.name);
            return Err(self.error(format!("template {name} not defined")));
        };
        self.step()?;
        let data = match &invocation.pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Operand::default(),
        };
        self.run.execute(self.scope, tree, data)?;
        Ok(Flow::Next)
    }
}

/// What Go prints for no value; Helm removes it from all output.
const NO_VALUE: &str = "<no value>";

/// The output without `<no value>`.
pub(super) fn without_no_value(text: &str) -> Cow<'_, str> {
    match memmem::find(text.as_bytes(), NO_VALUE.as_bytes()) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.replace(NO_VALUE, "")),
    }
}

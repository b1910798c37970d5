//! Tasks, blocks and handlers as they are read.

use super::keywords::{conditions, is_template, misfit, number};
use super::loader::Reader;
use super::{Block, Catalog, Item, Keywords, Loop, Task};
use crate::diag::Diagnostic;
use crate::yaml::{Fields, Key, Node, nearest};
use std::collections::HashSet;
use std::sync::Arc;

/// Keys of Ansible's tasks that are still to come.
const UNSUPPORTED: &[&str] = &[
    "args",
    "async",
    "debugger",
    "delegate_facts",
    "environment",
    "module_defaults",
    "poll",
    "throttle",
    "ignore_unreachable",
];

/// Ansible's modules that are still to come and that say more than "unknown".
const UNSUPPORTED_MODULES: &[&str] = &[
    "import_tasks",
    "include_tasks",
    "import_role",
    "include_role",
    "include_vars",
    "import_playbook",
];

/// Keys of Ansible's tasks that mean nothing for namespaces.
const MEANINGLESS: &[&str] = &["become", "become_user", "connection", "remote_user"];

impl<C: Catalog> Reader<'_, C> {
    pub(super) fn items(&self, nodes: &[Node], outer: &Keywords) -> Vec<Item<C::Module>> {
        nodes
            .iter()
            .filter_map(|node| self.item(node, outer))
            .collect()
    }

    pub(super) fn handlers(&self, fields: &Fields<'_>, outer: &Keywords) -> Vec<Task<C::Module>> {
        let nodes = fields.list("handlers").unwrap_or_default();
        let handlers = nodes.iter().filter_map(|node| self.handler(node, outer));
        let handlers: Vec<Task<C::Module>> = handlers.collect();
        let mut names = HashSet::new();
        for handler in &handlers {
            match &handler.name {
                Some(name) if !names.insert(name.clone()) => {
                    let message = format!("two handlers are called \"{name}\"");
                    self.fault(handler.pos.error(message, 1));
                }
                _ => {}
            }
        }
        handlers
    }

    fn item(&self, node: &Node, outer: &Keywords) -> Option<Item<C::Module>> {
        let sections = ["block", "rescue", "always"];
        match sections.iter().any(|key| node.get(key).is_some()) {
            true => self.block(node, outer).map(Item::Block),
            false => self
                .task(node, outer)
                .map(|task| Item::Task(Box::new(task))),
        }
    }

    fn block(&self, node: &Node, outer: &Keywords) -> Option<Block<C::Module>> {
        let fields = Fields::open("block", node, &self.faults)?;
        let inner = Keywords::read(&fields, outer);
        let section = |key| self.items(fields.list(key).unwrap_or_default(), &inner);
        fields.require("block");
        let block = Block {
            block: section("block"),
            rescue: section("rescue"),
            always: section("always"),
            pos: node.pos.clone(),
        };
        fields.text("name");
        self.refuse(&fields, UNSUPPORTED);
        self.ignore(&fields, MEANINGLESS);
        fields.finish();
        Some(block)
    }

    fn handler(&self, node: &Node, outer: &Keywords) -> Option<Task<C::Module>> {
        let handler = self.task(node, outer)?;
        if handler.name.is_none() && handler.listen.is_empty() {
            let message = "a handler needs a name or a topic to listen to";
            self.fault(node.pos.error(message, 1));
        }
        Some(handler)
    }

    fn task(&self, node: &Node, outer: &Keywords) -> Option<Task<C::Module>> {
        let fields = Fields::open("task", node, &self.faults)?;
        self.refuse(&fields, UNSUPPORTED);
        self.ignore(&fields, MEANINGLESS);
        self.delegate(&fields);
        let name = fields.text("name");
        let keywords = Keywords::read(&fields, outer);
        let repeat = self.repeat(&fields);
        let register = self.variable(&fields, "register");
        let until = conditions(&fields, "until");
        let (retries, delay) = (number(&fields, "retries"), number(&fields, "delay"));
        let changed_when = optional(&fields, "changed_when");
        let failed_when = optional(&fields, "failed_when");
        let notify = texts(&fields, "notify");
        let listen = fields.texts("listen").unwrap_or_default();
        let (key, args) = self.module(&fields)?;
        let module = short(&key.name);
        let action = self.bind(module, args)?;
        Some(Task {
            name,
            written: key.name.clone(),
            module: module.into(),
            action,
            keywords,
            repeat,
            register,
            until,
            retries,
            delay,
            changed_when,
            failed_when,
            notify,
            listen,
            pos: node.pos.clone(),
        })
    }

    /// Everything runs where rollbook runs, so `delegate_to: localhost` says nothing new.
    fn delegate(&self, fields: &Fields<'_>) {
        if let Some(host) = fields.text("delegate_to")
            && !["localhost", "127.0.0.1"].contains(&&*host)
            && let Some(node) = fields.any("delegate_to")
        {
            self.fault(node.error("\"delegate_to\" is supported for localhost only"));
        }
    }

    fn variable(&self, fields: &Fields<'_>, key: &'static str) -> Option<Arc<str>> {
        let name = fields.text(key)?;
        let fits = |c: char| c.is_alphanumeric() || c == '_';
        let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if !(starts && name.chars().all(fits))
            && let Some(node) = fields.any(key)
        {
            self.fault(node.error(format!("\"{name}\" can't be the name of a variable")));
        }
        Some(name)
    }

    fn repeat(&self, fields: &Fields<'_>) -> Option<Loop> {
        let control = fields.map("loop_control");
        let Some(items) = fields.any("loop").cloned() else {
            if let Some(control) = control {
                self.fault(control.error("\"loop_control\" without \"loop\""));
            }
            return None;
        };
        if items.items().is_none() && !is_template(&items) {
            self.fault(misfit(&items, "loop", "a list or a template"));
        }
        let mut repeat = Loop::over(items);
        if let Some(control) = control
            && let Some(fields) = Fields::open("loop_control", control, &self.faults)
        {
            self.control(&fields, &mut repeat);
            fields.finish();
        }
        Some(repeat)
    }

    fn control(&self, fields: &Fields<'_>, repeat: &mut Loop) {
        if let Some(var) = self.variable(fields, "loop_var") {
            repeat.var = var;
        }
        repeat.index_var = self.variable(fields, "index_var");
        repeat.label = fields.any("label").cloned();
        repeat.pause = number(fields, "pause");
        repeat.extended = fields.flag("extended").unwrap_or(false);
        repeat.break_when = conditions(fields, "break_when");
    }

    fn bind(&self, module: &str, args: &Node) -> Option<C::Module> {
        match self.catalog.bind(module, args) {
            Ok(action) => Some(action),
            Err(faults) => {
                faults.0.into_iter().for_each(|fault| self.fault(fault));
                None
            }
        }
    }

    /// The one key that is no keyword must be a module.
    fn module<'n>(&self, fields: &Fields<'n>) -> Option<&'n (Key, Node)> {
        let rest: Vec<&(Key, Node)> = fields.rest().collect();
        let is_module = |key: &Key| self.catalog.names().contains(&short(&key.name));
        let (modules, unknown): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|(key, _)| is_module(key));
        for (key, _) in &unknown {
            self.fault(self.unknown(key, fields));
        }
        match modules.as_slice() {
            [module] => Some(module),
            [first, second, ..] => {
                let (first, second) = (&first.0.name, &second.0);
                let message = format!("two modules in one task: {first} and {}", second.name);
                self.fault(second.error(message));
                None
            }
            [] => {
                if unknown.is_empty() {
                    let message = "this task names no module";
                    self.fault(fields.node().pos.error(message, 1));
                }
                None
            }
        }
    }

    fn unknown(&self, key: &Key, fields: &Fields<'_>) -> Diagnostic {
        let name = short(&key.name);
        if UNSUPPORTED_MODULES.contains(&name) || name.starts_with("with_") {
            return key.error(format!("\"{name}\" is not supported yet"));
        }
        let known = fields.known().into_iter();
        let near = nearest(name, known.chain(self.catalog.names().iter().copied()));
        let fault = key.error(format!(
            "\"{}\" is neither a module nor a key of a task",
            key.name
        ));
        match near {
            Some(near) => fault.hint(near),
            None => fault.note(format!("modules: {}", self.catalog.names().join(", "))),
        }
    }
}

/// The name without the collections that mean us.
fn short(written: &str) -> &str {
    let collections = [
        "ansible.builtin.",
        "ansible.legacy.",
        "kubernetes.core.",
        "rollbook.",
    ];
    let stripped = collections.iter().find_map(|c| written.strip_prefix(c));
    stripped.unwrap_or(written)
}

fn optional(fields: &Fields<'_>, key: &'static str) -> Option<Vec<Node>> {
    fields.any(key)?;
    Some(conditions(fields, key))
}

fn texts(fields: &Fields<'_>, key: &'static str) -> Vec<Node> {
    let Some(node) = fields.any(key) else {
        return Vec::new();
    };
    fields.texts(key);
    node.items().unwrap_or(std::slice::from_ref(node)).to_vec()
}

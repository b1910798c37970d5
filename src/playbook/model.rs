//! The types of a playbook. `M` is what a [`Catalog`] makes of a task's arguments.

use super::Keywords;
use crate::diag::{Diagnostic, Diagnostics};
use crate::yaml::{Node, Pos};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The modules that tasks may name.
pub trait Catalog {
    /// What arguments are bound to.
    type Module;

    /// The short names of all modules.
    fn names(&self) -> &[&'static str];

    /// Binds the arguments of the module of that short name.
    fn bind(&self, name: &str, args: &Node) -> Result<Self::Module, Diagnostics>;
}

/// A playbook: plays in order.
#[derive(Debug)]
pub struct Playbook<M> {
    /// The file as the user would type it.
    pub file: Arc<str>,
    /// The plays.
    pub plays: Vec<Play<M>>,
    /// What was read but means nothing here (`become`, …).
    pub warnings: Vec<Diagnostic>,
}

/// One play: tasks for a set of targets.
#[derive(Debug)]
pub struct Play<M> {
    /// Its name, else its `hosts`; may be a template.
    pub name: Arc<str>,
    /// The pattern, or a list of patterns; may be templates.
    pub hosts: Node,
    /// `serial`: a number, a percentage, or a list of them.
    pub serial: Option<Node>,
    /// The share of a wave that may fail.
    pub max_fail_percentage: Option<Node>,
    /// How targets are ordered before waves are cut.
    pub order: Order,
    /// Task by task, or target by target.
    pub strategy: Strategy,
    /// How many targets are under way at once with [`Strategy::Free`]; `None` is `--forks`.
    pub max_in_flight: Option<usize>,
    /// No error where no target is selected.
    pub allow_empty: bool,
    /// Variables, a mapping.
    pub vars: Option<Node>,
    /// Files of variables: paths, or lists of which the first that exists counts.
    pub vars_files: Vec<Node>,
    /// Tasks before the others, handlers flushed after them.
    pub pre_tasks: Vec<Item<M>>,
    /// The tasks.
    pub tasks: Vec<Item<M>>,
    /// Tasks after the others.
    pub post_tasks: Vec<Item<M>>,
    /// The handlers, in the order in which they run.
    pub handlers: Vec<Task<M>>,
    /// Tags of the play itself.
    pub tags: Vec<Arc<str>>,
    /// Where it begins.
    pub pos: Pos,
}

/// The order of targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As the inventory has them.
    #[default]
    Inventory,
    /// The other way round.
    ReverseInventory,
    /// By name.
    Sorted,
    /// By name, the other way round.
    ReverseSorted,
    /// By chance.
    Shuffle,
}

/// How the targets of a wave go through the tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// Task by task, in lock step.
    #[default]
    Linear,
    /// Each target runs on by itself.
    Free,
}

/// A task, or a block of them.
#[derive(Debug)]
pub enum Item<M> {
    /// One task.
    Task(Box<Task<M>>),
    /// Several, with `rescue` and `always`.
    Block(Block<M>),
}

/// Tasks that share a `rescue` and an `always`. What it says of its tasks is inherited by them.
#[derive(Debug)]
pub struct Block<M> {
    /// The tasks.
    pub block: Vec<Item<M>>,
    /// What runs where one of them failed.
    pub rescue: Vec<Item<M>>,
    /// What runs in the end.
    pub always: Vec<Item<M>>,
    /// Where it begins.
    pub pos: Pos,
}

/// One task.
#[derive(Debug)]
pub struct Task<M> {
    /// Its name; may be a template.
    pub name: Option<Arc<str>>,
    /// The module as written: `ansible.builtin.debug`.
    pub written: Arc<str>,
    /// The module's short name: `debug`.
    pub module: Arc<str>,
    /// The bound arguments.
    pub action: M,
    /// What it says and inherits: conditions, tags, variables, switches.
    pub keywords: Keywords,
    /// `loop`.
    pub repeat: Option<Loop>,
    /// The variable that keeps the result.
    pub register: Option<Arc<str>>,
    /// Conditions that end the retries; empty where there is no `until`.
    pub until: Vec<Node>,
    /// Retries after the first try; `None` is 3 with `until`, else 0.
    pub retries: Option<Node>,
    /// Seconds between tries; `None` is 5.
    pub delay: Option<Node>,
    /// What makes it changed, instead of the module's word.
    pub changed_when: Option<Vec<Node>>,
    /// What makes it failed, instead of the module's word.
    pub failed_when: Option<Vec<Node>>,
    /// Handlers or topics that a change wakes; may be templates.
    pub notify: Vec<Node>,
    /// Topics that this handler listens to.
    pub listen: Vec<Arc<str>>,
    /// Where it begins.
    pub pos: Pos,
}

/// `loop` and `loop_control`.
#[derive(Clone, Debug, PartialEq)]
pub struct Loop {
    /// The list, or a template that gives one.
    pub items: Node,
    /// The item's variable (`item`).
    pub var: Arc<str>,
    /// The variable of its index.
    pub index_var: Option<Arc<str>>,
    /// What is shown of an item.
    pub label: Option<Node>,
    /// Seconds between items.
    pub pause: Option<Node>,
    /// Sets `ansible_loop`.
    pub extended: bool,
    /// Ends the loop after the item that meets them.
    pub break_when: Vec<Node>,
}

impl Loop {
    /// A loop that `loop_control` says nothing of.
    pub fn over(items: Node) -> Loop {
        Loop {
            items,
            var: "item".into(),
            index_var: None,
            label: None,
            pause: None,
            extended: false,
            break_when: Vec::new(),
        }
    }
}

impl<M> Task<M> {
    /// What a banner shows: the name, else the module as written.
    pub fn title(&self) -> &Arc<str> {
        self.name.as_ref().unwrap_or(&self.written)
    }
}

impl<M> Item<M> {
    /// The tasks of this item, blocks opened, in the order of the file.
    pub fn tasks(&self) -> Vec<&Task<M>> {
        match self {
            Item::Task(task) => vec![task],
            Item::Block(block) => block.items().flat_map(Item::tasks).collect(),
        }
    }
}

impl<M> Block<M> {
    /// All items, in the order of the file.
    pub fn items(&self) -> impl Iterator<Item = &Item<M>> {
        self.block.iter().chain(&self.rescue).chain(&self.always)
    }
}

impl<M> Play<M> {
    /// All tasks but the handlers, in the order in which they run.
    pub fn all_tasks(&self) -> Vec<&Task<M>> {
        let items = self.pre_tasks.iter().chain(&self.tasks);
        items
            .chain(&self.post_tasks)
            .flat_map(Item::tasks)
            .collect()
    }
}

impl<M> Playbook<M> {
    /// Every tag that some play or task has.
    pub fn tags(&self) -> BTreeSet<Arc<str>> {
        let tasks = |play: &Play<M>| {
            let tags = play.all_tasks().into_iter().map(|task| &task.keywords.tags);
            let tags: Vec<_> = tags.flatten().cloned().collect();
            tags.into_iter().chain(play.tags.clone())
        };
        self.plays.iter().flat_map(tasks).collect()
    }
}

//! What `--list-hosts`, `--list-tasks` and `--list-tags` show. The main type here is [`Listing`].
//!
//! Data for machines, and as text what Ansible prints: tasks of `rescue` and `always` are left
//! out of the tasks, and so are `never` tasks that are not selected.

use super::{Item, Play, Playbook, Tags, Task};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// The plays of a playbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The file as typed.
    pub file: Arc<str>,
    /// The plays.
    pub plays: Vec<PlayListing>,
}

/// One play. What was not asked for is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlayListing {
    /// Its name.
    pub name: Arc<str>,
    /// Its patterns.
    pub pattern: Vec<String>,
    /// Its own tags.
    pub tags: BTreeSet<Arc<str>>,
    /// The selected targets.
    pub hosts: Option<Vec<Arc<str>>>,
    /// The selected tasks.
    pub tasks: Option<Vec<TaskListing>>,
    /// Every tag of its tasks.
    pub task_tags: Option<BTreeSet<Arc<str>>>,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskListing {
    /// Its name, else its module.
    pub name: Arc<str>,
    /// Its tags, inherited ones included.
    pub tags: BTreeSet<Arc<str>>,
}

impl Listing {
    /// Lists each play with its name and patterns; the `with_…` of [`PlayListing`] add the rest.
    pub fn of<M>(playbook: &Playbook<M>, play: impl FnMut(&Play<M>) -> PlayListing) -> Listing {
        Listing {
            file: playbook.file.clone(),
            plays: playbook.plays.iter().map(play).collect(),
        }
    }
}

impl PlayListing {
    /// The head line of a play whose name and patterns are resolved.
    pub fn new<M>(play: &Play<M>, name: Arc<str>, pattern: Vec<String>) -> PlayListing {
        PlayListing {
            name,
            pattern,
            tags: play.tags.iter().cloned().collect(),
            ..PlayListing::default()
        }
    }

    /// Adds the targets.
    #[must_use]
    pub fn with_hosts(mut self, hosts: Vec<Arc<str>>) -> PlayListing {
        self.hosts = Some(hosts);
        self
    }

    /// Adds the tasks that `tags` selects.
    #[must_use]
    pub fn with_tasks<M>(mut self, play: &Play<M>, tags: &Tags) -> PlayListing {
        let selected = |task: &&Task<M>| tags.select(&task.keywords.tags);
        let listed = |task: &Task<M>| TaskListing {
            name: task.title().clone(),
            tags: task.keywords.tags.iter().cloned().collect(),
        };
        let tasks = sections(play).flat_map(main_tasks);
        self.tasks = Some(tasks.filter(selected).map(listed).collect());
        self
    }

    /// Adds the tags of all tasks.
    #[must_use]
    pub fn with_task_tags<M>(mut self, play: &Play<M>) -> PlayListing {
        let tasks = sections(play).flat_map(main_tasks);
        let tags = tasks.flat_map(|task| task.keywords.tags.clone());
        self.task_tags = Some(tags.collect());
        self
    }
}

fn sections<M>(play: &Play<M>) -> impl Iterator<Item = &Item<M>> {
    let before = play.pre_tasks.iter().chain(&play.tasks);
    before.chain(&play.post_tasks)
}

/// The tasks of an item without those of `rescue` and `always`.
fn main_tasks<M>(item: &Item<M>) -> Vec<&Task<M>> {
    match item {
        Item::Task(task) => vec![task],
        Item::Block(block) => block.block.iter().flat_map(main_tasks).collect(),
    }
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nplaybook: {}", self.file)?;
        for (number, play) in self.plays.iter().enumerate() {
            play.write(f, number + 1)?;
        }
        Ok(())
    }
}

impl PlayListing {
    fn write(&self, f: &mut fmt::Formatter<'_>, number: usize) -> fmt::Result {
        let pattern = self.pattern.join(",");
        let (name, tags) = (&self.name, joined(&self.tags));
        writeln!(f, "\n  play #{number} ({pattern}): {name}\tTAGS: [{tags}]")?;
        if let Some(hosts) = &self.hosts {
            let quoted: Vec<String> = self.pattern.iter().map(|p| format!("'{p}'")).collect();
            writeln!(f, "    pattern: [{}]", quoted.join(", "))?;
            writeln!(f, "    hosts ({}):", hosts.len())?;
            hosts
                .iter()
                .try_for_each(|host| writeln!(f, "      {host}"))?;
        }
        if let Some(tasks) = &self.tasks {
            writeln!(f, "    tasks:")?;
            for task in tasks {
                writeln!(f, "      {}\tTAGS: [{}]", task.name, joined(&task.tags))?;
            }
        }
        match &self.task_tags {
            Some(tags) => writeln!(f, "      TASK TAGS: [{}]", joined(tags)),
            None => Ok(()),
        }
    }
}

fn joined(tags: &BTreeSet<Arc<str>>) -> String {
    tags.iter().map(|tag| &**tag).collect::<Vec<_>>().join(", ")
}

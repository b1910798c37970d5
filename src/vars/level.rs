//! The places that variables come from, in the order of precedence. The main type here is
//! [`Level`].

use std::fmt;
use std::sync::Arc;

/// Ansible's precedence, lowest first (its levels 2 to 22; facts of hosts do not exist here).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 2: `defaults/main.yml` of a role.
    RoleDefaults,
    /// 3: `vars:` of a group in the inventory.
    GroupInline,
    /// 4: `group_vars/all` beside the inventory.
    InventoryAll,
    /// 5: `group_vars/all` beside the playbook.
    PlaybookAll,
    /// 6: `group_vars/*` beside the inventory.
    InventoryGroups,
    /// 7: `group_vars/*` beside the playbook.
    PlaybookGroups,
    /// 8: variables of a host in the inventory.
    HostInline,
    /// 9: `host_vars/*` beside the inventory.
    InventoryHosts,
    /// 10: `host_vars/*` beside the playbook.
    PlaybookHosts,
    /// 12: `vars` of a play.
    Play,
    /// 13: `vars_prompt` of a play.
    Prompt,
    /// 14: `vars_files` of a play.
    VarsFiles,
    /// 15: `vars/main.yml` of a role.
    RoleVars,
    /// 16: `vars` of a block.
    Block,
    /// 17: `vars` of a task.
    Task,
    /// 18: `include_vars`.
    IncludeVars,
    /// 19: `set_fact` and `register`.
    Facts,
    /// 20: parameters of a role.
    RoleParams,
    /// 21: `vars` of an `include_tasks`.
    Include,
    /// 22: `-e`.
    Extra,
    /// The variables of a loop: nothing hides them.
    Loop,
}

/// Whose variables a layer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A group.
    Group(Arc<str>),
    /// A host.
    Host(Arc<str>),
    /// What the level says by itself: `play`, `-e`.
    Level(Level),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Owner::Group(name) => write!(f, "group {name}"),
            Owner::Host(name) => write!(f, "host {name}"),
            Owner::Level(level) => f.write_str(level.name()),
        }
    }
}

impl Level {
    /// The level as a word for people.
    pub fn name(self) -> &'static str {
        match self {
            Level::RoleDefaults => "role defaults",
            Level::GroupInline => "group",
            Level::InventoryAll | Level::PlaybookAll => "group_vars/all",
            Level::InventoryGroups | Level::PlaybookGroups => "group_vars",
            Level::HostInline => "host",
            Level::InventoryHosts | Level::PlaybookHosts => "host_vars",
            Level::Play => "play vars",
            Level::Prompt => "vars_prompt",
            Level::VarsFiles => "vars_files",
            Level::RoleVars => "role vars",
            Level::Block => "block vars",
            Level::Task => "task vars",
            Level::IncludeVars => "include_vars",
            Level::Facts => "set_fact",
            Level::RoleParams => "role parameters",
            Level::Include => "include vars",
            Level::Extra => "-e",
            Level::Loop => "loop",
        }
    }
}

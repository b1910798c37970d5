//! Variables that rollbook itself sets. Nobody else may: a name of [`MAGIC`] in an inventory or
//! after `-e` is an error, where Ansible would let some of them through.

use crate::diag::Diagnostic;
use crate::inventory::Vars;

/// The names that are read-only.
pub const MAGIC: [&str; 32] = [
    "ansible_check_mode",
    "ansible_diff_mode",
    "ansible_failed_result",
    "ansible_failed_task",
    "ansible_forks",
    "ansible_limit",
    "ansible_loop",
    "ansible_play_batch",
    "ansible_play_hosts",
    "ansible_play_hosts_all",
    "ansible_play_name",
    "ansible_run_tags",
    "ansible_skip_tags",
    "ansible_verbosity",
    "ansible_version",
    "environment",
    "group_names",
    "groups",
    "hostvars",
    "inventory_dir",
    "inventory_file",
    "inventory_hostname",
    "inventory_hostname_short",
    "lookup",
    "omit",
    "play_hosts",
    "playbook_dir",
    "q",
    "query",
    "role_name",
    "role_path",
    "vars",
];

/// Whether rollbook sets this variable itself.
pub fn is_magic(name: &str) -> bool {
    MAGIC.binary_search(&name).is_ok()
}

/// A fault for every magic name that a mapping sets.
pub(super) fn faults(vars: &Vars) -> impl Iterator<Item = Diagnostic> {
    let set = vars.iter().filter(|(key, _)| is_magic(&key.name));
    set.map(|(key, _)| {
        let message = format!("\"{}\" is set by rollbook and can't be changed", key.name);
        key.error(message).hint("another name")
    })
}

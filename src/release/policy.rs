//! What the inventory allows a run to do to a target. The main type here is [`Guard`].

use super::recovery::Recovery;
use crate::manifest::{Path, Step};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Limits, conflict rules, and fields that are not ours. The default allows what needs no rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// `limits`.
    pub limits: Limits,
    /// `conflicts`.
    pub conflicts: Conflicts,
    /// `ignore`.
    pub ignore: Vec<Ignore>,
    /// `recover` and `pending_after`.
    pub recovery: Recovery,
}

/// How much one run may touch; raised only by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Most targets that one run may change.
    pub max_targets: Option<u64>,
    /// Most objects that one run may delete.
    pub max_deletes: Option<u64>,
}

/// What happens to a field that another manager owns.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum OnConflict {
    /// The live value stays.
    Keep,
    /// The chart's value is forced.
    Take,
    /// The target is not changed.
    #[default]
    Fail,
}

/// Conflict policy by manager and path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conflicts {
    /// Where no rule fits.
    pub default: OnConflict,
    /// The first rule that fits decides.
    pub rules: Vec<ConflictRule>,
}

/// One conflict rule; an empty list fits everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictRule {
    /// Managers.
    pub managers: Vec<Arc<str>>,
    /// Fields and all below them; list items are passed over.
    pub paths: Vec<Path>,
    /// What happens.
    pub policy: OnConflict,
}

/// Fields that are outside diff, fingerprint, waits and drift; every part that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignore {
    /// Only objects of this kind.
    pub kind: Option<Arc<str>>,
    /// Only fields that this manager owns.
    pub manager: Option<Arc<str>>,
    /// The field and all below it; all fields of the manager where `None`.
    pub path: Option<Path>,
}

/// The managers that are rollbook's and Helm's own.
const OWN_MANAGERS: [&str; 2] = ["helm", "rollbook"];

impl Conflicts {
    /// What is done about a field of `manager`, which the server words with its subresource.
    pub fn policy(&self, manager: &str, path: &Path) -> OnConflict {
        let name = manager
            .split(" with subresource ")
            .next()
            .unwrap_or(manager);
        if OWN_MANAGERS.contains(&name) {
            return OnConflict::Take;
        }
        let path = fields(path);
        let rule = self.rules.iter().find(|rule| rule.fits(name, &path));
        rule.map_or(self.default, |rule| rule.policy)
    }

    /// Takes what would be refused; what is to be kept is still kept.
    pub fn count_as_ours(&mut self) {
        let rules = self.rules.iter_mut().map(|rule| &mut rule.policy);
        for policy in rules.chain([&mut self.default]) {
            if *policy == OnConflict::Fail {
                *policy = OnConflict::Take;
            }
        }
    }
}

impl ConflictRule {
    fn fits(&self, manager: &str, path: &Path) -> bool {
        (self.managers.is_empty() || self.managers.iter().any(|m| **m == *manager))
            && (self.paths.is_empty() || self.paths.iter().any(|p| fields(p).covers(path)))
    }
}

/// The path without its list items.
fn fields(path: &Path) -> Path {
    let is_field = |step: &&Step| matches!(step, Step::Field(_));
    Path(path.0.iter().filter(is_field).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_fits_decides() {
        let rule = |managers: &[&str], paths: &[&str], policy| ConflictRule {
            managers: managers.iter().map(|m| Arc::from(*m)).collect(),
            paths: paths.iter().filter_map(|p| Path::pointer(p)).collect(),
            policy,
        };
        let image = "/spec/template/spec/containers/image";
        let conflicts = Conflicts {
            default: OnConflict::Fail,
            rules: vec![
                rule(&["kubectl-edit"], &["/spec/replicas"], OnConflict::Take),
                rule(&[], &[image], OnConflict::Keep),
            ],
        };
        let replicas = Path::fields(&["spec", "replicas"]);
        let path = ".spec.template.spec.containers[name=\"a\"].image";
        let image = Path::parse(path, &serde_json::Value::Null).unwrap();
        let policies = [
            conflicts.policy("kubectl-edit", &replicas),
            conflicts.policy("kubectl with subresource \"scale\"", &replicas),
            conflicts.policy("kubectl-set", &image),
            conflicts.policy("helm", &image),
        ];
        let [take, fail, keep] = [OnConflict::Take, OnConflict::Fail, OnConflict::Keep];
        assert_eq!(policies, [take, fail, keep, take]);
    }
}

//! What decides how a target is planned. The main types here are [`Options`] and [`Conflicts`].

use super::Policy;
use crate::manifest::schema::Schema;
use crate::manifest::{Gvk, ObjectId, Path, Step};
use crate::ownership::{Difference, NotOurs};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

/// How the target is planned; the same for all targets of a play but for a few.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The types of the kinds, definitions of custom resources included.
    pub schema: Arc<Schema>,
    /// Fields that are not the chart's.
    pub not_ours: Arc<NotOurs>,
    /// What is done about fields of other managers.
    pub conflicts: Arc<Conflicts>,
    /// What the server proved equal in this run, for this chart version.
    pub memo: Arc<Memo>,
    /// Who predicts.
    pub predict: Predict,
    /// The namespace does not exist yet.
    pub new_namespace: bool,
    /// Kinds whose definition comes with this change.
    pub new_kinds: BTreeSet<Gvk>,
    /// Kinds that could not be read, and why. Unknown, never "gone".
    pub unknown: BTreeMap<Gvk, String>,
    /// Objects that an earlier task of the play deletes.
    pub deleted: HashSet<ObjectId>,
    /// Adopt objects that lack this release's marks.
    pub take_ownership: bool,
    /// Delete and create an object where an immutable field changes.
    pub replace: bool,
    /// `data_loss: allow`: claims, volumes, namespaces and definitions may go.
    pub data_loss: bool,
    /// What is done about duplicate keys in keyed lists (fact 9).
    pub duplicates: Duplicates,
    /// Ask about every object, also those that are proven equal.
    pub all: bool,
}

/// Who says what an apply would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Predict {
    /// The API server, by dry runs.
    #[default]
    Server,
    /// Nobody is asked, for this reason.
    Local(String),
}

/// Duplicate keys in a keyed list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// An input error.
    #[default]
    Error,
    /// The last one counts, as the kubelet does.
    Last,
}

/// The inventory's `conflicts`.
#[derive(Clone, Debug)]
pub struct Conflicts {
    /// Where no rule matches.
    pub default: Policy,
    /// The first match counts.
    pub rules: Vec<ConflictRule>,
}

/// One rule; empty lists match everything.
#[derive(Clone, Debug)]
pub struct ConflictRule {
    /// The managers it is about.
    pub managers: Vec<String>,
    /// The fields it is about and all below them; list items are passed over.
    pub paths: Vec<Path>,
    /// What is done.
    pub policy: Policy,
}

impl Default for Conflicts {
    fn default() -> Conflicts {
        Conflicts {
            default: Policy::Fail,
            rules: Vec::new(),
        }
    }
}

/// The managers that are rollbook's and Helm's own.
const OWN_MANAGERS: [&str; 2] = ["helm", "rollbook"];

impl Conflicts {
    /// What is done about a field of `manager`, which the server words with its subresource.
    pub fn policy(&self, manager: &str, path: &Path) -> Policy {
        let name = manager
            .split(" with subresource ")
            .next()
            .unwrap_or(manager);
        if OWN_MANAGERS.contains(&name) {
            return Policy::Take;
        }
        let fields = |path: &Path| {
            let is_field = |step: &&Step| matches!(step, Step::Field(_));
            Path(path.0.iter().filter(is_field).cloned().collect())
        };
        let path = fields(path);
        let matches = |rule: &&ConflictRule| {
            (rule.managers.is_empty() || rule.managers.iter().any(|m| m == name))
                && (rule.paths.is_empty() || rule.paths.iter().any(|p| fields(p).covers(&path)))
        };
        let rule = self.rules.iter().find(matches);
        rule.map_or(self.default, |rule| rule.policy)
    }
}

/// What the server proved equal in a run: a fleet asks once.
#[derive(Debug, Default)]
pub struct Memo {
    equal: RwLock<HashSet<(Gvk, Difference)>>,
}

impl Memo {
    /// The server called these the same.
    pub fn learn(&self, gvk: &Gvk, differences: &[Difference]) {
        let mut equal = self.equal.write().unwrap_or_else(PoisonError::into_inner);
        equal.extend(differences.iter().map(|d| (gvk.clone(), d.clone())));
    }

    /// Whether the server has called all of these the same.
    pub fn covers(&self, gvk: &Gvk, differences: &[Difference]) -> bool {
        let equal = self.equal.read().unwrap_or_else(PoisonError::into_inner);
        !differences.is_empty()
            && differences
                .iter()
                .all(|difference| equal.contains(&(gvk.clone(), difference.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_matches_decides() {
        let rule = |managers: &[&str], paths: &[&str], policy| ConflictRule {
            managers: managers.iter().map(|m| (*m).to_owned()).collect(),
            paths: paths.iter().filter_map(|p| Path::pointer(p)).collect(),
            policy,
        };
        let conflicts = Conflicts {
            default: Policy::Fail,
            rules: vec![
                rule(&["kubectl-edit"], &["/spec/replicas"], Policy::Take),
                rule(&[], &["/spec/template/spec/containers/image"], Policy::Keep),
            ],
        };
        let replicas = Path::fields(&["spec", "replicas"]);
        let image = Path::parse(
            ".spec.template.spec.containers[name=\"a\"].image",
            &serde_json::Value::Null,
        )
        .unwrap();
        assert_eq!(conflicts.policy("kubectl-edit", &replicas), Policy::Take);
        assert_eq!(
            conflicts.policy("kubectl with subresource \"scale\"", &replicas),
            Policy::Fail
        );
        assert_eq!(conflicts.policy("kubectl-set", &image), Policy::Keep);
        assert_eq!(conflicts.policy("helm", &image), Policy::Take);
    }
}

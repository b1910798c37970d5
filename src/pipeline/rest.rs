//! Targets at rest. The main entry point is [`at_rest`].
//!
//! Most of a fleet is as it should be: what was rendered is what is recorded, and live. That is
//! proven where the texts of the lists lie; nothing is decoded, and there is nothing to decide.
//! Sound, not complete: what is not proven here goes the long way (`decide`).

use super::known::Known;
use super::render::{self, Draft};
use super::{Desired, To};
use crate::cluster::{Live, View};
use crate::manifest::{Object, Owner, Tree, managed_by};
use crate::ownership::{self, Marks, NoOp, scale_targets};
use crate::plan::{ChartRef, Duplicates, Options};
use crate::release::{Parts, Record};
use std::sync::Arc;

/// The UIDs of the drafted objects, where all of them are proven to be live as they are drafted,
/// and nothing else about the release would change.
pub fn at_rest(
    options: &Options,
    view: &View,
    desired: &Desired,
    (draft, known): (&Draft, Option<&Known>),
) -> Option<Vec<Arc<str>>> {
    let namespace = view.namespaces.get(&desired.spec.namespace)?;
    let there = namespace.exists && !view.masked;
    let plain = there && is_plain(options, desired, draft) && is_recorded(desired, draft, known?);
    if !plain {
        return None;
    }
    let owner = desired.owner();
    let proven = |object: &Arc<Object>| {
        let live = view.at(&object.gvk, &object.id)?;
        let readable = !view.unknown.contains_key(&object.gvk);
        (readable && is_live(object, live, &owner, options)).then(|| live.uid.clone())
    };
    draft.objects.iter().map(proven).collect()
}

/// Whether no policy asks for more than a comparison.
fn is_plain(options: &Options, desired: &Desired, draft: &Draft) -> bool {
    let not_ours = &options.not_ours;
    desired.to == To::Inventory
        && draft.definitions.is_empty()
        && !options.all
        && options.duplicates == Duplicates::Error
        && options.deleted.is_empty()
        && not_ours.rules.is_empty()
        && not_ours.scaled.is_empty()
        && desired.spec.guard.ignore.is_empty()
        && scale_targets(draft.objects.iter().map(|object| &**object))
            .next()
            .is_none()
}

/// Whether the newest revision arrived and is what is drafted.
fn is_recorded(desired: &Desired, draft: &Draft, known: &Known) -> bool {
    let sound = known.fault.is_none() && known.stuck.is_none() && known.recover.is_none();
    let deployed = known
        .history
        .last()
        .is_some_and(|last| &*last.status == "deployed");
    let same = |(base, parts): (&Record, &Parts)| {
        let chart = render::chart_of(base);
        let of_chart = |own: &ChartRef| (&own.name, &own.version) == (&chart.name, &chart.version);
        *base.manifest.reveal() == parts.manifest
            && *base.config.reveal() == parts.config
            && draft.chart.as_ref().is_some_and(of_chart)
    };
    let base = known.before(desired.to).map(|base| &**base);
    sound && deployed && base.zip(draft.parts.as_ref()).is_some_and(same)
}

/// Whether an apply of the object would change nothing, and it is this release's alone.
fn is_live(object: &Object, live: &Live, owner: &Owner, options: &Options) -> bool {
    let Ok(tree) = Tree::live(live.raw.get()) else {
        return false;
    };
    let at = options.schema.place(&object.gvk);
    owner.owns(&tree)
        && managed_by(&tree, Some(object)).is_none()
        && NoOp::Proven
            == ownership::unchanged(object.clear(), &tree, at, Marks::Live, &options.sets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::NamespaceState;
    use crate::files::MemoryFiles;
    use crate::inventory::{Sources, load};
    use crate::manifest::{Gvk, ObjectSet};
    use crate::ownership::{HELM, apply};
    use crate::release::{History, Ignore, Recover, Revision, resolve_all};
    use crate::vars::{Fleet, Vault};
    use serde_json::{Value, json};

    const MANIFEST: &str = "---
# Source: web/templates/config.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: config, labels: {app: web}}
data: {mode: fast}
---
# Source: web/templates/service.yaml
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}], selector: {app: web}}
";

    /// A target, what it would be, and what is known of it: at rest.
    struct Case {
        options: Options,
        view: View,
        desired: Desired,
        draft: Draft,
        known: Known,
    }

    impl Case {
        fn new() -> Case {
            let objects = render::objects_of(MANIFEST, "c1", &Options::default().schema).unwrap();
            let mut case = Case {
                options: Options::default(),
                view: View::default(),
                desired: desired(),
                draft: draft(objects),
                known: Known {
                    base: Some(Arc::new(Record::compose("c1", "c1", 1, parts()))),
                    history: history("deployed"),
                    ..Known::default()
                },
            };
            let there = NamespaceState {
                exists: true,
                ..NamespaceState::default()
            };
            case.view.namespaces.insert("c1".into(), there);
            for object in case.draft.objects.clone().iter() {
                case.insert(object, |_| {});
            }
            case
        }

        /// What is live of an object, and what was done to it since.
        fn insert(&mut self, object: &Object, edit: impl Fn(&mut Value)) {
            let mut send = object.clone();
            self.desired.owner().mark(&mut send);
            let at = self.options.schema.place(&object.gvk);
            let mut body = apply(None, send.clear(), HELM, at).object;
            body["metadata"]["uid"] = json!(format!("uid-{}", object.id.name));
            edit(&mut body);
            let live = Live::read(&object.gvk, &body.to_string(), |name| Some(name.into()));
            self.view.insert(live.unwrap());
        }

        fn live(&mut self, edit: impl Fn(&mut Value)) {
            let first = self.draft.objects.iter().next().unwrap().clone();
            self.insert(&first, edit);
        }

        fn rests(&self) -> bool {
            let known = (&self.draft, Some(&self.known));
            at_rest(&self.options, &self.view, &self.desired, known).is_some()
        }
    }

    fn desired() -> Desired {
        let mut files = MemoryFiles::default();
        files.insert(
            "hosts.yml",
            "all: {hosts: {c1: }, vars: {cluster: {context: a}, release: {chart: web}}}".as_bytes(),
        );
        let vault = Vault::default();
        let sources = Sources {
            sources: &["hosts.yml".to_owned()],
            playbook_dir: None,
            unseal: &vault,
        };
        let inventory = load(&files, &sources).unwrap();
        let fleet = Fleet::new(inventory, Arc::default(), Arc::new(vault)).unwrap();
        let specs = resolve_all(&fleet, &["c1".into()], &None).unwrap();
        Desired::new(specs.into_iter().next().unwrap(), To::Inventory)
    }

    fn parts() -> Parts {
        Parts {
            chart: Arc::new(json!({"metadata": {"name": "web", "version": "1.2.3"}})),
            config: json!({"mode": "fast"}),
            manifest: MANIFEST.into(),
            hooks: Vec::new(),
            notes: String::new(),
        }
    }

    fn draft(objects: ObjectSet) -> Draft {
        Draft {
            objects,
            definitions: ObjectSet::default(),
            parts: Some(parts()),
            chart: Some(render::chart_of(&Record::compose("c1", "c1", 1, parts()))),
            hooks: Vec::new(),
            looked: Default::default(),
            warnings: Vec::new(),
        }
    }

    fn history(status: &str) -> History {
        let revision = Revision {
            number: 1,
            status: status.into(),
        };
        History::new("c1", vec![revision])
    }

    #[test]
    fn what_is_as_it_should_be_is_proven_where_its_text_lies() {
        let case = Case::new();
        let known = (&case.draft, Some(&case.known));
        let uids = at_rest(&case.options, &case.view, &case.desired, known).unwrap();
        assert_eq!(uids.join(" "), "uid-config uid-web");
    }

    type Edit = fn(&mut Case);

    const EDITS: [(&str, Edit); 17] = [
        ("drift", |case| {
            case.live(|live| live["data"]["mode"] = json!("slow"))
        }),
        ("marks of another release", |case| {
            let name = crate::manifest::RELEASE_NAME;
            case.live(|live| live["metadata"]["annotations"][name] = json!("other"));
        }),
        ("another tool", |case| {
            case.live(|live| {
                live["metadata"]["labels"]["argocd.argoproj.io/instance"] = json!("a");
            });
        }),
        ("an entry of client-side apply", |case| {
            case.live(|live| {
                let entries = &mut live["metadata"]["managedFields"];
                entries[0]["operation"] = json!("Update");
            });
        }),
        ("no object", |case| {
            let id = case.draft.objects.iter().next().unwrap().id.clone();
            case.view.objects.remove(&id);
        }),
        ("a masked recording", |case| case.view.masked = true),
        ("an unreadable kind", |case| {
            let kind = Gvk::new("v1", "Service");
            case.view.unknown.insert(kind, "forbidden".to_owned());
        }),
        ("no namespace", |case| case.view.namespaces.clear()),
        ("another manifest", |case| {
            let parts = case.draft.parts.as_mut().unwrap();
            parts.manifest = format!("{MANIFEST}# more\n").into();
        }),
        ("other values", |case| {
            case.draft.parts.as_mut().unwrap().config = json!({"mode": "slow"});
        }),
        ("another version", |case| {
            case.draft.chart.as_mut().unwrap().version = "1.2.4".into();
        }),
        ("a failed revision", |case| {
            case.known.history = history("failed")
        }),
        ("an unreadable record", |case| {
            case.known.fault = Some(crate::diag::Diagnostic::error("torn"));
        }),
        ("a revision to recover", |case| {
            case.known.recover = Some(Recover {
                revision: 1,
                status: "pending-upgrade".into(),
                why: "its writer is gone".to_owned(),
            });
        }),
        ("an ignore rule", |case| {
            case.desired.spec.guard.ignore.push(Ignore::default());
        }),
        ("everything is asked about", |case| case.options.all = true),
        ("a way back", |case| {
            case.desired.to = To::Recorded { revision: 1 }
        }),
    ];

    #[test]
    fn whatever_else_goes_the_long_way() {
        for (what, edit) in EDITS {
            let mut case = Case::new();
            assert!(case.rests());
            edit(&mut case);
            assert!(!case.rests(), "{what}");
        }
    }
}

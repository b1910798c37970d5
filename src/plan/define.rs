//! What is in a chart's `crds/`: created before the release and no part of it, so without Helm's
//! marks; brought up to date only where the play says so, and never deleted.

use super::Action;
use super::item::{Item, State};
use super::options::Options;
use crate::manifest::{Gvk, Object, ObjectSet};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Item {
    /// Begins with a definition: one that is there stays as it is, unless they are upgraded.
    pub(super) fn define(
        definition: &Arc<Object>,
        live: Option<Arc<Object>>,
        options: &Options,
    ) -> Item {
        let there = live.is_some() && !options.upgrade_crds;
        let mut item = Item::new(definition.clone(), live);
        item.definition = true;
        if !there {
            return item.begun(None, None, options);
        }
        let mut change = item.change(Action::Keep);
        change.why = Some("in crds/: it is there, only crds: upgrade changes it".to_owned());
        item.state = State::Done(Box::new(change));
        item
    }
}

/// The kinds that come with these objects: of definitions that are not live yet.
pub fn new_kinds<'o>(objects: impl Iterator<Item = &'o Object>, live: &ObjectSet) -> BTreeSet<Gvk> {
    let defines = |object: &&Object| {
        let id = &object.id;
        (&*id.group, &*id.kind) == ("apiextensions.k8s.io", "CustomResourceDefinition")
    };
    let new = objects.filter(|object| defines(object) && live.get(&object.id).is_none());
    new.flat_map(|object| kinds(&object.clear()["spec"]))
        .collect()
}

fn kinds(spec: &Value) -> Vec<Gvk> {
    let versions = spec["versions"].as_array().into_iter().flatten();
    let gvk = |version: &Value| {
        let (group, kind) = (spec["group"].as_str()?, spec["names"]["kind"].as_str()?);
        let version = version["name"].as_str()?;
        Some(Gvk::new(&format!("{group}/{version}"), kind))
    };
    let served = versions.filter(|version| version["served"] == true);
    served.filter_map(gvk).collect()
}

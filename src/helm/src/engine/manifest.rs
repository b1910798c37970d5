//! What a render gives. The main type here is [`Rendered`].

use super::head::Head;
use super::program::Program;
use crate::chart::{File, Profile, Table, UserValues, Warning, coalesce};
use crate::value::{Map, Value};
use crate::yaml::to_value;
use std::borrow::Cow;
use std::sync::Arc;

/// The result of one render.
#[derive(Debug)]
pub struct Rendered {
    /// The documents to apply, in install order.
    pub manifests: Vec<Manifest>,
    /// The hooks, in install order (Helm prints them so; it runs them by weight and name).
    pub hooks: Vec<Hook>,
    /// The notes of the chart, where it has any.
    pub notes: String,
    /// The files of `crds/`, of the chart and of its enabled children.
    pub crds: Arc<[Crd]>,
    /// What Helm would print on stderr.
    pub warnings: Vec<String>,
    /// The chart as it took part.
    pub program: Arc<Program>,
    pub(super) inputs: Inputs,
}

/// What the values of a render come from.
#[derive(Debug)]
pub(super) struct Inputs {
    pub user: UserValues,
    pub profile: Profile,
}

impl Rendered {
    /// All values, coalesced, as the templates found them: what `helm get values
    /// --all` shows. Made when asked for: a plan does not need them.
    pub fn values(&self) -> Result<Table, String> {
        let values = values_map(&self.inputs.user);
        let root = &self.program.root;
        coalesce(root, &values, &self.inputs.profile, &mut Vec::new())?;
        match Value::Map(values).to_json()? {
            serde_json::Value::Object(table) => Ok(table),
            _ => Ok(Table::new()),
        }
    }
}

/// The user's values as engine values.
pub(super) fn values_map(user: &UserValues) -> Map {
    let map = Map::default();
    for (key, value) in &user.table {
        map.set(key, to_value(value));
    }
    map
}

/// One rendered document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The template that made it, such as `app/templates/service.yaml`.
    pub path: String,
    /// The text.
    pub text: String,
    /// What it is.
    pub head: Head,
    /// All that it says, where the options want it.
    pub body: Option<serde_json::Value>,
}

/// One hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The document.
    pub manifest: Manifest,
    /// When it runs.
    pub events: Vec<Event>,
    /// Lower weights run first.
    pub weight: i64,
    /// When it is deleted; none means before the next one is created.
    pub delete_policies: Vec<DeletePolicy>,
    /// When its log is shown (`hook-succeeded`, `hook-failed`).
    pub output_log_policies: Vec<DeletePolicy>,
}

/// A CRD file: never templated, never split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crd {
    /// Its path below the root chart's name.
    pub path: String,
    /// The file; its own name is the path inside its chart.
    pub file: File,
}

impl Crd {
    /// The text.
    pub fn text(&self) -> Cow<'_, str> {
        self.file.text()
    }
}

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// `pre-install`.
    PreInstall,
    /// `post-install`.
    PostInstall,
    /// `pre-delete`.
    PreDelete,
    /// `post-delete`.
    PostDelete,
    /// `pre-upgrade`.
    PreUpgrade,
    /// `post-upgrade`.
    PostUpgrade,
    /// `pre-rollback`.
    PreRollback,
    /// `post-rollback`.
    PostRollback,
    /// `test` (also written `test-success`).
    Test,
}

impl Event {
    const ALL: [Event; 9] = [
        Event::PreInstall,
        Event::PostInstall,
        Event::PreDelete,
        Event::PostDelete,
        Event::PreUpgrade,
        Event::PostUpgrade,
        Event::PreRollback,
        Event::PostRollback,
        Event::Test,
    ];

    /// The name in annotations and release records.
    pub fn name(self) -> &'static str {
        match self {
            Event::PreInstall => "pre-install",
            Event::PostInstall => "post-install",
            Event::PreDelete => "pre-delete",
            Event::PostDelete => "post-delete",
            Event::PreUpgrade => "pre-upgrade",
            Event::PostUpgrade => "post-upgrade",
            Event::PreRollback => "pre-rollback",
            Event::PostRollback => "post-rollback",
            Event::Test => "test",
        }
    }

    fn parse(name: &str) -> Option<Event> {
        let name = if name == "test-success" { "test" } else { name };
        Event::ALL.into_iter().find(|event| event.name() == name)
    }
}

/// A moment of a hook's life that policies name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeletePolicy {
    /// `before-hook-creation`.
    BeforeHookCreation,
    /// `hook-succeeded`.
    Succeeded,
    /// `hook-failed`.
    Failed,
    /// Something else: Helm keeps it and does nothing about it.
    Other(String),
}

impl DeletePolicy {
    /// The name in annotations and release records.
    pub fn name(&self) -> &str {
        match self {
            DeletePolicy::BeforeHookCreation => "before-hook-creation",
            DeletePolicy::Succeeded => "hook-succeeded",
            DeletePolicy::Failed => "hook-failed",
            DeletePolicy::Other(name) => name,
        }
    }

    fn parse(name: String) -> DeletePolicy {
        match name.as_str() {
            "before-hook-creation" => DeletePolicy::BeforeHookCreation,
            "hook-succeeded" => DeletePolicy::Succeeded,
            "hook-failed" => DeletePolicy::Failed,
            _ => DeletePolicy::Other(name),
        }
    }
}

/// What a document turns out to be.
pub(super) enum Sorted {
    /// Something to apply.
    Manifest(Manifest),
    /// A hook.
    Hook(Hook),
    /// A hook of an unknown event: dropped, with this warning.
    Unknown(Warning),
}

const EVENTS: &str = "helm.sh/hook";
const WEIGHT: &str = "helm.sh/hook-weight";
const DELETE: &str = "helm.sh/hook-delete-policy";
const OUTPUT: &str = "helm.sh/hook-output-log-policy";

/// Tells hooks from manifests.
pub(super) fn sort(manifest: Manifest) -> Sorted {
    let Some(events) = manifest.head.annotation(EVENTS) else {
        return Sorted::Manifest(manifest);
    };
    let known: Option<Vec<Event>> = words(events).map(|name| Event::parse(&name)).collect();
    let Some(events) = known else {
        return Sorted::Unknown(Warning::UnknownHook(events.to_owned()));
    };
    let policies = |key| {
        let text = manifest.head.annotation(key);
        text.into_iter()
            .flat_map(words)
            .map(DeletePolicy::parse)
            .collect()
    };
    let weight = manifest
        .head
        .annotation(WEIGHT)
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let (delete_policies, output_log_policies) = (policies(DELETE), policies(OUTPUT));
    Sorted::Hook(Hook {
        manifest,
        events,
        weight,
        delete_policies,
        output_log_policies,
    })
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(',').map(|word| word.trim().to_lowercase())
}

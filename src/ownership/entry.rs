//! Who manages an object. The main type here is [`Entry`].

use super::Fields;
use crate::manifest::Json;
use serde_json::{Value, json};

/// Helm's field manager.
pub const HELM: &str = "helm";

/// Apply or Update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Server-side apply.
    Apply,
    /// Everything else.
    Update,
}

/// One entry of `metadata.managedFields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The manager.
    pub manager: String,
    /// How it wrote.
    pub operation: Operation,
    /// The version that its paths are written in.
    pub api_version: String,
    /// `status`, `scale`; empty for the main resource.
    pub subresource: String,
    /// When, RFC 3339; recordings leave it out.
    pub time: Option<String>,
    /// What it owns.
    pub fields: Fields,
}

impl Entry {
    /// Reads all entries of a live object.
    pub fn all(live: &Value) -> Vec<Entry> {
        let entries = live["metadata"]["managedFields"].as_array();
        entries.into_iter().flatten().map(Entry::read).collect()
    }

    /// The entries of the main resource that this manager wrote in this way; no other is read.
    pub(super) fn of<'v>(
        live: &'v Value,
        manager: &'v str,
        operation: Operation,
    ) -> impl Iterator<Item = Entry> + 'v {
        Entry::unread(live, manager, operation).map(Entry::read)
    }

    /// As [`Entry::of`], as they came.
    pub(super) fn unread<'v, J: Json + 'v>(
        live: J,
        manager: &'v str,
        operation: Operation,
    ) -> impl Iterator<Item = J> + 'v {
        let entries = live.at(&["metadata", "managedFields"]).and_then(J::items);
        let own = move |entry: &J| {
            let says = |name: &str, text: &str| {
                let own = entry.get(name);
                own.as_ref().and_then(J::text).unwrap_or("") == text
            };
            says("manager", manager) && operation_of(*entry) == operation && says("subresource", "")
        };
        entries.into_iter().flatten().filter(own)
    }

    fn read(json: &Value) -> Entry {
        let text = |name: &str| json[name].as_str().unwrap_or("").to_owned();
        Entry {
            manager: text("manager"),
            operation: operation_of(json),
            api_version: text("apiVersion"),
            subresource: text("subresource"),
            time: json["time"].as_str().map(str::to_owned),
            fields: Fields::read(&json["fieldsV1"]),
        }
    }

    /// The entry as managed fields have it.
    pub fn json(&self) -> Value {
        let mut json = json!({
            "manager": self.manager,
            "operation": match self.operation {
                Operation::Apply => "Apply",
                Operation::Update => "Update",
            },
            "apiVersion": self.api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": self.fields.json(),
        });
        if let Some(time) = &self.time {
            json["time"] = json!(time);
        }
        if !self.subresource.is_empty() {
            json["subresource"] = json!(self.subresource);
        }
        json
    }

    /// Written by this manager through server-side apply, whatever the version.
    pub fn applied_by(&self, manager: &str) -> bool {
        self.is(manager, Operation::Apply)
    }

    /// Written by Helm 3, or by Helm 4 with client-side apply.
    pub fn client_side(&self) -> bool {
        self.is(HELM, Operation::Update)
    }

    fn is(&self, manager: &str, operation: Operation) -> bool {
        self.manager == manager && self.operation == operation && self.subresource.is_empty()
    }
}

fn operation_of(entry: impl Json) -> Operation {
    match entry.get("operation").as_ref().and_then(Json::text) {
        Some("Apply") => Operation::Apply,
        _ => Operation::Update,
    }
}

/// Whether Helm owns a path of the live object, in either way.
pub(super) fn helm_owns(live: &Value, path: &crate::manifest::Path) -> bool {
    let ways = [Operation::Apply, Operation::Update].into_iter();
    let mut helms = ways.flat_map(|way| Entry::of(live, HELM, way));
    helms.any(|entry| entry.fields.owns(path))
}

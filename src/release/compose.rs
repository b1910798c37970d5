//! From a rendered chart to the pieces of its record, in the shapes that Helm stores.

use super::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use helm::chart::File;
use helm::engine::{Hook, Program, Rendered};
use serde_json::{Value, json};
use std::sync::Arc;

/// The chart as a record holds it: the root's own files, its children only by name. The same for
/// all releases of one program, so it is made once and shared.
pub fn chart_json(program: &Program) -> Value {
    let root = &program.root;
    let source = &root.source;
    json!({
        "metadata": root.metadata,
        "lock": source.lock,
        "templates": files(&source.templates),
        "values": *root.values,
        "schema": source.schema.as_ref().map(|s| STANDARD.encode(s)),
        "files": files(&source.files),
    })
}

impl Parts {
    /// Of a render; `chart` is the [`chart_json`] of its program.
    pub fn of(rendered: &Rendered, chart: Arc<Value>, config: Value) -> Parts {
        Parts {
            chart,
            config,
            manifest: rendered.manifest_text(false).into(),
            hooks: rendered.hooks.iter().map(hook_json).collect(),
            notes: rendered.notes.clone(),
        }
    }
}

fn files(files: &[File]) -> Vec<Value> {
    let file = |f: &File| json!({"name": f.name, "data": STANDARD.encode(&f.data)});
    files.iter().map(file).collect()
}

fn hook_json(hook: &Hook) -> Value {
    let names = |policies: &[helm::engine::DeletePolicy]| -> Vec<String> {
        policies.iter().map(|p| p.name().to_owned()).collect()
    };
    let events: Vec<&str> = hook.events.iter().map(|e| e.name()).collect();
    let mut json = json!({
        "name": hook.manifest.head.name,
        "kind": hook.manifest.head.kind,
        "path": hook.manifest.path,
        "manifest": hook.manifest.text,
        "events": events,
        "last_run": {"phase": ""},
    });
    let optional = [
        ("weight", (hook.weight != 0).then(|| json!(hook.weight))),
        ("delete_policies", listed(names(&hook.delete_policies))),
        (
            "output_log_policies",
            listed(names(&hook.output_log_policies)),
        ),
    ];
    for (field, value) in optional {
        if let Some(value) = value {
            json[field] = value;
        }
    }
    json
}

/// Left out when empty, as Go's `omitempty` does.
fn listed(names: Vec<String>) -> Option<Value> {
    (!names.is_empty()).then(|| json!(names))
}

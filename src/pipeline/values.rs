//! The user-supplied values of one release: files, live ones, inventory.

use crate::diag::{Diagnostic, Location};
use crate::diff;
use crate::files::Files;
use crate::manifest::schema::Schema;
use crate::manifest::{self, Gvk, ObjectSet};
use crate::release::{Record, ReleaseSpec, ValuesFrom};
use crate::sensitive::{Veil, may_be};
use helm::chart::{Line, UserValues};
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::Arc;

/// Merges, lowest first: the live values where the inventory keeps them, values files in order,
/// the inventory's own. Where the live values are the truth they are above the files.
pub fn user_values(
    release: &ReleaseSpec,
    live: Option<&Record>,
    files: &dyn Files,
) -> Result<UserValues, Diagnostic> {
    let mut values = UserValues::default();
    let live = live.and_then(|record| record.config.reveal().as_object());
    if let (Some(live), ValuesFrom::Both | ValuesFrom::Reuse) = (live, release.values_from) {
        values.merge(live.clone());
    }
    for path in &release.values_files {
        let text = read(path, release, files)?;
        let fault = |why: String| Diagnostic::error(why).at(Location::file(path.clone()));
        values.file(path, &text, Line::Three).map_err(fault)?;
    }
    if let (Some(live), ValuesFrom::Release) = (live, release.values_from) {
        values.merge(live.clone());
    }
    if let (Value::Object(own), true) =
        (&release.values, release.values_from != ValuesFrom::Release)
    {
        values.merge(own.clone());
    }
    Ok(values)
}

/// A revision's values: those of its user over its chart's defaults, null deletes.
pub fn coalesced(record: &Record) -> Map<String, Value> {
    let mut values = record.chart["values"].clone();
    let config = record.config.reveal();
    if let (Value::Object(values), Value::Object(config)) = (&mut values, config) {
        over(values, config);
    }
    match values {
        Value::Object(values) => values,
        _ => config.as_object().cloned().unwrap_or_default(),
    }
}

fn over(lower: &mut Map<String, Value>, upper: &Map<String, Value>) {
    for (key, value) in upper {
        match (lower.get_mut(key), value) {
            (_, Value::Null) => {
                lower.remove(key);
            }
            (Some(Value::Object(lower)), Value::Object(upper)) => over(lower, upper),
            _ => {
                lower.insert(key.clone(), value.clone());
            }
        }
    }
}

fn read(path: &str, release: &ReleaseSpec, files: &dyn Files) -> Result<String, Diagnostic> {
    let bytes = files.read(Path::new(path)).map_err(|e| {
        let fault = Diagnostic::error(format!("values file {path} can't be read: {e}"));
        match &release.origin {
            Some(at) => fault.at(at.clone()),
            None => fault,
        }
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The unified diff of the user-supplied values: what the veil knows is masked, and every value
/// that also stands in a rendered Secret, for values are where secrets come from. The veil is made
/// only where they differ.
pub fn values_diff(
    live: Option<&Value>,
    wanted: Option<&Value>,
    objects: &ObjectSet,
    veil: impl FnOnce() -> Veil,
) -> String {
    let empty = Value::Object(Map::new());
    // Helm stores null where no values were given.
    let [live, wanted] = [live, wanted].map(|v| v.filter(|v| !v.is_null()).unwrap_or(&empty));
    let live = &match live == wanted {
        true => return String::new(),
        false => known(live, wanted),
    };
    if live == wanted {
        return String::new();
    }
    let schema = Schema::default();
    let place = schema.place(&Gvk::new("", "Values"));
    let veil = &veil();
    let (mut old, mut new) = (live.clone(), wanted.clone());
    diff::cover(&mut old, &mut new, place, veil);
    let hide = |value: &Value| masked(value, objects, veil);
    let hunks = diff::object(&hide(&old), &hide(&new), place);
    hunks
        .iter()
        .flat_map(diff::Hunk::lines)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Shorter texts (a client's name, `5Gi`) stand in secrets by chance.
const TELLING: usize = 8;

/// The live values, with what is wanted where a recording masks them: unknown, taken for equal.
fn known(live: &Value, wanted: &Value) -> Value {
    match live {
        Value::String(text) if is_masked(text, wanted) => wanted.clone(),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| (key.clone(), known(value, &wanted[key]));
            map.iter().map(entry).collect()
        }
        Value::Array(items) => {
            let item = |(at, item): (usize, &Value)| known(item, &wanted[at]);
            items.iter().enumerate().map(item).collect()
        }
        other => other.clone(),
    }
}

fn is_masked(text: &str, wanted: &Value) -> bool {
    match wanted {
        Value::Null => false,
        Value::String(wanted) => may_be(text, wanted),
        other => may_be(text, &other.to_string()),
    }
}

/// Values without what the veil knows, and with every text masked that also stands in a rendered
/// Secret.
pub fn masked(values: &Value, objects: &ObjectSet, veil: &Veil) -> Value {
    let secrets: Vec<String> = objects
        .iter()
        .flat_map(|object| object.secrets())
        .map(|text| text.reveal().clone())
        .collect();
    veil.hide_value(&hidden(values, &secrets, veil))
}

/// The user-supplied values of a revision, with every text masked that also stands in one of its
/// Secrets.
pub fn masked_record(record: &Record) -> Value {
    let objects = manifest::parse(
        record.manifest.reveal(),
        &record.namespace,
        &Schema::default(),
    );
    let objects = objects.unwrap_or_else(|_| Vec::new());
    let objects = objects.into_iter().map(Arc::new).collect();
    masked(record.config.reveal(), &objects, &Veil::default())
}

fn hidden(value: &Value, secrets: &[String], veil: &Veil) -> Value {
    match value {
        Value::String(text)
            if secrets.iter().any(|secret| {
                secret == text || (text.len() >= TELLING && secret.contains(text))
            }) =>
        {
            veil.of(text.as_bytes()).into()
        }
        Value::Array(items) => items
            .iter()
            .map(|item| hidden(item, secrets, veil))
            .collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), hidden(value, secrets, veil)))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_release_without_values_has_the_same_as_none() {
        let diff = |live: &Value, wanted: &Value| {
            values_diff(
                Some(live),
                Some(wanted),
                &ObjectSet::default(),
                Veil::default,
            )
        };
        assert_eq!(diff(&Value::Null, &json!({})), "");
        assert_eq!(diff(&json!({"a": 1}), &Value::Null), "- a: 1");
    }
}

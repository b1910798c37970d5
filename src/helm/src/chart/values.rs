//! Values from files and flags. The main type here is [`UserValues`].

use super::Table;
use super::set::{self, Kind};
use crate::yaml;
use serde_json::Value as Json;

/// What a user passes: the merge of `-f` files, then of the `--set` family.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserValues {
    /// The merged values. Numbers of files are floats, those of `--set` integers.
    pub table: Table,
}

impl UserValues {
    /// Merges a values file over what is there. The error names the file.
    pub fn file(&mut self, name: &str, text: &str, all_documents: bool) -> Result<(), String> {
        let table = parse_values(text, all_documents)
            .map_err(|error| format!("failed to parse {name}: {error}"))?;
        merge(&mut self.table, table);
        Ok(())
    }

    /// Merges a table over what is there, as a values file would.
    pub fn merge(&mut self, table: Table) {
        merge(&mut self.table, table);
    }

    /// Applies the argument of one flag of the `--set` family.
    pub fn set(&mut self, kind: Kind<'_>, argument: &str) -> Result<(), String> {
        set::apply(kind, argument, &mut self.table)
    }
}

/// Reads the text of a values file.
pub fn parse_values(text: &str, all_documents: bool) -> Result<Table, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !all_documents {
        return table(yaml::read(text).map_err(|error| error.to_string())?);
    }
    let mut merged = Table::new();
    for document in yaml::read_all(text).map_err(|error| error.to_string())? {
        merge(&mut merged, table(document)?);
    }
    Ok(merged)
}

fn table(data: Json) -> Result<Table, String> {
    let found = match data {
        Json::Object(table) => return Ok(table),
        Json::Null => return Ok(Table::new()),
        Json::Array(_) => "array",
        Json::String(_) => "string",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
    };
    Err(format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
    ))
}

/// Maps merge, everything else is replaced; a null replaces and stays.
fn merge(into: &mut Table, from: Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Json::Object(into)), Json::Object(from)) => merge(into, from),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

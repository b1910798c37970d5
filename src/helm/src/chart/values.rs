//! Values from files and flags. The main type here is [`UserValues`].

use super::set::{self, Kind};
use super::{Line, Profile, Table};
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
    pub fn file(&mut self, name: &str, text: &str, line: Line) -> Result<(), String> {
        let table =
            parse_values(text, line).map_err(|error| format!("failed to parse {name}: {error}"))?;
        merge(&mut self.table, table);
        Ok(())
    }

    /// Merges a table over what is there, as a values file would.
    pub fn merge(&mut self, table: Table) {
        merge(&mut self.table, table);
    }

    /// Applies the argument of one flag of the `--set` family.
    pub fn set(&mut self, kind: Kind<'_>, argument: &str, profile: &Profile) -> Result<(), String> {
        let whole = argument.trim();
        if profile.is_four() && matches!(kind, Kind::Json) && whole.starts_with('{') {
            let wrong = |_| format!("failed parsing --set-json data JSON: {argument}");
            let table = serde_json::from_str(whole).map_err(wrong)?;
            self.merge(set::floats_of(table));
            return Ok(());
        }
        set::apply(kind, argument, profile.open_index_ends, &mut self.table)
    }
}

/// Reads the text of a values file: Helm 3 its first document, Helm 4 all of them over each other.
pub fn parse_values(text: &str, line: Line) -> Result<Table, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if line == Line::Three {
        return document(text);
    }
    let mut merged = Table::new();
    let (texts, fault) = documents(text);
    for text in texts {
        let table = document(&text);
        let table = table.map_err(|why| format!("cannot unmarshal yaml document: {why}"))?;
        merge(&mut merged, table);
    }
    match fault {
        Some(why) => Err(format!("error reading yaml document: {why}")),
        None => Ok(merged),
    }
}

fn document(text: &str) -> Result<Table, String> {
    table(yaml::read(text).map_err(|error| error.to_string())?)
}

/// A text cut where a line begins with `---`, whatever it stands in; each piece ends with a
/// newline. The second part says why there are no more: a line that only begins like that.
pub(crate) fn documents(text: &str) -> (Vec<String>, Option<String>) {
    let (mut documents, mut current) = (Vec::new(), String::new());
    for line in text.split_inclusive('\n') {
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                let why = format!("invalid Yaml document separator: {rest}");
                return (documents, Some(why));
            }
            if !current.is_empty() {
                documents.push(std::mem::take(&mut current));
                continue;
            }
        }
        current.push_str(line);
    }
    if !current.is_empty() {
        current.push_str(if current.ends_with('\n') { "" } else { "\n" });
        documents.push(current);
    }
    (documents, None)
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

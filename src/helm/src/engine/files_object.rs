//! `.Files`: the other files of a chart. The main type here is [`Files`].

use super::glob::Glob;
use super::structure::strings;
use crate::chart::{Content, File};
use crate::value::{Dict, Object, Param, Value};
use crate::yaml::write_value;
use base64::Engine;
use serde_json::Value as Json;
use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Paths and contents, in path order.
pub(super) struct Files(Arc<FileTable>);

/// The files of one chart by path, made once and shared by all renders.
pub(super) type FileTable = BTreeMap<String, Content>;

/// The table of a chart's files.
pub(super) fn file_table(files: &[File]) -> Arc<FileTable> {
    let entries = files
        .iter()
        .map(|file| (file.name.clone(), file.data.clone()));
    Arc::new(entries.collect())
}

impl Files {
    /// `.Files` of a chart.
    pub(super) fn value(table: &Arc<FileTable>) -> Value {
        Value::Object(Rc::new(Files(table.clone())))
    }

    fn text(&self, path: &str) -> String {
        self.0.get(path).map(text).unwrap_or_default()
    }

    fn glob(&self, pattern: &str) -> Value {
        let glob = Glob::new(pattern);
        let found = self.0.iter().filter(|(path, _)| glob.matches(path));
        let found: FileTable = found
            .map(|(path, data)| (path.clone(), data.clone()))
            .collect();
        Files::value(&Arc::new(found))
    }

    fn lines(&self, path: &str) -> Value {
        let text = self.text(path);
        if text.is_empty() {
            return strings(&[]);
        }
        let text = text.strip_suffix('\n').unwrap_or(&text);
        strings(&text.split('\n').map(str::to_owned).collect::<Vec<_>>())
    }

    /// The files by base name, as YAML.
    fn table(&self, shown: fn(&Content) -> String) -> Value {
        let entry = |(path, data): (&String, &Content)| {
            let name = path.rsplit('/').next().unwrap_or(path);
            (name.into(), shown(data).into())
        };
        let table: Dict = self.0.iter().map(entry).collect();
        let text = write_value(&table.into()).unwrap_or_default();
        text.strip_suffix('\n').unwrap_or(&text).into()
    }
}

fn text(data: &Content) -> String {
    data.text().into_owned()
}

fn base64(data: &Content) -> String {
    base64::engine::general_purpose::STANDARD.encode(data)
}

impl Object for Files {
    fn type_name(&self) -> &str {
        "engine.files"
    }

    fn kind(&self) -> &str {
        "map"
    }

    fn count(&self) -> Option<usize> {
        Some(self.0.len())
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(
            self.0
                .get(name)
                .map_or(Value::Nil, |data| Value::Bytes(Rc::from(&**data))),
        )
    }

    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let path = args.first().and_then(Value::as_str).unwrap_or_default();
        Some(Ok(match name {
            "Get" => self.text(path).into(),
            "GetBytes" => {
                let data = self.0.get(path);
                Value::Bytes(data.map_or_else(|| Rc::from([]), |data| Rc::from(&**data)))
            }
            "Glob" => self.glob(path),
            "Lines" => self.lines(path),
            "AsConfig" => self.table(text),
            "AsSecrets" => self.table(base64),
            _ => return None,
        }))
    }

    fn signature(&self, name: &str) -> Option<(&'static [Param], bool)> {
        match name {
            "Get" | "GetBytes" | "Glob" | "Lines" => Some((&[Param::Str], false)),
            "AsConfig" | "AsSecrets" => Some((&[], false)),
            _ => None,
        }
    }

    fn print(&self) -> String {
        let entries = self.0.iter().map(|(path, data)| {
            let bytes: Vec<String> = data.iter().map(u8::to_string).collect();
            format!("{path}:[{}]", bytes.join(" "))
        });
        format!("map[{}]", entries.collect::<Vec<_>>().join(" "))
    }

    fn to_json(&self) -> Json {
        self.0
            .iter()
            .map(|(path, data)| (path.clone(), Json::String(base64(data))))
            .collect()
    }

    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        let entry = |(path, data): (&String, &Content)| {
            (path.as_str().into(), Value::Bytes(Rc::from(&**data)))
        };
        Some(self.0.iter().map(entry).collect())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

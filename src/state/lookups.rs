//! Jinja lookups into files and the environment. The main type here is [`DiskLookups`].

use super::DiskFiles;
use crate::files::Files;
use crate::vars::Lookups;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// `env`, `file`, `fileglob` and `first_found`; files are searched as Ansible does: in `files/`
/// and `templates/` beside the playbook, then beside it.
#[derive(Clone, Debug)]
pub struct DiskLookups {
    dir: PathBuf,
}

type Found = Result<Vec<Value>, String>;

impl DiskLookups {
    /// Relative names are searched beside this directory.
    pub fn beside(dir: &Path) -> DiskLookups {
        let dir = dir.to_path_buf();
        DiskLookups { dir }
    }

    fn find(&self, name: &str) -> Option<PathBuf> {
        let places = ["files", "templates", ""].map(|place| self.dir.join(place).join(name));
        places
            .into_iter()
            .find(|path| DiskFiles.is_dir(path) == Some(false))
    }

    fn file(&self, name: &str, options: &Map<String, Value>) -> Result<Value, String> {
        let on = |option: &str| options.get(option) == Some(&Value::Bool(true));
        let content = match self.find(name).map(|path| DiskFiles.read(&path)) {
            Some(Ok(content)) => content,
            Some(Err(error)) => return Err(format!("{name} can't be read: {error}")),
            None if options.get("errors").is_some_and(|e| e == "ignore") => return Ok(Value::Null),
            None => {
                return Err(format!(
                    "{name} is not found beside \"{}\"",
                    self.dir.display()
                ));
            }
        };
        let text =
            std::str::from_utf8(&content).map_err(|_| format!("{name} is not UTF-8 text"))?;
        let keeps = options.get("rstrip") == Some(&Value::Bool(false));
        let text = if keeps { text } else { text.trim_end() };
        Ok(if on("lstrip") {
            text.trim_start()
        } else {
            text
        }
        .into())
    }

    /// The files whose names fit a pattern with `*` and `?`, sorted.
    fn glob(&self, pattern: &str) -> Vec<Value> {
        let whole = self.dir.join(pattern);
        let (Some(dir), Some(name)) = (whole.parent(), whole.file_name()) else {
            return Vec::new();
        };
        let name = name.to_string_lossy();
        let entries = DiskFiles.list(dir).unwrap_or_default().into_iter();
        let fits = entries.filter(|entry| !entry.dir && fits(&name, &entry.name));
        fits.map(|entry| dir.join(entry.name).display().to_string().into())
            .collect()
    }

    fn first_found(&self, terms: &[Value], options: &Map<String, Value>) -> Found {
        let names = terms.iter().flat_map(|term| match term {
            Value::Array(names) => names.clone(),
            term => vec![term.clone()],
        });
        let names: Vec<Value> = names.collect();
        let found = names
            .iter()
            .filter_map(Value::as_str)
            .find_map(|name| self.find(name));
        match found {
            Some(path) => Ok(vec![path.display().to_string().into()]),
            None if options.get("skip") == Some(&Value::Bool(true)) => Ok(Vec::new()),
            None => Err(format!("none of {} is there", Value::Array(names))),
        }
    }
}

impl Lookups for DiskLookups {
    fn lookup(&self, name: &str, terms: &[Value], options: &Map<String, Value>) -> Option<Found> {
        let texts = terms.iter().map(|term| term.as_str().unwrap_or_default());
        Some(match name {
            "env" => Ok(texts.map(|name| env(name, options)).collect()),
            "file" => texts.map(|name| self.file(name, options)).collect(),
            "fileglob" => Ok(texts.flat_map(|pattern| self.glob(pattern)).collect()),
            "first_found" => self.first_found(terms, options),
            _ => return None,
        })
    }
}

fn env(name: &str, options: &Map<String, Value>) -> Value {
    let default = || options.get("default").cloned().unwrap_or_else(|| "".into());
    std::env::var(name).map_or_else(|_| default(), Value::from)
}

fn fits(pattern: &str, name: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return name.is_empty();
    };
    let rest = &pattern[first.len_utf8()..];
    match (first, name.chars().next()) {
        ('*', _) => name
            .char_indices()
            .map(|(at, _)| at)
            .chain([name.len()])
            .any(|at| fits(rest, &name[at..])),
        ('?', Some(c)) => fits(rest, &name[c.len_utf8()..]),
        (wanted, Some(c)) if wanted == c => fits(rest, &name[c.len_utf8()..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_beside_the_playbook() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("files")).unwrap();
        std::fs::write(dir.path().join("files/a.txt"), "content\n").unwrap();
        std::fs::write(dir.path().join("b.yml"), "").unwrap();
        let lookups = DiskLookups::beside(dir.path());
        let look = |name: &str, term: &str, options: Value| {
            let options = options.as_object().cloned().unwrap_or_default();
            lookups.lookup(name, &[term.into()], &options)
        };
        let none = || Value::Null;
        assert_eq!(
            look("file", "a.txt", none()),
            Some(Ok(vec!["content".into()]))
        );
        assert_eq!(
            look("file", "c", serde_json::json!({"errors": "ignore"})),
            Some(Ok(vec![Value::Null]))
        );
        assert!(look("file", "c", none()).unwrap().is_err());
        assert_eq!(look("fileglob", "*.yml", none()).unwrap().unwrap().len(), 1);
        assert!(
            look("first_found", "b.yml", none()).unwrap().unwrap()[0]
                .as_str()
                .unwrap()
                .ends_with("b.yml")
        );
        assert_eq!(
            look("env", "NO_SUCH_NAME", serde_json::json!({"default": "d"})),
            Some(Ok(vec!["d".into()]))
        );
        assert_eq!(look("pipe", "true", none()), None);
    }
}

//! `Chart.lock`, and `requirements.lock` of charts of apiVersion v1. The main type here is
//! [`Lock`].

use crate::diag::Diagnostic;
use crate::repo::digest::sha256;
use helm::chart::{Dependency, Source};
use helm::yaml;
use jiff::Zoned;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;

/// The versions that were chosen.
#[derive(Clone, Debug)]
pub struct Lock {
    generated: String,
    /// Of the requirements and the choice.
    pub digest: String,
    /// Name, repository and exact version of each.
    pub dependencies: Vec<Dependency>,
}

impl Lock {
    /// A choice for requirements.
    pub fn new(wanted: &[Dependency], chosen: Vec<Dependency>, now: &Zoned) -> Lock {
        Lock {
            generated: now
                .strftime("%Y-%m-%dT%H:%M:%S%.f%:z")
                .to_string()
                .replace("+00:00", "Z"),
            digest: digest(wanted, &chosen),
            dependencies: chosen,
        }
    }

    /// The lock of a chart, as it was loaded.
    pub fn of(chart: &Source) -> Option<Lock> {
        let lock = chart.lock.as_ref()?;
        let text =
            |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
        let dependencies = lock["dependencies"].as_array();
        let dependency = |value: &Value| Dependency {
            name: text(value, "name"),
            version: text(value, "version"),
            repository: text(value, "repository"),
            ..Dependency::default()
        };
        Some(Lock {
            generated: text(lock, "generated"),
            digest: text(lock, "digest"),
            dependencies: dependencies.into_iter().flatten().map(dependency).collect(),
        })
    }

    /// Writes it into the chart's directory, never through a link.
    pub fn write(&self, chart: &Path, v1: bool) -> Result<(), Diagnostic> {
        let name = if v1 {
            "requirements.lock"
        } else {
            "Chart.lock"
        };
        let path = chart.join(name);
        if path.is_symlink() {
            let what = format!("{} is a symbolic link", path.display());
            return Err(Diagnostic::error(what).note("a lock file is not written through one"));
        }
        let fault = |why: String| {
            Diagnostic::error(format!("{} can't be written", path.display())).note(why)
        };
        let text = self.text().map_err(&fault)?;
        std::fs::write(&path, text).map_err(|e| fault(e.to_string()))
    }

    fn text(&self) -> Result<String, String> {
        let dependencies = serde_json::to_value(&self.dependencies).map_err(|e| e.to_string())?;
        let data = json!({
            "dependencies": dependencies,
            "digest": self.digest,
            "generated": self.generated,
        });
        Ok(yaml::write(&data))
    }
}

/// Helm's digest of requirements and choice.
pub fn digest(wanted: &[Dependency], chosen: &[Dependency]) -> String {
    sha256(go_json(&[wanted, chosen]).as_bytes())
}

/// Helm 2's digest, of the requirements alone.
pub fn old_digest(wanted: &[Dependency]) -> String {
    #[derive(Serialize)]
    struct Requirements<'a> {
        dependencies: &'a [Dependency],
    }
    let requirements = Requirements {
        dependencies: wanted,
    };
    sha256(go_json(&requirements).as_bytes())
}

/// As Go's `json.Marshal`: `<`, `>`, `&` and two line separators are escaped. They stand only in
/// texts, so the whole can be escaped at once.
fn go_json(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    [
        ('<', "\\u003c"),
        ('>', "\\u003e"),
        ('&', "\\u0026"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
    ]
    .into_iter()
    .fold(text, |text, (letter, escaped)| {
        text.replace(letter, escaped)
    })
}

//! What Helm asks of `Chart.yaml` at load time, in its order and words.

use super::metadata::{Dependency, Metadata};
use crate::semver::Version;
use crate::value::fmt::{is_print, quote};

impl Metadata {
    /// Cleans the text fields, then checks them.
    pub(super) fn validate(&mut self) -> Result<(), String> {
        self.sanitize();
        let faults = [
            (
                self.api_version.is_empty(),
                "chart.metadata.apiVersion is required".to_owned(),
            ),
            (
                self.name.is_empty(),
                "chart.metadata.name is required".to_owned(),
            ),
            (
                matches!(self.name.as_str(), "." | ".."),
                format!("chart.metadata.name {} is not allowed", quote(&self.name)),
            ),
            (
                self.name.contains('/'),
                format!("chart.metadata.name {} is invalid", quote(&self.name)),
            ),
            (
                self.version.is_empty(),
                "chart.metadata.version is required".to_owned(),
            ),
            (
                Version::parse(&self.version).is_err(),
                format!("chart.metadata.version {} is invalid", quote(&self.version)),
            ),
            (
                !matches!(self.kind.as_str(), "" | "application" | "library"),
                "chart.metadata.type must be application or library".to_owned(),
            ),
            (
                self.empty_nodes.is_some(),
                format!(
                    "{} must not contain empty or null nodes",
                    self.empty_nodes.unwrap_or_default()
                ),
            ),
        ];
        if let Some((_, text)) = faults.into_iter().find(|(broken, _)| *broken) {
            return Err(format!("validation: {text}"));
        }
        self.check_dependencies()
            .map_err(|text| format!("validation: {text}"))
    }

    fn sanitize(&mut self) {
        let texts = [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ];
        texts
            .into_iter()
            .chain(&mut self.sources)
            .chain(&mut self.keywords)
            .for_each(clean);
        for person in &mut self.maintainers {
            [&mut person.name, &mut person.email, &mut person.url]
                .into_iter()
                .for_each(clean);
        }
        self.dependencies.iter_mut().for_each(Dependency::sanitize);
    }

    fn check_dependencies(&self) -> Result<(), String> {
        let mut seen = Vec::new();
        for dependency in &self.dependencies {
            if !dependency
                .alias
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            {
                let name = quote(&dependency.name);
                return Err(format!(
                    "dependency {name} has disallowed characters in the alias"
                ));
            }
            let key = dependency.key();
            if seen.contains(&key) {
                return Err(format!(
                    "more than one dependency with name or alias {}",
                    quote(key)
                ));
            }
            seen.push(key);
        }
        Ok(())
    }
}

impl Dependency {
    /// The alias, or else the name.
    pub fn key(&self) -> &str {
        if self.alias.is_empty() {
            &self.name
        } else {
            &self.alias
        }
    }

    fn sanitize(&mut self) {
        let texts = [
            &mut self.name,
            &mut self.version,
            &mut self.repository,
            &mut self.condition,
        ];
        texts.into_iter().chain(&mut self.tags).for_each(clean);
    }
}

/// Blanks become spaces, what can't be printed goes.
fn clean(text: &mut String) {
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return;
    }
    let kept = text.chars().filter_map(|c| match c {
        c if c.is_whitespace() => Some(' '),
        c if is_print(c) => Some(c),
        _ => None,
    });
    *text = kept.collect();
}

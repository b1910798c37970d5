//! A render as text: the manifest of a release record, and what `helm template` prints.

use super::manifest::{Event, Hook, Rendered};
use super::split::split;
use crate::chart::{Splitter, glob};
use std::borrow::Cow;
use std::fmt::Write;

impl Rendered {
    /// The manifest of a release record: CRDs where asked for, no hooks.
    pub fn manifest_text(&self, include_crds: bool) -> String {
        let mut text = String::new();
        for crd in self.crds.iter().filter(|_| include_crds) {
            document(&mut text, &crd.path, &crd.text());
        }
        for manifest in &self.manifests {
            document(&mut text, &manifest.path, &manifest.text);
        }
        text
    }

    /// What `helm template` prints.
    pub fn template_text(&self, include_crds: bool, hooks: bool, skip_tests: bool) -> String {
        let mut text = format!("{}\n", self.manifest_text(include_crds).trim());
        for hook in self.shown(hooks, skip_tests) {
            document(&mut text, &hook.manifest.path, &hook.manifest.text);
        }
        text
    }

    /// The documents for `--output-dir`, each as the end of the file of its path.
    pub fn files(&self, include_crds: bool, hooks: bool, skip_tests: bool) -> Vec<(&str, String)> {
        let crds = self.crds.iter().filter(|_| include_crds);
        let crds = crds.map(|crd| (crd.path.as_str(), crd.text()));
        let hooks = self.shown(hooks, skip_tests).map(|hook| &hook.manifest);
        let manifests = self.manifests.iter().chain(hooks);
        let manifests = manifests.map(|m| (m.path.as_str(), Cow::Borrowed(m.text.as_str())));
        let file = |(path, text): (_, Cow<'_, str>)| {
            let mut out = String::new();
            document(&mut out, path, &text);
            (path, out)
        };
        crds.chain(manifests).map(file).collect()
    }

    fn shown(&self, hooks: bool, skip_tests: bool) -> impl Iterator<Item = &Hook> {
        let test = move |hook: &&Hook| skip_tests && hook.events.contains(&Event::Test);
        let all = self.hooks.iter().filter(move |_| hooks);
        all.filter(move |hook| !test(hook))
    }
}

fn document(out: &mut String, path: &str, text: &str) {
    // Writing into a string cannot fail.
    let _ = writeln!(out, "---\n# Source: {path}\n{text}");
}

/// The documents of a printed text whose template matches one of the globs
/// (`--show-only`), in the order of the globs.
pub(super) fn show_only(
    text: &str,
    globs: &[String],
    splitter: Splitter,
) -> Result<String, String> {
    let documents = split(text, splitter);
    let mut out = String::new();
    for pattern in globs {
        let before = out.len();
        for document in &documents {
            let path = source(document);
            if path.is_some_and(|path| glob::matches(pattern, path).unwrap_or(false)) {
                let _ = writeln!(out, "---\n{document}");
            }
        }
        if out.len() == before {
            return Err(format!("could not find template {pattern} in chart"));
        }
    }
    Ok(out)
}

/// The path in a document's `# Source:` line, without the chart's name.
fn source(document: &str) -> Option<&str> {
    let (_, rest) = document.split_once("# Source: ")?;
    let (_, path) = rest.lines().next()?.split_once('/')?;
    Some(path)
}

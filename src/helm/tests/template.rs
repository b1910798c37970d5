//! The cases of `fixtures/engine/template` and `fixtures/engine/sprig`: Helm
//! 3.21.4 wrote what is expected (`fixtures/engine/golden.py`); here our engine
//! must say the same.

mod support;

use helm::Host;
use helm::sprig::chapters;
use helm::template::{Context, TemplateSet};
use helm::value::{Dict, Map, MapKind, Value};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use support::{StillHost, on_large_stack};

const OUT: &str = "out: {{ include \"c/templates/_case.tpl\" . | toJson }}\n";

/// A clock that goes and real randomness, which keys need.
struct LiveHost;

impl Host for LiveHost {
    fn now(&self) -> jiff::Zoned {
        jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC)
    }

    fn random(&self, out: &mut [u8]) {
        rand::fill(out);
    }
}

/// One case of a file.
#[derive(Default)]
struct Case {
    name: String,
    sections: Vec<(String, String)>,
}

impl Case {
    fn section(&self, title: &str) -> Option<&str> {
        let found = self.sections.iter().find(|(other, _)| other == title);
        found.map(|(_, body)| body.as_str())
    }

    /// The templates, in Helm's order: deepest first, names descending.
    fn templates(&self) -> Vec<(String, &str)> {
        let mut all = vec![("c/templates/out.yaml".to_owned(), OUT)];
        for (title, body) in &self.sections {
            if title == "template" {
                all.push(("c/templates/_case.tpl".into(), body));
            } else if let Some(path) = title.strip_prefix("file ") {
                all.push((format!("c/{path}"), body));
            }
        }
        all.sort_by_cached_key(|(name, _)| (name.matches('/').count(), name.clone()));
        all.reverse();
        all
    }

    fn values(&self) -> Value {
        let json = serde_json::from_str(self.section("values").unwrap_or("{}"));
        let mut values = Value::from_json(&json.expect("values are JSON"));
        if let Value::Map(map) = &mut values {
            map.kind = MapKind::Values;
        }
        let top = Map::new(Dict::new());
        top.set("Values", values);
        Value::Map(top)
    }

    /// What we say, as Helm would print it.
    fn run(&self, host: &dyn Host) -> (&'static str, String) {
        let templates = self.templates();
        let sources = templates.iter().map(|(name, text)| (name.as_str(), *text));
        let mut out = String::new();
        let done = TemplateSet::parse(sources, chapters()).and_then(|set| {
            let mut context = Context::new(host);
            set.execute(
                "c/templates/out.yaml",
                &self.values(),
                &mut context,
                &mut out,
            )
        });
        match done {
            Ok(()) => {
                let json = out.trim_end().strip_prefix("out: ").expect("the output");
                ("output", serde_json::from_str(json).expect("JSON"))
            }
            Err(error) => ("error", error.to_string()),
        }
    }
}

fn cases(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).expect("a case file");
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let mut cases: Vec<Case> = Vec::new();
    for line in text.split('\n') {
        if let Some(name) = line.strip_prefix("=== ") {
            cases.push(Case {
                name: name.into(),
                sections: vec![("values".into(), String::new())],
            });
        } else if let (Some(title), Some(case)) = (line.strip_prefix("--- "), cases.last_mut()) {
            case.sections.push((title.into(), String::new()));
        } else if let Some((_, body)) = cases.last_mut().and_then(|case| case.sections.last_mut()) {
            body.push_str(line);
            body.push('\n');
        }
    }
    for (_, body) in cases.iter_mut().flat_map(|case| &mut case.sections) {
        body.pop();
    }
    cases
}

fn files(directory: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/engine");
    let mut files: Vec<_> = fs::read_dir(root.join(directory))
        .expect("the case files")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}

/// Where we differ from Helm.
fn difference(case: &Case, host: &dyn Host) -> Option<String> {
    let (kind, text) = case.run(host);
    let expected = case.section("output").or(case.section("error"));
    (case.section(kind) != Some(&*text)).then(|| {
        format!(
            "\n  template {:?}\n  helm {:?}\n  ours {text:?} ({kind})\n",
            case.section("template").unwrap_or_default(),
            expected.unwrap_or_default(),
        )
    })
}

/// Runs the cases of a directory, which must be `least` at least.
fn check(directory: &str, host: &dyn Host, least: usize) {
    let (mut report, mut count) = (String::new(), 0);
    for path in files(directory) {
        for case in cases(&path) {
            count += 1;
            if let Some(difference) = difference(&case, host) {
                let file = path.file_name().unwrap_or_default().display();
                let _ = write!(report, "\n{file}: {}{difference}", case.name);
            }
        }
    }
    assert!(count >= least, "only {count} cases were found");
    assert!(report.is_empty(), "{report}");
}

#[test]
fn templates_do_what_helm_does() {
    on_large_stack(|| check("template", &StillHost, 250));
}

#[test]
fn functions_do_what_helm_does() {
    on_large_stack(|| check("sprig", &LiveHost, 1000));
}

//! What the cases of `fixtures/engine` can't hold, and the demo charts against Helm itself.

use super::{Setting, TemplateOptions, on_large_stack};
use crate::Host;
use crate::chart::{Chart, File, Splitter};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

mod fleet;

/// A host without randomness.
pub(super) struct Still;

impl Host for Still {
    fn now(&self) -> jiff::Zoned {
        jiff::Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC)
    }

    fn random(&self, out: &mut [u8]) {
        out.fill(7);
    }
}

fn print(chart: &Path, options: &TemplateOptions) -> Result<String, String> {
    let read = |path: &str| fs::read_to_string(path).map_err(|error| error.to_string());
    let chart = Chart::open(chart)?;
    let rendered = options
        .run(&chart, &Still, &read)
        .map_err(|error| error.to_string())?;
    options.print(&rendered)
}

/// Helm 3: named by `ROLLBOOK_HELM3`, or where the control plane recipe puts it.
fn helm() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("ROLLBOOK_HELM3") {
        let path = PathBuf::from(named);
        assert!(
            path.exists() || std::env::var_os("CI").is_none(),
            "ROLLBOOK_HELM3 names {}, which is not there",
            path.display()
        );
        return path.exists().then_some(path);
    }
    let home = std::env::var_os("HOME")?;
    let path = Path::new(&home).join(".cache/rollbook-test/bin/helm3");
    path.exists().then_some(path)
}

#[test]
fn the_demo_charts_print_what_helm_prints() {
    let Some(helm) = helm() else {
        return skipped("the_demo_charts_print_what_helm_prints");
    };
    let charts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/charts");
    let client = "client.name=acme";
    for chart in fs::read_dir(charts)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let run = Command::new(&helm)
            .args(["template", "rel", "--set", client])
            .arg(&chart)
            .output()
            .unwrap();
        assert!(
            run.status.success(),
            "{}",
            String::from_utf8_lossy(&run.stderr)
        );
        let options = TemplateOptions {
            name: "rel".to_owned(),
            settings: vec![Setting::Typed(client.to_owned())],
            ..Default::default()
        };
        let ours = on_large_stack(|| print(&chart, &options)).unwrap();
        assert_eq!(ours.as_deref(), Ok(&*String::from_utf8_lossy(&run.stdout)));
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test is named")]
fn skipped(name: &str) {
    eprintln!("skipped: {name}: Helm 3 is not here");
}

/// Files that a text file can't hold.
#[test]
fn carriage_returns_and_byte_order_marks() {
    let files = [
        (
            "Chart.yaml",
            "\u{feff}apiVersion: v2\nname: c\nversion: 0.1.0\n",
        ),
        ("values.yaml", "\u{feff}a: 1\n"),
        (
            "templates/a.yaml",
            "\u{feff}kind: X\r\na: {{ .Values.a }}\r\n---\r\nkind: Y\r\n",
        ),
    ];
    let files = files.map(|(name, text)| File::new(name, text.as_bytes()));
    let chart = Chart::load(files.to_vec()).unwrap();
    let options = TemplateOptions::default();
    let rendered = options
        .run(&chart, &Still, &|_| Err(String::new()))
        .unwrap();
    assert_eq!(
        options.print(&rendered).unwrap(),
        "---\n# Source: c/templates/a.yaml\nkind: X\r\na: 1\n---\n# Source: c/templates/a.yaml\nkind: Y\n"
    );
}

#[test]
fn helm_4_keeps_what_follows_a_document() {
    let text = "a: 1\n\n---\n\n---apiVersion: v1\n--- # note\nb: 2\n\n";
    assert_eq!(
        super::split(text, Splitter::Trimmed),
        ["a: 1", "---apiVersion: v1", "# note\nb: 2"]
    );
    assert_eq!(
        super::split(text, Splitter::Lines),
        ["a: 1\n\n", "apiVersion: v1\n", "# note\nb: 2\n\n"]
    );
}

#[test]
fn flags_of_values_apply_in_the_order_of_helm() {
    let options = TemplateOptions {
        values_files: vec!["one".to_owned()],
        settings: vec![
            Setting::Literal("a=literal".to_owned()),
            Setting::Json("a=1".to_owned()),
            Setting::File("b=two".to_owned()),
        ],
        ..Default::default()
    };
    let read = |path: &str| Ok(format!("{path}: 1\n"));
    let values = options.values(&read).unwrap();
    let values = serde_json::Value::Object(values.table);
    assert_eq!(
        values,
        serde_json::json!({"a": "literal", "b": "two: 1\n", "one": 1.0})
    );
}

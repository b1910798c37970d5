//! Whole charts against what Helm printed for them, and Helm itself where it is there.

use super::{Setting, TemplateOptions, on_large_stack};
use crate::Host;
use crate::chart::{Chart, File, Splitter};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

mod cases;
mod fleet;

use cases::{Case, Expected, cases};

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

/// The chart of a case as a directory that goes away with it.
struct Directory(PathBuf);

impl Directory {
    fn of(case: &Case) -> Directory {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("rollbook-engine-{}-{made}", std::process::id());
        let top = std::env::temp_dir().join(name);
        for (path, text) in &case.files {
            let path = top.join("c").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Directory(top)
    }

    fn chart(&self) -> PathBuf {
        self.0.join("c")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn charts_print_what_helm_printed() {
    on_large_stack(|| {
        let failed: Vec<String> = cases().iter().filter_map(check).collect();
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    })
    .unwrap();
}

fn check(case: &Case) -> Option<String> {
    let directory = Directory::of(case);
    let found = print(&directory.chart(), &case.options);
    let same = match (&found, &case.expected) {
        (Ok(text), Expected::Output(wanted)) => text.strip_suffix('\n') == Some(wanted),
        (Err(text), Expected::Error(wanted)) => text.trim_end() == wanted,
        _ => false,
    };
    (!same).then(|| {
        format!(
            "== {}: {}\n{found:#?}\nHelm: {:#?}",
            case.file, case.name, case.expected
        )
    })
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

#[test]
fn the_cases_are_still_what_helm_prints() {
    let Some(helm) = helm() else {
        return skipped("the_cases_are_still_what_helm_prints");
    };
    // Each one starts Helm: those where whole charts and YAML are printed.
    let asked = |case: &Case| ["chart/output.txt", "yaml/write.txt"].contains(&&*case.file);
    for case in cases().into_iter().filter(asked) {
        let directory = Directory::of(&case);
        let run = Command::new(&helm)
            .args(["template", "rel"])
            .arg(directory.chart())
            .args(&case.flags)
            .env("TZ", "UTC")
            .output()
            .unwrap();
        if let Expected::Output(wanted) = &case.expected {
            let text = String::from_utf8_lossy(&run.stdout);
            assert_eq!(
                text.strip_suffix('\n'),
                Some(wanted.as_str()),
                "{}: {}",
                case.file,
                case.name
            );
        } else {
            assert!(!run.status.success(), "{}: {}", case.file, case.name);
        }
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

//! The case files under `fixtures/engine/chart` and `fixtures/engine/yaml`.

use super::{Setting, TemplateOptions};
use std::fs;
use std::path::Path;

/// One chart, its flags, and what Helm said.
pub struct Case {
    pub file: String,
    pub name: String,
    pub flags: Vec<String>,
    pub options: TemplateOptions,
    pub files: Vec<(String, String)>,
    pub expected: Expected,
}

#[derive(Debug)]
pub enum Expected {
    Output(String),
    Error(String),
}

pub fn cases() -> Vec<Case> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/engine");
    let mut cases = Vec::new();
    for folder in ["chart", "yaml"] {
        let mut paths: Vec<_> = fs::read_dir(top.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "txt"));
        paths.sort();
        for path in paths {
            let text = fs::read_to_string(&path).unwrap();
            let texts = text.strip_suffix('\n').unwrap_or(&text);
            for text in format!("\n{texts}").split("\n=== ").skip(1) {
                let file = format!("{folder}/{}", path.file_name().unwrap().to_string_lossy());
                cases.push(parse(file, text));
            }
        }
    }
    assert!(cases.len() > 100);
    cases
}

fn parse(file: String, text: &str) -> Case {
    let mut sections = text.split("\n>>> ");
    let mut head = sections.next().unwrap().lines();
    let name = head.next().unwrap().to_owned();
    let flags: Vec<String> = head.map(str::to_owned).collect();
    let chart = "apiVersion: v2\nname: c\nversion: 0.1.0\n";
    let mut files = vec![("Chart.yaml".to_owned(), chart.to_owned())];
    let mut expected = None;
    for section in sections {
        let (title, body) = section.split_once('\n').unwrap_or((section, ""));
        match (title, title.strip_suffix(" (no newline)")) {
            ("output", _) => expected = Some(Expected::Output(body.to_owned())),
            ("error", _) => expected = Some(Expected::Error(body.to_owned())),
            (_, Some(title)) => files.push((title.to_owned(), body.to_owned())),
            _ => files.push((title.to_owned(), format!("{body}\n"))),
        }
    }
    let options = options(&flags);
    Case {
        file,
        name,
        flags,
        options,
        files,
        expected: expected.unwrap(),
    }
}

fn options(flags: &[String]) -> TemplateOptions {
    let mut options = TemplateOptions {
        name: "rel".to_owned(),
        ..Default::default()
    };
    let mut flags = flags.iter().cloned();
    while let Some(flag) = flags.next() {
        let mut next = || flags.next().unwrap();
        match flag.as_str() {
            "--set" => options.settings.push(Setting::Typed(next())),
            "--set-string" => options.settings.push(Setting::Text(next())),
            "--set-json" => options.settings.push(Setting::Json(next())),
            "--set-literal" => options.settings.push(Setting::Literal(next())),
            "--kube-version" => options.kube_version = Some(next()),
            "-a" => options.api_versions.push(next()),
            "-s" => options.show_only.push(next()),
            "--include-crds" => options.include_crds = true,
            other => panic!("no flag {other}"),
        }
    }
    options
}

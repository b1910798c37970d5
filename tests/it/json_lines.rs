//! `--format json`: every line is an object with the documented fields, the recap is the last, and
//! no secret is in any of them.

use crate::main_job::{Desk, Said, UPDATE};
use serde_json::{Value, json};

impl Said {
    /// The lines of stdout.
    #[track_caller]
    fn lines(&self) -> Vec<Value> {
        let lines = self.out.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
            .collect()
    }
}

/// A line without what differs from run to run; of a plan one change whole, of the others their
/// names.
fn stable(mut line: Value) -> Value {
    let time = line["time"].as_str().unwrap_or_default();
    assert!(time.ends_with('Z') && time.contains('T'), "{line}");
    for (pointer, word) in [
        ("/time", "TIME"),
        ("/run", "RUN"),
        ("/seconds", "SECONDS"),
        ("/by", "SOMEBODY"),
        ("/sha256", "SHA256"),
        ("/bytes", "BYTES"),
        ("/path", "PATH"),
        ("/plan/created", "TIME"),
        ("/plan/targets/0/release/fingerprint", "FINGERPRINT"),
    ] {
        if let Some(value) = line.pointer_mut(pointer) {
            *value = word.into();
        }
    }
    if line["event"] == "run_started" && line["plan"].is_string() {
        line["plan"] = "PLAN".into();
    }
    if let Some(changes) = line.pointer_mut("/plan/targets/0/release/changes") {
        let all = changes.as_array().cloned().unwrap_or_default();
        *changes = all.into_iter().map(abridged).collect();
    }
    line
}

fn abridged(change: Value) -> Value {
    match &change["id"]["kind"] {
        kind if kind == "ConfigMap" => change,
        kind => json!([change["action"], kind, change["id"]["name"]]),
    }
}

fn text(lines: Vec<Value>) -> String {
    let lines = lines.into_iter().map(stable);
    lines.map(|line| format!("{line:#}\n")).collect()
}

#[test]
fn a_plan_and_its_apply() {
    let desk = Desk::new();
    let plan = desk.arg("a.plan");
    let call = format!("plan {UPDATE} -l c0aa1p --out {plan} --format json");
    let said = desk.over("inventories/demo", &call);
    assert_eq!((said.code, &*said.err), (0, ""));
    let lines = said.lines();
    let event = |wanted: &str| lines.iter().position(|line| line["event"] == wanted);
    assert_eq!(event("recap"), Some(lines.len() - 1), "the last line");
    assert!(lines.iter().all(|line| line["check"] == true));
    insta::assert_snapshot!("plan", text(lines));

    let said = desk.rollbook(["apply", &plan, "--format", "json"]);
    assert_eq!((said.code, &*said.err), (0, ""));
    let lines = said.lines();
    assert!(lines.iter().all(|line| line["check"] == false));
    let names = |line: &Value| format!("{} {}", line["event"], line["target"]);
    let names: Vec<String> = lines.iter().map(names).collect();
    insta::assert_snapshot!(
        "apply",
        format!(
            "{}\n{}",
            names.join("\n"),
            text(lines)
                .lines()
                .rev()
                .take(60)
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect::<Vec<_>>()
                .join("\n")
        )
    );
}

#[test]
fn faults_that_end_the_program_are_lines_too() {
    let desk = Desk::new();
    let said = desk.over("fixtures/cli/bad/missing-chart.yml", "plan --format json");
    assert_eq!(said.code, 1);
    let lines = said.lines();
    let ends = lines
        .into_iter()
        .filter(|line| line["event"] == "error" || line["event"] == "recap");
    insta::assert_snapshot!("faults", text(ends.collect()));
    assert!(
        said.err
            .starts_with("error: [c1] fixtures/charts has no chart webap\n"),
        "{}",
        said.err
    );

    let said = desk.over("inventories/none", "plan --format json");
    let lines = said.lines();
    assert_eq!(said.code, 1);
    assert_eq!(lines.len(), 2, "{}", said.out);
    assert_eq!(
        (&lines[0]["event"], &lines[1]["exit"]),
        (&json!("error"), &json!(1))
    );
}

#[test]
fn a_whole_fleet_is_not_folded_and_holds_no_secret() {
    let desk = Desk::new();
    let said = desk.over("inventories/demo", &format!("plan {UPDATE} --format json"));
    let lines = said.lines();
    let plan = lines.iter().find(|line| line["event"] == "plan").unwrap();
    assert_eq!(plan["plan"]["targets"].as_array().unwrap().len(), 44);
    assert_eq!(plan["plan"]["totals"]["targets"]["change"], 38);
    assert!(said.out.contains("(secret "));
    // The chart's default password, as text and as a Secret keeps it.
    for clear in ["change-me", "Y2hhbmdlLW1l"] {
        assert!(!said.out.contains(clear), "{clear}");
    }
}

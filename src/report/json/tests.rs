//! Every event as a line has it: the documented fields, and no others.

use super::event::fields;
use crate::diag::{Diagnostic, Excerpt, Kind, Location};
use crate::event::{End, Event, Outcome, Start, Status, TaskHead, Wave};
use crate::plan::{GateResult, GateVerdict, Identity};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const TOOK: Duration = Duration::from_micros(2_345_678);

fn head() -> Arc<TaskHead> {
    let at = Location {
        file: "playbooks/update.yml".into(),
        line: 88,
        column: 7,
    };
    Arc::new(TaskHead {
        name: "Update the release".into(),
        module: "release".into(),
        handler: false,
        at,
    })
}

fn fault() -> Diagnostic {
    let fault = Diagnostic::new(Kind::Failed, "Deployment web is not ready");
    let excerpt = Excerpt {
        text: "limits: {memory: 512Mi}".to_owned(),
        start: 17,
        len: 5,
    };
    let at = Location::file("host_vars/c1.yml");
    let fault = fault.at(at).excerpt(excerpt).target("c1");
    fault.note("OOMKilled 3 times").hint("raise the limit")
}

fn wave() -> Arc<Wave> {
    Arc::new(Wave {
        play: "Update clients".into(),
        number: 2,
        of: 4,
        targets: vec!["c1".into(), "c2".into()],
        allowed: Some(1),
    })
}

fn ended(status: Status, item: Option<&str>, error: Option<Diagnostic>) -> Event {
    Event::TaskEnded {
        target: "c1".into(),
        task: head(),
        outcome: Outcome {
            status,
            result: json!({"changed": status == Status::Changed}),
            item: item.map(str::to_owned),
            diff: None,
            error,
        },
        took: TOOK,
    }
}

fn left(end: End) -> Event {
    Event::TargetEnded {
        target: "c1".into(),
        end,
        took: TOOK,
    }
}

fn started() -> Event {
    let cluster = Identity {
        name: "prod-sp".into(),
        server: "https://api.prod-sp.example.net".into(),
        uid: "5f0c1e9a".into(),
    };
    let start = Start {
        run: "20260312-2204-7k2f".into(),
        check: false,
        clusters: vec![Arc::new(cluster)],
        targets: vec!["c1".into(), "c2".into()],
        inventory_targets: 438,
        by: "maria@bastion-2".to_owned(),
        reason: Some("CHG0041234".to_owned()),
        plan: Some("sp.plan sha256:c7e05a19".to_owned()),
        inventory: vec!["inventories/prod".to_owned()],
        waves: vec![1, 1],
        planned: true,
    };
    Event::RunStarted(Arc::new(start))
}

fn events() -> Vec<Event> {
    let gate = GateResult {
        name: "idle".into(),
        verdict: GateVerdict::Skip,
        why: Some("in use".to_owned()),
        condition: Some("live.idle".to_owned()),
    };
    let gated = End::Skipped {
        gate: Some("idle".into()),
        why: "in use".to_owned(),
    };
    vec![
        started(),
        Event::PlayStarted(wave()),
        Event::TaskStarted(head()),
        Event::TargetBegan {
            target: "c1".into(),
            task: head(),
        },
        ended(Status::Changed, None, None),
        ended(Status::Failed, Some("item=2"), Some(fault())),
        Event::Retrying {
            target: "c1".into(),
            task: head(),
            left: 2,
        },
        Event::Gate {
            target: "c1".into(),
            result: gate,
        },
        Event::Progress {
            target: "c1".into(),
            text: "wait Deployment web 1 of 2 ready".to_owned(),
        },
        left(End::Changed {
            objects: 26,
            tasks: 10,
        }),
        left(gated),
        left(End::Failed(fault())),
        left(End::Unchanged),
        Event::WaveEnded {
            wave: wave(),
            took: TOOK,
        },
        Event::Warning(Diagnostic::warning("mind this")),
        Event::Stopping {
            why: "2 of 6 failed".to_owned(),
        },
        Event::RunEnded {
            took: TOOK,
            requests: Some(31_902),
        },
    ]
}

#[test]
fn every_event_has_its_documented_fields() {
    let events = events();
    let lines = events
        .iter()
        .filter_map(fields)
        .map(|(name, fields)| format!("{name} {}\n", Value::Object(fields)));
    insta::assert_snapshot!(lines.collect::<String>());
}

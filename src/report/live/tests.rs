//! Frames of a run, made of events as the executor tells them.

use super::board::Board;
use super::frame::{Moment, frame};
use crate::diag::{Diagnostic, Evidence, Kind, Location};
use crate::event::{End, Event, Outcome, Start, Status, TaskHead, Wave};
use crate::plan::Identity;
use crate::terminal::Pace;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A run, told with the seconds at which things happen.
struct Told {
    board: Board,
    began: Instant,
    task: Arc<TaskHead>,
    wave: Arc<Wave>,
}

impl Told {
    fn new(waves: &[usize]) -> Told {
        let start = Start {
            run: "20260312-2204-7k2f".into(),
            clusters: vec![Arc::new(Identity {
                name: "prod-sp".into(),
                server: "https://api.prod-sp.example.net".into(),
                uid: "5f0c1e9a-1111".into(),
            })],
            reason: Some("CHG0041234".to_owned()),
            waves: waves.to_vec(),
            ..Start::default()
        };
        let mut told = Told {
            board: Board::default(),
            began: Instant::now(),
            task: Arc::new(TaskHead {
                name: "Update the release".into(),
                module: "release".into(),
                handler: false,
                at: Location::file("playbooks/update.yml"),
            }),
            wave: Arc::default(),
        };
        told.at(0, Event::RunStarted(Arc::new(start)));
        told
    }

    fn at(&mut self, second: u64, event: Event) {
        let now = self.began + Duration::from_secs(second);
        self.board.take(&event, now);
    }

    fn wave(&mut self, second: u64, number: usize, of: usize, targets: usize) {
        let name = |at| format!("c{number}t{at:02}").into();
        self.wave = Arc::new(Wave {
            play: "smarterp-production".into(),
            number,
            of,
            targets: (0..targets).map(name).collect(),
            allowed: Some(targets / 5),
        });
        self.at(second, Event::PlayStarted(self.wave.clone()));
        self.at(second, Event::TaskStarted(self.task.clone()));
    }

    fn begins(&mut self, second: u64, target: &str, text: &str) {
        let (target, task): (Arc<str>, _) = (target.into(), self.task.clone());
        let began = Event::TargetBegan {
            target: target.clone(),
            task,
        };
        self.at(second, began);
        if !text.is_empty() {
            let text = text.to_owned();
            self.at(second, Event::Progress { target, text });
        }
    }

    fn ends(&mut self, second: u64, target: &str, error: Option<&str>) {
        let status = match error {
            Some(_) => Status::Failed,
            None => Status::Changed,
        };
        let ended = Event::TaskEnded {
            target: target.into(),
            task: self.task.clone(),
            outcome: Outcome {
                status,
                result: Value::Null,
                item: None,
                diff: None,
                error: error.map(failure),
            },
            took: Duration::from_secs(30),
        };
        self.at(second, ended);
    }

    fn ends_wave(&mut self, second: u64) {
        let wave = self.wave.clone();
        for target in &wave.targets {
            let (objects, tasks) = (26, 1);
            let ended = Event::TargetEnded {
                target: target.clone(),
                end: End::Changed { objects, tasks },
                took: Duration::from_secs(30),
            };
            self.at(second, ended);
        }
        let took = Duration::from_secs(125);
        self.at(second, Event::WaveEnded { wave, took });
    }

    /// The lines as a terminal shows them.
    fn shown(&self, second: u64, width: usize, height: usize, pace: Pace) -> String {
        self.drawn(Moment {
            width,
            height,
            pace,
            ..self.moment(second)
        })
    }

    /// Somebody looks, at a terminal with keys.
    fn moment(&self, second: u64) -> Moment {
        Moment {
            now: self.began + Duration::from_secs(second),
            width: 100,
            height: 40,
            pace: Pace::Running,
            paused: false,
            all: Some(false),
        }
    }

    fn drawn(&self, moment: Moment) -> String {
        let Moment { width, height, .. } = moment;
        let lines = frame(&self.board, &moment);
        let plain = |line: &String| anstream::adapter::strip_str(line).to_string();
        let plain: Vec<String> = lines.iter().map(plain).collect();
        for line in &plain {
            assert!(line.chars().count() <= width, "{line}");
        }
        assert!(plain.len() < height);
        plain.join("\n")
    }
}

/// A container that wanted too much.
fn failure(message: &str) -> Diagnostic {
    let killed = Evidence {
        object: "Deployment protheus-rest-producao-all".to_owned(),
        cause: "OOMKilled".to_owned(),
        limit: Some("512Mi".to_owned()),
        ..Evidence::default()
    };
    let fault = Diagnostic::new(Kind::Failed, message);
    match message.contains("OOM") {
        true => fault.proven(vec![killed]),
        false => fault,
    }
}

/// In the third of four waves.
fn busy() -> Told {
    let mut told = Told::new(&[1, 4, 20, 12]);
    told.wave(0, 1, 4, 1);
    told.begins(0, "c1t00", "");
    told.ends(30, "c1t00", None);
    told.ends_wave(125);
    told.wave(125, 2, 4, 4);
    for at in 0..4 {
        told.begins(125, &format!("c2t0{at}"), "");
        told.ends(155, &format!("c2t0{at}"), None);
    }
    told.ends_wave(250);
    told.wave(250, 3, 4, 20);
    for at in 0..12 {
        let target = format!("c3t{at:02}");
        told.begins(250, &target, "");
        let oom = "Deployment protheus-rest-producao-all is not ready: container rest was OOMKilled 3 times in 2m (exit 137)";
        if at != 5 {
            told.ends(280, &target, (at == 7).then_some(oom));
        }
    }
    told.begins(
        252,
        "c3t05",
        "Deployment protheus-rest-producao-all: 1 of 2 pods are ready",
    );
    for at in 12..20 {
        told.begins(
            300,
            &format!("c3t{at:02}"),
            "hook pre-upgrade: Job protheus-upddistr-pre runs",
        );
    }
    told
}

#[test]
fn the_slowest_first_and_what_an_interrupt_would_do() {
    let told = busy();
    insta::assert_snapshot!("wide", told.shown(340, 100, 40, Pace::Running));
    insta::assert_snapshot!("narrow", told.shown(340, 60, 40, Pace::Running));
    insta::assert_snapshot!("low", told.shown(340, 100, 14, Pace::Running));
}

#[test]
fn a_run_that_stops_says_so() {
    let told = busy();
    let last = |pace| {
        let shown = told.shown(340, 100, 40, pace);
        shown.lines().last().unwrap_or_default().to_owned()
    };
    insta::assert_snapshot!([last(Pace::Stopping), last(Pace::Leaving)].join("\n"));
}

#[test]
fn keys_show_all_and_hold_what_has_not_begun() {
    let mut told = busy();
    for at in 20..60 {
        told.begins(330, &format!("c3t{at:02}"), "Job protheus-backup-update");
    }
    let lines = |all| {
        let shown = told.drawn(Moment {
            all,
            ..told.moment(340)
        });
        shown.lines().count()
    };
    assert_eq!(
        [lines(None), lines(Some(false)), lines(Some(true))],
        [24, 24, 39]
    );
    let paused = Moment {
        paused: true,
        ..told.moment(340)
    };
    let hint = told.drawn(told.moment(340));
    let hint = hint
        .lines()
        .find(|line| line.contains("in flight"))
        .unwrap()
        .to_owned();
    let last = told
        .drawn(paused)
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned();
    insta::assert_snapshot!("keys", [hint, last].join("\n"));
}

#[test]
fn of_many_failures_the_last_are_shown() {
    let mut told = Told::new(&[12]);
    told.wave(0, 1, 1, 12);
    for at in 0..9 {
        let target = format!("c1t{at:02}");
        told.begins(at, &target, "");
        told.ends(at + 1, &target, Some("Deployment web is not ready: quota"));
    }
    insta::assert_snapshot!(told.shown(20, 100, 40, Pace::Running));
}

#[test]
fn before_anything_is_known_there_is_a_header() {
    let told = Told::new(&[]);
    insta::assert_snapshot!(told.shown(3, 100, 24, Pace::Running));
}

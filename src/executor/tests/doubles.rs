//! What stands in for the world: releases that are numbers, a clock that does not wait, events as
//! lines of text.

use super::closing::Scales;
use crate::diag::{Diagnostic, Kind};
use crate::event::{End, Event, Sink, Status};
use crate::executor::{Bound, Ended, Options, Setup, check, run};
use crate::files::MemoryFiles;
use crate::inventory::{self, Pattern};
use crate::modules::{
    Answers, Clock, Deployed, Doors, Look, Modules, Releases, Scope, Terms, Wanted,
};
use crate::pipeline::{Desired, To};
use crate::plan::{ChartRef, Identity, Operation, Plan, ReleasePlan, TargetPlan};
use crate::playbook::{self, Tags};
use crate::release::{
    ClusterRef, Connection, Crds, ReleaseSpec, ReleaseState, Rollout, TargetSpec, ValuesFrom,
};
use crate::terminal::{Cause, Halt, Scripted};
use crate::vars::{Fleet, Vault, extra_vars};
use crate::yaml::Source;
use async_trait::async_trait;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Releases whose only property is a version; `wrong` targets fail when they are deployed.
#[derive(Default)]
pub struct Fake {
    live: Mutex<BTreeMap<String, (u32, String)>>,
    pub labels: BTreeMap<String, BTreeMap<String, String>>,
    pub wrong: BTreeMap<String, Kind>,
    /// The run is left while a release is deployed, and nothing answers any more.
    pub left: bool,
    pub calls: Mutex<Vec<String>>,
}

impl Fake {
    /// Targets and the versions that are live.
    pub fn live(versions: &[(&str, u32, &str)]) -> Fake {
        let live = versions
            .iter()
            .map(|(t, n, v)| ((*t).to_owned(), (*n, (*v).to_owned())));
        Fake {
            live: Mutex::new(live.collect()),
            ..Fake::default()
        }
    }

    /// The same, for a fleet.
    pub fn runs<'a>(&self, versions: impl Iterator<Item = (&'a str, u32, &'a str)>) {
        let mut live = self.live.lock().unwrap();
        live.extend(versions.map(|(t, n, v)| (t.to_owned(), (n, v.to_owned()))));
    }

    fn note(&self, call: String) {
        self.calls.lock().unwrap().push(call);
    }

    fn at(&self, target: &str) -> (u32, String) {
        self.live
            .lock()
            .unwrap()
            .get(target)
            .cloned()
            .unwrap_or_default()
    }

    fn plan(&self, desired: &Desired) -> ReleasePlan {
        let (revision, version) = self.at(&desired.spec.name);
        let chart = |version: &str| ChartRef {
            name: "web".into(),
            version: version.into(),
            digest: None,
        };
        let wanted = desired.spec.release.version.clone().unwrap_or_default();
        let same = *wanted == *version;
        ReleasePlan {
            name: desired.spec.release.name.clone(),
            revision,
            status: if revision == 0 { "" } else { "deployed" }.into(),
            from: (revision > 0).then(|| chart(&version)),
            to: match (&desired.to, same) {
                (To::Absent, _) => None,
                (To::Previous, _) => (revision > 1).then(|| chart("1.0")),
                (_, true) => Some(chart(&version)),
                _ => Some(chart(&wanted)),
            },
            back_to: None,
            arrived: None,
            config_map: false,
            recover: None,
            changes: Vec::new(),
            hooks: Vec::new(),
            migrates: 0,
            creates_namespace: false,
            record: (!same).then(|| Arc::new(record(&wanted))),
            lookups: Vec::new(),
            warnings: Vec::new(),
            fingerprint: String::new(),
            values_diff: String::new(),
            hidden: Default::default(),
        }
    }
}

fn record(version: &str) -> crate::release::Record {
    let info = crate::release::Info {
        first_deployed: String::new(),
        last_deployed: String::new(),
        deleted: String::new(),
        description: version.to_owned(),
        status: "deployed".into(),
        notes: crate::sensitive::Sensitive::default(),
        extra: Default::default(),
    };
    crate::release::Record {
        name: "web".into(),
        namespace: "web".into(),
        revision: 1,
        info,
        chart: Arc::default(),
        config: crate::sensitive::Sensitive::default(),
        manifest: crate::sensitive::Sensitive::new("".into()),
        hooks: crate::sensitive::Sensitive::default(),
        apply_method: None,
        extra: Default::default(),
    }
}

#[async_trait]
impl Releases for Fake {
    fn spec(&self, target: &Arc<str>, scope: &Scope) -> Result<TargetSpec, Diagnostic> {
        let version = match scope.vars().get("release") {
            Some(node) => scope.value(&node)?["version"].as_str().map(Arc::from),
            None => None,
        };
        Ok(TargetSpec {
            name: target.clone(),
            namespace: target.clone(),
            cluster: Arc::new(ClusterRef {
                connection: Connection::InCluster,
                uid: None,
            }),
            release: ReleaseSpec {
                name: "web".into(),
                state: ReleaseState::Present,
                chart: "web".into(),
                repo: None,
                version,
                values_files: Vec::new(),
                values: Value::Null,
                values_from: ValuesFrom::Inventory,
                create_namespace: false,
                take_ownership: false,
                replace: false,
                data_loss: false,
                crds: Crds::default(),
                rollout: Rollout::default(),
                origin: None,
                written: None,
            },
            guard: crate::release::Guard::default(),
        })
    }

    async fn identity(&self, _: &ClusterRef) -> Result<Arc<Identity>, Diagnostic> {
        Ok(Arc::new(Identity {
            name: "demo".into(),
            server: "recording:demo".into(),
            uid: "5f0c1e9a".into(),
        }))
    }

    async fn plan_all(
        &self,
        desired: &[Desired],
        _check: bool,
    ) -> Vec<Result<ReleasePlan, Diagnostic>> {
        let names: Vec<&str> = desired.iter().map(|one| &*one.spec.name).collect();
        self.note(format!("plan {}", names.join(" ")));
        desired.iter().map(|one| Ok(self.plan(one))).collect()
    }

    async fn deploy(
        &self,
        target: &TargetPlan,
        terms: &Terms,
        doors: &Doors<'_>,
        progress: &(dyn Fn(String) + Send + Sync),
    ) -> Result<Deployed, Diagnostic> {
        self.note(format!(
            "deploy {} wait={}",
            target.target, terms.rollout.wait
        ));
        progress("wait Deployment web".to_owned());
        if let Some(kind) = self.wrong.get(&*target.target) {
            return Err(Diagnostic::new(*kind, "Deployment web is not ready"));
        }
        if self.left {
            doors.halt.leave(Cause::Terminate);
            return std::future::pending().await;
        }
        let release = target.release.as_ref().unwrap();
        let version = release
            .to
            .as_ref()
            .map(|to| to.version.to_string())
            .unwrap_or_default();
        let revision = release.revision + 1;
        let mut live = self.live.lock().unwrap();
        live.insert(target.target.to_string(), (revision, version));
        Ok(Deployed {
            revision,
            changed: true,
            warnings: Vec::new(),
            strays: Vec::new(),
        })
    }

    async fn look(&self, wanted: &[Wanted], _check: bool) -> Vec<Result<Look, Diagnostic>> {
        let names: Vec<&str> = wanted.iter().map(|one| &*one.spec.name).collect();
        self.note(format!("look {}", names.join(" ")));
        let one = |wanted: &Wanted| {
            let (revision, version) = self.at(&wanted.spec.name);
            Ok(Look {
                exists: true,
                status: if revision == 0 { "" } else { "deployed" }.to_owned(),
                version,
                revision,
                labels: self
                    .labels
                    .get(&*wanted.spec.name)
                    .cloned()
                    .unwrap_or_default(),
                ..Look::default()
            })
        };
        wanted.iter().map(one).collect()
    }
}

/// Counts the seconds instead of waiting them.
#[derive(Default)]
pub struct NoWait(pub Mutex<u64>);

#[async_trait]
impl Clock for NoWait {
    async fn sleep(&self, time: Duration) {
        *self.0.lock().unwrap() += time.as_secs();
    }
}

/// Keeps the events.
#[derive(Default)]
pub struct Kept(pub Mutex<Vec<Event>>);

impl Sink for Kept {
    fn emit(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

/// A whole little world.
pub struct World {
    pub inventory: String,
    pub sources: Vec<String>,
    pub playbook: String,
    pub extra: Vec<String>,
    pub releases: Fake,
    pub workloads: Scales,
    pub terminal: Scripted,
    pub answers: Answers,
    pub halt: Halt,
    pub clock: NoWait,
    pub events: Kept,
    pub options: Options,
    pub files: MemoryFiles,
}

impl World {
    /// A playbook on these hosts.
    pub fn new(hosts: &[&str], playbook: &str) -> World {
        let hosts: String = hosts.iter().map(|host| format!("    {host}:\n")).collect();
        World {
            inventory: format!("all:\n  hosts:\n{hosts}"),
            sources: vec!["hosts.yml".to_owned()],
            playbook: playbook.to_owned(),
            extra: Vec::new(),
            releases: Fake::default(),
            workloads: Scales::default(),
            terminal: Scripted::default(),
            halt: Halt::default(),
            answers: Answers::default(),
            clock: NoWait::default(),
            events: Kept::default(),
            options: Options {
                forks: 1,
                ..Options::default()
            },
            files: MemoryFiles::default(),
        }
    }

    pub fn tags(mut self, run: &[&str], skip: &[&str]) -> World {
        self.options.tags = Tags::new(run, skip);
        self
    }

    pub fn limit(mut self, pattern: &str) -> World {
        self.options.limit = Some(Pattern::parse(pattern));
        self
    }

    pub fn extra(mut self, extra: &str) -> World {
        self.extra.push(extra.to_owned());
        self
    }

    fn fleet(&self) -> Arc<Fleet> {
        let mut files = self.files.clone();
        files.insert("hosts.yml", self.inventory.as_bytes());
        let vault = Arc::new(Vault::default());
        let sources = inventory::Sources {
            sources: &self.sources,
            playbook_dir: Some(Path::new("")),
            unseal: &*vault,
        };
        let inventory = inventory::load(&files, &sources).unwrap();
        let extra = extra_vars(&files, &*vault, &self.extra).unwrap();
        Fleet::new(inventory, extra, vault).unwrap()
    }

    /// All targets of the inventory.
    pub fn targets(&self) -> Vec<Arc<str>> {
        self.fleet()
            .inventory()
            .hosts()
            .map(|host| host.name.clone())
            .collect()
    }

    fn book(&self) -> Bound {
        let source = Source::new("play.yml", self.playbook.as_str());
        playbook::load(&source, &Modules).unwrap_or_else(|faults| panic!("{faults}"))
    }

    fn setup<'a>(&'a self, book: &'a Bound, fleet: &'a Arc<Fleet>) -> Setup<'a> {
        Setup {
            playbook: book,
            fleet,
            files: &self.files,
            options: &self.options,
            doors: Doors {
                releases: &self.releases,
                workloads: &self.workloads,
                open: &self.workloads.open,
                foreseen: &self.workloads.foreseen,
                prompter: &self.terminal,
                clock: &self.clock,
                sink: &self.events,
                journal: None,
                halt: &self.halt,
                answers: &self.answers,
            },
        }
    }

    /// Runs without a plan; the events as lines.
    pub async fn run(&self) -> (Ended, String) {
        self.apply(None).await
    }

    /// Runs by a plan.
    pub async fn apply(&self, plan: Option<&Plan>) -> (Ended, String) {
        let (book, fleet) = (self.book(), self.fleet());
        let ended = run(self.setup(&book, &fleet), plan).await;
        (
            ended.unwrap_or_else(|faults| panic!("{faults}")),
            self.told(),
        )
    }

    /// What is wrong before anything runs.
    pub async fn refused(&self) -> String {
        let (book, fleet) = (self.book(), self.fleet());
        let faults = run(self.setup(&book, &fleet), None).await.unwrap_err();
        let tell = |d: &Diagnostic| {
            let notes = d.notes.iter().map(|note| format!("\n  {note}"));
            let hint = d.hint.iter().map(|hint| format!("\n  try: {hint}"));
            format!("{d}{}", notes.chain(hint).collect::<String>())
        };
        faults.0.iter().map(tell).collect::<Vec<_>>().join("\n")
    }

    /// Makes a plan; the events as lines.
    pub async fn plan(&mut self) -> (Plan, Ended, String) {
        self.options.start.check = true;
        let (book, fleet) = (self.book(), self.fleet());
        let made = check(self.setup(&book, &fleet), head()).await;
        let (plan, ended) = made.unwrap_or_else(|faults| panic!("{faults}"));
        let told = self.told();
        self.options.start.check = false;
        (plan, ended, told)
    }

    fn told(&self) -> String {
        let events = std::mem::take(&mut *self.events.0.lock().unwrap());
        let lines: Vec<String> = events.iter().filter_map(line).collect();
        let recap = crate::event::Recap::of(&events);
        let counts = recap.targets.iter().map(|(target, c)| {
            format!(
                "RECAP {target} ok={} changed={} unreachable={} failed={} skipped={} rescued={} ignored={}",
                c.ok, c.changed, c.unreachable, c.failed, c.skipped, c.rescued, c.ignored
            )
        });
        lines
            .into_iter()
            .chain(counts)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn head() -> Plan {
    Plan {
        title: String::new(),
        operation: Operation::Update,
        created: jiff::Timestamp::UNIX_EPOCH,
        reason: None,
        inventory: Vec::new(),
        playbook: String::new(),
        limit: None,
        inventory_targets: 0,
        targets: Vec::new(),
        waves: Vec::new(),
    }
}

fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::PlayStarted(wave) => {
            let targets = wave.targets.join(" ");
            let (number, of) = (wave.number, wave.of);
            format!("PLAY {} wave {number}/{of}: {targets}", wave.play)
        }
        Event::TaskStarted(head) if head.handler => format!("HANDLER {}", head.name),
        Event::TaskStarted(head) => format!("TASK {}", head.name),
        Event::TaskEnded {
            target, outcome, ..
        } => {
            let item = outcome
                .item
                .iter()
                .map(|item| format!(" (item={item})"))
                .collect::<String>();
            let more = match (&outcome.error, outcome.result.get("msg")) {
                (Some(error), _) => format!(": {error}"),
                (None, Some(msg)) if outcome.status != Status::Skipped => format!(": {msg}"),
                _ => String::new(),
            };
            format!("  {} {target}{item}{more}", word(outcome.status))
        }
        Event::Retrying { target, left, .. } => format!("  retry {target} ({left} left)"),
        Event::Gate { target, result } => {
            let why = result
                .why
                .iter()
                .map(|why| format!(": {why}"))
                .collect::<String>();
            format!("  gate {target} {} {:?}{why}", result.name, result.verdict)
        }
        Event::Progress { target, text } => format!("  progress {target} {text}"),
        Event::Closing {
            target,
            step,
            stands,
        } => super::closing::told(target, step, stands),
        Event::TargetEnded { target, end, .. } => format!("END {target} {}", ending(end)),
        Event::Stopping { why } => format!("STOP {why}"),
        _ => return None,
    })
}

fn word(status: Status) -> String {
    format!("{status:?}").to_lowercase()
}

fn ending(end: &End) -> String {
    match end {
        End::Changed { tasks, .. } => format!("changed by {tasks}"),
        End::Skipped { gate, why } => {
            format!("skipped by {}: {why}", gate.as_deref().unwrap_or("-"))
        }
        End::Refused(error) => format!("refused: {}", error.message),
        End::Failed(error) => format!("failed: {}", error.message),
        End::Unreachable(error) => format!("unreachable: {}", error.message),
        End::Unchanged => "unchanged".to_owned(),
        End::Stopped => "stopped".to_owned(),
    }
}

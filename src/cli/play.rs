//! What `plan`, `apply` and `backout` share: flags, and a playbook ready to run.
//! The main type here is [`Session`].

use super::fleet::FleetArgs;
use super::frozen;
use super::sets;
use super::site::{Plot, Site};
use crate::deploy::Lock;
use crate::diag::{Diagnostic, Diagnostics, Location};
use crate::event::{Sink, Start};
use crate::executor::{self, Bound, Ended, Setup, Show};
use crate::files::Files;
use crate::inventory::Pattern;
use crate::journal::{Journal, OpenSteps, RunId};
use crate::modules::{Answers, Doors, Foreseen, Module, Modules, RealClock};
use crate::plan::{Operation, Plan, Predict};
use crate::playbook::{self, Item, Tags};
use crate::release::{ClusterFlag, ClusterRef, Driver};
use crate::report::{self, Look};
use crate::sensitive::Mask;
use crate::state::{Operator, Recorder, StateDir};
use crate::terminal::{self, Terminal};
use crate::vars::Fleet;
use crate::yaml::{Data, Source};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Flags of everything that runs a playbook. What is serialised is frozen in a plan.
#[derive(Clone, Debug, Default, clap::Args, Serialize, Deserialize)]
pub struct PlayArgs {
    /// Which targets
    #[command(flatten)]
    pub fleet: FleetArgs,
    /// This context of the kubeconfig instead of the inventory's cluster
    #[arg(long, value_name = "NAME", help_heading = "Targets")]
    pub context: Option<String>,
    /// Only tasks with these tags
    #[arg(short, long, value_name = "TAGS", help_heading = "Tasks")]
    pub tags: Vec<String>,
    /// No tasks with these tags
    #[arg(long, value_name = "TAGS", help_heading = "Tasks")]
    pub skip_tags: Vec<String>,
    /// How many targets are under way at once
    #[arg(short, long, default_value_t = 20, help_heading = "Tasks")]
    pub forks: usize,
    /// Show what changes inside objects and files
    #[arg(short = 'D', long, help_heading = "Tasks")]
    pub diff: bool,
    /// Who says what an apply would do
    #[arg(long, value_enum, default_value = "server", help_heading = "Tasks")]
    pub predict: Who,
    /// Why this is done: kept in journal, release and requests
    #[arg(long, value_name = "TEXT", help_heading = "Tasks")]
    pub reason: Option<String>,
    /// Answer the question of the run with yes (as -e no_interactive=True)
    #[arg(short = 'y', long, help_heading = "Questions")]
    pub yes: bool,
    /// Answers to questions, as YAML: id: answer
    #[arg(long, value_name = "FILE", help_heading = "Questions")]
    pub answers: Option<String>,
    /// Wait so long for somebody else who works on a target: 30s, 10m
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = time, help_heading = "Run")]
    pub lock_timeout: Duration,
    /// Take over from somebody else whose run may be alive
    #[arg(long, help_heading = "Run")]
    pub break_lock: bool,
    /// How long targets in flight may take to finish after a first Ctrl-C or SIGTERM: as long as
    /// they want on a terminal, else 5s
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Run")]
    pub grace: Option<Duration>,
    /// Make plan files Ansible Vaults with the first vault password given, instead of sealing them
    /// with the key of the state directory: they can be applied and resumed wherever the password is
    #[arg(long, help_heading = "Run")]
    #[serde(default)]
    pub encrypt: bool,
    /// Where Helm keeps new releases; an argument, so that a plan freezes it.
    #[arg(long, hide = true, env = "HELM_DRIVER", default_value = "")]
    #[serde(default)]
    pub helm_driver: String,
    /// Raise the inventory's limits.max_targets for this run
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub allow_targets: Option<u64>,
    /// Raise the inventory's limits.max_deletes for this run
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub allow_deletes: Option<u64>,
    /// List the targets of each play and end
    #[arg(long, help_heading = "Lists")]
    pub list_hosts: bool,
    /// List the tasks of each play and end
    #[arg(long, help_heading = "Lists")]
    pub list_tasks: bool,
    /// List the tags of each play and end
    #[arg(long, help_heading = "Lists")]
    pub list_tags: bool,
}

/// `--predict`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
pub enum Who {
    /// The API server, by dry runs where the no-op test can't prove it
    #[default]
    Server,
    /// Nobody is asked; what can't be known is marked unverified
    Local,
}

/// The shipped playbooks, for verbs that name none.
pub const UPDATE: (&str, &str) = (
    "update (built in)",
    include_str!("../../playbooks/update.yml"),
);
/// As [`UPDATE`], back.
pub const BACKOUT: (&str, &str) = (
    "backout (built in)",
    include_str!("../../playbooks/backout.yml"),
);

/// A playbook on an inventory, ready to run.
pub struct Session {
    /// The run's id.
    pub run: RunId,
    /// The flags.
    pub args: PlayArgs,
    /// Where things are kept.
    pub state: StateDir,
    /// The targets and their variables.
    pub fleet: Arc<Fleet>,
    /// The playbook.
    pub playbook: Bound,
    /// How secrets are shown.
    pub mask: Mask,
    /// The playbook as it was named.
    pub(super) named: Playbook,
    /// What inventory and playbook were read from.
    pub(super) files: Arc<Recorder>,
    /// Clusters and charts.
    pub(super) site: Site,
    /// Only these targets.
    pub(super) limit: Option<Pattern>,
    /// The run was begun before: what it has done is left alone.
    pub(super) again: bool,
    answers: Answers,
}

/// What one pass over a playbook keeps.
#[derive(Debug, Default)]
pub(super) struct Holds {
    /// The journal of a run; a check has none.
    pub journal: Option<Journal>,
    /// What must be put back.
    pub open: OpenSteps,
    /// What a check has foreseen.
    pub foreseen: Foreseen,
}

impl Session {
    /// Reads everything that is needed; all faults of the input come from here. `begun` is the run
    /// that is gone on with; without it a new one begins.
    pub fn new(
        begun: Option<RunId>,
        args: PlayArgs,
        playbook: &Playbook,
        files: Arc<dyn Files>,
        state: StateDir,
    ) -> Result<Session, Diagnostics> {
        let files = Arc::new(Recorder::new(files));
        let fleet = args.fleet.load(&*files, playbook.directory())?;
        if args.encrypt && fleet.vault().is_empty() {
            return Err(frozen::no_password().into());
        }
        let bound = playbook::load(&playbook.source(&*files)?, &Modules)?;
        let limit = args
            .fleet
            .limit
            .as_deref()
            .map(|limit| Pattern::limit(&*files, limit))
            .transpose()?;
        let again = begun.is_some();
        let (run, mask) = (begun.unwrap_or_else(RunId::fresh), Mask::fresh());
        let site = Site::new(Plot {
            run: run.as_str().into(),
            reason: args.reason.clone(),
            lock: args.lock(),
            driver: Driver::parse(&args.helm_driver)?,
            cluster: args.cluster(),
            fleet: fleet.clone(),
            files: files.clone(),
            state: &state,
            predict: args.predict(),
            mask: mask.clone(),
        })?;
        Ok(Session {
            answers: answers(&args, &fleet, &*files)?,
            playbook: bound,
            named: playbook.clone(),
            again,
            run,
            args,
            state,
            fleet,
            mask,
            files,
            site,
            limit,
        })
    }

    /// Leaves only those of these targets that the limit has.
    pub(super) fn narrow(&mut self, targets: &[Arc<str>]) -> Result<(), Diagnostic> {
        let own = sets::part(&targets.iter().map(ToString::to_string).collect());
        let limit = match &self.args.fleet.limit {
            Some(limit) if limit.contains(',') => format!("{limit},&{own}"),
            Some(limit) => format!("{limit}:&{own}"),
            None => own,
        };
        self.limit = Some(Pattern::limit(&*self.files, &limit)?);
        self.args.fleet.limit = Some(limit);
        Ok(())
    }

    /// Runs the playbook without writing; what was found is the plan.
    pub async fn check(
        &self,
        operation: Operation,
        sink: &dyn Sink,
    ) -> Result<(Plan, Ended), Diagnostics> {
        let options = self.options(true, None);
        let holds = Holds::default();
        let setup = self.setup(&options, sink, &holds);
        executor::check(setup, self.head(operation)).await
    }

    /// What the lists of `--list-…` say; `None` where none is asked for.
    pub fn listing(&self) -> Result<Option<String>, Diagnostics> {
        let (hosts, tasks, tags) = (
            self.args.list_hosts,
            self.args.list_tasks,
            self.args.list_tags,
        );
        if !(hosts || tasks || tags) {
            return Ok(None);
        }
        let options = self.options(true, None);
        let show = Show { hosts, tasks, tags };
        let holds = Holds::default();
        let listing = executor::listing(self.setup(&options, &Nobody, &holds), show)?;
        Ok(Some(listing.to_string()))
    }

    pub(super) fn setup<'a>(
        &'a self,
        options: &'a executor::Options,
        sink: &'a dyn Sink,
        holds: &'a Holds,
    ) -> Setup<'a> {
        Setup {
            playbook: &self.playbook,
            fleet: &self.fleet,
            files: &*self.files,
            options,
            doors: Doors {
                releases: &self.site,
                workloads: &self.site,
                open: &holds.open,
                foreseen: &holds.foreseen,
                prompter: the_terminal(),
                clock: &RealClock,
                sink,
                journal: holds.journal.as_ref(),
                halt: terminal::process(),
                answers: &self.answers,
            },
        }
    }

    pub(super) fn options(&self, check: bool, plan: Option<String>) -> executor::Options {
        executor::Options {
            forks: self.args.forks,
            verbosity: 0,
            diff: self.args.diff,
            tags: Tags::new(&self.args.tags, &self.args.skip_tags),
            limit: self.limit.clone(),
            start: Start {
                run: self.run.as_str().into(),
                check,
                by: Operator::here().by.to_string(),
                reason: self.args.reason.clone(),
                plan,
                inventory: self.args.fleet.inventory.clone(),
                ..Start::default()
            },
        }
    }

    /// The plan without its targets.
    fn head(&self, operation: Operation) -> Plan {
        let title = self
            .playbook
            .plays
            .first()
            .map(|play| play.name.to_string());
        Plan {
            title: title.unwrap_or_default(),
            operation,
            created: jiff::Timestamp::now(),
            reason: self.args.reason.clone(),
            inventory: self.args.fleet.inventory.clone(),
            playbook: self.playbook.file.to_string(),
            limit: self.args.fleet.limit.clone(),
            inventory_targets: self.fleet.inventory().hosts().len(),
            targets: Vec::new(),
            waves: Vec::new(),
        }
    }

    /// Whether the playbook asks the question of the run by itself.
    pub fn asks(&self) -> bool {
        let plays = self.playbook.plays.iter();
        let items = plays.flat_map(|play| {
            play.pre_tasks
                .iter()
                .chain(&play.tasks)
                .chain(&play.post_tasks)
        });
        let question = |task: &&crate::playbook::Task<Box<dyn Module>>| {
            task.action
                .question()
                .is_some_and(|confirm| confirm.kind == terminal::Kind::Question)
        };
        items.flat_map(Item::tasks).any(|task| question(&task))
    }

    /// Whether the question of the run is answered already.
    pub fn is_answered(&self) -> bool {
        self.answers.no_interactive
    }
}

impl PlayArgs {
    fn lock(&self) -> Lock {
        Lock {
            operator: Operator::here(),
            timeout: self.lock_timeout,
            break_it: self.break_lock,
        }
    }

    /// `--context`, which replaces the inventory's cluster.
    pub(super) fn cluster(&self) -> ClusterFlag {
        ClusterRef::of_flag(self.context.as_deref())
    }

    fn predict(&self) -> Predict {
        match self.predict {
            Who::Server => Predict::Server,
            Who::Local => Predict::Local("--predict local".to_owned()),
        }
    }
}

/// A playbook as it was named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Playbook {
    /// A file.
    File(String),
    /// The shipped update.
    Update,
    /// The shipped backout.
    Backout,
}

impl Playbook {
    /// The named file, else a shipped one.
    pub fn named(path: Option<&String>, shipped: Playbook) -> Playbook {
        path.map_or(shipped, |path| Playbook::File(path.clone()))
    }

    fn directory(&self) -> Option<&Path> {
        match self {
            Playbook::File(path) => Path::new(path).parent(),
            Playbook::Update | Playbook::Backout => None,
        }
    }

    fn source(&self, files: &dyn Files) -> Result<Arc<Source>, Diagnostic> {
        let path = match self {
            Playbook::Update => return Ok(Source::new(UPDATE.0, UPDATE.1)),
            Playbook::Backout => return Ok(Source::new(BACKOUT.0, BACKOUT.1)),
            Playbook::File(path) => path,
        };
        let fault = |why: String| {
            Diagnostic::error(format!("the playbook can't be read: {why}"))
                .at(Location::file(path.as_str()))
        };
        let bytes = files
            .read(Path::new(path))
            .map_err(|e| fault(e.to_string()))?;
        let text = std::str::from_utf8(&bytes).map_err(|e| fault(e.to_string()))?;
        Ok(Source::new(path.as_str(), text))
    }
}

/// Lists and checks tell nobody.
struct Nobody;

impl Sink for Nobody {
    fn emit(&self, _: crate::event::Event) {}
}

fn the_terminal() -> &'static Terminal {
    static TERMINAL: std::sync::OnceLock<Terminal> = std::sync::OnceLock::new();
    TERMINAL.get_or_init(|| Terminal::hiding(super::known().clone()))
}

/// A length of time, as modules take it: `90`, `30s`, `10m`, `1h30m`.
pub fn time(text: &str) -> Result<Duration, String> {
    crate::modules::duration(text).ok_or_else(|| "a time is wanted: 30s, 10m".to_owned())
}

/// What the command line answers beforehand.
fn answers(args: &PlayArgs, fleet: &Arc<Fleet>, files: &dyn Files) -> Result<Answers, Diagnostics> {
    let mut answers = Answers::default();
    answers.no_interactive = args.yes;
    if let Some(host) = fleet.inventory().hosts().next() {
        let scope = fleet.scope(&host.name);
        answers.no_interactive |= scope
            .get("no_interactive")
            .is_some_and(|node| is(&node.data, true));
        for name in scope.names() {
            let off = scope.get(&name).is_some_and(|node| is(&node.data, false));
            if let (Some(id), true) = (name.strip_prefix("interactive_"), off) {
                answers.silenced.insert(id.to_owned());
            }
        }
    }
    if let Some(path) = &args.answers {
        answers.file = read_answers(path, files)?;
    }
    Ok(answers)
}

/// `-e` pairs are texts: `True`, `yes`.
fn is(data: &Data, wanted: bool) -> bool {
    match data {
        Data::Bool(value) => *value == wanted,
        Data::Str(text) => {
            let yes = ["true", "yes", "on", "1", "y"].contains(&text.to_lowercase().as_str());
            let no = ["false", "no", "off", "0", "n"].contains(&text.to_lowercase().as_str());
            if wanted { yes } else { no }
        }
        _ => false,
    }
}

fn read_answers(path: &str, files: &dyn Files) -> Result<BTreeMap<String, String>, Diagnostic> {
    let fault = |why: String| {
        Diagnostic::error(format!("the answers can't be read: {why}")).at(Location::file(path))
    };
    let bytes = files
        .read(Path::new(path))
        .map_err(|e| fault(e.to_string()))?;
    serde_yaml::from_slice(&bytes).map_err(|e| fault(e.to_string()))
}

/// Prints warnings that belong to no target.
pub fn warn(playbook: &Bound, look: &Look) {
    for warning in &playbook.warnings {
        look.err(&report::fault(warning));
    }
}

//! From the first play to the last: the check that makes a plan, and the run.

use super::member::{Member, Standing};
use super::play::{Resolved, resolve};
use super::wave::{Flow, WaveRun};
use super::{Ended, Setup, prompts};
use crate::diag::{Diagnostic, Diagnostics};
use crate::event::{Counts, End, Event, Recap, Start, Wave};
use crate::plan::{Identity, Plan, TargetPlan, Verdict};
use crate::playbook::waves;
use crate::vars::Level;
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs without writing; what was found becomes the plan.
pub(super) async fn check(setup: Setup<'_>, head: Plan) -> Result<(Plan, Ended), Diagnostics> {
    let plays = prepare(setup)?;
    let mut run = Run::new(setup, &plays, None);
    run.start();
    run.plays(&plays).await;
    let plan = run.plan(&plays, head).await;
    setup
        .doors
        .sink
        .emit(Event::Planned(Arc::new(plan.clone())));
    Ok((plan, run.finish()))
}

/// Runs for real.
pub(super) async fn run(setup: Setup<'_>, plan: Option<&Plan>) -> Result<Ended, Diagnostics> {
    let plays = prepare(setup)?;
    let mut run = Run::new(setup, &plays, plan);
    if let Some(why) = prompts::ask_first(setup, &plays).await? {
        run.flow = Flow::Decline(why);
        return Ok(run.finish());
    }
    run.start();
    run.leave_out();
    run.close_out().await;
    run.plays(&plays).await;
    run.close_rest().await;
    Ok(run.finish())
}

fn prepare(setup: Setup<'_>) -> Result<Vec<Resolved<'_>>, Diagnostics> {
    let unknown = setup.options.tags.unknown(&setup.playbook.tags());
    if !unknown.is_empty() {
        let known = setup.playbook.tags();
        let fault = |tag: &Arc<str>| {
            let fault = Diagnostic::error(format!("no task has the tag \"{tag}\""));
            match crate::yaml::nearest(tag, known.iter().map(|tag| &**tag)) {
                Some(near) => fault.hint(near),
                None => fault,
            }
        };
        return Err(Diagnostics(unknown.iter().map(fault).collect()));
    }
    resolve(setup)
}

/// A run that is under way.
pub(super) struct Run<'a> {
    pub(super) setup: Setup<'a>,
    check: bool,
    planned: bool,
    /// The sizes of the plan's waves.
    waves: Vec<usize>,
    pub(super) members: IndexMap<Arc<str>, Member>,
    /// How targets ended so far, over all plays.
    recap: Recap,
    flow: Flow,
    began: Instant,
}

impl<'a> Run<'a> {
    fn new(setup: Setup<'a>, plays: &[Resolved<'_>], plan: Option<&Plan>) -> Run<'a> {
        let planned: BTreeMap<&str, &TargetPlan> = plan
            .iter()
            .flat_map(|plan| &plan.targets)
            .map(|t| (&*t.target, t))
            .collect();
        let mut members = IndexMap::new();
        for target in plays.iter().flat_map(|play| &play.targets) {
            members.entry(target.clone()).or_insert_with(|| {
                let planned = planned.get(&**target).map(|plan| Arc::new((*plan).clone()));
                Member::new(target.clone(), setup.fleet.scope(target), planned)
            });
        }
        Run {
            setup,
            check: setup.options.start.check,
            planned: plan.is_some(),
            waves: plan.map(|plan| plan.waves.clone()).unwrap_or_default(),
            members,
            recap: Recap::default(),
            flow: Flow::GoOn,
            began: Instant::now(),
        }
    }

    fn start(&self) {
        let start = Start {
            targets: self.members.keys().cloned().collect(),
            inventory_targets: self.setup.fleet.inventory().hosts().len(),
            clusters: self.clusters(),
            waves: self.waves.clone(),
            planned: self.planned,
            ..self.setup.options.start.clone()
        };
        self.emit(Event::RunStarted(Arc::new(start)));
        for warning in &self.setup.playbook.warnings {
            self.emit(Event::Warning(warning.clone()));
        }
    }

    /// The clusters of the plan, each once.
    fn clusters(&self) -> Vec<Arc<Identity>> {
        let mut clusters: Vec<Arc<Identity>> = Vec::new();
        for plan in self.members.values().filter_map(|m| m.planned.as_ref()) {
            if !plan.cluster.uid.is_empty() && !clusters.contains(&plan.cluster) {
                clusters.push(plan.cluster.clone());
            }
        }
        clusters
    }

    /// The plan's word for targets that it does not touch.
    fn leave_out(&mut self) {
        if !self.planned {
            return;
        }
        let mut ended = Vec::new();
        for member in self.members.values_mut() {
            member.standing = match member.planned.as_deref().map(|plan| &plan.verdict) {
                Some(Verdict::Change | Verdict::Unchanged) => continue,
                Some(Verdict::Skip(why)) => skipped_by(member, why),
                Some(Verdict::Error(error)) => Standing::Refused(error.clone()),
                None => Standing::Refused(not_planned(&member.name)),
            };
            ended.push((member.name.clone(), member.end()));
        }
        for (target, end) in ended {
            self.ended(target, end, Duration::ZERO);
        }
    }

    async fn plays(&mut self, plays: &[Resolved<'_>]) {
        for (at, play) in plays.iter().enumerate() {
            let later = plays.get(at + 1..).unwrap_or_default();
            let last = later.is_empty();
            let later = later.iter().flat_map(|play| play.targets.iter().cloned());
            self.play(play, &later.collect(), last).await;
            if let (Flow::GoOn, Some(why)) = (&self.flow, self.asked_to_stop()) {
                self.flow = Flow::Stop(why);
            }
            if let Flow::Stop(_) | Flow::Decline(_) = self.flow {
                return;
            }
        }
    }

    async fn play(&mut self, play: &Resolved<'_>, later: &BTreeSet<Arc<str>>, last: bool) {
        let taking = self.taking(play);
        let sizes = match self.check {
            true => waves::cut(taking.len(), &[]),
            false => waves::cut(taking.len(), &play.serial),
        };
        let mut rest = taking.as_slice();
        for (at, size) in sizes.iter().enumerate() {
            if let Some(why) = self.asked_to_stop() {
                return self.flow = Flow::Stop(why);
            }
            let (targets, after) = rest.split_at(*size);
            rest = after;
            let wave = Arc::new(Wave {
                play: play.name.clone(),
                number: at + 1,
                of: sizes.len(),
                targets: targets.to_vec(),
                allowed: play.max_fail_percentage.map(|p| waves::allowed(*size, p)),
            });
            let more = !last || at + 1 < sizes.len();
            match self.wave(play, wave, later).await {
                Flow::AllFailed(_) if !more => {}
                Flow::GoOn | Flow::EndWave => {}
                Flow::EndPlay => return,
                Flow::AllFailed(why) => return self.flow = Flow::Stop(why),
                stop => return self.flow = stop,
            }
        }
    }

    /// Why the run is to stop, where somebody asked.
    fn asked_to_stop(&self) -> Option<String> {
        let cause = self.setup.doors.halt.cause().filter(|_| !self.check);
        cause.map(|cause| cause.to_string())
    }

    /// Who takes part: not those that are out, and of a play that writes only those that the plan
    /// changes.
    fn taking(&mut self, play: &Resolved<'_>) -> Vec<Arc<str>> {
        let writes = play.writes(self.setup);
        let (mut taking, mut unchanged) = (Vec::new(), Vec::new());
        for target in &play.targets {
            let Some(member) = self.members.get(target).filter(|member| !member.out()) else {
                continue;
            };
            let verdict = member.planned.as_deref().map(|plan| &plan.verdict);
            if self.planned && writes && matches!(verdict, Some(Verdict::Unchanged)) {
                unchanged.push(target.clone());
                continue;
            }
            taking.push(target.clone());
        }
        for target in unchanged {
            self.ended(target, End::Unchanged, Duration::ZERO);
        }
        taking
    }

    async fn wave(
        &mut self,
        play: &Resolved<'_>,
        wave: Arc<Wave>,
        later: &BTreeSet<Arc<str>>,
    ) -> Flow {
        let began = Instant::now();
        let setup = self.setup;
        self.emit(Event::PlayStarted(wave.clone()));
        let alive = play
            .targets
            .iter()
            .filter(|name| self.members.get(*name).is_some_and(|m| !m.out()));
        let alive: Vec<Arc<str>> = alive.cloned().collect();
        let wanted: std::collections::HashSet<&Arc<str>> = wave.targets.iter().collect();
        let mut members: Vec<&mut Member> = self
            .members
            .values_mut()
            .filter(|member| wanted.contains(&member.name))
            .collect();
        let place = |name: &Arc<str>| wave.targets.iter().position(|target| target == name);
        members.sort_by_cached_key(|member| place(&member.name));
        let magic = play.magic(setup, &wave.targets, &alive);
        for member in &mut members {
            let base = play.scope(setup, &member.name);
            member.enter(base.with(Level::Loop, magic.clone()));
        }
        let run = WaveRun::new(setup, self.check, play, wave.clone(), later);
        run.run(&mut members).await;
        let ends = members
            .iter()
            .map(|m| (m.name.clone(), m.end(), m.began.elapsed()));
        let ends: Vec<_> = ends.collect();
        for (target, end, took) in ends {
            self.ended(target, end, took);
        }
        let took = began.elapsed();
        self.emit(Event::WaveEnded { wave, took });
        run.verdict()
    }

    /// The plan that the check found.
    async fn plan(&self, plays: &[Resolved<'_>], head: Plan) -> Plan {
        let mut targets = Vec::new();
        for member in self.members.values() {
            targets.push(self.target_plan(member).await);
        }
        let changing = targets
            .iter()
            .filter(|plan| matches!(plan.verdict, Verdict::Change));
        let changing = changing.count();
        let writing = plays.iter().find(|play| play.writes(self.setup));
        let cut = |play: &Resolved<'_>| waves::cut(changing, &play.serial);
        let title = plays
            .iter()
            .find(|play| play.writes(self.setup))
            .or(plays.first());
        Plan {
            title: match head.title.is_empty() {
                true => title.map(|play| play.name.to_string()).unwrap_or_default(),
                false => head.title.clone(),
            },
            inventory_targets: self.setup.fleet.inventory().hosts().len(),
            waves: writing.map(cut).unwrap_or_default(),
            targets,
            ..head
        }
    }

    /// On the cluster that its release was planned on; else on the one that the inventory names.
    async fn target_plan(&self, member: &Member) -> TargetPlan {
        let plan = match &member.record.planned {
            Some(planned) => (**planned).clone(),
            None => self.without_release(member).await,
        };
        let warnings = plan.release.iter().flat_map(|release| &release.warnings);
        TargetPlan {
            verdict: verdict(member),
            gates: member.record.gates.clone(),
            steps: member.record.steps.clone(),
            warnings: warnings.cloned().collect(),
            ..plan
        }
    }

    async fn without_release(&self, member: &Member) -> TargetPlan {
        let releases = self.setup.doors.releases;
        let scope = crate::modules::Scope::new(member.base.clone());
        let spec = releases.spec(&member.name, &scope).ok();
        let cluster = match &spec {
            Some(spec) => releases.identity(&spec.cluster).await.ok(),
            None => None,
        };
        TargetPlan {
            target: member.name.clone(),
            namespace: spec.map_or_else(|| member.name.clone(), |spec| spec.namespace),
            cluster: cluster.unwrap_or_else(unknown_cluster),
            verdict: Verdict::Unchanged,
            gates: Vec::new(),
            steps: Vec::new(),
            release: None,
            warnings: Vec::new(),
        }
    }

    fn finish(mut self) -> Ended {
        let (stopped, declined) = match &self.flow {
            Flow::Stop(why) => (Some(why.clone()), None),
            Flow::Decline(why) => (None, Some(why.clone())),
            _ => (None, None),
        };
        if let Some(why) = stopped.clone().or(declined.clone()) {
            self.emit(Event::Stopping { why });
        }
        let over = stopped.is_some() || declined.is_some();
        let rest = if over { End::Stopped } else { End::Unchanged };
        let targets: Vec<Arc<str>> = self.members.keys().cloned().collect();
        for target in targets {
            if self
                .recap
                .targets
                .get(&target)
                .is_none_or(|counts| counts.end.is_none())
            {
                self.ended(target, rest.clone(), Duration::ZERO);
            }
        }
        self.tell_unmoved();
        self.emit(Event::RunEnded {
            took: self.began.elapsed(),
            requests: None,
        });
        let end = |(target, counts): (Arc<str>, Counts)| Some((target, counts.end?));
        Ended {
            targets: self.recap.targets.into_iter().filter_map(end).collect(),
            stopped,
            declined,
            open: self.setup.doors.open.targets(),
            asked: self.setup.doors.halt.cause().filter(|_| !self.check),
        }
    }

    /// Tells of targets that the plan changes and that had nothing to be changed.
    fn tell_unmoved(&self) {
        let unmoved = self.recap.targets.iter();
        let unmoved = unmoved.filter(|(_, counts)| counts.end == Some(End::Unchanged));
        for (target, _) in unmoved {
            let member = self.members.get(target);
            let plan = member.and_then(|member| member.planned.as_deref());
            if !self.check && plan.is_some_and(TargetPlan::changes) {
                let what = "nothing of it had to be changed".to_owned();
                let target = target.clone();
                self.emit(Event::Strayed { target, what });
            }
        }
    }

    /// Tells how a target ended, and keeps it.
    fn ended(&mut self, target: Arc<str>, end: End, took: Duration) {
        let event = Event::TargetEnded { target, end, took };
        self.recap.take(&event);
        self.emit(event);
    }

    fn emit(&self, event: Event) {
        self.setup.doors.sink.emit(event);
    }
}

/// The gate that the plan names, so that the summary can group by it.
fn skipped_by(member: &Member, why: &str) -> Standing {
    let gates = member.planned.iter().flat_map(|plan| &plan.gates);
    let gate = gates
        .into_iter()
        .find(|gate| gate.why.as_deref() == Some(why));
    Standing::Left {
        gate: gate.map_or_else(|| "plan".into(), |gate| gate.name.clone()),
        why: why.to_owned(),
    }
}

fn not_planned(target: &Arc<str>) -> Diagnostic {
    let message = format!("{target} is not in the plan");
    Diagnostic::new(crate::diag::Kind::Refused, message).target(target.clone())
}

fn verdict(member: &Member) -> Verdict {
    match &member.standing {
        Standing::Failed(error)
        | Standing::Failing(error)
        | Standing::Unreachable(error)
        | Standing::Refused(error) => Verdict::Error(error.clone()),
        Standing::Left { why, .. } => Verdict::Skip(why.clone()),
        Standing::Active | Standing::Ended | Standing::Stopped => match member.record.changed {
            true => Verdict::Change,
            false => Verdict::Unchanged,
        },
    }
}

/// A target whose play touches no cluster.
fn unknown_cluster() -> Arc<Identity> {
    Arc::new(Identity {
        name: "".into(),
        server: "".into(),
        uid: "".into(),
    })
}

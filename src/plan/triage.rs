//! What is unchanged, and what must be asked. The main type here is [`Triage`].
//!
//! `triage` → questions → `cluster.answer` → [`Triage::resolve`] → perhaps questions once more →
//! `build`. Nothing here waits or asks.

use super::item::{Item, State, located};
use super::options::Options;
use super::removal::removals;
use super::{Answer, ObjectChange, Question};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::manifest::{Object, ObjectSet, Owner, managed_by};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The three states of one target's release.
#[derive(Clone, Copy, Debug)]
pub struct States<'a> {
    /// What is in the chart's `crds/`, where this way touches it.
    pub definitions: &'a ObjectSet,
    /// What should be: rendered objects in install order, without Helm's marks.
    pub desired: &'a ObjectSet,
    /// What is, read at the rendered versions.
    pub live: &'a ObjectSet,
    /// The manifest of the newest deployed record.
    pub recorded: &'a ObjectSet,
}

/// One target between its questions and their answers.
pub struct Triage {
    pub(super) owner: Owner,
    options: Arc<Options>,
    items: Vec<Item>,
    removals: Vec<ObjectChange>,
    faults: Diagnostics,
}

/// Sorts the objects of one target into what is known and what must be asked.
pub fn triage(owner: &Owner, states: States, options: Arc<Options>) -> Triage {
    let mut triage = Triage {
        owner: owner.clone(),
        options: options.clone(),
        items: Vec::new(),
        removals: removals(owner, states, &options),
        faults: Diagnostics::default(),
    };
    if !options.take_ownership {
        triage.faults.0.extend(elsewhere(states));
    }
    for definition in states.definitions.iter() {
        let live = states.live.get(&definition.id).cloned();
        triage.items.push(Item::define(definition, live, &options));
    }
    for rendered in states.desired.iter() {
        match item(owner, rendered, states, &options) {
            Ok(item) => triage.items.push(item),
            Err(fault) => triage.faults.push(fault),
        }
    }
    triage
}

impl Triage {
    /// Of a target whose objects, each with its UID, are proven to be live as they are rendered.
    pub fn at_rest<'o>(
        owner: Owner,
        objects: impl Iterator<Item = (&'o Arc<Object>, Arc<str>)>,
    ) -> Triage {
        Triage {
            owner,
            options: Arc::default(),
            items: objects
                .map(|(object, uid)| Item::at_rest(object, uid))
                .collect(),
            removals: Vec::new(),
            faults: Diagnostics::default(),
        }
    }
}

/// Who else manages what is to be changed: one fault for each, with the first of its objects.
fn elsewhere(states: States) -> Vec<Diagnostic> {
    let mut found: BTreeMap<String, Vec<&Arc<Object>>> = BTreeMap::new();
    for live in states.live.iter() {
        let desired = states.desired.get(&live.id);
        let recorded = states.recorded.get(&live.id);
        let Some(rendered) = desired.or(recorded) else {
            continue;
        };
        if let Some(tool) = managed_by(&**live, Some(rendered)) {
            found.entry(tool).or_default().push(live);
        }
    }
    let fault = |(tool, objects): (String, Vec<&Arc<Object>>)| {
        let what = match &objects[..] {
            [one] => one.id.to_string(),
            [first, rest @ ..] => format!("{} and {} more", first.id, rest.len()),
            [] => return None,
        };
        let fault = Diagnostic::new(Kind::Refused, format!("{tool} manages {what}"));
        let fault = fault.note("it would put back what is changed here");
        Some(fault.hint("change it there, or say take_ownership: true in the release"))
    };
    found.into_iter().filter_map(fault).collect()
}

fn item(
    owner: &Owner,
    rendered: &Arc<Object>,
    states: States,
    options: &Options,
) -> Result<Item, Diagnostic> {
    if let Some(why) = options.unknown.get(&rendered.gvk) {
        let fault = Diagnostic::new(Kind::Unreachable, format!("{} can't be read", rendered.id));
        return Err(located(fault.note(why), rendered));
    }
    let recorded = states.recorded.get(&rendered.id);
    let live = states.live.get(&rendered.id).cloned();
    if let (Some(live), None, false) = (&live, recorded, options.take_ownership) {
        let verb = if states.recorded.is_empty() {
            "install"
        } else {
            "update"
        };
        if let Some(words) = owner.refusal(live, verb) {
            let fault = Diagnostic::new(Kind::Refused, words);
            return Err(
                located(fault, rendered).hint("take_ownership: true in the release adopts it")
            );
        }
    }
    Item::begin(owner, rendered, live, recorded, options)
}

impl Triage {
    /// What must be asked now, in order.
    pub fn questions(&self) -> Vec<Question> {
        let question = |item: &Item| match &item.state {
            State::Asked(_, question) => Some(question.clone()),
            _ => None,
        };
        self.items.iter().filter_map(question).collect()
    }

    /// Takes the answers to [`Triage::questions`], in their order. Some lead to more questions.
    pub fn resolve(&mut self, answers: Vec<Answer>) {
        let mut answers = answers.into_iter();
        for item in &mut self.items {
            if let State::Asked(stage, _) = item.state {
                let answer = answers
                    .next()
                    .unwrap_or_else(|| Answer::Failed("the question was not answered".to_owned()));
                item.answered(stage, answer, &self.options);
            }
        }
    }

    /// How many objects are proven unchanged so far.
    pub fn unchanged(&self) -> usize {
        let unchanged = |item: &&Item| matches!(&item.state, State::Done(change) if change.action == super::Action::Unchanged);
        self.items.iter().filter(unchanged).count()
    }

    /// The changes of all objects, rendered ones first, or everything that can't be planned.
    pub(super) fn changes(self) -> Result<Vec<ObjectChange>, Diagnostics> {
        let (mut changes, mut faults) = (Vec::new(), self.faults);
        for item in self.items {
            match item.state {
                State::Done(change) => changes.push(*change),
                State::Refused(fault) => faults.push(*fault),
                State::Asked(..) => faults.push(Diagnostic::new(
                    Kind::Internal,
                    format!("{} was asked about and not answered", item.send.id),
                )),
            }
        }
        if faults.has_errors() {
            return Err(faults);
        }
        changes.extend(self.removals);
        Ok(changes)
    }
}

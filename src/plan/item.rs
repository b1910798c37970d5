//! The way of one rendered object from triage to its change. The main type here is [`Item`].

use super::options::{Duplicates, Options, Predict};
use super::{Action, Answer, Ask, FieldConflict, ObjectChange, Question};
use super::{duplicates, effects};
use crate::diag::{Diagnostic, Kind, Location};
use crate::diff::content;
use crate::manifest::schema::Place;
use crate::manifest::{Object, Owner, Path};
use crate::ownership::{self, Difference, HELM, Marks, NoOp};
use crate::release::OnConflict;
use serde_json::Value;
use std::sync::Arc;

/// One rendered object.
pub(super) struct Item {
    /// What is sent: marked as Helm's, rewritten by policy.
    pub(super) send: Arc<Object>,
    pub(super) live: Option<Arc<Object>>,
    pub(super) state: State,
    conflicts: Vec<FieldConflict>,
    not_ours: Vec<(String, String)>,
    differences: Vec<Difference>,
    /// Helm's entry is one of client-side apply.
    client_side: bool,
    /// It is one of the chart's `crds/`.
    pub(super) definition: bool,
}

/// How far an object is.
pub(super) enum State {
    /// It is known what happens.
    Done(Box<ObjectChange>),
    /// It can't be planned.
    Refused(Box<Diagnostic>),
    /// The cluster has to say.
    Asked(Stage, Question),
}

/// Which answer is awaited.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Of a create.
    Create,
    /// Of an apply that takes nothing from anybody.
    Plain,
    /// Of the apply that was rewritten after conflicts.
    Rewritten,
    /// Of a forced apply on a client-side object.
    Migrating,
    /// Of the PUT that follows it.
    Put,
}

impl Item {
    /// Begins: what is proven is done at once, the rest becomes a question. What bears its marks
    /// and is as it should be, most of a fleet, is never copied.
    pub(super) fn begin(
        owner: &Owner,
        rendered: &Arc<Object>,
        live: Option<Arc<Object>>,
        recorded: Option<&Arc<Object>>,
        options: &Options,
    ) -> Result<Item, Diagnostic> {
        let mut item = Item::new(rendered.clone(), live);
        let marked = |live: &Arc<Object>| owner.owns(&**live);
        let early = !options.deleted.contains(&rendered.id)
            && options.duplicates == Duplicates::Error
            && item.live.as_ref().is_some_and(marked);
        let early = early.then(|| item.compared(Marks::Live, options));
        if early == Some(NoOp::Proven) && !options.all {
            item.state = item.unchanged();
            return Ok(item);
        }
        let send = Arc::make_mut(&mut item.send);
        owner.mark(send);
        duplicates::check(send, options)?;
        Ok(item.begun(early, recorded, options))
    }

    /// What is proven to be live as it is rendered.
    pub(super) fn at_rest(rendered: &Arc<Object>, uid: Arc<str>) -> Item {
        let mut item = Item::new(rendered.clone(), None);
        let mut change = item.change(Action::Unchanged);
        change.uid = Some(uid);
        item.state = State::Done(Box::new(change));
        item
    }

    pub(super) fn new(send: Arc<Object>, live: Option<Arc<Object>>) -> Item {
        Item {
            send,
            live,
            state: State::Refused(Box::new(Diagnostic::new(Kind::Internal, "not triaged"))),
            conflicts: Vec::new(),
            not_ours: Vec::new(),
            differences: Vec::new(),
            client_side: false,
            definition: false,
        }
    }

    /// Goes on from what a comparison found, where there was one.
    pub(super) fn begun(
        mut self,
        found: Option<NoOp>,
        recorded: Option<&Arc<Object>>,
        options: &Options,
    ) -> Item {
        self.state = match self.live.clone() {
            Some(_) if options.deleted.contains(&self.send.id) => {
                self.created_here(Action::Replace, "an earlier task deletes it", options)
            }
            Some(live) => {
                let found = found.unwrap_or_else(|| self.compared(Marks::Sent, options));
                self.judge(found, &live, recorded, options)
            }
            None => self.create(options),
        };
        self
    }

    fn place<'o>(&self, options: &'o Options) -> Place<'o> {
        options.schema.place(&self.send.gvk)
    }

    fn create(&mut self, options: &Options) -> State {
        let unasked = match &options.predict {
            Predict::Local(why) => Some(why.clone()),
            _ if options.new_kinds.contains(&self.send.gvk) => {
                Some("its definition comes with this change".to_owned())
            }
            _ if options.new_namespace && self.send.id.namespace.is_some() => {
                Some("the namespace does not exist yet".to_owned())
            }
            _ if self.send.meta("name").is_none() => {
                Some("the server makes up its name".to_owned())
            }
            _ => None,
        };
        match unasked {
            Some(why) => {
                let result = self.predicted(None, options);
                self.done(Action::Create, Some(result), Some(why), options)
            }
            None => self.ask(Stage::Create, false),
        }
    }

    fn compared(&mut self, marks: Marks, options: &Options) -> NoOp {
        let Some(live) = self.live.clone() else {
            return NoOp::NoEntry;
        };
        self.leave_to_others(&live, options);
        let at = self.place(options);
        ownership::unchanged(self.send.clear(), live.clear(), at, marks, &options.sets)
    }

    fn judge(
        &mut self,
        found: NoOp,
        live: &Arc<Object>,
        recorded: Option<&Arc<Object>>,
        options: &Options,
    ) -> State {
        match found {
            NoOp::ClientSide => return self.compare_client_side(live, recorded, options),
            NoOp::Proven if !options.all => return self.unchanged(),
            NoOp::Unproven(differences) => {
                if options.memo.covers(&self.send.gvk, &differences) {
                    return self.unchanged();
                }
                self.differences = differences;
            }
            _ => {}
        }
        self.ask_or_predict(Stage::Plain, false, options)
    }

    fn compare_client_side(
        &mut self,
        live: &Arc<Object>,
        recorded: Option<&Arc<Object>>,
        options: &Options,
    ) -> State {
        let at = self.place(options);
        let recorded = recorded.map(|object| object.clear());
        let new = self.send.clear();
        self.client_side = true;
        if ownership::unchanged_client_side(new, recorded, live.clear(), at) {
            return self.unchanged();
        }
        let migrated = ownership::after_migration(live.clear());
        let conflicts = ownership::apply(Some(&migrated), new, HELM, at).conflicts;
        let conflicts = conflicts.iter().map(|c| (c.path.clone(), c.manager()));
        if let Some(refused) = self.decide(conflicts.collect(), options) {
            return refused;
        }
        self.ask_or_predict(Stage::Migrating, true, options)
    }

    /// Fields that are not the chart's are sent as they are, or not at all.
    fn leave_to_others(&mut self, live: &Object, options: &Options) {
        for (path, why) in options.not_ours.paths(&self.send, live.clear()) {
            self.keep(live, &path);
            self.not_ours.push((path.to_string(), why.to_owned()));
        }
    }

    fn keep(&mut self, live: &Object, path: &Path) {
        let send = Arc::make_mut(&mut self.send);
        ownership::keep(send.clear_mut(), live.clear(), path);
    }

    fn ask(&self, stage: Stage, force: bool) -> State {
        let ask = Ask::Apply {
            object: self.send.clone(),
            force,
        };
        State::Asked(stage, self.question(ask))
    }

    fn ask_or_predict(&mut self, stage: Stage, force: bool, options: &Options) -> State {
        let Predict::Local(why) = &options.predict else {
            return self.ask(stage, force);
        };
        let live = self.live.clone();
        let base = live.as_ref().map(|live| match self.client_side {
            true => ownership::after_migration(live.clear()),
            false => live.clear().clone(),
        });
        let at = self.place(options);
        let applied = ownership::apply(base.as_ref(), self.send.clear(), HELM, at);
        if stage == Stage::Plain && !applied.conflicts.is_empty() {
            let found = applied
                .conflicts
                .iter()
                .map(|c| (c.path.clone(), c.manager()));
            return match self.decide(found.collect(), options) {
                Some(refused) => refused,
                None => self.ask_or_predict(Stage::Rewritten, true, options),
            };
        }
        let result = Arc::new(self.send.with_body(applied.object));
        self.finished(result, Some(why.clone()), options)
    }

    fn question(&self, ask: Ask) -> Question {
        Question {
            id: self.send.id.clone(),
            gvk: self.send.gvk.clone(),
            ask,
        }
    }

    /// Takes the cluster's answer to the stage it is at.
    pub(super) fn answered(&mut self, stage: Stage, answer: Answer, options: &Options) {
        self.state = match answer {
            Answer::Object(result) => self.result(stage, result, None, options),
            Answer::Local(result, why) => self.result(stage, result, Some(why), options),
            Answer::Conflict(found) => self.conflict(&found, options),
            Answer::Invalid { message, immutable } => self.invalid(&message, &immutable, options),
            Answer::Failed(why) => {
                let result = self.predicted(self.live.as_deref(), options);
                self.finished(result, Some(why), options)
            }
            Answer::Unreachable(why) => self.unreachable(why),
        };
    }

    /// A prediction would hide that nothing can be applied either.
    fn unreachable(&self, why: String) -> State {
        let what = format!("no answer to the dry run of {}", self.send.id);
        let fault = Diagnostic::new(Kind::Unreachable, what);
        State::Refused(Box::new(located(fault.note(why), &self.send)))
    }

    fn result(
        &mut self,
        stage: Stage,
        result: Arc<Object>,
        unverified: Option<String>,
        options: &Options,
    ) -> State {
        match (stage, &self.live, &unverified) {
            (Stage::Create, ..) => self.done(Action::Create, Some(result), unverified, options),
            // Only a server fills in the defaults of what a migration leaves out.
            (Stage::Migrating, Some(live), None) => {
                let at = self.place(options);
                let body =
                    ownership::without_dropped(result.clear(), self.send.clear(), live.clear(), at);
                let object = Arc::new(result.with_body(body));
                State::Asked(Stage::Put, self.question(Ask::Replace { object }))
            }
            _ => self.finished(result, unverified, options),
        }
    }

    /// Compares the result with what is live.
    fn finished(
        &mut self,
        result: Arc<Object>,
        unverified: Option<String>,
        options: &Options,
    ) -> State {
        let Some(live) = &self.live else {
            return self.done(Action::Create, Some(result), unverified, options);
        };
        let same = ownership::equal(
            &content(live.clear()),
            &content(result.clear()),
            self.place(options),
        );
        if same {
            options.memo.learn(&self.send.gvk, &self.differences);
            return self.unchanged();
        }
        self.done(Action::Update, Some(result), unverified, options)
    }

    fn conflict(&mut self, found: &[FieldConflict], options: &Options) -> State {
        let live = self.live.as_ref().map(|live| live.clear());
        let body = live.unwrap_or(self.send.clear());
        let path = |c: &FieldConflict| {
            let path = Path::parse(&c.path, body).unwrap_or_default();
            (path, c.manager.clone())
        };
        let found = found.iter().map(path).collect();
        match self.decide(found, options) {
            Some(refused) => refused,
            None => self.ask(Stage::Rewritten, self.takes()),
        }
    }

    fn takes(&self) -> bool {
        self.conflicts.iter().any(|c| c.policy == OnConflict::Take)
    }

    /// Applies the policy to each conflict; gives back the refusal where one of them is `fail`.
    fn decide(&mut self, found: Vec<(Path, String)>, options: &Options) -> Option<State> {
        for (path, manager) in found {
            let policy = options.conflicts.policy(&manager, &path);
            if let (OnConflict::Keep, Some(live)) = (policy, self.live.clone()) {
                self.keep(&live, &path);
            }
            self.conflicts.push(FieldConflict {
                path: path.to_string(),
                manager,
                policy,
            });
        }
        let failed: Vec<&FieldConflict> = self
            .conflicts
            .iter()
            .filter(|c| c.policy == OnConflict::Fail)
            .collect();
        (!failed.is_empty()).then(|| State::Refused(Box::new(refused(&self.send, &failed))))
    }

    fn invalid(&mut self, message: &str, immutable: &[String], options: &Options) -> State {
        if immutable.is_empty() || self.live.is_none() {
            let fault = Diagnostic::error(format!("the API server refuses {}", self.send.id));
            return State::Refused(Box::new(located(fault.note(message), &self.send)));
        }
        let fields = immutable.join(", ");
        let data = effects::is_data(&self.send.id) && (self.definition || !options.data_loss);
        if options.replace && !data {
            return self.created_here(Action::Replace, &format!("{fields} is immutable"), options);
        }
        let fault = Diagnostic::error(format!("{}: {fields} can't be changed", self.send.id));
        let fault = located(fault.note(message), &self.send);
        State::Refused(Box::new(match data {
            true => fault
                .hint("data_loss: allow and replace: true in the play delete it and make it again"),
            false => fault.hint("replace: true in the play deletes the object and makes it again"),
        }))
    }

    /// The result of a delete and a create, which no dry run can tell.
    fn created_here(&mut self, action: Action, why: &str, options: &Options) -> State {
        let result = self.predicted(None, options);
        let unverified = "a dry run can't delete first".to_owned();
        let state = self.done(action, Some(result), Some(unverified), options);
        match state {
            State::Done(mut change) => {
                change.why = Some(why.to_owned());
                State::Done(change)
            }
            other => other,
        }
    }

    fn predicted(&self, live: Option<&Object>, options: &Options) -> Arc<Object> {
        let live: Option<&Value> = live.map(|live| live.clear());
        let applied = ownership::apply(live, self.send.clear(), HELM, self.place(options));
        Arc::new(self.send.with_body(applied.object))
    }

    fn unchanged(&self) -> State {
        let mut change = self.change(Action::Unchanged);
        change.migrate = self.client_side && !self.definition;
        State::Done(Box::new(change))
    }

    fn done(
        &self,
        action: Action,
        result: Option<Arc<Object>>,
        unverified: Option<String>,
        options: &Options,
    ) -> State {
        let mut change = self.change(action);
        change.send = Some(self.send.clone());
        change.force = self.takes();
        change.migrate = self.client_side && action == Action::Update;
        change.result = result;
        change.unverified = unverified;
        effects::add(&mut change, self.place(options));
        State::Done(Box::new(change))
    }

    pub(super) fn change(&self, action: Action) -> ObjectChange {
        let mut change = ObjectChange::new(self.send.id.clone(), self.send.gvk.clone(), action);
        change.definition = self.definition;
        change.why = self
            .definition
            .then(|| "in crds/: no part of the release".to_owned());
        change.live = self.live.clone();
        change.uid = self
            .live
            .as_ref()
            .and_then(|live| live.meta("uid"))
            .map(Arc::from);
        change.conflicts = self.conflicts.clone();
        change.not_ours = self.not_ours.clone();
        change
    }
}

/// Says where the object was rendered.
pub(super) fn located(fault: Diagnostic, object: &Object) -> Diagnostic {
    match &object.source {
        Some(source) => fault.at(Location::file(source.clone())),
        None => fault,
    }
}

fn refused(object: &Object, failed: &[&FieldConflict]) -> Diagnostic {
    let fault = Diagnostic::new(
        Kind::Refused,
        format!(
            "{}: fields that the chart sets are owned by others",
            object.id
        ),
    );
    let fault = failed.iter().fold(fault, |fault, conflict| {
        fault.note(format!(
            "{} is owned by {}",
            conflict.path, conflict.manager
        ))
    });
    located(fault, object).hint("say keep or take for them under conflicts: in the inventory")
}

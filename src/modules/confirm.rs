//! `confirm`: asks, and goes on only after a yes. The main type here is [`Confirm`].
//!
//! `no_interactive` answers the question of the run, `interactive_<id>=False` the prompts of that
//! id; one that guards data is answered by an answers file or by its own check alone.

use super::args::get_or;
use super::{Answers, Arg, Args, Call, Module, Reply, Then};
use crate::diag::{Diagnostic, Diagnostics, Kind as Fault};
use crate::plan::Step;
use crate::terminal::{self, Kind, Prompt, Reply as Answer};
use crate::yaml::Node;
use async_trait::async_trait;
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// A question with its id.
#[derive(Debug)]
pub struct Confirm {
    /// The id that flags and answers files use.
    pub id: Arc<str>,
    /// What an answer means.
    pub kind: Kind,
    /// The answer of a silenced prompt.
    pub default: Answer,
    /// Where it is written.
    pub at: Node,
    prompt: Arg<String>,
    title: Option<Arg<String>>,
    done_when: Vec<Node>,
}

const KINDS: &[(&str, Kind)] = &[
    ("question", Kind::Question),
    ("data", Kind::Data),
    ("key", Kind::Key),
];

const DEFAULTS: &[(&str, Answer)] = &[("y", Answer::Yes), ("n", Answer::No)];

/// Binds `id`, `prompt`, `kind`, `default`, `title` and `done_when`.
pub fn bind(args: &Node) -> Result<Box<dyn Module>, Diagnostics> {
    let confirm = Args::bind("confirm", args, |args| {
        let fields = args.fields();
        fields.require("id");
        let id = fields.text("id");
        let kind = fields.choice("kind", KINDS).unwrap_or(Kind::Question);
        let default = fields.choice("default", DEFAULTS).unwrap_or(Answer::Yes);
        let prompt = args.required("prompt");
        let title = args.optional("title");
        let done_when = args.conditions("done_when");
        Some(Confirm {
            id: id?,
            kind,
            default,
            at: args_node(args),
            prompt: prompt?,
            title,
            done_when,
        })
    })?;
    Ok(Box::new(confirm))
}

fn args_node(args: &Args<'_>) -> Node {
    let fields = args.fields();
    fields.any("id").unwrap_or(fields.node()).clone()
}

#[async_trait]
impl Module for Confirm {
    async fn start<'a>(&'a self, calls: &'a [Call<'a>]) -> Vec<BoxFuture<'a, Reply>> {
        let one = |call: &'a Call<'a>| -> BoxFuture<'a, Reply> {
            Box::pin(async move { self.run(call).await.into() })
        };
        calls.iter().map(one).collect()
    }

    fn question(&self) -> Option<&Confirm> {
        Some(self)
    }
}

impl Confirm {
    /// The answer that is known without asking.
    pub fn known(&self, answers: &Answers) -> Result<Option<Answer>, Diagnostic> {
        if let Some(given) = answers.given(&self.id) {
            return Ok(Some(given));
        }
        if let Some(text) = answers.file.get(&*self.id) {
            return self.read(text).map(Some);
        }
        let silenced = answers.silenced.contains(&*self.id) && self.kind != Kind::Data;
        let agreed = answers.no_interactive && self.kind == Kind::Question;
        Ok(match (silenced, agreed) {
            (true, _) => Some(self.default),
            (false, true) => Some(Answer::Yes),
            (false, false) => None,
        })
    }

    /// Why a run without a terminal can't begin, and the way out.
    pub fn unanswered(&self, prompt: &str) -> Diagnostic {
        let first = prompt.lines().last().unwrap_or(prompt).trim();
        let message = format!("this run would ask \"{first}\" and there is no terminal");
        let flag = match self.kind {
            Kind::Question => "-e no_interactive=True, or --answers FILE".to_owned(),
            Kind::Key => format!("-e interactive_{}=False, or --answers FILE", self.id),
            Kind::Data => format!("--answers FILE with \"{}: y\"", self.id),
        };
        let error = self.at.error(message);
        error.note(format!("confirm id={}", self.id)).hint(flag)
    }

    /// The text of the box for a target.
    pub fn text(&self, scope: &super::Scope) -> Result<String, Diagnostic> {
        self.prompt.get(scope)
    }

    /// Asks, unless the answer is known, and keeps it where it is that of the whole run.
    pub async fn answer(&self, call: &Call<'_>) -> Result<Answer, Diagnostic> {
        if let Some(answer) = self.known(call.doors.answers)? {
            return Ok(answer);
        }
        let prompt = self.prompt(call)?;
        if !call.doors.prompter.attended() {
            return Err(self.unanswered(&prompt.text));
        }
        let answer = terminal::ask(call.doors.prompter, &prompt).await;
        // What was done by hand for one wave was not done for the next.
        if call.once && self.kind == Kind::Question {
            call.doors.answers.keep(&self.id, answer);
        }
        Ok(answer)
    }

    async fn run(&self, call: &Call<'_>) -> Result<Reply, Diagnostic> {
        let done = || -> Result<bool, Diagnostic> {
            let mut held = self.done_when.iter().map(|c| call.scope.holds(c));
            Ok(!self.done_when.is_empty() && held.try_fold(true, |all, one| Ok(all && one?))?)
        };
        if done()? {
            return Ok(Reply::skipped("it is done already"));
        }
        if call.check {
            return self.listed(call);
        }
        match self.answer(call).await? {
            Answer::Yes => Ok(Reply::ok().with("answer", "y")),
            Answer::No => Ok(self.declined(call)),
        }
    }

    /// In check mode nobody is asked; the plan lists the question.
    fn listed(&self, call: &Call<'_>) -> Result<Reply, Diagnostic> {
        let text = self.prompt.get(call.scope)?;
        let question = text.lines().last().unwrap_or_default().trim().to_owned();
        let mut reply = Reply::ok()
            .with("answer", "")
            .with("asks", question.clone());
        reply.steps.push(Step {
            module: "confirm".into(),
            text: format!("asks: {question}"),
            closing: None,
        });
        Ok(reply)
    }

    fn declined(&self, call: &Call<'_>) -> Reply {
        let why = format!("\"{}\" was answered with no", self.id);
        let reply = Reply::ok().with("answer", "n");
        reply.then(match call.once {
            true => Then::Decline { why },
            false => Then::Leave {
                gate: self.id.clone(),
                why,
                refused: false,
            },
        })
    }

    fn prompt(&self, call: &Call<'_>) -> Result<Prompt, Diagnostic> {
        let default = match self.kind {
            Kind::Question => "Please confirm".to_owned(),
            Kind::Data | Kind::Key => format!("{} : confirm", call.play),
        };
        let note = (!call.once).then(|| call.target.to_string());
        Ok(Prompt {
            title: get_or(self.title.as_ref(), call.scope, default)?,
            text: self.prompt.get(call.scope)?,
            note,
            kind: self.kind,
        })
    }

    fn read(&self, text: &str) -> Result<Answer, Diagnostic> {
        match text.trim().to_lowercase().as_str() {
            "y" | "yes" | "true" => Ok(Answer::Yes),
            "n" | "no" | "false" => Ok(Answer::No),
            _ => {
                let message = format!("the answers file says \"{text}\" to \"{}\"", self.id);
                let fault = Diagnostic::new(Fault::Input, message);
                Err(fault.hint(format!("{}: y", self.id)))
            }
        }
    }
}

//! `gate`: whether a target takes part.
//!
//! Its conditions may look at what is live: `live.version`, `live.status`, `live.revision`,
//! `live.pending`, `live.labels`, `live.annotations`, `live.exists`, and with `resources` at
//! `live.objects`. What is live is read for the whole set at once, and once for gates that follow
//! each other.

use super::args::get_or;
use super::together::together;
use super::{Arg, Args, Call, Look, Module, Reply, Then, Wanted};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::plan::{GateResult, GateVerdict};
use crate::yaml::{Data, Node};
use async_trait::async_trait;
use futures_util::future::BoxFuture;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The variable that holds what is live.
const LIVE: &str = "live";

#[derive(Debug)]
struct Gate {
    name: Arc<str>,
    that: Vec<Node>,
    policy: Policy,
    refuses: bool,
    reason: Option<Arg<String>>,
    timeout: Option<Arg<Duration>>,
    delay: Option<Arg<Duration>>,
    resources: Option<Arg<Value>>,
    looks: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    Skip,
    Fail,
    Wait,
}

const POLICIES: &[(&str, Policy)] = &[
    ("skip", Policy::Skip),
    ("fail", Policy::Fail),
    ("wait", Policy::Wait),
];

const REPORTS: &[(&str, bool)] = &[("silent", false), ("error", true)];

/// Binds `name`, `that`, `policy`, `report`, `reason`, `resources`, and for `wait` also `timeout`
/// and `delay`.
pub fn bind(args: &Node) -> Result<Box<dyn Module>, Diagnostics> {
    let gate = Args::bind("gate", args, |args| {
        let fields = args.fields();
        fields.require("name");
        fields.require("that");
        let name = fields.text("name");
        let that = args.conditions("that");
        let reason = args.optional("reason");
        let resources = args.optional("resources");
        Some(Gate {
            policy: fields.choice("policy", POLICIES).unwrap_or(Policy::Fail),
            refuses: fields.choice("report", REPORTS).unwrap_or(false),
            timeout: args.optional("timeout"),
            delay: args.optional("delay"),
            looks: resources.is_some() || fields.node().to_json().to_string().contains("live."),
            name: name?,
            that,
            reason,
            resources,
        })
    })?;
    Ok(Box::new(gate))
}

#[async_trait]
impl Module for Gate {
    async fn start<'a>(&'a self, calls: &'a [Call<'a>]) -> Vec<BoxFuture<'a, Reply>> {
        let looks = self.look(calls).await;
        let first = |(call, look)| (call, self.first(call, look));
        let first: Vec<(&'a Call<'a>, Reply)> = calls.par_iter().zip(looks).map(first).collect();
        let one = |(call, reply): (&'a Call<'a>, Reply)| {
            let run: BoxFuture<'a, Reply> = Box::pin(self.settle(call, reply));
            run
        };
        first.into_iter().map(one).collect()
    }

    fn is_gate(&self) -> bool {
        true
    }
}

/// Whether the conditions hold, and why not.
enum Found {
    Holds,
    /// Why, and the condition as written.
    Not(String, String),
    Unknown(Diagnostic),
}

impl Gate {
    /// Reads what is live where that is needed and not known yet.
    async fn look(&self, calls: &[Call<'_>]) -> Vec<Option<Result<Look, Diagnostic>>> {
        let Some(Call { doors, check, .. }) = calls.first().filter(|_| self.looks) else {
            return calls.iter().map(|_| None).collect();
        };
        let needed = |call: &Call<'_>| self.resources.is_some() || !call.scope.has(LIVE);
        let want = |call| needed(call).then(|| self.wanted(call));
        let wants = calls.par_iter().map(want).collect();
        let look = |wanted: Vec<Wanted>| async move { doors.releases.look(&wanted, *check).await };
        together(wants, look).await
    }

    fn wanted(&self, call: &Call<'_>) -> Result<Wanted, Diagnostic> {
        let spec = call.doors.releases.spec(call.target, call.scope)?;
        let resources = get_or(self.resources.as_ref(), call.scope, json!([]))?;
        let resources = match resources {
            Value::Array(items) => items,
            one => vec![one],
        };
        Ok(Wanted { spec, resources })
    }

    /// What is found at the first look.
    fn first(&self, call: &Call<'_>, look: Option<Result<Look, Diagnostic>>) -> Reply {
        match look.transpose() {
            Ok(look) => self.judge(call, look),
            Err(error) => self.blind(error),
        }
    }

    /// Waits where a gate that waits is shut.
    async fn settle(&self, call: &Call<'_>, reply: Reply) -> Reply {
        let waits = |reply: &Reply| {
            let verdict = reply.gate.as_ref().map(|gate| gate.verdict);
            !call.check && verdict == Some(GateVerdict::Wait)
        };
        match waits(&reply) {
            true => self.wait(call, reply, waits).await,
            false => reply,
        }
    }

    /// Looks again until the gate opens or the time is over.
    async fn wait(
        &self,
        call: &Call<'_>,
        mut reply: Reply,
        waits: impl Fn(&Reply) -> bool,
    ) -> Reply {
        let limits = || -> Result<(Duration, Duration), Diagnostic> {
            let timeout = get_or(self.timeout.as_ref(), call.scope, Duration::from_secs(3600))?;
            let delay = get_or(self.delay.as_ref(), call.scope, Duration::from_secs(30))?;
            Ok((timeout, delay.max(Duration::from_secs(1))))
        };
        let (timeout, delay) = match limits() {
            Ok(limits) => limits,
            Err(error) => return Reply::failed(error),
        };
        let mut waited = Duration::ZERO;
        while waits(&reply) && waited < timeout {
            call.doors.clock.sleep(delay).await;
            waited += delay;
            reply = match self.look_again(call).await {
                Ok(look) => self.judge(call, look),
                Err(error) => return self.blind(error),
            };
        }
        if waits(&reply) {
            return self.give_up(reply, timeout);
        }
        reply
    }

    async fn look_again(&self, call: &Call<'_>) -> Result<Option<Look>, Diagnostic> {
        if !self.looks {
            return Ok(None);
        }
        let wanted = [self.wanted(call)?];
        let look = call.doors.releases.look(&wanted, call.check).await;
        let look = look.into_iter().next();
        look.transpose()
    }

    fn give_up(&self, reply: Reply, timeout: Duration) -> Reply {
        let why = reply.gate.and_then(|gate| gate.why).unwrap_or_default();
        let why = format!("{why}; waited {}s", timeout.as_secs());
        self.closed(why, GateVerdict::Skip)
    }

    fn judge(&self, call: &Call<'_>, look: Option<Look>) -> Reply {
        let live = look.map(|look| json!(look));
        let scope = match &live {
            Some(live) => &call.scope.with_value(LIVE, live),
            None => call.scope,
        };
        let mut reply = match self.test(scope) {
            Found::Holds => self.open(),
            Found::Not(why, condition) => {
                let mut reply = self.shut(why, call.check);
                if let Some(gate) = &mut reply.gate {
                    gate.condition = Some(condition);
                }
                reply
            }
            Found::Unknown(error) => self.unreadable(error),
        };
        reply.facts.extend(live.map(|live| (LIVE.to_owned(), live)));
        reply
    }

    fn test(&self, scope: &super::Scope) -> Found {
        for condition in &self.that {
            match scope.holds(condition) {
                Ok(true) => {}
                Ok(false) => {
                    let written = written(condition);
                    return match self.why(&written, scope) {
                        Ok(why) => Found::Not(why, written),
                        Err(error) => Found::Unknown(error),
                    };
                }
                Err(error) => return Found::Unknown(error),
            }
        }
        Found::Holds
    }

    fn why(&self, condition: &str, scope: &super::Scope) -> Result<String, Diagnostic> {
        let default = format!("{condition} does not hold");
        get_or(self.reason.as_ref(), scope, default)
    }

    fn open(&self) -> Reply {
        let reply = Reply::ok().with("msg", "pass");
        self.with_verdict(reply, GateVerdict::Pass, None)
    }

    fn shut(&self, why: String, check: bool) -> Reply {
        match self.policy {
            Policy::Skip => self.closed(why, GateVerdict::Skip),
            Policy::Fail => self.fails(why),
            Policy::Wait if check => {
                let reply = Reply::ok().with("msg", format!("a run would wait: {why}"));
                self.with_verdict(reply, GateVerdict::Wait, Some(why))
            }
            Policy::Wait => self.with_verdict(Reply::ok(), GateVerdict::Wait, Some(why)),
        }
    }

    fn closed(&self, why: String, verdict: GateVerdict) -> Reply {
        let reply = Reply::skipped(format!("gate {}: {why}", self.name));
        let reply = self.with_verdict(reply, verdict, Some(why.clone()));
        reply.then(Then::Leave {
            gate: self.name.clone(),
            why,
            refused: self.refuses,
        })
    }

    fn fails(&self, why: String) -> Reply {
        let message = format!("gate {}: {why}", self.name);
        let reply = Reply::failed(Diagnostic::new(Kind::Failed, message));
        self.with_verdict(reply, GateVerdict::Fail, Some(why))
    }

    /// What the gate looks at can't be had. That is no fault of the gate's: it is told as it is.
    fn blind(&self, error: Diagnostic) -> Reply {
        let why = error.message.clone();
        self.with_verdict(Reply::failed(error), GateVerdict::Unknown, Some(why))
    }

    fn unreadable(&self, mut error: Diagnostic) -> Reply {
        let why = error.message.clone();
        error.message = format!("gate {} could not be read: {why}", self.name);
        let reply = Reply::failed(error);
        self.with_verdict(reply, GateVerdict::Unknown, Some(why))
    }

    fn with_verdict(&self, mut reply: Reply, verdict: GateVerdict, why: Option<String>) -> Reply {
        reply.gate = Some(GateResult {
            name: self.name.clone(),
            verdict,
            why,
            condition: None,
        });
        reply
    }
}

/// A condition on one line.
fn written(condition: &Node) -> String {
    match &condition.data {
        Data::Str(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        _ => "false".to_owned(),
    }
}

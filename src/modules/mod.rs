//! What tasks can do: one file per module, with typed arguments. The main type here is [`Module`].
//!
//! A module is bound once, while the playbook is read, and runs over a set of targets: what is
//! cheaper done together (planning releases, reading live state) is done before the first target
//! goes on, the rest is one future per target. Check mode is the same path minus the writes.

mod args;
mod assert;
mod confirm;
mod debug;
mod doors;
mod fail;
mod gate;
mod k8s_scale;
mod meta;
mod release;
mod reply;
mod scope;
mod set_fact;
mod together;

pub use args::{Arg, Args, FromValue, duration};
pub use confirm::Confirm;
pub use doors::{
    Answers, By, Clock, Deployed, Doors, Foreseen, Look, RealClock, Releases, Terms, Wanted, Which,
    Wish, Workloads,
};
pub use reply::{Reply, Then};
pub use scope::{Scope, entry};

use crate::diag::Diagnostics;
use crate::event::TaskHead;
use crate::plan::TargetPlan;
use crate::playbook::Catalog;
use crate::yaml::Node;
use async_trait::async_trait;
use futures_util::future::BoxFuture;
use std::fmt::Debug;
use std::sync::Arc;

/// A module whose arguments are bound.
#[async_trait]
pub trait Module: Debug + Send + Sync {
    /// Does what the whole set shares, and gives back one future per call, in their order.
    async fn start<'a>(&'a self, calls: &'a [Call<'a>]) -> Vec<BoxFuture<'a, Reply>>;

    /// It only decides whether a target takes part: a plan evaluates all of them.
    fn is_gate(&self) -> bool {
        false
    }

    /// It may write to a cluster: waves are cut from the targets that change.
    fn writes(&self) -> bool {
        false
    }

    /// It says how the play goes on; no banner is shown.
    fn is_meta(&self) -> bool {
        false
    }

    /// The question that it asks.
    fn question(&self) -> Option<&Confirm> {
        None
    }
}

/// A module that looks at one target at a time.
#[async_trait]
pub trait Single: Debug + Send + Sync {
    /// Runs on one target.
    async fn run(&self, call: &Call<'_>) -> Reply;

    /// It may write to a cluster.
    fn writes(&self) -> bool {
        false
    }
}

/// A [`Single`] as a [`Module`].
#[derive(Debug)]
pub struct Each<T>(pub T);

#[async_trait]
impl<T: Single> Module for Each<T> {
    async fn start<'a>(&'a self, calls: &'a [Call<'a>]) -> Vec<BoxFuture<'a, Reply>> {
        calls.iter().map(|call| self.0.run(call)).collect()
    }

    fn writes(&self) -> bool {
        self.0.writes()
    }
}

/// One task on one target.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The target.
    pub target: &'a Arc<str>,
    /// Its variables at this moment.
    pub scope: &'a Scope,
    /// The task.
    pub task: &'a TaskHead,
    /// Nothing may be changed.
    pub check: bool,
    /// The play's name.
    pub play: &'a str,
    /// `-v`, counted.
    pub verbosity: u8,
    /// It runs once for the whole wave.
    pub once: bool,
    /// What the plan that is applied says of the target.
    pub planned: Option<&'a TargetPlan>,
    /// The ways to the outside.
    pub doors: &'a Doors<'a>,
}

/// All modules, as the playbook's reader wants them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Modules;

type Bind = fn(&Node) -> Result<Box<dyn Module>, Diagnostics>;

const NAMES: &[&str] = &[
    "assert",
    "confirm",
    "debug",
    "fail",
    "gate",
    "k8s_scale",
    "meta",
    "release",
    "set_fact",
];

impl Modules {
    fn binder(name: &str) -> Option<Bind> {
        Some(match name {
            "assert" => assert::bind,
            "confirm" => confirm::bind,
            "debug" => debug::bind,
            "fail" => fail::bind,
            "gate" => gate::bind,
            "k8s_scale" => k8s_scale::bind,
            "meta" => meta::bind,
            "release" => release::bind,
            "set_fact" => set_fact::bind,
            _ => return None,
        })
    }
}

impl Catalog for Modules {
    type Module = Box<dyn Module>;

    fn names(&self) -> &[&'static str] {
        NAMES
    }

    fn bind(&self, name: &str, args: &Node) -> Result<Box<dyn Module>, Diagnostics> {
        match Modules::binder(name) {
            Some(bind) => bind(args),
            None => Err(args.error(format!("unknown module \"{name}\"")).into()),
        }
    }
}

//! What will change. The main type here is [`Plan`].
//!
//! A plan is data: computed once, it can be read, saved, reviewed and applied as it is. Apply
//! never renders again. `triage` says what is unchanged and what must be asked, the cluster
//! answers, `build` makes the plan; both are pure.

pub mod artifact;
mod build;
mod define;
mod duplicates;
mod effects;
mod fingerprint;
mod groups;
mod item;
mod lookup;
mod model;
mod options;
mod question;
mod quota;
mod removal;
mod seen;
mod strayed;
mod totals;
mod triage;

#[cfg(test)]
mod tests;

pub use crate::diff::Noise;
pub use build::{Head, build};
pub use define::new_kinds;
pub use effects::is_data;
pub use fingerprint::{Read, fingerprint, moved};
pub use groups::{Group, groups};
pub use lookup::Lookup;
pub use model::{
    Action, ChartRef, FieldConflict, GateResult, GateVerdict, HookPlan, Identity, ObjectChange,
    Operation, Plan, ReleasePlan, Step, TargetPlan, Verdict,
};
pub use options::{Duplicates, Memo, Options, Predict};
pub use question::{Answer, Ask, Question};
pub use quota::exceeded;
pub use seen::Seen;
pub use strayed::strayed;
pub use totals::{TargetCounts, Totals, totals};
pub use triage::{States, Triage, triage};

//! What will change. The main type here is [`Plan`].
//!
//! A plan is data: computed once, it can be read, saved, reviewed and applied as it is. Apply
//! never renders again. `triage` says what is unchanged and what must be asked, the cluster
//! answers, `build` makes the plan; both are pure.

mod model;
mod question;

pub use crate::diff::Noise;
pub use model::{
    Action, ChartRef, FieldConflict, GateResult, GateVerdict, HookPlan, Identity, ObjectChange,
    Operation, Plan, Policy, ReleasePlan, Step, TargetPlan, Verdict,
};
pub use question::{Answer, Ask, Question};

//! What people and machines read of a run. The main types here are [`Look`] and the reporters.
//!
//! Reporters consume events and plans; they decide nothing. Text is made with ANSI styles, which
//! the stream strips where nobody wants them. Only this module and `cli` print.

mod ansible;
pub mod chart;
mod columns;
mod diagnostic;
mod gates;
pub mod history;
pub mod inventory;
mod log;
mod look;
mod plan;
pub mod preview;
mod recap;
mod run;
pub mod runs;
pub mod status;
mod words;

pub use diagnostic::{fault, faults};
pub use look::{Look, paint, style};
pub use plan::{DiffDetail, Shown, changes, plan};
pub use run::Follower;
pub use words::names;

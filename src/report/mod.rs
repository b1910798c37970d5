//! What people and machines read of a run. The main types here are [`Look`] and the reporters.
//!
//! Reporters consume events and plans; they decide nothing. Text is made with ANSI styles, which
//! the stream strips where nobody wants them. Only this module and `cli` print.

mod ansible;
mod ascii;
pub mod chart;
mod columns;
mod csv;
mod diagnostic;
mod evidence;
mod fold;
mod gates;
pub mod history;
pub mod inventory;
mod json;
mod labels;
mod live;
mod log;
mod look;
mod plan;
pub mod preview;
mod recap;
pub mod recover;
mod run;
pub mod runs;
pub mod status;
pub mod trial;
mod words;

pub use diagnostic::{fault, faults};
pub use json::JsonLines;
pub use live::Course;
pub use look::{Look, paint, style};
pub use plan::{DiffDetail, Gates, Saved, Shown, changes, unplanned};
pub use run::{Follower, Reporter, RunFormat, Telling, reporter};
pub use words::names;

//! What people and machines read of a run. The main types here are [`Look`] and the reporters.
//!
//! Reporters consume events and plans; they decide nothing. Text is made with ANSI styles, which
//! the stream strips where nobody wants them. Only this module and `cli` print.

pub mod chart;
mod diagnostic;
pub mod history;
pub mod inventory;
mod look;

pub use diagnostic::{fault, faults};
pub use look::{Look, paint, style};

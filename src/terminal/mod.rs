//! The door to the terminal and to whoever sits there: its width, questions, and signals. The main
//! types here are [`Prompter`] and [`Halt`].
//!
//! A question goes to the terminal, never into a pipe; without a terminal there is nobody to ask,
//! and whoever wants to know must say so before the first change.

mod halt;
mod prompt;
mod screen;
mod signals;
mod size;

pub use halt::{Cause, Halt, Pace, process};
#[cfg(test)]
pub use prompt::Scripted;
pub use prompt::{Kind, Prompt, Prompter, Reply, Terminal, ask};
pub use screen::{Screen, screen};
pub use signals::listen;
pub use size::{size, unicode, width};

//! The door to the terminal and to whoever sits there: its width, questions, keys, and signals. The main
//! types here are [`Prompter`] and [`Halt`].
//!
//! A question goes to the terminal, never into a pipe; without a terminal there is nobody to ask,
//! and whoever wants to know must say so before the first change.

mod halt;
mod keys;
mod mode;
mod prompt;
mod screen;
mod signals;
mod size;

pub use halt::{Cause, Halt, Pace, process};
pub use keys::{Key, has_keys, pressed};
pub use mode::restore;
#[cfg(test)]
pub use prompt::Scripted;
pub use prompt::{Kind, Prompt, Prompter, Reply, Terminal, ask};
pub use screen::{Screen, screen};
pub use signals::{interrupt, listen};
pub use size::{size, unicode, width};

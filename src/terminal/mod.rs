//! The door to the terminal: its width, and questions. The main type here is [`Prompter`].
//!
//! A question goes to the terminal, never into a pipe; without a terminal there is nobody to ask,
//! and whoever wants to know must say so before the first change.

mod prompt;
mod size;

#[cfg(test)]
pub use prompt::Scripted;
pub use prompt::{Kind, Prompt, Prompter, Reply, Terminal, ask};
pub use size::width;

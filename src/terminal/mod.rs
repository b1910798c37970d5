//! The door to the terminal: its width, questions and signals.

mod size;

pub use size::width;

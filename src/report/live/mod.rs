//! The live view of a run on a terminal, and where a run stands for those without one. The main
//! types here are [`Board`] and [`Moment`].

mod board;
mod course;
mod frame;
mod line;
#[cfg(test)]
mod tests;

pub use board::Board;
pub use course::Course;
pub use frame::{Moment, frame};

//! The executor on a little world.

mod doubles;
mod language;
mod plans;
mod prompts;
mod stops;

//! The executor on a little world.

mod doubles;
mod language;
mod plans;
mod prompts;
mod shipped;
mod stops;

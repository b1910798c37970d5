//! The executor on a little world.

mod closing;
mod doubles;
mod language;
mod plans;
mod prompts;
mod shipped;
mod stops;

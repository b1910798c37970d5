//! What differs between two objects or texts, for people. The main types here are [`Change`] and
//! [`Hunk`].
//!
//! [`changes`] finds single places by list keys, [`object`] shows them as hunks of YAML,
//! [`noise`] says which mean nothing. Reads masked bodies only.

mod changes;
mod cover;
mod hunks;
mod neutral;
mod noise;

#[cfg(test)]
mod tests;

pub use changes::{Change, changes, content, patch, path_words};
pub use cover::cover;
pub use hunks::{Hunk, Line, Tag, object, telling, text, yaml};
pub use neutral::neutral;
pub use noise::{Noise, noise, noise_of};

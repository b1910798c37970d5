//! Semantic versions and constraints as Masterminds/semver 3.5 reads them:
//! what `semverCompare` asks, and what chooses chart versions.
//!
//! The main types here are [`Version`] and [`Constraint`].

mod comparator;
mod constraint;
mod version;

pub use constraint::Constraint;
pub use version::Version;

#[cfg(test)]
mod tests;

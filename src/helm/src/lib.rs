//! Helm's chart engine: renders what Helm renders, byte for byte.
//!
//! The line through this crate, lowest module first:
//!
//! * [`value`]: what Go's `reflect` sees: kinds, truth, comparison, printing
//! * [`yaml`]: go-yaml's rules, both ways
//! * [`semver`]: versions and constraints, for templates and for chart versions
//! * [`template`]: Go's `text/template` (lexer, parser, compile, exec, builtins,
//!   printf); knows nothing of charts
//! * [`sprig`]: the function library, one file per chapter of its manual
//! * [`chart`]: loading, values, dependencies, `--set`, schema
//! * [`engine`]: a chart and values in, manifests, hooks and notes out
//! * [`lint`]: a chart in, what is wrong with it out
//!
//! The main entry points are [`chart::Chart::load`] and [`engine::render`].
//! Rendering is a pure function of chart, values, release, capabilities and a
//! [`Host`]; nothing in this crate touches the network, and nothing knows the
//! tool that is built on it.

pub mod host;
pub mod value;
pub mod yaml;

pub mod semver;

pub mod template;

pub mod sprig;

pub mod chart;

pub mod engine;

pub mod lint;

pub use host::Host;
pub use value::Value;

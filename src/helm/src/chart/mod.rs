//! A chart as its files say it, and the values that go into it.
//!
//! The main type here is [`Chart`]: loaded once from files ([`Chart::load`]),
//! `Send + Sync`, rendered for many releases in parallel. [`Node`] is a chart in
//! its place of one render, after aliases, conditions, tags and imports;
//! [`coalesce()`] makes its values; [`UserValues`] gathers `-f` and `--set`.

pub mod archive;
mod coalesce;
mod decode;
mod dependencies;
pub mod dir;
mod file;
pub mod glob;
mod graph;
mod ignore;
mod import;
mod kubernetes;
mod links;
mod load;
mod metadata;
mod node;
mod profile;
#[cfg(feature = "schema")]
mod schema;
pub mod set;
mod source;
mod validate;
mod values;
mod warning;

#[cfg(test)]
pub(crate) mod fuzz;
#[cfg(test)]
mod tests;

pub use coalesce::coalesce;
pub(crate) use coalesce::coalesce_tables;
pub(crate) use decode::{Fields, Struct};
pub(crate) use dependencies::copy;
pub use dependencies::switch;
pub use file::{Content, File};
pub use ignore::Rules;
pub use import::import;
pub use kubernetes::Kubernetes;
pub(crate) use links::go_words;
pub use load::Chart;
pub(crate) use metadata::unmarshal;
pub use metadata::{Dependency, Maintainer, Metadata};
pub use node::Node;
pub use profile::{Line, Nulls, Profile, Splitter};
#[cfg(feature = "schema")]
pub(crate) use schema::faults as schema_faults;
#[cfg(feature = "schema")]
pub use schema::validate;
pub use source::Source;
pub(crate) use values::documents;
pub use values::{UserValues, parse_values};
pub use warning::Warning;

/// A map of plain values.
pub type Table = serde_json::Map<String, serde_json::Value>;

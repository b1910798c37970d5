//! go-yaml's rules, both ways.
//!
//! [`read`] and its siblings read what Helm reads (go-yaml v2 behind
//! `sigs.k8s.io/yaml`: YAML 1.1 booleans, merge keys, last key wins); [`write`]
//! and [`write_value`] print what `toYaml` prints, byte for byte.
//!
//! Plain data is [`serde_json::Value`]: a float where Go has `float64`, an
//! integer where Go has `int64` (`--set`).

mod analysis;
mod block;
mod build;
mod emitter;
mod error;
mod events;
mod number;
mod order;
mod reader;
mod resolve;
mod scalar;
mod scan;
mod timestamp;
mod write;

#[cfg(test)]
mod tests;

pub use build::to_value;
pub use error::Error;
pub use number::format_float32;
pub use reader::{read, read_all, read_exact, read_some, read_value};
pub use write::{append_pretty, append_value, write, write_value};

//! Go's `text/template`. Knows nothing of charts.
//!
//! The main types here will be `TemplateSet` (parsed, compiled, `Send + Sync`)
//! and [`Function`], the shape that every library function has.

mod function;

pub use function::{Call, Function, Param};

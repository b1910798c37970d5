//! Go's `text/template`, with Helm's `include` and `tpl`. Knows nothing of charts.
//!
//! The main types here are [`TemplateSet`] (parsed once, shared by all renders),
//! [`Context`] (what one render uses) and [`Function`], the shape that every
//! library function has. The line through it: `lexer` → `parser` → `ast`
//! (variables are slots, functions are pointers) → `exec`.

mod ast;
mod builtins;
mod error;
mod exec;
mod function;
mod lexer;
mod limits;
mod literal;
mod number;
mod operand;
mod parser;
mod print;
mod set;
mod stacked;
mod token;

#[cfg(test)]
mod tests;

pub use error::{Error, Step, chart_message};
pub use function::{Body, Call, Function, Param};
pub use limits::Limits;
pub use set::{Context, TemplateSet};

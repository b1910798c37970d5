//! Go's package `fmt` over [`Value`].
//!
//! [`sprint`], [`sprintln`] and [`sprintf`] print exactly what Go prints,
//! mismatches such as `%!d(string=x)` included. [`format_float`] and [`quote()`]
//! are the two pieces of `strconv` that other modules need.

mod float;
mod integer;
mod printer;
mod quote;
mod spec;
mod verbs;

pub use float::format_float;
pub use quote::{can_backquote, is_print, quote, quote_char, quote_to_ascii};

use super::{Value, text_of};
use printer::Printer;

/// `fmt.Sprint`: a blank between two operands where neither is a string.
pub fn sprint(args: &[Value]) -> String {
    let mut printer = Printer::default();
    let mut after_string = true;
    for arg in args {
        let is_string = matches!(arg, Value::Str(_));
        if !is_string && !after_string {
            printer.out.push(' ');
        }
        printer.arg(arg, 'v');
        after_string = is_string;
    }
    printer.out
}

/// `fmt.Sprintln`.
pub fn sprintln(args: &[Value]) -> String {
    let mut printer = Printer::default();
    for (at, arg) in args.iter().enumerate() {
        if at > 0 {
            printer.out.push(' ');
        }
        printer.arg(arg, 'v');
    }
    printer.out.push('\n');
    printer.out
}

/// `fmt.Sprintf`.
pub fn sprintf(format: &str, args: &[Value]) -> String {
    verbs::sprintf(format, args)
}

impl Value {
    /// What `%v` prints.
    pub fn print(&self) -> String {
        match self {
            Value::Str(text) => text.to_string(),
            other => sprint(std::slice::from_ref(other)),
        }
    }

    /// sprig's `toString`: strings and bytes as they are, anything else as `%v`.
    pub fn strval(&self) -> String {
        match self {
            Value::Bytes(bytes) => text_of(bytes).into_owned(),
            other => other.print(),
        }
    }
}

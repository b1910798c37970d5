//! Go's package `fmt` over [`Value`].
//!
//! [`sprint()`], [`sprintln()`] and [`sprintf`] print exactly what Go prints,
//! mismatches such as `%!d(string=x)` included. [`format_float`] and [`quote()`]
//! are the two pieces of `strconv` that other modules need.

mod float;
mod integer;
mod printer;
mod quote;
mod spec;
mod verbs;

pub use float::format_float;
pub use quote::{append_quoted, can_backquote, is_print, quote, quote_char, quote_to_ascii};

use super::{Value, text_of};
use printer::Printer;
use std::borrow::Cow;

/// `fmt.Sprint`, appended: a blank between two operands where neither is a string.
pub fn sprint(out: &mut String, args: &[Value]) {
    let mut printer = Printer::at_end_of(out);
    let mut after_string = true;
    for arg in args {
        let is_string = matches!(arg, Value::Str(_));
        if !is_string && !after_string {
            printer.out.push(' ');
        }
        printer.arg(arg, 'v');
        after_string = is_string;
    }
    *out = printer.out;
}

/// `fmt.Sprintln`, appended.
pub fn sprintln(out: &mut String, args: &[Value]) {
    let mut printer = Printer::at_end_of(out);
    for (at, arg) in args.iter().enumerate() {
        if at > 0 {
            printer.out.push(' ');
        }
        printer.arg(arg, 'v');
    }
    printer.out.push('\n');
    *out = printer.out;
}

/// `fmt.Sprintf`.
pub fn sprintf(format: &str, args: &[Value]) -> String {
    let mut out = String::new();
    append(&mut out, format, args);
    out
}

/// `fmt.Appendf`.
pub fn append(out: &mut String, format: &str, args: &[Value]) {
    verbs::append(out, format, args);
}

impl Value {
    /// What `%v` prints.
    pub fn print(&self) -> String {
        let mut out = String::new();
        self.print_to(&mut out);
        out
    }

    /// Appends what `%v` prints.
    pub fn print_to(&self, out: &mut String) {
        match self {
            Value::Str(text) => out.push_str(text),
            other => sprint(out, std::slice::from_ref(other)),
        }
    }

    /// sprig's `toString`: strings and bytes as they are, anything else as `%v`.
    pub fn strval(&self) -> Cow<'_, str> {
        match self {
            Value::Str(text) => Cow::Borrowed(text),
            Value::Bytes(bytes) => text_of(bytes),
            other => Cow::Owned(other.print()),
        }
    }
}

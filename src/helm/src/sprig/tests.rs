//! Calls of library functions without an executor, and what holds of the
//! tables as a whole.

use super::chapters;
use crate::Host;
use crate::template::{Call, Function};
use crate::value::Value;
use std::collections::HashSet;

/// A host whose clock stands at 2024-02-29 12:34:56 UTC and whose random bytes
/// count up.
pub(super) struct FixedHost;

impl Host for FixedHost {
    fn now(&self) -> jiff::Zoned {
        jiff::Timestamp::from_second(1_709_210_096)
            .unwrap()
            .to_zoned(jiff::tz::TimeZone::UTC)
    }

    fn random(&self, out: &mut [u8]) {
        let bytes = (0u8..=255).cycle();
        out.iter_mut()
            .zip(bytes)
            .for_each(|(out, byte)| *out = byte);
    }
}

/// Real randomness, for key generators that would not end otherwise.
pub(super) struct RandomHost;

impl Host for RandomHost {
    fn now(&self) -> jiff::Zoned {
        FixedHost.now()
    }

    fn random(&self, out: &mut [u8]) {
        rand::fill(out);
    }
}

fn function(name: &str) -> &'static Function {
    let mut all = chapters().iter().flat_map(|chapter| chapter.iter());
    all.find(|function| function.name == name)
        .unwrap_or_else(|| panic!("no function {name}"))
}

/// Calls a function as a template would.
pub(super) fn call_with(host: &dyn Host, name: &str, args: &[Value]) -> Result<Value, String> {
    let mut call = Call { host, lint: false };
    (function(name).call)(&mut call, args)
}

/// The same with the fixed host.
pub(super) fn call(name: &str, args: &[Value]) -> Result<Value, String> {
    call_with(&FixedHost, name, args)
}

/// What the function prints, or its error.
pub(super) fn printed(name: &str, args: &[Value]) -> String {
    match call(name, args) {
        Ok(value) => value.print(),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn no_name_is_given_twice() {
    let mut names = HashSet::new();
    for function in chapters().iter().flat_map(|chapter| chapter.iter()) {
        assert!(names.insert(function.name), "{} twice", function.name);
    }
    assert!(!names.contains("env") && !names.contains("expandenv"));
}

#[test]
fn a_variadic_function_has_a_parameter_to_repeat() {
    for function in chapters().iter().flat_map(|chapter| chapter.iter()) {
        assert!(
            !function.variadic || !function.params.is_empty(),
            "{}",
            function.name
        );
    }
}

/// Every function must refuse, not panic, when it is called with too little or
/// with the wrong things (a wrong table row would do that).
#[test]
fn wrong_arguments_are_errors() {
    let odd = [
        Value::Nil,
        Value::from(""),
        Value::from("\u{e9}("),
        Value::Int(-1),
        Value::Int(3),
        Value::Float(f64::NAN),
        Value::from(vec![Value::Nil]),
        Value::from(crate::value::Dict::new()),
        Value::Bool(true),
    ];
    let slow = ["bcrypt", "htpasswd", "derivePassword"];
    for function in chapters().iter().flat_map(|chapter| chapter.iter()) {
        if function.name.starts_with("gen") || slow.contains(&function.name) {
            continue;
        }
        for value in &odd {
            for count in 0..=function.params.len() + 1 {
                let mut call = Call {
                    host: &RandomHost,
                    lint: false,
                };
                let _ = (function.call)(&mut call, &vec![value.clone(); count]);
            }
        }
    }
}

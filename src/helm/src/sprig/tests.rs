//! Calls of library functions without an executor, and what holds of the
//! tables as a whole.

use super::chapters;
use crate::Host;
use crate::template::{Call, Function};
use crate::value::Value;
use proptest::prelude::*;
use serde_json::Value as Json;
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
    let mut call = Call { host, lint: None };
    function(name).call(&mut call, args)
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

/// Functions that take noticeable time by design.
fn is_slow(function: &Function) -> bool {
    let name = function.name;
    name.starts_with("gen") || ["bcrypt", "htpasswd", "derivePassword"].contains(&name)
}

/// A value as JSON, which proptest can show; whole numbers become `int`.
fn argument() -> impl Strategy<Value = Json> {
    prop_oneof![
        ".{0,12}".prop_map(Json::from),
        r"[\\\[\](){}*+?|^$.:%/@#a-f0-9 _=<>~!\-\u{e9}\u{65e5}]{0,12}".prop_map(Json::from),
        "[0-9a-zA-Z:./+\\- ]{0,12}".prop_map(Json::from),
        (-6i64..60).prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<bool>().prop_map(Json::from),
        Just(Json::Null),
        proptest::collection::vec(".{0,3}", 0..4).prop_map(Json::from),
    ]
}

fn value(json: &Json) -> Value {
    json.as_i64()
        .map_or_else(|| Value::from_json(json), Value::Int)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever a chart passes: an answer or an error, never a panic.
    #[test]
    fn no_argument_makes_a_function_panic(args in proptest::collection::vec(argument(), 4)) {
        let args: Vec<Value> = args.iter().map(value).collect();
        for function in chapters().iter().flat_map(|chapter| chapter.iter()) {
            for count in 0..=args.len() {
                if !is_slow(function) {
                    let mut call = Call { host: &RandomHost, lint: None };
                    let _ = function.call(&mut call, &args[..count]);
                }
            }
        }
    }
}

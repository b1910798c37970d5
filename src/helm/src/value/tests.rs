use super::fmt::{sprint, sprintf};
use super::{Dict, List, ListKind, Map, Value, format_float, quote};
use serde_json::json;

#[test]
fn floats_print_as_in_go() {
    let cases = [
        (100_000.0, "100000"),
        (1_000_000.0, "1e+06"),
        (123_456_789.0, "1.23456789e+08"),
        (123_456.0, "123456"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1e20, "1e+20"),
        (12_345_678_901_234_567_890.0, "1.2345678901234567e+19"),
        (-0.0, "-0"),
        (1.5, "1.5"),
        (f64::MAX, "1.7976931348623157e+308"),
        (5e-324, "5e-324"),
        (f64::INFINITY, "+Inf"),
    ];
    for (number, text) in cases {
        assert_eq!(format_float(number, 'g', None), text);
    }
}

#[test]
fn other_float_forms() {
    let cases = [
        (2.675, 'f', Some(2), "2.67"),
        (2.5, 'f', Some(0), "2"),
        (1234.5678, 'e', Some(3), "1.235e+03"),
        (1234.5678, 'g', Some(3), "1.23e+03"),
        (100.0, 'g', Some(3), "100"),
        (0.1, 'g', Some(20), "0.10000000000000000555"),
        (1.0, 'b', None, "4503599627370496p-52"),
        (1.5, 'x', None, "0x1.8p+00"),
        (0.1, 'x', Some(3), "0x1.99ap-04"),
        (0.0, 'x', None, "0x0p+00"),
    ];
    for (number, verb, precision, text) in cases {
        assert_eq!(format_float(number, verb, precision), text);
    }
}

#[test]
fn huge_precision_does_not_panic() {
    assert_eq!(format_float(0.5, 'f', Some(100_000)).len(), 100_002);
}

#[test]
fn collections_print_sorted() {
    let value = Value::from_json(&json!({"b": [1, "x", null], "a": {"c": true}}));
    assert_eq!(value.print(), "map[a:map[c:true] b:[1 x <nil>]]");
    assert_eq!(
        sprintf("%#v", &[value]),
        "map[string]interface {}{\"a\":map[string]interface {}{\"c\":true}, \
         \"b\":[]interface {}{1, \"x\", interface {}(nil)}}"
    );
}

#[test]
fn print_puts_blanks_between_operands_that_are_no_strings() {
    let args = [1, 2].map(Value::Int);
    let shown = |args: &[Value]| {
        let mut out = String::new();
        sprint(&mut out, args);
        out
    };
    assert_eq!(shown(&args), "1 2");
    assert_eq!(shown(&["a".into(), Value::Int(1), "b".into()]), "a1b");
}

#[test]
fn quotes_as_in_go() {
    assert_eq!(
        quote("a\"\\\n\u{1}é\u{301}\u{200b}😀"),
        "\"a\\\"\\\\\\n\\x01é\u{301}\\u200b😀\""
    );
}

#[test]
fn types_count_in_deep_equality() {
    assert!(!Value::Int(1).deep_equal(&Value::Float(1.0)));
    let strings = Value::List(List::of(ListKind::Str, vec!["a".into()]));
    assert!(!strings.deep_equal(&Value::from(vec![Value::from("a")])));
    let map = Value::from_json(&json!({"a": [1]}));
    assert!(map.deep_equal(&map.deep_copy()));
}

#[test]
fn a_dict_in_itself_is_no_endless_loop() {
    let map = Map::new(Dict::new());
    map.set("self", Value::Map(map.clone()));
    let value = Value::Map(map.clone());
    assert!(value.print().len() > 300);
    assert!(value.to_json().is_err());
    value.deep_copy();
    map.entries.borrow_mut().remove("self");
}

#[test]
fn deep_nesting_is_dropped_without_recursion() {
    let mut value = Value::Nil;
    for _ in 0..200_000 {
        value = Value::from(vec![value]);
    }
    drop(value);
}

#[test]
fn walks_through_endlessly_shared_values_end() {
    let double = |value: Value| Value::from(vec![value.clone(), value]);
    let (mut left, mut right) = (Value::Nil, Value::Nil);
    for _ in 0..64 {
        (left, right) = (double(left), double(right));
    }
    assert!(left.to_json().is_err());
    assert!(!left.deep_equal(&right));
    left.deep_copy();
}

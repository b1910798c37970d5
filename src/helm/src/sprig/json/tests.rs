use super::super::tests::printed;
use crate::value::Value;

#[test]
fn numbers_are_written_as_go_writes_them() {
    for (number, text) in [
        (1e6, "1000000"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (0.000_001, "0.000001"),
        (1.5e-7, "1.5e-7"),
        (-0.0, "-0"),
    ] {
        assert_eq!(printed("toJson", &[Value::Float(number)]), text);
    }
}

#[test]
fn faults_have_gos_texts() {
    for (text, fault) in [
        ("", "unexpected end of JSON input"),
        ("{", "unexpected end of JSON input"),
        ("x", "invalid character 'x' looking for beginning of value"),
        (
            "{a",
            "invalid character 'a' looking for beginning of object key string",
        ),
        ("{\"a\" 1}", "invalid character '1' after object key"),
        (
            "{\"a\":1 2}",
            "invalid character '2' after object key:value pair",
        ),
        ("[1 2]", "invalid character '2' after array element"),
        (
            "[1,]",
            "invalid character ']' looking for beginning of value",
        ),
        ("1 2", "invalid character '2' after top-level value"),
        (
            "tru",
            "invalid character ' ' in literal true (expecting 'e')",
        ),
        (
            "trux",
            "invalid character 'x' in literal true (expecting 'e')",
        ),
        ("-x", "invalid character 'x' in numeric literal"),
        (
            "1.x",
            "invalid character 'x' after decimal point in numeric literal",
        ),
        ("\"\\x\"", "invalid character 'x' in string escape code"),
        (
            "'a'",
            "invalid character '\\'' looking for beginning of value",
        ),
    ] {
        assert_eq!(
            printed("mustFromJson", &[text.into()]),
            format!("error: {fault}"),
            "{text}"
        );
    }
}

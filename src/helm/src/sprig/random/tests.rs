use super::super::tests::{RandomHost, call_with};
use crate::value::Value;

fn drawn(name: &str, args: &[Value]) -> String {
    call_with(&RandomHost, name, args).unwrap().print()
}

#[test]
fn characters_are_of_the_set() {
    let text = drawn("randAlphaNum", &[Value::Int(200)]);
    assert!(text.len() == 200 && text.bytes().all(|b| b.is_ascii_alphanumeric()));
    assert!(
        drawn("randNumeric", &[Value::Int(50)])
            .bytes()
            .all(|b| b.is_ascii_digit())
    );
    assert_eq!(drawn("randAlpha", &[Value::Int(-1)]), "");
}

#[test]
fn integers_lie_in_the_range() {
    for _ in 0..200 {
        let number: i64 = drawn("randInt", &[Value::Int(-3), Value::Int(2)])
            .parse()
            .unwrap();
        assert!((-3..2).contains(&number));
    }
    let empty = call_with(&RandomHost, "randInt", &[Value::Int(2), Value::Int(2)]);
    assert_eq!(empty.err().as_deref(), Some("invalid argument to Intn"));
}

#[test]
fn a_uuid_says_its_version() {
    let uuid = drawn("uuidv4", &[]);
    assert!(uuid.len() == 36 && uuid.as_bytes()[14] == b'4');
}

//! The rules of go-yaml in tables, and what holds of any text and any value.
//! What Helm itself said stands in `fixtures/engine/yaml`.

use super::resolve::{Scalar, is_base60, resolve};
use super::timestamp::is_timestamp;
use super::*;
use crate::Value;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

#[test]
fn plain_scalars_are_resolved_as_go_yaml_v2_does() {
    let cases = [
        ("y", Scalar::Bool(true)),
        ("Off", Scalar::Bool(false)),
        ("tRue", Scalar::Str("tRue".into())),
        ("~", Scalar::Null),
        ("0777", Scalar::Int(511)),
        ("0o17", Scalar::Int(15)),
        ("-0x1F", Scalar::Int(-31)),
        ("0b11", Scalar::Int(3)),
        ("1_000", Scalar::Int(1000)),
        ("+1", Scalar::Int(1)),
        ("08", Scalar::Float(8.0)),
        ("5.", Scalar::Float(5.0)),
        (".5", Scalar::Float(0.5)),
        ("1e3", Scalar::Float(1000.0)),
        ("1e1000", Scalar::Str("1e1000".into())),
        (
            "9223372036854775808",
            Scalar::Uint(9_223_372_036_854_775_808),
        ),
        ("-9223372036854775808", Scalar::Int(i64::MIN)),
        ("1:30", Scalar::Str("1:30".into())),
        ("2020-01-01", Scalar::Timestamp("2020-01-01")),
        ("-", Scalar::Str("-".into())),
        (".", Scalar::Str(".".into())),
        ("<<", Scalar::Merge),
    ];
    for (text, wanted) in cases {
        assert_eq!(resolve(text), wanted, "{text}");
    }
}

#[test]
fn timestamps_are_those_of_gos_layouts() {
    for text in [
        "2020-1-2",
        "2020-02-29T1:2:3Z",
        "2020-01-02t01:02:03.5+02:00",
        "2020-1-2 1:2:3.5",
    ] {
        assert!(is_timestamp(text), "{text}");
    }
    for text in [
        "2021-02-29",
        "20-1-2",
        "2020-13-1",
        "2020-1-2 25:0:0",
        "2020-1-2T1:2:3",
        "2020-1-2x",
    ] {
        assert!(!is_timestamp(text), "{text}");
    }
}

#[test]
fn base_60_is_quoted_though_it_reads_as_text() {
    for text in ["1:30", "-1:30:59", "12:30:45.", "1_0:05"] {
        assert!(is_base60(text), "{text}");
    }
    for text in ["1:60", "::1", "a:1", "10.0.0.1", "1", "1:"] {
        assert!(!is_base60(text), "{text}");
    }
}

#[test]
fn keys_are_sorted_as_go_yaml_sorts_them() {
    let sorted = [
        "", "_x", "1", "2", "10", "A", "Z", "a b", "a-b", "a.b", "a_b", "a1", "a01", "a2", "a10",
        "aB", "ab", "b", "é",
    ];
    for pair in sorted.windows(2) {
        assert_eq!(
            super::order::natural(pair[0], pair[1]),
            std::cmp::Ordering::Less,
            "{pair:?}"
        );
    }
}

#[test]
fn metadata_keeps_the_text_of_numbers() {
    assert_eq!(read_exact("a: 1\nb: 1.10\n"), Ok(json!({"a": 1, "b": 1.1})));
    assert_eq!(read("a: 1\n"), Ok(json!({"a": 1.0})));
    assert_eq!(format_float32(1.1), "1.1");
    assert_eq!(format_float32(16_777_217.0), "1.6777216e+07");
}

#[test]
fn all_documents_or_the_first() {
    let text = "a: 1\n---\nb: 2\n---\n";
    assert_eq!(read(text), Ok(json!({"a": 1.0})));
    assert_eq!(
        read_all(text),
        Ok(vec![json!({"a": 1.0}), json!({"b": 2.0}), Json::Null])
    );
    assert_eq!(read("# nothing\n"), Ok(Json::Null));
}

#[test]
fn faults_have_helms_words_and_our_position() {
    let fault = |text: &str| {
        read(text)
            .map_err(|error| (error.to_string(), error.at))
            .unwrap_err()
    };
    let prefix = "error converting YAML to JSON: yaml:";
    let cases = [
        (
            "a: b: c\n",
            "mapping values are not allowed in this context",
            (1, 5),
        ),
        (
            "k: 1\na: @x\n",
            "line 2: found character that cannot start any token",
            (2, 4),
        ),
        ("k: 1\na: *no\n", "unknown anchor 'no' referenced", (2, 4)),
        (
            "a: [1, 2\nb: c\n",
            "line 1: did not find expected ',' or ']'",
            (2, 2),
        ),
    ];
    for (text, wanted, at) in cases {
        assert_eq!(
            fault(text),
            (format!("{prefix} {wanted}"), Some(at)),
            "{text}"
        );
    }
    assert_eq!(
        fault("a: \u{1}").0,
        format!("{prefix} control characters are not allowed")
    );
}

#[test]
fn what_go_yaml_takes_without_indentation() {
    let text = "m:\n  a: [\n    1\n  ]\n  b: \"x\ny\"\n  c: 'it''s\n\n  z'\n";
    assert_eq!(
        read(text),
        Ok(json!({"m": {"a": [1.0], "b": "x y", "c": "it's\nz"}}))
    );
}

#[test]
fn nesting_and_aliases_have_bounds() {
    assert!(read(&"- ".repeat(100_000)).is_err());
    assert!(read(&"[".repeat(200_000)).is_err());
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let last = format!("*a{}, ", n - 1).repeat(10);
        bomb.push_str(&format!("a{n}: &a{n} [{}]\n", last.trim_end_matches(", ")));
    }
    assert_eq!(
        read(&bomb).unwrap_err().to_string(),
        "error converting YAML to JSON: yaml: document contains excessive aliasing"
    );
}

#[test]
fn an_alias_is_a_copy() {
    let Ok(Value::Map(map)) = read_value("a: &a {x: 1}\nb: *a\n") else {
        panic!()
    };
    let Some(Value::Map(first)) = map.get("a") else {
        panic!()
    };
    first.set("x", "changed".into());
    let Some(Value::Map(second)) = map.get("b") else {
        panic!()
    };
    assert!(matches!(second.get("x"), Some(Value::Float(1.0))));
}

#[test]
fn what_cannot_be_read_back_is_not_written() {
    assert_eq!(write_value(&Value::Float(f64::NAN)), None);
    assert_eq!(write_value(&"a\u{7f}".into()), None);
    let map = crate::value::Map::default();
    map.set("self", Value::Map(map.clone()));
    assert_eq!(write_value(&Value::Map(map.clone())), None);
    map.entries.borrow_mut().remove("self");
}

fn tree() -> impl Strategy<Value = Json> {
    let text = prop_oneof![
        "[ -~\u{e9}\u{1F600}\n\t]{0,100}",
        "[0-9a-fxo_.:+-]{0,6}",
        "[yYnNoOfF~]{0,3}"
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-1e15..1e15).prop_map(Json::from),
        text.clone().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::btree_map(text.clone(), inner, 0..5)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back(data in tree()) {
        let text = write(&data);
        prop_assert_eq!(read(&text), Ok(data), "{}", text);
    }

    #[test]
    fn plain_data_and_engine_values_are_written_alike(data in tree()) {
        prop_assert_eq!(Some(write(&data)), write_value(&to_value(&data)));
    }
}

/// Mutated texts: no panic, and an end.
#[test]
fn no_text_makes_the_reader_panic() {
    let seeds = [
        include_str!("../../../../fixtures/engine/yaml/write/styles-of-toyaml.txt"),
        include_str!("../../../../fixtures/engine/yaml/read/tags.txt"),
        include_str!("../../../../fixtures/engine/yaml/read/keys-that-are-no-strings.txt"),
        "a: &x [1, {b: 'c'}, \"d\\n\"]\n<<: *x\nc: |2-\n    x\n? {k: v}\n: !!binary aGk=\n",
    ];
    let mut random = crate::chart::fuzz::Random::new(1);
    for _ in 0..3000 {
        let seed = seeds[random.below(seeds.len())];
        let start = random.below(seed.len());
        let piece = &seed.as_bytes()[start..(start + 200).min(seed.len())];
        let text = String::from_utf8_lossy(&random.mutate(piece)).into_owned();
        if let Ok(value) = read_value(&text) {
            let _ = write_value(&value);
        }
    }
}

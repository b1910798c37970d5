//! The expressions of `fixtures/jinja/expected.json` with what ansible-core 2.19.14 gave for
//! them, and the rules of `fixtures/jinja/` that they do not show.

use super::*;
use crate::inventory::Inventory;
use crate::vars::{Fleet, Level};
use crate::yaml::{Source, load};
use serde_json::json;

fn templar(vars: &str) -> Templar {
    let node = load(&Source::new("vars.yml", vars)).unwrap();
    let Data::Map(vars) = node.data else {
        panic!("vars are a mapping")
    };
    let fleet = Fleet::new(Inventory::default(), Arc::default(), Arc::default()).unwrap();
    Templar::new(fleet.scope("h1").with(Level::Play, vars))
}

fn render(templar: &Templar, text: &str) -> Result<Value, Diagnostic> {
    templar.render_text(text, &Pos::start(&Source::new("t.yml", text)))
}

/// Python's name for the type of a result.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_i64() => "int",
        Value::Number(_) => "float",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// What is not as in Ansible, and why. Each entry must really differ: the table can't go stale.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "{{ l | difference([1]) }}",
        "first-seen order, where Ansible has none",
    ),
    (
        "{{ lookup('file','vars.json') | length }}",
        "needs a Lookups",
    ),
    ("{{ lookup('pipe','echo hi') }}", "runs a program"),
    (
        "{{ lookup('ansible.builtin.password', '/dev/null length=4') | length }}",
        "writes a password to a file",
    ),
    ("{{ lipsum is defined }}", "no filler text"),
    ("{{ '10.0.0.5' | ansible.utils.ipaddr }}", "no ipaddr"),
];

#[test]
fn expressions_give_what_ansible_gives() {
    let templar = templar(include_str!("../../../fixtures/jinja/vars.json"));
    let cases: Vec<(String, String, String)> =
        serde_json::from_str(include_str!("../../../fixtures/jinja/expected.json")).unwrap();
    let mut wrong = Vec::new();
    for (text, kind, want) in &cases {
        let got = render(&templar, text);
        let equal = match &got {
            Err(_) => kind == "ERR",
            Ok(_) if text.contains("omit") => true,
            Ok(value) => {
                let want: Value = serde_json::from_str(want).unwrap_or_default();
                kind != "ERR" && *value == want && type_name(value).eq_ignore_ascii_case(kind)
            }
        };
        let listed = DIFFERENT.iter().any(|(known, _)| known == text);
        if equal == listed {
            let got = got.map_err(|error| error.message);
            wrong.push(format!("{text}\n   want {kind} {want}\n   got  {got:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

const RULES: &str = "
a: '{{ b }}'
b: '{{ c }}'
c: 3
loop1: '{{ loop2 }}'
loop2: '{{ loop1 }}'
lazy_bad: '{{ not_there }}'
deep: {x: '{{ not_there.y }}', ok: 1}
d: {a: 1, b: {c: 2}}
pods: [{name: p1, labels: {app: x}}, {name: p2}]
items2: ['{{ c }}', '{{ omit }}', z]
text: 'a\\nb'
raw: !unsafe '{{ c }}'
t: true
n: null
num: '2'
";

#[test]
fn variables_are_lazy_and_keep_their_types() {
    let templar = templar(RULES);
    let cases = [
        ("{{ a }}", json!(3)),
        (" {{ a }}", json!(" 3")),
        ("{{ a }}{{ a }}", json!("33")),
        ("{{ deep.ok }}", json!(1)),
        ("{{ lazy_bad | default('d') }}", json!("d")),
        ("{{ lazy_bad is defined }}", json!(false)),
        ("{{ deep.x | default('d') }}", json!("d")),
        ("{{ deep.x.y.z | default('d') }}", json!("d")),
        ("{{ pods[1].labels.app | default('none') }}", json!("none")),
        (
            "{{ (pods[1].labels.app) | default('none') }}",
            json!("none"),
        ),
        ("{{ pods[7].name | default(pods[0].name) }}", json!("p1")),
        ("{{ d[d.nope | default('b')].c | default(9) }}", json!(2)),
        (
            "{{ pods | map(attribute='labels.app', default='-') | list }}",
            json!(["x", "-"]),
        ),
        ("{{ items2 }}", json!([3, "z"])),
        ("x{{ omit }}", json!("x")),
        ("{{ raw }}", json!("{{ c }}")),
        ("{{ [raw] }}", json!(["{{ c }}"])),
        ("{{ {'k': t} }}", json!({"k": true})),
        ("{{ '{{' }} x", json!("{{ x")),
        (r"{{ 'a\d' }}", json!(r"a\d")),
        (r"{{ 'ab' | regex_replace('(b)', '[\1]') }}", json!("a[b]")),
        (
            r"{{ 'ab' | regex_search('(?<=a)(?P<x>b)', '\g<x>') }}",
            json!(["b"]),
        ),
        ("{% if t %}y\n{% endif %}z\n", json!("y\nz\n")),
        ("{% raw %}{{ a }}{% endraw %}", json!("{{ a }}")),
        (
            "{{ d | ansible.builtin.to_json }}",
            json!("{\"a\": 1, \"b\": {\"c\": 2}}"),
        ),
        ("{# nothing #}", json!("")),
        ("{{ lookup('vars', 'c') }}", json!(3)),
        ("{{ lookup('vars', 'nope', default='x') }}", json!("x")),
        ("{{ d.items() | list }}", json!([["a", 1], ["b", {"c": 2}]])),
        ("{{ 'nope' in d }}", json!(false)),
        ("{{ n | default('x') }}", Value::Null),
        ("{% if t %}{{ c }}{% endif %}", json!(3)),
        ("{% set x = d.b %}{{ x }}", json!({"c": 2})),
        ("{{ c }}{{ '' }}", json!("3")),
        (" {% if t %}{{ c }}{% endif %}", json!(" 3")),
        (
            "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(1) }}",
            json!("1"),
        ),
    ];
    for (text, want) in cases {
        assert_eq!(render(&templar, text), Ok(want), "{text}");
    }
}

#[test]
fn a_percent_formats_texts_and_divides_numbers() {
    let templar = templar(RULES);
    let cases = [
        ("{{ '%s of %d' % (d.b.c, c) }}", json!("2 of 3")),
        ("{{ '%s' % pods[0].name | upper }}!", json!("P1!")),
        ("{{ 'n%02d' % (c) ~ '%' }}", json!("n03%")),
        ("{{ c % 2 }}", json!(1)),
        ("{{ 7 % c * 2 }}", json!(2)),
        (
            "{{ pods | json_query('[?labels].name | [0]') }}",
            json!("p1"),
        ),
        ("{{ t and not (d.nope is defined) }}", json!(true)),
    ];
    for (text, want) in cases {
        assert_eq!(render(&templar, text), Ok(want), "{text}");
    }
}

#[test]
fn template_files_decode_escapes() {
    let templar = templar(RULES);
    let pos = Pos::start(&Source::new("t.j2", ""));
    assert_eq!(
        templar.render_file("{{ 'a\\tb' }}\n", &pos),
        Ok("a\tb\n".to_owned())
    );
    assert_eq!(templar.render_file("{{ t }}", &pos), Ok("True".to_owned()));
}

#[test]
fn conditions_are_strict_booleans() {
    let templar = templar(RULES);
    let test = |text: &str| templar.test(&load(&Source::new("t.yml", text)).unwrap());
    for text in [
        "true",
        "c == 3",
        "[t, c > 2]",
        "'{{ t }}'",
        "lazy_bad is undefined",
        "num | int == 2",
        "d.nope is not defined",
    ] {
        assert_eq!(test(text), Ok(true), "{text}");
    }
    for text in ["[t, false, nope]", "not t", "'1 == num'", "c in [1]"] {
        assert_eq!(test(text), Ok(false), "{text}");
    }
    let wrong = [
        "'abc'",
        "c",
        "num",
        "nope",
        "nope == 1",
        "d.nope == 1",
        "d['nope'] == 1",
        "not nope",
        "c ==",
        "{a: 1}",
        "nope | length > 0",
    ];
    let text: String = wrong
        .iter()
        .map(|text| crate::yaml::shown_in_tests(&test(text).unwrap_err().into()))
        .collect();
    insta::assert_snapshot!(text);
}

#[test]
fn errors_name_the_path_and_the_place() {
    let templar = templar(RULES);
    let wrong = [
        "{{ lazy_bad }}",
        "x {{ deep.x }}",
        "{{ pods[1].labels.app }}",
        "{{ {'k': nope} }}",
        "{{ [1, deep.x] }}",
        "{{ loop1 }}",
        "{{ d.a.b.c }}",
        "{{ 1 if false }}",
        "{{ 'a' | nosuch }}",
        "{{ lookup('nosuch', 1) }}",
        "{{ a",
        "{% if nope %}{% endif %}",
        "{% for x in nope %}{% endfor %}",
        "{{ nope | upper }}",
        "{{ range(100000000) | list | length }}",
        "{{ 'abc' is regex('(') }}",
    ];
    let text: String = wrong
        .iter()
        .map(|text| match render(&templar, text) {
            Err(fault) => crate::yaml::shown_in_tests(&fault.into()),
            Ok(value) => format!("{text} gives {value}\n"),
        })
        .collect();
    insta::assert_snapshot!(text);
}

#[test]
fn the_names_a_template_reads_are_known_beforehand() {
    let names = |text: &str, bare| {
        names_read(text, bare)
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        names(
            "x {{ a.b | default(c) }} {% for i in l %}{{ i }}{% endfor %}",
            false
        ),
        "a c l"
    );
    assert_eq!(names("{{ a.b.c }}", false), "a.b.c");
    assert_eq!(names("a == 1 and b", true), "a b");
    assert_eq!(names("plain", false), "");
}

/// The snapshot is byte for byte what PyYAML 6 gives for the same value (indent 4, indent 2, and
/// `default_flow_style=None`).
#[test]
fn yaml_is_laid_out_as_pyyaml_does() {
    let templar = templar(
        "
v:
  b: [1, {k: v, l: [x]}, []]
  a: {yes_: 'yes', n: '10', e: '', t: true, z: null, s: 'a: b', q: \"it's\", m: \"l1\\nl2\\n\", d: '2026-01-01', h: '#x', u: é, c: 'a, b', l: ' x', col: 'a:b', tab: \"a\\tb\", x: '-x', i: '[x', f: '1e3'}
short: {b: [1, {k: v, l: [x]}, []], a: {yes_: 'yes', c: 'a, b', col: 'a:b', x: '-x', f: '1e3', u: é}}
",
    );
    let text = |text: &str| render(&templar, text).unwrap().as_str().unwrap().to_owned();
    insta::assert_snapshot!(
        [
            text("{{ v | to_nice_yaml }}"),
            text("{{ v | to_nice_yaml(indent=2) }}"),
            text("{{ short | to_yaml }}"),
            text("{{ 'x' | to_yaml }}"),
        ]
        .join("--\n")
    );
}

#[test]
fn json_keeps_the_written_order_unless_sorted() {
    let templar = templar("v: {b: 1, a: {d: é, c: '{{ 1 + 1 }}'}}");
    let text = |text: &str| render(&templar, text).unwrap().as_str().unwrap().to_owned();
    assert_eq!(
        text("{{ v | to_json }}"),
        r#"{"b": 1, "a": {"d": "\u00e9", "c": 2}}"#
    );
    assert_eq!(
        text("{{ v | to_json(sort_keys=true) }}"),
        r#"{"a": {"c": 2, "d": "\u00e9"}, "b": 1}"#
    );
    assert_eq!(
        text("{{ v | to_nice_json(indent=1) }}"),
        "{\n \"a\": {\n  \"c\": 2,\n  \"d\": \"\\u00e9\"\n },\n \"b\": 1\n}"
    );
}

//! The expressions of `fixtures/jinja/expected.json` with what ansible-core 2.19.14 gave for
//! them, and the rules of `fixtures/jinja/` that they do not show.

use super::*;
use crate::inventory::Inventory;
use crate::vars::{Fleet, Level};
use crate::yaml::{Source, load};

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
    ("{{ pods | json_query('[].metadata.name') }}", "no JMESPath"),
    (
        "{{ d | community.general.json_query('b.c') }}",
        "no JMESPath",
    ),
    (
        r"{{ s | regex_search('(h)(e)', '\\1', '\\2') }}",
        "two backslashes name a group too",
    ),
    (
        "{{ '%s-%s' % ('a','b') }}",
        "the engine has no % for text; | format has",
    ),
    (
        "{{ '%03d' % 5 }}",
        "the engine has no % for text; | format has",
    ),
    (
        "{{ l | random(seed='x') }}",
        "repeatable, but not Python's generator",
    ),
    (
        "{{ l | shuffle(seed='x') }}",
        "repeatable, but not Python's generator",
    ),
    (
        "{{ lookup('file','vars.json') | length }}",
        "needs a Lookups",
    ),
    ("{{ lookup('pipe','echo hi') }}", "needs a Lookups"),
    (
        "{{ lookup('ansible.builtin.password', '/dev/null length=4') | length }}",
        "needs a Lookups",
    ),
    ("{{ lipsum is defined }}", "no filler text"),
    (
        "{% set ns2 = namespace(c=0) %}{% for x in l %}{% set ns2.c = ns2.c + x %}{% endfor %}{{ ns2.c }}",
        "text: only a lone expression keeps its type",
    ),
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

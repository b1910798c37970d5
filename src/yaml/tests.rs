use super::*;
use crate::diag::Diagnostics;
use std::cell::RefCell;

fn read(text: &str) -> Result<Node, Diagnostics> {
    load(&Source::new("t.yml", text))
}

fn json(text: &str) -> String {
    match read(text) {
        Ok(node) => node.to_json().to_string(),
        Err(faults) => format!("{faults}"),
    }
}

#[test]
fn scalars_follow_pyyaml() {
    // From `yaml.safe_load` of PyYAML 6; base-60 numbers and dates are text here by design.
    let cases = [
        ("yes", "true"),
        ("No", "false"),
        ("ON", "true"),
        ("off", "false"),
        ("y", "\"y\""),
        ("~", "null"),
        ("", "null"),
        ("Null", "null"),
        ("nULL", "\"nULL\""),
        ("0777", "511"),
        ("08", "\"08\""),
        ("0o17", "\"0o17\""),
        ("0x1F", "31"),
        ("0b11", "3"),
        ("1_000", "1000"),
        ("+1", "1"),
        ("-0", "0"),
        ("0", "0"),
        ("_1", "\"_1\""),
        ("1.10", "1.1"),
        ("1.", "1.0"),
        (".5", "0.5"),
        ("1e3", "\"1e3\""),
        ("1.5e3", "\"1.5e3\""),
        ("1.5e+3", "1500.0"),
        ("-1.5", "-1.5"),
        ("1.2.3", "\"1.2.3\""),
        ("-", "[null]"),
        ("12:30:00", "\"12:30:00\""),
        ("2026-01-01", "\"2026-01-01\""),
        ("'1'", "\"1\""),
        ("!!str 1", "\"1\""),
        ("! 1", "\"1\""),
        ("0x", "\"0x\""),
        (".", "\".\""),
    ];
    for (text, want) in cases {
        assert_eq!(json(text), want, "{text:?}");
    }
}

#[test]
fn documents_anchors_and_merge_keys() {
    assert_eq!(
        json("a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}\n"),
        r#"{"a":{"k":1,"l":2},"b":{"k":1,"l":3}}"#
    );
    assert_eq!(
        json("a: &x {k: 1}\nb: &y {k: 2, m: 3}\nc: {<<: [*x, *y]}\n"),
        r#"{"a":{"k":1},"b":{"k":2,"m":3},"c":{"k":1,"m":3}}"#
    );
    assert_eq!(json("a: |\n  x"), r#"{"a":"x"}"#);
    assert_eq!(json("a: |\n  x\n"), r#"{"a":"x\n"}"#);
    assert_eq!(
        json("v: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3030\n"),
        "{\"v\":{\"__ansible_vault\":\"$ANSIBLE_VAULT;1.1;AES256\\n3030\\n\"}}"
    );
    assert_eq!(
        json("u: !unsafe ['{{ x }}', 1]\n"),
        r#"{"u":[{"__ansible_unsafe":"{{ x }}"},1]}"#
    );
    assert_eq!(
        load_all(&Source::new("t.yml", "a\n---\nb\n")).map(|docs| docs.len()),
        Ok(2)
    );
    assert_eq!(json(""), "null");
    assert_eq!(json("\u{feff}a: 1"), r#"{"a":1}"#);
}

#[test]
fn positions_are_those_of_keys_and_values() {
    let node = read("a:\n  bb: {c: 1}\n").unwrap();
    let inner = node.get("a").and_then(|a| a.get("bb")).unwrap();
    let (key, value) = &inner.entries().unwrap()[0];
    assert_eq!(
        format!("{:?} {:?} {:?}", inner.pos, key.pos, value.pos),
        "t.yml:2:7 t.yml:2:8 t.yml:2:11"
    );
}

/// Faults as the terminal shows them, so that the snapshots can be read.
pub(crate) fn shown(faults: &Diagnostics) -> String {
    let one = |fault: &Diagnostic| {
        let mut text = format!("{fault}\n");
        if let Some(mark) = &fault.excerpt {
            text += &format!(
                "  | {}\n  | {}{}\n",
                mark.text,
                " ".repeat(mark.start),
                "^".repeat(mark.len)
            );
        }
        fault
            .notes
            .iter()
            .for_each(|note| text += &format!("  {note}\n"));
        fault
            .hint
            .iter()
            .for_each(|hint| text += &format!("  try: {hint}\n"));
        text
    };
    faults.0.iter().map(one).collect()
}

#[test]
fn faults_say_where() {
    let deep = "[".repeat(120);
    let cases = [
        "a: 1\nb: 2\na: 3\nb: 4\n",
        "a: [1\nb: 2\n",
        "a: b: c\n",
        "a\n---\nb\n",
        "x: *nope\n",
        "x: &a [*a]\n",
        "x: !custom 1\n",
        "? [a]\n: 1\n",
        "x: =\n",
        "x: .inf\n",
        "x: 99999999999999999999\n",
        "a: {<<: 1}\n",
        "a:\n\tx: 1\n",
        "x: 'a\n",
        &deep,
    ];
    let text: String = cases
        .iter()
        .map(|case| shown(&read(case).unwrap_err()))
        .collect();
    insta::assert_snapshot!(text);
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{},", level - 1).repeat(9);
        text += &format!("a{level}: &a{level} [{below}]\n");
    }
    assert!(shown(&read(&text).unwrap_err()).contains("aliases stand for more than"));
}

#[test]
fn fields_gather_all_faults_of_a_mapping() {
    let node =
        read("vesion: 1\nname: 12\nstate: presnt\ncount: -1\nflag: 'yes'\nlist: {}\n").unwrap();
    let faults = RefCell::default();
    let fields = Fields::open("release", &node, &faults).unwrap();
    assert_eq!(fields.text("version"), None);
    assert_eq!(fields.text("name"), None);
    assert_eq!(
        fields.choice("state", &[("present", 1), ("absent", 2)]),
        None
    );
    assert_eq!(fields.count("count"), None);
    assert_eq!(fields.flag("flag"), None);
    assert_eq!(fields.list("list"), None);
    fields.require("chart");
    fields.finish();
    assert!(Fields::open("play", &Node::from_json(&1.into(), &node.pos), &faults).is_none());
    insta::assert_snapshot!(shown(&faults.borrow()));
}

/// Mutates real text a byte at a time: whatever comes out, the loader returns.
#[test]
fn mutations_neither_panic_nor_hang() {
    let base = include_str!("../../fixtures/inventory/mutation.yml");
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let alphabet: Vec<char> = "{}[]:,&*!|>-?#'\"%@` \t\n\0aé0<\\~=.".chars().collect();
    for _ in 0..4000 {
        let mut chars: Vec<char> = base.chars().collect();
        for _ in 0..=random(4) {
            let at = random(chars.len());
            match random(3) {
                0 => {
                    chars.remove(at);
                }
                1 => chars.insert(at, alphabet[random(alphabet.len())]),
                _ => chars[at] = alphabet[random(alphabet.len())],
            }
        }
        let text: String = chars.into_iter().collect();
        let _ = load_all(&Source::new("t.yml", text));
    }
}

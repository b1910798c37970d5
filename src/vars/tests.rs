use super::*;
use crate::files::MemoryFiles;
use crate::inventory::{Inventory, Sources, Unseal, load};
use crate::sensitive::Sensitive;
use crate::yaml::{Node, Source, shown_in_tests};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

fn files(text: &str) -> MemoryFiles {
    let mut files = MemoryFiles::default();
    for file in text.split("== ").skip(1) {
        let (path, content) = file.split_once('\n').unwrap();
        files.insert(path, content.as_bytes());
    }
    files
}

fn inventory(text: &str, vault: &Vault) -> Inventory {
    let request = Sources {
        sources: &["inv".to_owned()],
        playbook_dir: Some(Path::new("pb")),
        unseal: vault,
    };
    load(&files(text), &request).unwrap()
}

fn fleet(text: &str, extra: &[&str]) -> Arc<Fleet> {
    let vault = Vault::default();
    let extra: Vec<String> = extra.iter().map(|e| (*e).to_owned()).collect();
    let extra = extra_vars(&files(text), &vault, &extra).unwrap();
    Fleet::new(inventory(text, &vault), extra, Arc::new(vault)).unwrap()
}

fn node(text: &str) -> Node {
    crate::yaml::load(&Source::new("t.yml", text)).unwrap()
}

fn vars(text: &str) -> crate::inventory::Vars {
    match node(text).data {
        crate::yaml::Data::Map(entries) => entries,
        _ => panic!("a mapping"),
    }
}

/// Every level sets the same variable; the winner of each pair of neighbours is the later one.
#[test]
fn precedence_is_ansibles() {
    let text = "== inv/hosts.yml
all:
  vars: {a: inline-all}
  children:
    web: {vars: {a: inline-web, b: inline-web}, hosts: {h: {a: inline-h, c: inline-h}}}
== inv/group_vars/all.yml
a: inv-all
b: inv-all
== pb/group_vars/all.yml
a: pb-all
== inv/group_vars/web.yml
a: inv-web
== pb/group_vars/web.yml
a: pb-web
== inv/host_vars/h.yml
a: inv-h
== pb/host_vars/h.yml
a: pb-h
";
    let fleet = fleet(text, &["a=extra"]);
    let key = crate::yaml::Key {
        name: "a".into(),
        pos: node("x").pos,
    };
    fleet.set_fact("h", key, node("fact"));
    let mut scope = fleet.scope("h");
    for level in [
        Level::Include,
        Level::Task,
        Level::Block,
        Level::VarsFiles,
        Level::Play,
    ] {
        scope = scope.with(level, vars(&format!("a: {}", level.name())));
    }
    let ladder: Vec<String> = scope
        .explain("a")
        .rungs
        .iter()
        .map(|rung| format!("{:?} {} {}", rung.pos, rung.owner, rung.value.to_json()))
        .collect();
    insta::assert_snapshot!(ladder.join("\n"));
    assert_eq!(
        scope.get("b").unwrap().to_json(),
        "inv-all",
        "a file for all beats an inline group"
    );
    assert_eq!(
        fleet.scope("localhost").get("a").unwrap().to_json(),
        "extra"
    );
}

/// The most-filed surprise: source first, then depth.
#[test]
fn a_shallower_group_of_a_later_place_wins() {
    let text = "== inv/hosts.yml
parent: {children: {child: {hosts: {h: }}}}
== inv/group_vars/child.yml
a: child
== pb/group_vars/parent.yml
a: parent
";
    assert_eq!(
        fleet(text, &[]).scope("h").get("a").unwrap().to_json(),
        "parent"
    );
}

#[test]
fn magic_variables_follow_from_the_inventory() {
    let text = "== inv/hosts.yml
web: {hosts: {h.example.net: {a: '{{ hostvars.other.b }}'}, other: {b: '{{ inventory_hostname }}'}}}
== pb/group_vars/all.yml
";
    let templar = Templar::new(
        fleet(text, &[])
            .scope("h.example.net")
            .with_magic("ansible_check_mode", &json!(true)),
    );
    let cases = [
        ("{{ inventory_hostname_short }}", json!("h")),
        ("{{ groups.web }}", json!(["h.example.net", "other"])),
        ("{{ groups['nope'] | default([]) }}", json!([])),
        ("{{ group_names }}", json!(["web"])),
        ("{{ a }}", json!("other")),
        ("{{ hostvars[inventory_hostname].a }}", json!("other")),
        ("{{ hostvars.nope.x | default('none') }}", json!("none")),
        ("{{ ansible_check_mode }}", json!(true)),
        ("{{ vars['a'] }}", json!("other")),
        ("{{ 'other' in hostvars }}", json!(true)),
        ("{{ 'x' in hostvars.other }}", json!(false)),
    ];
    let pos = node("x").pos;
    for (text, want) in cases {
        assert_eq!(templar.render_text(text, &pos), Ok(want), "{text}");
    }
}

#[test]
fn only_rollbook_sets_magic_variables() {
    let text = "== inv/hosts.yml\nall: {hosts: {h: {groups: 1}}, vars: {hostvars: 2}}\n== pb/group_vars/all.yml\nomit: 1\n";
    let vault = Vault::default();
    let result = Fleet::new(inventory(text, &vault), Arc::default(), Arc::default());
    insta::assert_snapshot!(shown_in_tests(&result.unwrap_err()));
    let mut sorted = MAGIC;
    sorted.sort_unstable();
    assert_eq!(sorted, MAGIC, "is_magic searches a sorted list");
}

#[test]
fn extra_vars_are_read_strictly() {
    let disk = files("== vars.yml\nversion: 1.2.3\nn: 1\n== list.yml\n- 1\n");
    let read = |args: &[&str]| {
        let args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
        extra_vars(&disk, &Vault::default(), &args)
    };
    let json = |args: &[&str]| -> Value {
        let vars = read(args).unwrap();
        vars.iter()
            .map(|(key, node)| (key.name.to_string(), node.to_json()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    assert_eq!(
        json(&["x=true y=\"a b\" z=a,b=c"]),
        json!({"x": "true", "y": "a b", "z": "a,b=c"})
    );
    assert_eq!(json(&["{\"x\": true}", "x=2"]), json!({"x": "2"}));
    assert_eq!(
        json(&["@vars.yml", "n=2"]),
        json!({"version": "1.2.3", "n": "2"})
    );
    let wrong = [
        "x: 1",
        "x",
        "1x=2",
        "x=it's",
        "./vars.yml",
        "[1]",
        "@missing.yml",
        "@list.yml",
        "groups=1",
        "{x: 1",
    ];
    let faults: String = wrong
        .iter()
        .map(|arg| format!("-e {arg}\n{}", shown_in_tests(&read(&[arg]).unwrap_err())))
        .collect();
    insta::assert_snapshot!(faults);
}

/// Trees of small maps, so that keys meet.
fn values(null: bool) -> impl Strategy<Value = Value> {
    let null = if null {
        Just(Value::Null).boxed()
    } else {
        Just(json!("x")).boxed()
    };
    let leaf = prop_oneof![null, (0..5_i64).prop_map(Value::from), Just(json!([1]))];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop::collection::btree_map("[a-c]", inner, 0..4)
            .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into())
    })
}

/// Helm's rule, written as it is told.
fn merged(lower: &Value, upper: &Value) -> Value {
    match (lower, upper) {
        (Value::Object(lower), Value::Object(upper)) => {
            let mut all = lower.clone();
            for (key, value) in upper {
                let value = lower
                    .get(key)
                    .map_or_else(|| value.clone(), |below| merged(below, value));
                all.insert(key.clone(), value);
            }
            all.into()
        }
        _ => upper.clone(),
    }
}

fn release(values: &Value) -> Node {
    Node::from_json(&json!({"chart": "web", "values": values}), &node("x").pos)
}

fn plain(node: &Node) -> Value {
    let value = |node: &Node| match (&node.data, node.entries()) {
        (_, Some(entries)) => entries
            .iter()
            .map(|(k, v)| (k.name.to_string(), plain(v)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        (crate::yaml::Data::Unsafe(text), _) => json!(**text),
        _ => node.to_json(),
    };
    value(node)
}

proptest! {
    #[test]
    fn values_merge_by_helms_rule(a in values(true), b in values(true)) {
        let both = merge_release(&release(&a), &release(&b));
        prop_assert_eq!(plain(both.get("values").unwrap()), merged(&a, &b));
    }

    /// Where every value is a mapping or absent there is one result however layers are grouped;
    /// a scalar or a null between two mappings cuts the lower one off, and then order matters.
    #[test]
    fn merging_mappings_is_associative(a in "[a-c]{3}", b in "[a-c]{3}", c in "[a-c]{3}") {
        let path = |steps: &str, leaf: i64| release(&steps.chars().rev().fold(json!({"v": leaf}), |inner, key| json!({key.to_string(): inner})));
        let (a, b, c) = (path(&a, 1), path(&b, 2), path(&c, 3));
        let left = merge_release(&merge_release(&a, &b), &c);
        let right = merge_release(&a, &merge_release(&b, &c));
        prop_assert_eq!(plain(&left), plain(&right));
    }

    #[test]
    fn an_empty_layer_changes_nothing(a in values(true)) {
        let both = merge_release(&release(&a), &Node::from_json(&json!({}), &node("x").pos));
        prop_assert_eq!(plain(&both), plain(&release(&a)));
    }
}

/// Made with ansible-vault of ansible-core 2.19.14, password `pw`: 1.1 inline and 1.2 whole.
const INLINE: &str = include_str!("../../fixtures/inventory/vault/inline.yml");
const WHOLE: &str = include_str!("../../fixtures/inventory/vault/whole.yml");

fn vault(passwords: &[&str]) -> Vault {
    let mut vault = Vault::default();
    for password in passwords {
        vault.add(None, &Sensitive::new(password.as_bytes().to_vec()));
    }
    vault
}

#[test]
fn vaults_open_with_any_of_the_passwords() {
    assert_eq!(
        vault(&["wrong", "pw\n"]).open(WHOLE).unwrap().reveal(),
        "token: abc\n"
    );
    assert_eq!(
        vault(&["wrong"]).open(WHOLE).unwrap_err(),
        "no vault password given opens this value"
    );
    assert_eq!(
        vault(&[]).open(WHOLE).unwrap_err(),
        "a vaulted value, and no --vault-password-file"
    );
    assert!(
        vault(&["pw"])
            .open("$ANSIBLE_VAULT;1.1;AES256\n3030")
            .is_err()
    );
    let flipped = WHOLE.replacen("3537", "3538", 1);
    assert!(vault(&["pw"]).open(&flipped).is_err());
}

#[test]
fn what_is_closed_can_be_opened_with_its_password_alone() {
    for plain in [
        &b""[..],
        b"abc",
        b"0123456789abcdef",
        &[0, 159, 146, 150, 255],
    ] {
        let closed = vault(&["pw", "other"]).close(plain).unwrap().unwrap();
        assert!(
            closed.starts_with("$ANSIBLE_VAULT;1.1;AES256\n"),
            "{closed}"
        );
        assert!(closed.lines().all(|line| line.len() <= 80));
        let open = |passwords: &[&str]| vault(passwords).open_bytes(&closed).unwrap();
        assert_eq!(open(&["wrong", "pw"]).as_deref(), Some(plain));
        assert_eq!(open(&["other"]), None);
    }
    assert!(vault(&[]).close(b"abc").is_none());
    let mut labelled = Vault::default();
    labelled.add(Some("prod"), &Sensitive::new(b"pw".to_vec()));
    let closed = labelled.close(b"abc").unwrap().unwrap();
    assert!(closed.starts_with("$ANSIBLE_VAULT;1.2;AES256;prod\n"));
}

#[test]
fn what_a_vault_gave_away_is_known() {
    let text = format!(
        "== inv/hosts.yml\nall: {{hosts: {{h: }}}}\n== pb/x\n== inv/host_vars/h.yml\n{WHOLE}== inv/group_vars/all.yml\n{INLINE}"
    );
    let vault = Arc::new(vault(&["pw"]));
    let fleet = Fleet::new(inventory(&text, &vault), Arc::default(), vault).unwrap();
    let shown = |text: &str| fleet.vault().known().veil().hide(text).into_owned();
    assert_eq!(shown("token: abc; s3cret"), "(secret); s3cret");
    let templar = Templar::new(fleet.scope("h"));
    templar.render_text("{{ pw }}", &node("x").pos).unwrap();
    assert_eq!(shown("s3cret of h"), "(secret) of h");
}

#[test]
fn what_comes_from_a_vault_is_secret() {
    let text = format!(
        "== inv/hosts.yml\nall: {{hosts: {{h: }}}}\n== pb/x\n== inv/host_vars/h.yml\n{WHOLE}== inv/group_vars/all.yml\n{INLINE}url: 'x{{{{ pw }}}}'\nopen: 1\n"
    );
    let vault = Arc::new(vault(&["pw"]));
    let fleet = Fleet::new(inventory(&text, &vault), Arc::default(), vault).unwrap();
    let templar = Templar::new(fleet.scope("h"));
    let render = |text: &str| {
        let mut node = node("x");
        node.data = crate::yaml::Data::Str(text.into());
        let rendered = templar.render_tracked(&node).unwrap();
        (rendered.value, rendered.secret)
    };
    assert_eq!(render("{{ url }}"), (json!("xs3cret"), true));
    assert_eq!(render("{{ token | length }}"), (json!(3), true));
    assert_eq!(render("{{ open }}"), (json!(1), false));
    let tree = templar
        .render_tree(&fleet.scope("h").get("url").unwrap())
        .unwrap();
    assert!(tree.pos.is_secret() && tree.error("wrong").excerpt.is_none());
}

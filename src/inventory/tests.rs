use super::*;
use crate::diag::Diagnostics;
use crate::files::MemoryFiles;
use crate::sensitive::Sensitive;
use proptest::prelude::*;
use std::sync::Arc;

struct NoVault;

impl Unseal for NoVault {
    fn open(&self, _: &str) -> Result<Sensitive<String>, String> {
        Err("a vaulted value, and no --vault-password-file".to_owned())
    }
}

/// `== path` lines begin the files of a case.
fn files(text: &str) -> MemoryFiles {
    let mut files = MemoryFiles::default();
    for file in text.split("== ").skip(1) {
        let (path, content) = file.split_once('\n').unwrap();
        files.insert(path, content.as_bytes());
    }
    files
}

fn read(text: &str, sources: &[&str]) -> Result<Inventory, Diagnostics> {
    let sources: Vec<String> = sources.iter().map(|s| (*s).to_owned()).collect();
    load(
        &files(text),
        &Sources {
            sources: &sources,
            playbook_dir: None,
            unseal: &NoVault,
        },
    )
}

/// The inventory of the table in `ansible.md` 1.8, which ansible-core 2.19.14 was asked about.
const TABLE: &str = "== hosts.yml
all:
  children:
    prod: {hosts: {'web[1:4]': , db1: , db2: }}
    stage: {hosts: {stg-web1: , stg-db1: }}
    dbs: {hosts: {db1: , db2: , stg-db1: }}
    webs: {hosts: {'web[1:4]': , stg-web1: }}
    site_a: {hosts: {web1: , db1: , a.b.c: }}
    empty:
";

fn select(pattern: &str) -> String {
    let inventory = read(TABLE, &["hosts.yml"]).unwrap();
    match Pattern::parse(pattern).select(&inventory) {
        Ok(hosts) => hosts
            .iter()
            .map(|host| &**host)
            .collect::<Vec<_>>()
            .join(" "),
        Err(fault) => format!(
            "error: {} {:?} {:?}",
            fault.message, fault.notes, fault.hint
        ),
    }
}

#[test]
fn patterns_select_what_ansible_selects() {
    let cases = [
        ("prod:!dbs", "web1 web2 web3 web4"),
        ("prod:&dbs", "db1 db2"),
        ("!web2:webs", "web1 web3 web4 stg-web1"),
        ("webs:dbs:&prod:!web2", "web1 web3 web4 db1 db2"),
        ("web*", "web1 web2 web3 web4 stg-web1"),
        ("web?", "web1 web2 web3 web4 stg-web1"),
        (r"~web\d", "web1 web2 web3 web4"),
        ("~(web|db)[12]$", "web1 web2 db1 db2"),
        ("~.*eb1", "web1 stg-web1"),
        ("db2,web1,prod", "db2 web1 web2 web3 web4 db1"),
        ("webs[0]", "web1"),
        ("webs[-1]", "stg-web1"),
        ("webs[0:1]", "web1 web2"),
        ("webs[1:]", "web2 web3 web4 stg-web1"),
        ("webs[0:0]", "web1"),
        ("webs[0:99]", "web1 web2 web3 web4 stg-web1"),
        ("webs[1-2]", "web2 web3"),
        ("prod:&dbs[0]", "db1"),
        ("dbs[0]:webs[0]", "db1 web1"),
        ("s*", "stg-web1 stg-db1 web1 db1 a.b.c"),
        ("web[!1]", "web1 web2 web3 web4 stg-web1"),
        ("a.b.c", "a.b.c"),
        ("localhost", "localhost"),
        ("!dbs", "web1 web2 web3 web4 stg-web1 a.b.c"),
    ];
    for (pattern, want) in cases {
        let mut got: Vec<String> = select(pattern).split(' ').map(str::to_owned).collect();
        let mut want: Vec<String> = want.split(' ').map(str::to_owned).collect();
        // Where several groups are united by a glob, Ansible promises no order.
        if pattern.contains(['*', '?', '!']) {
            got.sort();
            want.sort();
        }
        assert_eq!(got, want, "{pattern}");
    }
}

#[test]
fn a_pattern_without_a_match_is_an_error() {
    let cases = [
        "web[12]",
        "webs[9]",
        "webs[2:1]",
        "PROD",
        "nope:web1",
        "prdo",
        "empty",
        "prod:!nope",
        "~(",
        "webs[:2]",
    ];
    let text: String = cases
        .iter()
        .map(|case| format!("{case}\n  {}\n", select(case)))
        .collect();
    insta::assert_snapshot!(text);
}

#[test]
fn ranges_expand_as_in_ansible() {
    let cases = [
        ("h[8:11]", "h8 h9 h10 h11"),
        ("h[008:011]", "h008 h009 h010 h011"),
        ("h[:3]", "h0 h1 h2 h3"),
        ("h[1:10:3]", "h1 h4 h7 h10"),
        ("h[a:c]", "ha hb hc"),
        ("h[A:C]", "hA hB hC"),
        ("h[a:i:4]", "ha he hi"),
        ("h[1:2]-[a:b]", "h1-a h1-b h2-a h2-b"),
        ("plain", "plain"),
    ];
    for (pattern, want) in cases {
        assert_eq!(expand(pattern).unwrap().join(" "), want, "{pattern}");
    }
    let wrong = [
        "h[01:3]",
        "h[3:]",
        "h[1-3]",
        "h[1,3]",
        "h[aa:ac]",
        "h[x:b]",
        "h[5:3]",
        "h[1:9:0]",
        "h[1",
        "h1]",
        "h[1:9999999]",
    ];
    let text: String = wrong
        .iter()
        .map(|case| format!("{}\n", expand(case).unwrap_err()))
        .collect();
    insta::assert_snapshot!(text);
}

proptest! {
    /// As many names as the range says, all different, each as wide as the beginning.
    #[test]
    fn a_range_has_its_length(begin in 0_usize..500, more in 0_usize..500, step in 1_usize..9, wide in 1_usize..6) {
        let end = begin + more;
        let (first, last) = (format!("{begin:0wide$}"), format!("{end:0wide$}"));
        prop_assume!(first.len() == last.len() || !first.starts_with('0') || first.len() == 1);
        let names = expand(&format!("c[{first}:{last}:{step}]x")).unwrap();
        prop_assert_eq!(names.len(), more / step + 1);
        let different: std::collections::BTreeSet<&String> = names.iter().collect();
        prop_assert_eq!(different.len(), names.len());
        prop_assert_eq!(&names[0], &format!("c{first}x"));
    }

    #[test]
    fn any_text_as_a_range_or_pattern_is_answered(text in "[a-c0-3\\[\\]:!&~*?,.-]{0,12}") {
        let _ = expand(&text);
        let inventory = read(TABLE, &["hosts.yml"]).unwrap();
        let _ = Pattern::parse(&text).select(&inventory);
    }

    /// What a pattern removes it does not select, and intersecting with itself changes nothing.
    #[test]
    fn patterns_are_an_algebra(a in "(prod|stage|dbs|webs|site_a|web1)", b in "(prod|stage|dbs|webs|site_a|db1)") {
        let inventory = read(TABLE, &["hosts.yml"]).unwrap();
        let hosts = |pattern: String| Pattern::parse(&pattern).select(&inventory).unwrap();
        let (left, right) = (hosts(a.clone()), hosts(b.clone()));
        let without = hosts(format!("{a}:!{b}"));
        let both = hosts(format!("{a}:&{b}"));
        prop_assert!(without.iter().all(|host| left.contains(host) && !right.contains(host)));
        prop_assert_eq!(without.len() + both.len(), left.len());
        prop_assert_eq!(hosts(format!("{a}:&{a}")), left);
        prop_assert_eq!(hosts(format!("!{b}:{a}")), without);
    }
}

#[test]
fn limit_reads_a_file_of_patterns() {
    let inventory = read(TABLE, &["hosts.yml"]).unwrap();
    let files = files("== retry\ndb1\n\nweb[2:3]\nweb3\n== bad\n# a comment\n");
    let pattern = Pattern::limit(&files, "@retry,!db2").unwrap();
    assert!(
        pattern.select(&inventory).is_err(),
        "web[2:3] is a character class of the group web"
    );
    assert!(
        Pattern::limit(&files, "@bad")
            .unwrap()
            .select(&inventory)
            .is_err()
    );
    assert!(Pattern::limit(&files, "@missing").is_err());
}

/// Names with their groups, one line each.
fn shown(inventory: &Inventory) -> String {
    let line = |host: &Host| {
        let groups: Vec<String> = inventory
            .groups_of(host)
            .iter()
            .map(|group| format!("{}@{}", group.name, group.depth))
            .collect();
        format!("{}: {}\n", host.name, groups.join(" "))
    };
    inventory.hosts().map(line).collect()
}

#[test]
fn several_sources_make_one_inventory() {
    let text = "== inv/01.yml
web: {hosts: {w1: }, vars: {m: 1}}
== inv/02.ini
[prod:children]
web
[web]
w[2:3] m=2
[deep]
w1
[prod:children]
deep
[web:vars]
ansible_group_priority=5
== inv/notes.md
not read
== inv/sub/03.json
{\"all\": {\"hosts\": {\"solo\": {\"a\": 1}}}}
== other
lone ansible_host=10.0.0.9   # a comment
";
    let inventory = read(text, &["inv", "other", "x, y,"]).unwrap();
    insta::assert_snapshot!(shown(&inventory));
    assert_eq!(inventory.group("web").unwrap().priority, 5);
    let groups = inventory.groups_of(inventory.host("w1").unwrap());
    assert_eq!(
        &*groups.last().unwrap().name,
        "web",
        "the priority breaks the tie of one depth"
    );
}

/// Faults with their excerpt, as the terminal shows them.
fn faults(text: &str, sources: &[&str]) -> String {
    crate::yaml::shown_in_tests(&read(text, sources).unwrap_err())
}

#[test]
fn what_ansible_passes_over_is_an_error() {
    let cases: [(&str, &[&str]); 14] = [
        (
            "== a.yml\nall:\n  host: {a: }\n  vars: [1]\n  children: {x: 1}\n",
            &["a.yml"],
        ),
        ("== a.yml\nall: {hosts: {'c[1:3]': , c2: }}\n", &["a.yml"]),
        ("== a.yml\nall: {hosts: {'c[5:3]': }}\n", &["a.yml"]),
        ("== a.yml\nall: {hosts: {a: 1}}\n", &["a.yml"]),
        ("== a.yml\nplugin: constructed\n", &["a.yml"]),
        ("== a.yml\n", &["a.yml"]),
        ("== a.yml\n- a\n", &["a.yml"]),
        ("== a.yml\nall: {hosts: {a: }}\n", &["missing"]),
        (
            "== a.yml\na: {children: {b: }}\nb: {children: {a: }}\n",
            &["a.yml"],
        ),
        (
            "== a.yml\na: {hosts: {x: }}\n== group_vars/a.yml\nk: 1\n== group_vars/a/main.yml\nk: 2\n",
            &["a.yml"],
        ),
        (
            "== a.yml\na: {hosts: {x: }}\n== host_vars/x.yml\n- 1\n",
            &["a.yml"],
        ),
        (
            "== a.yml\na: {hosts: {x: }}\n== host_vars/x.yml\n$ANSIBLE_VAULT;1.1;AES256\n30\n",
            &["a.yml"],
        ),
        (
            "== a.ini\n[web]\nx k\n[web:var]\n[gone:vars]\na=1\n[prod:children]\nlate\n[2001:db8::9]\n",
            &["a.ini"],
        ),
        (
            "== a.yml\na: {hosts: {x: }, vars: {ansible_group_priority: high}}\n",
            &["a.yml"],
        ),
    ];
    let text: String = cases
        .iter()
        .map(|(text, sources)| format!("{}--\n", faults(text, sources)))
        .collect();
    insta::assert_snapshot!(text);
}

#[test]
fn ini_values_are_python_literals() {
    let text = r#"== hosts
host5:2222 v=9 s="a b" l='[1,2]' d='{"a": 1}' t=true T=True n=None e= f=1e3 h=0x10 x="'08'" z=01 u=1_000 p=+5
[g]
host5
[g:vars]
quoted="quoted"
com=x # x
lst=[1, "a", {'k': None}]
j={"k": true}
"#;
    let inventory = read(text, &["hosts"]).unwrap();
    let json = |vars: &[Vars]| -> String {
        let line = |(key, node): &(crate::yaml::Key, crate::yaml::Node)| {
            format!("{}={} ", key.name, node.to_json())
        };
        vars.iter().flat_map(|vars| vars.iter()).map(line).collect()
    };
    insta::assert_snapshot!(format!(
        "{}\n{}",
        json(&inventory.host("host5").unwrap().vars),
        json(&inventory.group("g").unwrap().vars)
    ));
}

#[test]
fn files_of_variables_are_found_beside_the_source() {
    let text = "== inv/hosts.yml
web: {hosts: {w1: , w2: }}
== inv/group_vars/web/b.yml
k: b
== inv/group_vars/web/a.yml
k: a
== inv/group_vars/web/.hidden.yml
k: hidden
== inv/group_vars/web/readme.txt
not read
== inv/host_vars/w1
k: 1
== inv/host_vars/w2.json
{\"k\": 2}
== inv/host_vars/stranger.yml
k: 3
";
    for sources in [["inv"], ["inv/hosts.yml"]] {
        let inventory = read(text, &sources).unwrap();
        let [place] = inventory.places() else {
            panic!("one place")
        };
        assert_eq!((place.groups.len(), place.hosts.len()), (1, 2));
        let files: Vec<Arc<str>> = place.groups["web"]
            .iter()
            .map(|vars| vars[0].1.pos.file().clone())
            .collect();
        assert_eq!(
            files,
            [
                "inv/group_vars/web/a.yml".into(),
                Arc::from("inv/group_vars/web/b.yml")
            ]
        );
    }
}

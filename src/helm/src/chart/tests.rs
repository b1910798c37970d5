//! Loading, values and dependencies in tables. Whole charts against Helm stand
//! in `fixtures/engine/chart`.

use super::fuzz::Random;
use super::glob::matches;
use super::set::Kind;
use super::*;
use crate::value::{Map, Value};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value as Json, json};
use std::io::Write;

fn chart(files: &[(&str, &str)]) -> Result<Chart, String> {
    let yaml = [("Chart.yaml", "apiVersion: v2\nname: top\nversion: 1.0.0\n")];
    let own = files.iter().any(|(name, _)| *name == "Chart.yaml");
    let files = yaml.iter().filter(|_| !own).chain(files);
    Chart::load(
        files
            .map(|(name, text)| File::new(*name, text.as_bytes()))
            .collect(),
    )
}

/// Coalesced values of a chart with default values and a child `sub`.
fn coalesced(profile: &Profile, user: Json, own: &str, child: &str) -> Json {
    let chart = chart(&[
        ("values.yaml", own),
        (
            "charts/sub/Chart.yaml",
            "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
        ),
        ("charts/sub/values.yaml", child),
    ]);
    let node = Node::new(chart.unwrap().source(), profile.line).unwrap();
    let Value::Map(values) = crate::yaml::to_value(&user) else {
        panic!("{user}")
    };
    coalesce(&node, &values, profile, &mut Vec::new()).unwrap();
    Value::Map(values).to_json().unwrap()
}

#[test]
fn users_stand_over_parents_over_children() {
    let own = "a: own\nb: own\nsub: {x: own, w: own}\n";
    let found = coalesced(
        &Profile::HELM_3,
        json!({"a": "user", "sub": {"x": "user"}}),
        own,
        "x: child\nw: child\nz: child\n",
    );
    let wanted = json!({
        "a": "user", "b": "own",
        "sub": {"x": "user", "w": "own", "z": "child", "global": {}},
    });
    assert_eq!(found, wanted);
}

#[test]
fn what_nulls_remove() {
    let cases = [
        (
            "a default at the top",
            json!({"a": null}),
            "a: 1\n",
            json!({}),
        ),
        (
            "a default in a table",
            json!({"t": {"a": null}}),
            "t: {a: 1, b: 2}\n",
            json!({"t": {"b": 2.0}}),
        ),
        (
            "an unknown key stays",
            json!({"t": {"x": null}}),
            "t: {b: 2}\n",
            json!({"t": {"x": null, "b": 2.0}}),
        ),
        (
            "a default null stays",
            json!({}),
            "t: {q: null}\n",
            json!({"t": {"q": null}}),
        ),
    ];
    for (name, user, own, wanted) in cases {
        let mut found = coalesced(&Profile::HELM_3, user, own, "");
        found.as_object_mut().unwrap().remove("sub");
        assert_eq!(found, wanted, "{name}");
    }
}

#[test]
fn nulls_reach_the_defaults_of_a_child() {
    let user = json!({"sub": {"t": {"a": null}}});
    let found = coalesced(
        &Profile::HELM_3,
        user,
        "sub: {u: null}\n",
        "t: {a: 1, b: 2}\nu: 1\n",
    );
    assert_eq!(found, json!({"sub": {"t": {"b": 2.0}, "global": {}}}));
}

#[test]
fn helm_4_drops_nulls_of_defaults() {
    let own = "a: null\nt: {q: null, l: [null]}\nsub: {u: null}\n";
    let found = coalesced(&Profile::HELM_4_3, json!({}), own, "u: 1\n");
    assert_eq!(
        found,
        json!({"t": {"l": [null]}, "sub": {"u": 1.0, "global": {}}})
    );
}

#[test]
fn globals_come_from_above_and_stay_shared() {
    let own = "global: {a: 1, m: {x: 1, deep: {}}}\n";
    let found = coalesced(
        &Profile::HELM_3,
        json!({}),
        own,
        "global: {a: 9, m: {x: 9, w: 2, deep: {z: 3}}, c: 4}\n",
    );
    let deep = json!({"z": 3.0});
    assert_eq!(
        found["sub"]["global"],
        json!({"a": 1.0, "c": 4.0, "m": {"x": 1.0, "w": 2.0, "deep": deep}})
    );
    // Go copies one level only: what is below is the parent's too.
    assert_eq!(
        found["global"],
        json!({"a": 1.0, "m": {"x": 1.0, "deep": deep}})
    );
}

fn on(chart: &Chart, user: Json) -> Vec<String> {
    let Value::Map(user) = crate::yaml::to_value(&user) else {
        return Vec::new();
    };
    let root = switch(chart, &user, &Profile::HELM_3, &mut Vec::new()).unwrap();
    root.children
        .iter()
        .map(|child| child.name().to_owned())
        .collect()
}

#[test]
fn conditions_and_tags_switch_children() {
    let requirements = "dependencies:\n\
        - {name: a, version: '*', condition: 'a.first,a.second', tags: [t]}\n\
        - {name: b, version: '>=2', condition: b.on}\n\
        - {name: b, version: 1.x, alias: c, tags: [t, u]}\n";
    let chart = chart(&[
        (
            "Chart.yaml",
            &format!("apiVersion: v2\nname: top\nversion: 1.0.0\n{requirements}"),
        ),
        (
            "charts/a/Chart.yaml",
            "apiVersion: v2\nname: a\nversion: 1.0.0\n",
        ),
        (
            "charts/b/Chart.yaml",
            "apiVersion: v2\nname: b\nversion: 1.2.0\n",
        ),
        (
            "charts/z/Chart.yaml",
            "apiVersion: v2\nname: z\nversion: 1.0.0\n",
        ),
    ])
    .unwrap();
    let cases = [
        (json!({}), vec!["z", "a", "c"]),
        (json!({"a": {"second": false}}), vec!["z", "c"]),
        (
            json!({"a": {"first": true, "second": false}}),
            vec!["z", "a", "c"],
        ),
        (
            json!({"a": {"first": "no bool", "second": false}}),
            vec!["z", "c"],
        ),
        (json!({"tags": {"t": false}}), vec!["z"]),
        (
            json!({"tags": {"t": false}, "a": {"first": true}}),
            vec!["z", "a"],
        ),
        (json!({"tags": {"t": false, "u": true}}), vec!["z", "c"]),
    ];
    for (user, wanted) in cases {
        assert_eq!(on(&chart, user.clone()), wanted, "{user}");
    }
}

#[test]
fn imported_values_lie_below_those_of_the_parent() {
    let chart = chart(&[
        (
            "Chart.yaml",
            "apiVersion: v2\nname: top\nversion: 1.0.0\ndependencies:\n- name: sub\n  version: 1.x\n  import-values:\n  - data\n  - {child: inner, parent: at.here}\n  - missing\n",
        ),
        ("values.yaml", "port: 1\n"),
        ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"),
        ("charts/sub/values.yaml", "exports: {data: {port: 9, host: h}}\ninner: {k: v}\n"),
    ])
    .unwrap();
    let mut root = Node::new(chart.source(), Line::Three).unwrap();
    let mut warnings = Vec::new();
    import(&mut root, &Profile::HELM_3, &mut warnings).unwrap();
    assert_eq!(root.values["port"], json!(1.0));
    assert_eq!(root.values["host"], json!("h"));
    assert_eq!(root.values["at"], json!({"here": {"k": "v"}}));
    assert_eq!(warnings.len(), 1);
}

#[test]
fn helmignore_as_helm_has_it() {
    let rules = Rules::parse("# c\n*.txt\n/d/e\nf/\ng/h\n[ab].md\n").unwrap();
    let ignored = [
        "x.txt",
        "deep/x.txt",
        "d/e",
        "g/h",
        "a.md",
        "templates/.x.yaml",
    ];
    let kept = [
        "q/d/e",
        "f",
        "q/g/h",
        "c.md",
        "templates/x.yaml",
        ".hidden",
        "xtxt",
    ];
    assert!(ignored.iter().all(|path| rules.ignore(path, false)));
    assert!(kept.iter().all(|path| !rules.ignore(path, false)));
    assert!(rules.ignore("f", true) && rules.ignore("deep/f", true));
    let negated = Rules::parse("!b.md\n").unwrap();
    assert!(negated.ignore("Chart.yaml", false) && !negated.ignore("b.md", false));
    assert!(Rules::parse("a/**\n").is_err() && Rules::parse("[a\n").is_err());
}

#[test]
fn globs_are_gos() {
    for (pattern, name) in [
        ("*", "a"),
        ("a*c", "abbc"),
        ("a?c", "abc"),
        ("[^a]b", "cb"),
        ("\\*", "*"),
        ("*/b", "a/b"),
        ("a**", "abc"),
    ] {
        assert_eq!(matches(pattern, name), Ok(true), "{pattern} {name}");
    }
    for (pattern, name) in [
        ("*", "a/b"),
        ("a?c", "a/c"),
        ("[^a]b", "ab"),
        ("[a-c]", "d"),
        ("a*", "ba"),
        ("", "a"),
    ] {
        assert_eq!(matches(pattern, name), Ok(false), "{pattern} {name}");
    }
    assert!(
        ["[", "[]", "[a-]", "\\"]
            .iter()
            .all(|pattern| matches(pattern, "x").is_err())
    );
}

fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, data) in files {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append(&header, *data).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

#[test]
fn an_archive_is_a_chart() {
    let yaml = b"apiVersion: v2\nname: c\nversion: 1.0.0\n";
    let inner = archive(&[(
        "sub/Chart.yaml",
        b"apiVersion: v2\nname: sub\nversion: 1.0.0\n",
    )]);
    let files = archive::unpack(&archive(&[
        ("c/Chart.yaml", yaml),
        ("c/charts/sub-1.0.0.tgz", &inner),
    ]));
    let chart = Chart::load(files.unwrap()).unwrap();
    assert_eq!(chart.dependencies[0].metadata.name, "sub");
}

#[test]
fn archives_that_reach_out_are_refused() {
    let cases = [
        ("Chart.yaml", "content outside the base directory"),
        ("c/../../x", "references parent directory"),
        ("c//etc/passwd", "absolute paths"),
        ("c/c:/x", "illegally named files"),
    ];
    for (name, wanted) in cases {
        let text = archive::unpack(&archive(&[(name, b"x")])).unwrap_err();
        assert!(text.contains(wanted), "{name}: {text}");
    }
    let large = vec![0; archive::MAX_FILE as usize + 1];
    assert!(
        archive::unpack(&archive(&[("c/x", &large)]))
            .unwrap_err()
            .contains("larger")
    );
    assert_eq!(
        archive::unpack(&archive(&[])).unwrap_err(),
        "no files in chart archive"
    );
    for (bytes, wanted) in [
        (&b""[..], "EOF"),
        (b"kind: X\n", "unexpected EOF"),
        (b"kind: Secret\n", "gzip: invalid header"),
    ] {
        assert_eq!(archive::unpack(bytes).unwrap_err(), wanted);
    }
}

#[test]
fn lists_and_maps_of_set() {
    let cases = [
        (
            "a=1,b=x,c=true,d=null",
            json!({"a": 1, "b": "x", "c": true, "d": null}),
        ),
        ("a.b[1].c=1", json!({"a": {"b": [null, {"c": 1}]}})),
        ("a={1, 2}", json!({"a": [1, " 2"]})),
        ("a=b\\,c", json!({"a": "b,c"})),
        ("a=1.5,b=01,c=", json!({"a": "1.5", "b": "01", "c": ""})),
        ("a\\.b=1", json!({"a.b": 1})),
    ];
    for (argument, wanted) in cases {
        let mut values = UserValues::default();
        values.set(Kind::Typed, argument, &Profile::HELM_3).unwrap();
        assert_eq!(Json::Object(values.table), wanted, "{argument}");
    }
}

#[test]
fn no_argument_makes_set_panic() {
    let mut random = Random::new(2);
    let seeds = [
        "a.b[0].c=1,d={x,y},e\\,f=2",
        "a[1][2]=x",
        "a={\"b\":[1,2]},c=null",
        "a.b.c=true,a[0]=1",
    ];
    let file = |path: &str| Ok(path.to_owned());
    for _ in 0..20_000 {
        let seed = seeds[random.below(seeds.len())];
        let bytes = random.mutate(seed.as_bytes());
        let argument = String::from_utf8_lossy(&bytes).into_owned();
        for kind in [
            Kind::Typed,
            Kind::Text,
            Kind::Json,
            Kind::Literal,
            Kind::File(&file),
        ] {
            let _ = UserValues::default().set(kind, &argument, &Profile::HELM_3);
        }
    }
}

#[test]
fn no_archive_makes_the_loader_panic() {
    let mut random = Random::new(3);
    let whole = archive(&[
        ("c/Chart.yaml", b"apiVersion: v2\nname: c\nversion: 1.0.0\n"),
        ("c/values.yaml", b"a: 1\n"),
    ]);
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*whole), &mut plain).unwrap();
    for round in 0..2000 {
        let bytes = if round % 2 == 0 {
            random.mutate(&whole)
        } else {
            packed(&random.mutate(&plain))
        };
        if let Ok(files) = archive::unpack(&bytes) {
            let _ = Chart::load(files);
        }
    }
}

fn packed(tar: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(tar).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn paths_into_values() {
    let Value::Map(values) = crate::yaml::to_value(&json!({"a": {"b": true, "t": {}}})) else {
        panic!()
    };
    let at = |path: &str| dependencies::path_value(&values, path).map(|value| value.print());
    assert_eq!(at("a.b"), Some("true".to_owned()));
    assert_eq!(
        (at("a.t"), at("a.x"), at("x.y"), at("a")),
        (None, None, None, None)
    );
    assert!(dependencies::table(&Map::default(), "a").is_err());
}

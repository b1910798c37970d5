use super::*;
use crate::plan::tests::{WEB, installed, set};
use crate::plan::{
    Action, Head, Identity, Operation, Options, States, TargetPlan, Verdict, build, groups, totals,
    triage,
};
use crate::sensitive::Mask;
use serde_json::json;
use std::sync::Arc;

const SECRET: &str =
    "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: hunter2}\n";

fn target(name: &str, new: &str) -> TargetPlan {
    let text = format!("{WEB}{SECRET}").replace("web:1", &format!("{name}.example.net/web:1"));
    let cluster = installed(&text);
    let desired = set(&text.replace("web:1", new).replace("hunter2", "hunter3"));
    let states = States {
        definitions: &crate::manifest::ObjectSet::default(),
        desired: &desired,
        live: &cluster.live,
        recorded: &set(&text),
    };
    let options = Options::default();
    let mut triage = triage(&crate::plan::tests::owner(), states, Arc::new(options));
    let answers = triage
        .questions()
        .iter()
        .map(|q| cluster.answer(q))
        .collect();
    triage.resolve(answers);
    TargetPlan {
        target: name.into(),
        namespace: name.into(),
        cluster: Arc::new(Identity {
            name: "prod".into(),
            server: "https://api.example.net".into(),
            uid: "5f0c1e9a".into(),
        }),
        verdict: Verdict::Change,
        gates: Vec::new(),
        steps: Vec::new(),
        release: Some(build(triage, Head::default()).unwrap()),
        warnings: vec![Diagnostic::warning("near 1 MiB")],
    }
}

fn saved() -> Saved {
    let mut files = MemoryFiles::default();
    files.insert("inventory.yml", *b"all: {vars: {password: hunter4}}");
    Saved {
        plan: Plan {
            title: "update".into(),
            operation: Operation::Update,
            created: "2026-03-12T22:04:00Z".parse().unwrap(),
            reason: Some("CHG1".into()),
            inventory: vec!["inventory.yml".into()],
            playbook: String::new(),
            limit: None,
            inventory_targets: 3,
            targets: vec![
                target("c1", "web:2"),
                target("c2", "web:2"),
                target("c3", "web:3"),
            ],
            waves: vec![1, 2],
        },
        files,
        extra: Sensitive::new(json!({"version": "hunter5"})),
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn written_and_read_back() {
    let saved = saved();
    let seal = Seal::Key([3; 32]);
    let bytes = saved.write(&seal).unwrap();
    let read = Saved::read(&bytes, &seal).unwrap();
    assert_eq!(format!("{:?}", read.plan), format!("{:?}", saved.plan));
    for (one, other) in read.plan.targets.iter().zip(&saved.plan.targets) {
        let (one, other) = (
            one.release.as_ref().unwrap(),
            other.release.as_ref().unwrap(),
        );
        for (one, other) in one.changes.iter().zip(&other.changes) {
            assert_eq!(
                (&one.live, &one.result, &one.send),
                (&other.live, &other.result, &other.send)
            );
        }
    }
    assert_eq!(read.extra, saved.extra);
    assert!(read.files.iter().eq(saved.files.iter()));
    let clear = saved.write(&Seal::Clear).unwrap();
    assert!(Saved::read(&clear, &seal).is_ok());
}

#[test]
fn nothing_of_it_stands_open() {
    let saved = saved();
    let clear = saved.write(&Seal::Clear).unwrap();
    let sealed = saved.write(&Seal::Key([3; 32])).unwrap();
    let frame = |bytes: &[u8]| {
        let at = bytes
            .windows(4)
            .position(|bytes| bytes == [0x28, 0xb5, 0x2f, 0xfd]);
        zstd::decode_all(&bytes[at?..]).ok()
    };
    let open = frame(&clear).unwrap();
    assert!(contains(&open, "CHG1") && contains(&open, "hunter5"));
    assert!(frame(&sealed).is_none());
    assert!(!contains(&sealed, "hunter") && !contains(&sealed, "CHG1"));
}

#[test]
fn what_is_not_a_whole_plan_of_ours_is_refused() {
    let seal = Seal::Key([3; 32]);
    let bytes = saved().write(&seal).unwrap();
    let refused = |bytes: &[u8], seal: &Seal| {
        let fault = Saved::read(bytes, seal).unwrap_err();
        format!(
            "{fault}: {} | {}",
            fault.notes.join(", "),
            fault.hint.as_deref().unwrap_or("")
        )
    };
    let mut later = bytes.clone();
    later[15] = 9;
    let mut flipped = bytes.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    let shown = [
        refused(b"apiVersion: v1", &seal),
        refused(&later, &seal),
        refused(&flipped, &seal),
        refused(&bytes[..20], &seal),
        refused(&bytes[..bytes.len() - 5], &seal),
        refused(&bytes, &Seal::Key([4; 32])),
        refused(&bytes, &Seal::Clear),
    ];
    insta::assert_snapshot!(shown.join("\n"), @r"
    this is not a plan of rollbook:  | rollbook plan ... --out FILE makes one
    the plan has format 9, this rollbook reads format 3:  | make the plan again with this version
    the plan file is damaged:  | make the plan again, or copy the file again
    the plan file is damaged: it ends too early | make the plan again, or copy the file again
    the plan file is damaged:  | make the plan again, or copy the file again
    the plan can't be opened here: it is sealed with the key of the state directory that made the plan | apply it where it was made, or make it again with --encrypt, for the vault's password
    the plan can't be opened here: it is sealed with the key of the state directory that made the plan | apply it where it was made, or make it again with --encrypt, for the vault's password
    ");
    for length in 0..bytes.len().min(200) {
        assert!(Saved::read(&bytes[..length], &seal).is_err());
    }
}

#[test]
fn fact_26_equal_changes_are_one_group() {
    let plan = saved().plan;
    let found = groups(&plan, &Mask::Keyed([1; 32]));
    let shown: Vec<_> = found
        .iter()
        .map(|g| (g.name.as_str(), g.targets.clone()))
        .collect();
    assert_eq!(shown, [("A", vec![0, 1]), ("B", vec![2])]);
    let differs: Vec<String> = found[1].differs.iter().map(ToString::to_string).collect();
    assert_eq!(differs, ["Deployment web"]);
    let totals = totals(&plan);
    assert_eq!(totals.targets.change, 3);
    assert_eq!(totals.objects.get(&Action::Update), Some(&6));
    assert!(totals.data_loss.is_empty());
}

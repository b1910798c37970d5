//! The no-op test and the local apply against the API server: seeded random edits of every object
//! under `fixtures/objects` and `fixtures/ownership`, each asked as a forced dry run.

pub mod edits;

use crate::controlplane;
use edits::Random;
use rollbook::cluster::{Cluster, KubeCluster, Policy, Write};
use rollbook::diff::{changes, content, path_words};
use rollbook::manifest::schema::{Place, Schema};
use rollbook::manifest::{Object, decode, parse};
use rollbook::ownership::{self, FieldSets, HELM, Marks, NoOp};
use rollbook::plan::{Answer, Ask, Question};
use rollbook::release::Connection;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Half of them the server refuses: two thousand are to be answered.
const EDITS: usize = 4200;
/// In percent; what the schema table and `ownership::defaults` are held to.
const EQUAL: f64 = 98.0;

/// One object as rendered and as it is live.
struct Case {
    rendered: Object,
    live: Object,
}

/// A rendered object that was edited at one place.
struct Edit<'c> {
    case: &'c Case,
    object: Arc<Object>,
    what: String,
}

#[tokio::test]
async fn random_edits_are_predicted_as_the_server_answers() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let connection = Connection::Context {
        context: Some("test".into()),
        kubeconfig: Some(plane.kubeconfig().to_string_lossy().into()),
    };
    let cluster = KubeCluster::open(&connection, "ssa", Policy::default())
        .await
        .unwrap();
    let mut schema = Schema::default();
    let mut cases = Vec::new();
    for directory in ["objects", "ownership"] {
        let namespace = plane.namespace("ssa");
        let objects = fixtures(directory, &namespace, &mut schema);
        cases.extend(installed(&cluster, objects).await);
    }
    let kinds: std::collections::BTreeSet<_> = cases.iter().map(|c| &c.rendered.gvk).collect();
    assert!(kinds.len() >= 33, "{} kinds", kinds.len());

    let unproven = cases.iter().filter_map(|case| unproven(case, &schema));
    let unproven: Vec<String> = unproven.collect();
    assert!(unproven.is_empty(), "not proven:\n{}", unproven.join("\n"));

    let edits = random_edits(&cases);
    let questions: Vec<Question> = edits.iter().map(|edit| question(&edit.object)).collect();
    let answers = cluster.answer(&questions).await.unwrap();
    let mut tally = Tally {
        schema,
        ..Tally::default()
    };
    for (edit, answer) in edits.iter().zip(&answers) {
        tally.add(edit, answer);
    }
    tally.check();
}

/// The objects of a directory of fixtures, definitions first.
fn fixtures(directory: &str, namespace: &str, schema: &mut Schema) -> Vec<Object> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(directory);
    let mut files: Vec<_> = std::fs::read_dir(directory).unwrap().flatten().collect();
    files.sort_by_key(std::fs::DirEntry::path);
    let texts = files
        .iter()
        .map(|file| std::fs::read_to_string(file.path()).unwrap());
    let texts: Vec<String> = texts.collect();
    let first = texts.iter().map(|text| parse(text, "", &Schema::default()));
    for object in first.flat_map(Result::unwrap) {
        if &*object.id.kind == "CustomResourceDefinition" {
            schema.add_definition(object.clear());
        }
    }
    let objects = texts.iter().map(|text| parse(text, namespace, schema));
    let mut objects: Vec<Object> = objects.flat_map(Result::unwrap).collect();
    objects.sort_by_key(|object| &*object.id.kind != "CustomResourceDefinition");
    objects
}

async fn installed(cluster: &KubeCluster, objects: Vec<Object>) -> Vec<Case> {
    let mut cases = Vec::new();
    for rendered in objects {
        let write = Write::Apply {
            object: Arc::new(rendered.clone()),
            force: false,
            uid: None,
        };
        let written = cluster.write(&write).await;
        written.unwrap_or_else(|e| panic!("{}: {e}", rendered.id));
        cases.push(rendered);
    }
    let mut found = Vec::new();
    for rendered in cases {
        let live = cluster.get(&rendered.gvk, &rendered.id).await;
        let live = live.unwrap().unwrap();
        let live = decode(live.id, live.gvk, live.raw.get()).unwrap();
        found.push(Case { rendered, live });
    }
    found
}

/// An apply of what was just applied must be proven to change nothing.
fn unproven(case: &Case, schema: &Schema) -> Option<String> {
    let at = schema.place(&case.rendered.gvk);
    match ownership::unchanged(
        case.rendered.clear(),
        case.live.clear(),
        at,
        Marks::Sent,
        &FieldSets::default(),
    ) {
        NoOp::Proven => None,
        other => Some(format!("{}: {other:?}", case.rendered.id)),
    }
}

fn random_edits(cases: &[Case]) -> Vec<Edit<'_>> {
    let mut random = Random::new(7);
    let mut edits = Vec::new();
    while edits.len() < EDITS {
        let case = &cases[random.below(cases.len())];
        let mut body = case.rendered.clear().clone();
        if let Some(what) = edits::mutate(&mut body, &mut random) {
            let object = Arc::new(case.rendered.with_body(body));
            edits.push(Edit { case, object, what });
        }
    }
    edits
}

fn question(object: &Arc<Object>) -> Question {
    Question {
        id: object.id.clone(),
        gvk: object.gvk.clone(),
        ask: Ask::Apply {
            object: object.clone(),
            force: true,
        },
    }
}

#[derive(Default)]
struct Tally {
    schema: Schema,
    sets: FieldSets,
    equal: usize,
    missed: BTreeMap<String, usize>,
    refused: usize,
    /// Proven unchanged, and the server changes content or refuses.
    wrong: Vec<String>,
    proven: usize,
    /// Equal for the server, and not proven.
    needless: usize,
}

impl Tally {
    fn add(&mut self, edit: &Edit, answer: &Answer) {
        let at = self.schema.place(&edit.object.gvk);
        let live = edit.case.live.clear();
        let proven = ownership::unchanged(edit.object.clear(), live, at, Marks::Sent, &self.sets)
            == NoOp::Proven;
        self.proven += usize::from(proven);
        let name = format!("{} {}", edit.object.id, edit.what);
        if let Answer::Failed(why) | Answer::Unreachable(why) = answer {
            self.wrong.push(format!("{name}: no answer: {why}"));
        }
        let Answer::Object(result) = answer else {
            self.refused += 1;
            if proven {
                self.wrong.push(format!("{name}: refused"));
            }
            return;
        };
        let server = content(result.clear());
        let same = server == content(live);
        self.needless += usize::from(same && !proven);
        if proven && !same {
            let places = places(&content(live), &server, at);
            self.wrong.push(format!("{name}: {places}"));
        }
        let local = ownership::apply(Some(live), edit.object.clear(), HELM, at).object;
        let local = content(&local);
        // Not by `ownership::equal`, which would forgive a default too many.
        if said(&local) == said(&server) {
            self.equal += 1;
        } else {
            let name = format!("{name}: {}", places(&local, &server, at));
            *self.missed.entry(name).or_default() += 1;
        }
    }

    fn check(&self) {
        let missed: usize = self.missed.values().sum();
        let share = 100.0 * self.equal as f64 / (self.equal + missed) as f64;
        let figures = format!(
            "{} equal, {missed} missed ({share:.2} % equal), {} refused by the server; {} proven no-ops, {} needless requests",
            self.equal, self.refused, self.proven, self.needless
        );
        let misses: Vec<&String> = self.missed.keys().collect();
        let misses: String = misses.iter().map(|m| format!("\n  {m}")).collect();
        assert!(
            self.wrong.is_empty(),
            "{figures}\nwrong:\n{}",
            self.wrong.join("\n")
        );
        assert!(self.equal + missed >= 2000, "{figures}");
        assert!(share >= EQUAL, "{figures}{misses}");
        // Under `--nocapture` the figures and every miss are told.
        let report = std::io::Write::write_all(
            &mut std::io::stdout(),
            format!("{figures}{misses}\n").as_bytes(),
        );
        drop(report);
    }
}

/// The server writes an empty list here as null, there as nothing.
fn said(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let empty = |value: &Value| value.is_null() || *value == Value::Array(Vec::new());
            let some = map.iter().filter(|(_, value)| !empty(value));
            some.map(|(name, value)| (name.clone(), said(value)))
                .collect()
        }
        Value::Array(items) => items.iter().map(said).collect(),
        scalar => scalar.clone(),
    }
}

/// Where two results differ, with both values.
fn places(local: &Value, server: &Value, at: Place) -> String {
    let changes = changes(local, server, at);
    let value =
        |value: &Option<Value>| value.as_ref().map_or("absent".to_owned(), Value::to_string);
    let place = |c: &rollbook::diff::Change| {
        format!(
            "{} {} → {}",
            path_words(&c.path),
            value(&c.old),
            value(&c.new)
        )
    };
    changes.iter().map(place).collect::<Vec<_>>().join("; ")
}

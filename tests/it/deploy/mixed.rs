//! Mixed use: any sequence of Helm 3, Helm 4 and rollbook on one release ends as the same sequence
//! with Helm in rollbook's place, and plain Helm goes on from there.

use super::ship::{Hand, Ship};
use crate::controlplane;
use crate::main_job::Said;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

/// One operation of somebody.
#[derive(Clone, Debug)]
struct Step {
    hand: Hand,
    change: Change,
}

#[derive(Clone, Debug)]
enum Change {
    /// To these values, or installed with them.
    To {
        extra: bool,
        kept: bool,
        colour: bool,
    },
    /// To the revision before.
    Back,
    Gone,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let hand =
        prop_oneof![1 => Just(Hand::Helm3), 1 => Just(Hand::Helm4), 2 => Just(Hand::Rollbook)];
    let values = any::<(bool, bool, bool)>();
    let to = values.prop_map(|(extra, kept, colour)| Change::To {
        extra,
        kept,
        colour,
    });
    let change = prop_oneof![5 => to, 2 => Just(Change::Back), 1 => Just(Change::Gone)];
    let step = (hand, change).prop_map(|(hand, change)| Step { hand, change });
    prop::collection::vec(step, 5)
}

impl Step {
    /// By whom it is done, or with Helm 4 in rollbook's place. False where there is nothing to do.
    fn take(&self, ship: &Ship, number: usize, stand_in: bool) -> bool {
        let said = match (&self.change, self.hand) {
            (
                Change::To {
                    extra,
                    kept,
                    colour,
                },
                hand,
            ) => {
                let colour = if *colour { "green" } else { "blue" };
                if let (Hand::Rollbook, false) = (hand, stand_in) {
                    ship.apply(&format!(
                        "wait: false, values: {{message: s{number}, extra: {extra}, kept: {kept}, colour: {colour}}}"
                    ))
                } else {
                    let set =
                        format!("message=s{number},extra={extra},kept={kept},colour={colour}");
                    let more = [
                        "--install",
                        "--create-namespace",
                        "--reset-values",
                        "--set",
                        &set,
                    ];
                    helm(ship, hand, &ship.call("upgrade", &more))
                }
            }
            (Change::Back, hand) => {
                let Some(revision) = before_last(ship) else {
                    return false;
                };
                match (hand, stand_in) {
                    (Hand::Rollbook, false) => {
                        ship.rollbook(&format!("backout --all --to revision:{revision} -y"))
                    }
                    _ => helm(ship, hand, &["rollback", "shop", &revision]),
                }
            }
            (Change::Gone, _) if ship.history().is_empty() => return false,
            (Change::Gone, Hand::Rollbook) if !stand_in => ship.apply("wait: false, state: absent"),
            (Change::Gone, hand) => ship.helm(hand, &["uninstall", "shop"]),
        };
        said.done();
        true
    }
}

/// Helm 4 stands in for rollbook, which applies server-side.
fn helm(ship: &Ship, hand: Hand, call: &[&str]) -> Said {
    let more: &[&str] = match hand {
        Hand::Rollbook => &["--server-side=true", "--force-conflicts"],
        Hand::Helm3 | Hand::Helm4 => &[],
    };
    ship.helm(hand, &[call, more].concat())
}

fn before_last(ship: &Ship) -> Option<String> {
    let history = ship.history();
    let revisions: Vec<&str> = history
        .split(", ")
        .filter_map(|r| r.split(' ').next())
        .collect();
    let at = revisions.len().checked_sub(2)?;
    Some(revisions[at].to_owned())
}

/// What counts of a release: content, values, manifest, statuses.
fn end(ship: &Ship) -> Vec<String> {
    let objects = ship.kubectl(&["get", "configmaps,deployments,pvc", "-o", "json"]);
    let objects: Value = serde_json::from_str(&objects).unwrap();
    let objects = objects["items"].as_array().unwrap().iter();
    let objects = objects.filter(|o| o["metadata"]["name"] != "kube-root-ca.crt");
    let mut told: Vec<String> = objects.map(content).collect();
    let get = |what: &str| ship.helm(Hand::Helm4, &["get", what, "shop"]).out;
    // Helm 3 and Helm 4 leave other blank lines between documents.
    let manifest = get("manifest")
        .lines()
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    told.extend([get("values"), manifest, ship.history()]);
    told.iter()
        .map(|text| text.replace(&ship.namespace, "NAMESPACE"))
        .collect()
}

fn content(object: &Value) -> String {
    let mut object = object.clone();
    let fields = object.as_object_mut().unwrap();
    fields.remove("status");
    let metadata = fields["metadata"].as_object_mut().unwrap();
    for of_the_server in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "generation",
        "managedFields",
    ] {
        metadata.remove(of_the_server);
    }
    if let Some(annotations) = metadata
        .get_mut("annotations")
        .and_then(Value::as_object_mut)
    {
        annotations.retain(|key, _| !key.starts_with("deployment.kubernetes.io/"));
    }
    object.to_string()
}

#[test]
fn any_sequence_ends_as_with_helm_alone() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let config = Config {
        cases: 4,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    };
    // The same sequences every time: a failure must be seen again.
    let rng = proptest::test_runner::TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let checked = runner.run(&steps(), |steps| {
        let (mixed, alone) = (
            Ship::new(plane, "mixed", "parts"),
            Ship::new(plane, "alone", "parts"),
        );
        for (number, step) in steps.iter().enumerate() {
            let taken = std::thread::scope(|scope| {
                let other = scope.spawn(|| step.take(&alone, number, true));
                (step.take(&mixed, number, false), other.join().unwrap())
            });
            prop_assert_eq!(taken.0, taken.1);
            let (ends, wanted) = (end(&mixed), end(&alone));
            let differ = ends.iter().zip(&wanted).find(|(one, other)| one != other);
            prop_assert!(
                differ.is_none() && ends.len() == wanted.len(),
                "after {} of {:?}: {:#?}",
                number,
                &steps,
                differ
            );
        }
        for hand in [Hand::Helm3, Hand::Helm4] {
            let more = ["--install", "--create-namespace", "--set", "message=after"];
            mixed.helm(hand, &mixed.call("upgrade", &more)).done();
        }
        Ok(())
    });
    checked.unwrap();
}

//! Mixed use: any sequence of Helm 3, Helm 4, rollbook and a third hand on one release ends as the
//! same sequence with Helm in rollbook's place, and plain Helm goes on from there.

use super::ship::{Hand, Ship};
use crate::controlplane::{self, ControlPlane};
use crate::main_job::Said;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRng, TestRunner};
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
    To(Wish),
    /// To the revision before.
    Back,
    /// Uninstalled.
    Gone,
    /// Somebody else edits what is live.
    Third(Edit),
}

/// Values of the chart.
#[derive(Clone, Debug)]
struct Wish {
    extra: bool,
    kept: bool,
    colour: &'static str,
    /// A claim: deleted with its release, or kept.
    claim: &'static str,
    /// A hook: `fail` makes the operation fail before anything is changed.
    hook: &'static str,
    /// `two` can't be had without a new Deployment.
    selector: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Edit {
    /// A field of the chart.
    Colour,
    /// A field that the chart does not know.
    Field,
    /// Replicas, which the chart leaves open.
    Scale,
    /// An object of the chart goes.
    Delete,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// There was nothing to do it to.
    Void,
    Done,
    /// It failed on the way, or was refused.
    Failed,
}

fn wish() -> impl Strategy<Value = Wish> {
    let claim = prop_oneof![3 => Just(""), 1 => Just("true"), 1 => Just("keep")];
    let hook = prop_oneof![4 => Just(""), 2 => Just("ok"), 1 => Just("fail")];
    let selector = prop_oneof![7 => Just("one"), 1 => Just("two")];
    let colour = prop_oneof![Just("blue"), Just("green")];
    let wish = |(extra, kept, colour, claim, hook, selector)| Wish {
        extra,
        kept,
        colour,
        claim,
        hook,
        selector,
    };
    (any::<bool>(), any::<bool>(), colour, claim, hook, selector).prop_map(wish)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let hand =
        prop_oneof![1 => Just(Hand::Helm3), 1 => Just(Hand::Helm4), 2 => Just(Hand::Rollbook)];
    let edit = prop_oneof![
        Just(Edit::Colour),
        Just(Edit::Field),
        Just(Edit::Scale),
        Just(Edit::Delete)
    ];
    let change = prop_oneof![
        6 => wish().prop_map(Change::To),
        2 => Just(Change::Back),
        1 => Just(Change::Gone),
        2 => edit.prop_map(Change::Third),
    ];
    let step = (hand, change).prop_map(|(hand, change)| Step { hand, change });
    prop::collection::vec(step, 6)
}

impl Wish {
    /// For `values` of the inventory, in flow style.
    fn yaml(&self, number: usize) -> String {
        let Wish {
            extra,
            kept,
            colour,
            claim,
            hook,
            selector,
        } = self;
        let text = |text: &'static str| if text.is_empty() { "\"\"" } else { text };
        let (claim, hook) = (text(claim), text(hook));
        format!(
            "message: s{number}, extra: {extra}, kept: {kept}, colour: {colour}, claim: {claim}, \
             hook: {hook}, selector: {selector}"
        )
    }

    /// For `--set`.
    fn set(&self, number: usize) -> String {
        let text = self.yaml(number).replace('"', "");
        text.split(',')
            .map(|pair| pair.trim().replacen(": ", "=", 1).replacen(':', "=", 1))
            .collect::<Vec<_>>()
            .join(",")
    }
}

impl Step {
    /// Whether plain Helm by itself might not go on after it.
    fn leaves_something(&self) -> bool {
        match &self.change {
            Change::Third(_) => true,
            Change::To(wish) => wish.selector == "two",
            Change::Back | Change::Gone => false,
        }
    }

    /// By whom it is done, or with Helm 4 in rollbook's place.
    fn take(&self, ship: &Ship, number: usize, stand_in: bool) -> (Ended, String) {
        let ours = self.hand == Hand::Rollbook && !stand_in;
        let said = match &self.change {
            Change::To(wish) if ours => ship.apply(&format!(
                "wait: false, data_loss: allow, values: {{{}}}",
                wish.yaml(number)
            )),
            Change::To(wish) => {
                let set = wish.set(number);
                let more = [
                    "--install",
                    "--create-namespace",
                    "--reset-values",
                    "--set",
                    &set,
                ];
                helm(ship, self.hand, &ship.call("upgrade", &more))
            }
            Change::Back => {
                let Some(revision) = before_last(ship) else {
                    return (Ended::Void, String::new());
                };
                match ours {
                    true => ship.rollbook(&format!("backout --all --to revision:{revision} -y")),
                    false => helm(ship, self.hand, &["rollback", "shop", &revision]),
                }
            }
            Change::Gone | Change::Third(_) if ship.history().is_empty() => {
                return (Ended::Void, String::new());
            }
            Change::Gone if ours => ship.apply("wait: false, data_loss: allow, state: absent"),
            Change::Gone => ship.helm(self.hand, &["uninstall", "shop"]),
            Change::Third(edit) => edit.make(ship),
        };
        let ended = match said.code {
            0 => Ended::Done,
            _ => Ended::Failed,
        };
        (ended, format!("{}{}", said.out, said.err))
    }
}

impl Edit {
    /// As a person or a controller does it: with a manager of its own. What is gone already is no
    /// matter.
    fn make(self, ship: &Ship) -> Said {
        let colour = r#"{"data": {"colour": "by hand"}}"#;
        let field = r#"{"data": {"more": "by hand"}, "metadata": {"labels": {"by": "hand"}}}"#;
        let patch = |patch| {
            vec![
                "patch",
                "configmap",
                "shop",
                "--type=merge",
                "--field-manager=third",
                "-p",
                patch,
            ]
        };
        let call = match self {
            Edit::Colour => patch(colour),
            Edit::Field => patch(field),
            Edit::Scale => vec!["scale", "deployment", "shop", "--replicas=3"],
            Edit::Delete => vec!["delete", "configmap", "shop"],
        };
        let mut command = ship.plane.command("kubectl");
        let output = command.args(call).args(["-n", &ship.namespace]).output();
        Said::of(output.unwrap())
    }
}

/// Helm 4 stands in for rollbook, which applies server-side and takes what others hold.
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

/// What counts of a release: content, values, manifest, hooks, statuses.
fn end(ship: &Ship) -> Vec<String> {
    let objects = ship.kubectl(&["get", "configmaps,deployments,pvc", "-o", "json"]);
    let objects: Value = serde_json::from_str(&objects).unwrap();
    let objects = objects["items"].as_array().unwrap().iter();
    let objects = objects.filter(|o| o["metadata"]["name"] != "kube-root-ca.crt");
    // A claim that goes waits for its protection to be taken off.
    let objects = objects.filter(|o| o["metadata"]["deletionTimestamp"].is_null());
    let mut told: Vec<String> = objects.map(content).collect();
    let get = |what: &str| {
        let said = ship.helm(Hand::Helm4, &["get", what, "shop"]).out;
        // Helm 3 and Helm 4 leave other blank lines between documents.
        let lines = said.lines().filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join("\n")
    };
    told.extend(["manifest", "values", "hooks"].map(get));
    told.push(ship.history());
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
        let theirs = ["deployment.kubernetes.io/", "pv.kubernetes.io/", "volume."];
        annotations.retain(|key, _| !theirs.iter().any(|start| key.starts_with(start)));
    }
    // A claim is bound when its provisioner comes to it.
    if let Some(spec) = object["spec"].as_object_mut() {
        spec.remove("volumeName");
    }
    object.to_string()
}

/// Two releases that undergo the same.
struct Pair {
    mixed: Ship,
    alone: Ship,
}

impl Pair {
    fn new(plane: &'static ControlPlane) -> Pair {
        let ship = |stem| {
            let mut ship = Ship::new(plane, stem, "parts");
            ship.conflicts = "take";
            ship
        };
        Pair {
            mixed: ship("mixed"),
            alone: ship("alone"),
        }
    }

    /// One step on both. False where rollbook refused before it changed anything, as Helm did on
    /// its way: from there on the histories differ.
    fn take(&self, step: &Step, number: usize) -> Result<bool, String> {
        let (mixed, alone) = std::thread::scope(|scope| {
            let other = scope.spawn(|| step.take(&self.alone, number, true));
            (step.take(&self.mixed, number, false), other.join().unwrap())
        });
        if mixed.0 != alone.0 {
            let (one, other) = (&mixed.1, &alone.1);
            return Err(format!(
                "{:?}, not {:?}\n{one}\n---\n{other}",
                mixed.0, alone.0
            ));
        }
        let (ends, wanted) = (end(&self.mixed), end(&self.alone));
        let refused = step.hand == Hand::Rollbook && mixed.0 == Ended::Failed;
        if refused && ends.last() != wanted.last() {
            return Ok(false);
        }
        let mut pairs = ends.iter().zip(&wanted);
        match pairs.find(|(one, other)| one != other) {
            Some(differ) => Err(format!("{differ:#?}\n{}", mixed.1)),
            None if ends.len() != wanted.len() => Err(format!("{ends:#?}\n{wanted:#?}")),
            None => Ok(true),
        }
    }

    fn undergo(&self, steps: &[Step]) -> Result<(), TestCaseError> {
        for (number, step) in steps.iter().enumerate() {
            let went = self.take(step, number);
            let fault = |why| TestCaseError::fail(format!("after {number} of {steps:#?}: {why}"));
            if !went.map_err(fault)? {
                break;
            }
        }
        let untouched = !steps.iter().any(Step::leaves_something);
        for hand in [Hand::Helm3, Hand::Helm4] {
            self.goes_on(hand, untouched);
        }
        Ok(())
    }

    /// Plain Helm goes on. Where a third hand took fields, or a selector can't be had, nothing may
    /// be in its way that Helm alone has not got: Helm 4 wants to be told to take fields back.
    fn goes_on(&self, hand: Hand, untouched: bool) {
        let more = [
            "--install",
            "--create-namespace",
            "--reset-values",
            "--set",
            "message=after",
        ];
        let upgrade = |ship: &Ship| ship.helm(hand, &ship.call("upgrade", &more));
        let (mixed, alone) = (upgrade(&self.mixed), upgrade(&self.alone));
        let told = format!("{}{}---\n{}{}", mixed.out, mixed.err, alone.out, alone.err);
        let excused = !untouched && alone.code != 0;
        assert!(mixed.code == 0 || excused, "{hand:?}: {told}");
    }
}

#[test]
fn any_sequence_ends_as_with_helm_alone() {
    let Some(plane) = controlplane::require() else {
        return;
    };
    let cases = std::env::var("MIXED_CASES").ok();
    let cases = cases.and_then(|cases| cases.parse().ok()).unwrap_or(6);
    let config = Config {
        cases,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    };
    // The same sequences every time: a failure must be seen again.
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let checked = runner.run(&steps(), |steps| Pair::new(plane).undergo(&steps));
    checked.unwrap();
}

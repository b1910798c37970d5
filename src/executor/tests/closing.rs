//! Closing steps: when they are done, in which order, and what keeps them open.

use super::doubles::World;
use crate::deploy::{Place, Workload};
use crate::diag::{Diagnostic, Kind};
use crate::event::Closing;
use crate::journal::OpenSteps;
use crate::manifest::ObjectId;
use crate::modules::{By, Deployed, Doors, Foreseen, Which, Wish, Workloads};
use crate::plan::Verdict;
use crate::release::{ClosingStep, ClusterRef};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Workloads that are numbers.
#[derive(Default)]
pub struct Scales {
    pub replicas: Mutex<BTreeMap<String, i64>>,
    pub open: OpenSteps,
    pub foreseen: Foreseen,
    /// Nothing can be put back.
    pub stuck: bool,
}

impl Scales {
    fn set(&self, object: &ObjectId, replicas: i64) {
        let mut all = self.replicas.lock().unwrap();
        all.insert(object.name.to_string(), replicas);
    }
}

#[async_trait]
impl Workloads for Scales {
    async fn find(&self, _: &ClusterRef, which: &Which) -> Result<Vec<Workload>, Diagnostic> {
        let By::Name(name) = &which.by else {
            return Ok(Vec::new());
        };
        let replicas = self.replicas.lock().unwrap().get(&**name).copied();
        Ok(vec![Workload {
            gvk: which.gvk.clone(),
            id: ObjectId {
                group: which.gvk.group.clone(),
                kind: which.gvk.kind.clone(),
                namespace: Some(which.namespace.clone()),
                name: name.clone(),
            },
            uid: "u".into(),
            version: "7".into(),
            replicas: replicas.unwrap_or(3),
        }])
    }

    async fn scale(
        &self,
        place: &Place,
        wish: Wish<'_>,
        doors: &Doors<'_>,
        _: &(dyn Fn(String) + Send + Sync),
    ) -> Result<Deployed, Diagnostic> {
        let Workload { id, gvk, uid, .. } = wish.workload;
        let known = doors.open.find(&place.cluster.uid, id);
        let step = ClosingStep {
            target: place.target.clone(),
            namespace: place.namespace.clone(),
            release: place.release.clone(),
            cluster: place.cluster.uid.clone(),
            run: "r1".into(),
            by: "".into(),
            process: "".into(),
            since: String::new(),
            object: id.clone(),
            gvk: gvk.clone(),
            uid: uid.clone(),
            found: wish.workload.replicas,
            set: wish.replicas,
        };
        match (wish.opens, known) {
            (true, None) => {
                doors.open.open(step.clone());
                doors.closing(step, Closing::Opened);
            }
            (false, Some(known)) => {
                doors.open.close(&known);
                doors.closing(known, Closing::Closed("by the play".to_owned()));
            }
            _ => {}
        }
        self.set(id, wish.replicas);
        Ok(Deployed::default())
    }

    async fn close(&self, target: &Arc<str>, doors: &Doors<'_>) {
        for step in doors.open.on(target).into_iter().rev() {
            if self.stuck {
                let why = Diagnostic::new(Kind::Unreachable, "no answer");
                doors.closing(step, Closing::Open(why));
                continue;
            }
            self.set(&step.object, step.found);
            doors.open.close(&step);
            doors.closing(step, Closing::Closed("scaled back".to_owned()));
        }
    }
}

/// What became of a closing step, as a line.
pub fn told(target: &str, step: &ClosingStep, stands: &Closing) -> String {
    match stands {
        Closing::Opened => format!("  due {target} {step}"),
        Closing::Closed(how) => format!("  closed {target} {}: {how}", step.object),
        Closing::Open(why) => format!("  OPEN {target} {step}: {}", why.message),
    }
}

fn scale(name: &str, more: &str) -> String {
    format!("    - k8s_scale: {{kind: Deployment, name: \"{name}\", {more}}}\n")
}

fn world(hosts: &[&str], tasks: &[String]) -> World {
    let play = format!("- name: p\n  hosts: all\n  tasks:\n{}", tasks.concat());
    World::new(hosts, &play)
}

const FAIL: &str = "    - fail: {msg: broken}\n";

#[tokio::test]
async fn what_is_open_is_closed_newest_first_when_the_target_ends() {
    let tasks = [scale("web", "replicas: 0"), scale("db", "replicas: 0")];
    let (ended, told) = world(&["h0"], &tasks).run().await;
    insta::assert_snapshot!(told);
    assert_eq!(ended.worst(), None);
}

#[tokio::test]
async fn a_target_that_failed_is_closed_before_the_others_go_on() {
    let fail = FAIL.trim_end().to_owned() + "\n      when: inventory_hostname == 'h0'\n";
    let go = "    - debug: {msg: go}\n".to_owned();
    let tasks = [
        scale("web-{{ inventory_hostname }}", "replicas: 0"),
        fail,
        go,
    ];
    let (ended, told) = world(&["h0", "h1"], &tasks).run().await;
    insta::assert_snapshot!(told);
    assert_eq!(ended.worst(), Some(Kind::Failed));
}

#[tokio::test]
async fn a_later_task_closes_what_it_sets() {
    let tasks = [scale("web", "replicas: 0"), scale("web", "replicas: 5")];
    let world = world(&["h0"], &tasks);
    let (_, told) = world.run().await;
    insta::assert_snapshot!(told);
    assert_eq!(world.workloads.replicas.lock().unwrap()["web"], 5);
}

#[tokio::test]
async fn the_same_number_may_say_that_it_stays() {
    let tasks = [
        scale("web", "replicas: 0"),
        scale("web", "replicas: 0, closing_step: false"),
    ];
    let world = world(&["h0"], &tasks);
    let (_, told) = world.run().await;
    assert!(
        told.contains("closed h0 Deployment web: by the play"),
        "{told}"
    );
    assert_eq!(world.workloads.replicas.lock().unwrap()["web"], 0);
}

#[tokio::test]
async fn other_numbers_stay_unless_they_say_so() {
    let tasks = [
        scale("web", "replicas: 5"),
        scale("db", "replicas: 5, closing_step: true"),
    ];
    let world = world(&["h0"], &tasks);
    world.run().await;
    let replicas = world.workloads.replicas.lock().unwrap().clone();
    assert_eq!((replicas["web"], replicas["db"]), (5, 3));
}

#[tokio::test]
async fn a_later_play_goes_on_with_what_is_open() {
    let play = format!(
        "- name: p\n  hosts: all\n  tasks:\n{}- name: later\n  hosts: h0\n  tasks:\n    - debug: {{msg: go}}\n",
        scale("web-{{ inventory_hostname }}", "replicas: 0")
    );
    let (_, told) = World::new(&["h0", "h1"], &play).run().await;
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn what_cannot_be_closed_is_open_and_tried_once() {
    let tasks = [scale("web", "replicas: 0"), FAIL.to_owned()];
    let mut world = world(&["h0"], &tasks);
    world.workloads.stuck = true;
    let (ended, told) = world.run().await;
    insta::assert_snapshot!(told);
    assert_eq!(ended.worst(), Some(Kind::Open));
}

#[tokio::test]
async fn a_plan_lists_each_change_as_those_before_it_leave_things() {
    let tasks = [
        scale("web", "replicas: 0"),
        scale("web", "replicas: 0"),
        scale("web", "replicas: 3, current_replicas: 0"),
    ];
    let mut world = world(&["h0"], &tasks);
    let (plan, _, told) = world.plan().await;
    let target = plan.targets.first().unwrap();
    let step = |step: &crate::plan::Step| format!("{} {:?}", step.text, step.closing);
    let steps: Vec<String> = target.steps.iter().map(step).collect();
    let back = "Deployment web 0 → 3 None";
    assert_eq!(
        steps,
        ["Deployment web 3 → 0 Some(\"scale back\")", back],
        "{told}"
    );
    assert!(matches!(target.verdict, Verdict::Change));
    assert!(world.workloads.replicas.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_a_task_takes_for_granted_must_hold() {
    for wrong in ["current_replicas: 2", "resource_version: \"6\""] {
        let tasks = [scale("web", &format!("replicas: 0, {wrong}"))];
        let world = world(&["h0"], &tasks);
        let (ended, told) = world.run().await;
        assert_eq!(ended.worst(), Some(Kind::Failed), "{told}");
        assert!(
            world.workloads.replicas.lock().unwrap().is_empty(),
            "{told}"
        );
    }
}

//! The playbooks that are shipped, on the demo inventory.

use super::doubles::World;
use crate::plan::{Plan, Verdict};
use crate::terminal::Scripted;
use std::fs;
use std::path::Path;

/// The demo inventory with a shipped playbook; every client runs `version`.
fn world(playbook: &str, version: &str) -> World {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("playbooks").join(playbook)).unwrap();
    let mut world = World::new(&[], &text);
    world.sources = vec!["inventories/demo".to_owned()];
    add(&mut world, root, "inventories/demo");
    let clients = world.targets();
    world
        .releases
        .runs(clients.iter().map(|client| (&**client, 3, version)));
    world
}

fn add(world: &mut World, root: &Path, dir: &str) {
    for entry in fs::read_dir(root.join(dir)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{dir}/{}", entry.file_name().to_string_lossy());
        match entry.file_type().unwrap().is_dir() {
            true => add(world, root, &path),
            false => world
                .files
                .insert(&path, fs::read(root.join(&path)).unwrap()),
        }
    }
}

fn changing(plan: &Plan) -> usize {
    let changes = plan
        .targets
        .iter()
        .filter(|t| matches!(t.verdict, Verdict::Change));
    changes.count()
}

#[tokio::test]
async fn update_leaves_out_who_is_held_and_who_is_there() {
    let mut world = world("update.yml", "2.4.1");
    let held = [("rollbook.dev/hold".to_owned(), "CHG0040077".to_owned())];
    world
        .releases
        .labels
        .insert("c2g6yh".to_owned(), held.into());
    let (plan, _, told) = world.plan().await;
    assert_eq!(plan.targets.len(), 44);
    assert_eq!(changing(&plan), 39, "{told}");
    assert_eq!(plan.waves, [1, 3, 19, 16]);
    assert!(
        told.contains("gate c2g6yh hold Skip: held: CHG0040077"),
        "{told}"
    );
    let (ended, told) = world.apply(Some(&plan)).await;
    assert_eq!(ended.worst(), None, "{told}");
    assert!(told.contains("\"c2a7dv: 2.4.1 → 2.5.0\""), "{told}");
    let (again, _, _) = world.plan().await;
    assert_eq!(changing(&again), 0);
}

#[tokio::test]
async fn update_refuses_a_downgrade_unless_asked() {
    let mut world = world("update.yml", "2.6.0").limit("canary");
    let (plan, _, _) = world.plan().await;
    let why = plan
        .targets
        .iter()
        .filter_map(|t| t.gates.last()?.why.clone());
    assert_eq!(why.collect::<Vec<_>>(), ["2.6.0 runs, newer than 2.5.0"; 3]);
    let (plan, _, told) = world.extra("downgrade=true").plan().await;
    assert_eq!(changing(&plan), 3, "{told}");
}

#[tokio::test]
async fn backout_asks_before_anything_else() {
    let world = world("backout.yml", "2.4.1").limit("canary");
    insta::assert_snapshot!(world.refused().await);
}

#[tokio::test]
async fn each_wave_is_announced() {
    let mut world = world("update.yml", "2.4.1")
        .limit("canary")
        .extra("announce=true");
    world.terminal = Scripted::new(&["", ""]);
    let (ended, told) = world.run().await;
    let shown = world.terminal.shown();
    assert!(
        shown.contains("about to be updated: c0aa1p\n"),
        "{shown}{told}"
    );
    assert!(shown.contains("about to be updated: c0bb2q\n"), "{shown}");
    assert!(told.contains("END c0cc3r stopped"), "{told}");
    assert_eq!(
        ended.declined.as_deref(),
        Some("\"announce\" was answered with no")
    );
}

//! Questions: asked before the first change, answered by flags, refused without a terminal.

use super::doubles::World;
use crate::terminal::Scripted;

const PLAY: &str = "
- name: backout
  hosts: all
  serial: 1
  pre_tasks:
    - confirm: {id: backout, prompt: 'Do you want to backout? (y/n)'}
      run_once: true
  tasks:
    - confirm:
        id: routing
        kind: key
        prompt: |-
          Please stop routing requests to {{ inventory_hostname }}.
          Press enter.
      when: inventory_hostname == 'b'
    - debug: {msg: changed}
";

fn world(lines: &[&str]) -> World {
    let mut world = World::new(&["a", "b"], PLAY);
    world.terminal = Scripted::new(lines);
    world
}

#[tokio::test]
async fn the_question_of_the_run_is_asked_once() {
    let world = world(&["", "y", ""]);
    let (ended, _) = world.run().await;
    assert_eq!(ended.declined, None);
    insta::assert_snapshot!(world.terminal.shown());
}

#[tokio::test]
async fn a_no_changes_nothing() {
    let world = world(&["n"]);
    let (ended, told) = world.run().await;
    assert_eq!(
        ended.declined.as_deref(),
        Some("\"backout\" was answered with no")
    );
    assert!(!told.contains("PLAY"), "{told}");
}

#[tokio::test]
async fn without_a_terminal_the_run_says_what_would_answer() {
    let world = World::new(&["b"], PLAY);
    insta::assert_snapshot!(world.refused().await);
}

#[tokio::test]
async fn flags_answer_what_they_may() {
    let mut world = World::new(&["a", "b"], PLAY);
    world.answers.no_interactive = true;
    world.answers.silenced.insert("routing".to_owned());
    let (ended, told) = world.run().await;
    assert_eq!(ended.worst(), None, "{told}");
    world.playbook = PLAY.replace("kind: key", "kind: data");
    let refused = world.refused().await;
    assert!(
        refused.contains("--answers FILE with \"routing: y\""),
        "{refused}"
    );
    world
        .answers
        .file
        .insert("routing".to_owned(), "y".to_owned());
    assert_eq!(world.run().await.0.worst(), None);
}

#[tokio::test]
async fn a_check_asks_nobody_and_lists_the_questions() {
    let mut world = World::new(&["a", "b"], PLAY);
    let (plan, _, _) = world.plan().await;
    let steps: Vec<&str> = plan.targets[1]
        .steps
        .iter()
        .map(|step| &*step.text)
        .collect();
    assert_eq!(
        steps,
        ["asks: Do you want to backout? (y/n)", "asks: Press enter."]
    );
}

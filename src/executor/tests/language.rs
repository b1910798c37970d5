//! Tasks as Ansible runs them: conditions, loops, retries, blocks, handlers, tags.

use super::doubles::World;

const HOSTS: [&str; 3] = ["h1", "h2", "h3"];

#[tokio::test]
async fn a_small_play() {
    let world = World::new(
        &HOSTS,
        "
- name: Greet {{ who }}
  hosts: all
  vars: {greeting: 'hello {{ inventory_hostname }}'}
  tasks:
    - debug: {msg: '{{ greeting }}'}
    - set_fact: {size: '{{ inventory_hostname[1:] | int }}'}
    - name: Only the second
      debug: {var: size}
      when: size == 2
      register: shown
    - assert:
        that: [size is defined, size < 3]
        fail_msg: 'too big: {{ size }}'
    - debug: {msg: '{{ shown is skipped }}'}
",
    );
    let (ended, told) = world.extra("who=all").run().await;
    insta::assert_snapshot!(told);
    assert_eq!(ended.worst(), Some(crate::diag::Kind::Failed));
}

#[tokio::test]
async fn loops_and_retries() {
    let world = World::new(
        &["h1"],
        "
- hosts: all
  tasks:
    - debug: {msg: '{{ i }}:{{ n }}:{{ ansible_loop.last }}'}
      loop: [a, b, {c: 1}]
      loop_control: {loop_var: i, index_var: n, extended: true, label: 'no {{ n }}'}
      when: n != 1
      register: rounds
    - debug: {msg: '{{ rounds.results | length }} {{ rounds.results[2].i }}'}
    - debug: {msg: x}
      loop: []
    - debug: {msg: x}
      loop: '{{ nothing }}'
      when: nothing is defined
    - debug: {msg: '{{ item }}'}
      loop: [1, 2, 3]
      loop_control: {break_when: item == 2, pause: 3}
    - debug: {msg: try}
      register: try
      until: try.attempts is defined and try.attempts > 9
      retries: 2
      delay: 7
      ignore_errors: true
    - fail: {msg: never}
      retries: 1
      delay: 1
",
    );
    let (_, told) = world.run().await;
    insta::assert_snapshot!(told);
    assert_eq!(*world.clock.0.lock().unwrap(), 3 + 2 * 7 + 1);
}

#[tokio::test]
async fn blocks_rescue_and_always_clean_up() {
    let world = World::new(
        &HOSTS,
        "
- hosts: all
  tasks:
    - block:
        - fail: {msg: 'no {{ inventory_hostname }}'}
          when: inventory_hostname != 'h1'
        - debug: {msg: after}
      rescue:
        - debug: {msg: '{{ ansible_failed_result.msg }}'}
        - fail: {msg: again}
          when: inventory_hostname == 'h3'
      always:
        - debug: {msg: always}
    - debug: {msg: next}
    - block:
        - block:
            - fail: {msg: deep}
          always:
            - debug: {msg: inner always}
      rescue:
        - debug: {msg: outer rescue}
",
    );
    let (ended, told) = world.run().await;
    insta::assert_snapshot!(told);
    assert_eq!(ended.worst(), Some(crate::diag::Kind::Failed));
}

#[tokio::test]
async fn handlers_run_once_in_their_order() {
    let world = World::new(
        &["h1", "h2"],
        "
- hosts: all
  pre_tasks:
    - debug: {msg: pre}
      changed_when: true
      notify: second
  tasks:
    - debug: {msg: change}
      changed_when: inventory_hostname == 'h2'
      notify: [topic, 'fir{{ \"st\" }}']
    - meta: flush_handlers
    - debug: {msg: between}
      changed_when: true
      notify: second
    - fail: {msg: late}
      when: inventory_hostname == 'h1'
  handlers:
    - name: first
      debug: {msg: first}
      changed_when: true
      notify: third
    - name: second
      debug: {msg: second}
    - name: third
      debug: {msg: third}
    - name: listens
      listen: topic
      debug: {msg: listens}
",
    );
    let (_, told) = world.run().await;
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn words_that_change_the_verdict() {
    let world = World::new(
        &["h1"],
        "
- hosts: all
  tasks:
    - debug: {msg: bad}
      register: it
      failed_when: it.msg == 'bad'
      ignore_errors: true
    - fail: {msg: fine after all}
      failed_when: false
      changed_when: true
    - debug: {msg: 'password {{ 1 + 1 }}'}
      no_log: true
    - fail: {msg: secret message}
      no_log: true
      ignore_errors: true
    - debug: {msg: '{{ nowhere.to.be.found }}'}
      ignore_errors: true
    - debug: {msg: loud, verbosity: 2}
    - assert: {that: [1 == 2]}
",
    );
    let (_, told) = world.run().await;
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn run_once_and_meta() {
    let world = World::new(
        &HOSTS,
        "
- name: one
  hosts: all
  tasks:
    - set_fact: {chosen: '{{ inventory_hostname }}'}
      run_once: true
    - debug: {msg: '{{ chosen }}'}
    - meta: end_host
      when: inventory_hostname == 'h2'
    - debug: {msg: still here}
- name: two
  hosts: h2:h3
  order: reverse_sorted
  serial: 1
  tasks:
    - meta: end_play
      when: inventory_hostname == 'h2'
    - debug: {msg: second play}
",
    );
    let (_, told) = world.run().await;
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn free_targets_do_not_wait_for_each_other() {
    let world = World::new(
        &["h1", "h2"],
        "
- hosts: all
  strategy: free
  max_in_flight: 1
  tasks:
    - debug: {msg: one}
      changed_when: true
      notify: h
    - debug: {msg: two}
  handlers:
    - name: h
      debug: {msg: handled}
",
    );
    let (_, told) = world.run().await;
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn tags_and_limit_select() {
    let play = "
- hosts: all
  tasks:
    - debug: {msg: a}
      tags: a
    - debug: {msg: b}
      tags: b
    - debug: {msg: always}
      tags: always
";
    let (_, told) = World::new(&HOSTS, play)
        .tags(&["a"], &[])
        .limit("h2")
        .run()
        .await;
    insta::assert_snapshot!(told);
    let unknown = World::new(&HOSTS, play).tags(&["aa"], &[]).refused().await;
    assert_eq!(unknown, "no task has the tag \"aa\"\n  try: a");
    let nobody = World::new(&HOSTS, play).limit("all:!all").refused().await;
    insta::assert_snapshot!(nobody);
}

#[tokio::test]
async fn vars_files_lie_over_play_vars() {
    let mut world = World::new(
        &["h1"],
        "
- hosts: '{{ where }}'
  vars: {where: all, a: play, b: play}
  vars_files: [[missing.yml, 'vars/{{ a }}.yml']]
  tasks:
    - debug: {msg: '{{ a }} {{ b }} {{ c }}'}
      vars: {c: task}
",
    );
    world.files.insert("vars/play.yml", "b: file\n".as_bytes());
    let (_, told) = world.run().await;
    assert!(told.contains("ok h1: \"play file task\""), "{told}");
}

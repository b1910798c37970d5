//! What is typed while a run is watched, and passwords: heard at once, never taken from an answer,
//! and the terminal is as it was afterwards.

use super::{Seat, planned};
use crate::main_job::{Desk, UPDATE};

/// What the shell finds of the terminal afterwards: lines, with an echo.
#[track_caller]
fn assert_as_found(history: &str) {
    let modes = history.rsplit("speed").next().unwrap_or_default();
    let has = |mode: &str| modes.split([' ', '\n', ';']).any(|word| word == mode);
    assert!(has("icanon") && has("echo"), "{modes}");
}

#[test]
fn keys_hold_the_run_and_let_it_go_on() {
    let desk = Desk::new();
    let plan = planned(&desk, "fixtures/cli/slow.yml");
    let mut seat = Seat::then(&desk, 100, &[], &["apply", &plan], "stty -a");
    seat.until("Ctrl-C: finish");
    seat.press("p");
    seat.until("PAUSED: no new target starts");
    // Its first wave ends; the second one waits, though nothing is in its way.
    seat.until("wave 2");
    std::thread::sleep(std::time::Duration::from_secs(3));
    let screen = seat.until("PAUSED: no new target starts, 0 finish");
    assert!(screen.contains(" wave 2       0/"), "{screen}");
    seat.press("p");
    let (history, code) = seat.end();
    assert_eq!(code, 0, "{history}");
    assert!(history.contains("PLAY RECAP"), "{history}");
    assert_as_found(&history);
}

#[test]
fn a_key_ends_the_run_as_an_interrupt_does() {
    let desk = Desk::new();
    let plan = planned(&desk, "fixtures/cli/slow.yml");
    let last = "echo ended with $?; stty -a";
    let mut seat = Seat::then(&desk, 100, &[], &["apply", &plan], last);
    seat.until("Ctrl-C: finish");
    seat.press("q");
    let (history, _) = seat.end();
    assert!(history.contains("ended with 130"), "{history}");
    assert!(history.contains("interrupted by SIGINT"), "{history}");
    assert_as_found(&history);
}

#[test]
fn v_shows_all_that_is_in_flight() {
    let desk = Desk::new();
    let plan = planned(&desk, "fixtures/cli/slow.yml");
    let mut seat = Seat::new(&desk, 100, &[], &["apply", &plan]);
    // Some twenty are under way in a wave: more than the view has room for.
    seat.until("v: show all");
    seat.press("v");
    // As many lines as the view has without the key leave room for fifteen.
    let all = (0..30).find(|_| {
        let screen = seat.until("Ctrl-C: finish");
        let flights = screen.lines().filter(|line| line.contains("s  c2"));
        flights.count() > 16
    });
    assert!(all.is_some(), "{}", seat.shown());
    seat.end();
}

/// A letter that is a key elsewhere is an answer, or a part of one, while somebody is asked.
#[test]
fn no_key_is_taken_from_an_answer() {
    let desk = Desk::new();
    let plan = planned(
        &desk,
        &format!("{UPDATE} -e announce=true -l c0aa1p,c0bb2q"),
    );
    let mut seat = Seat::then(&desk, 100, &[], &["apply", &plan], "stty -a");
    seat.until("please press the enter key.");
    seat.press("qpv");
    std::thread::sleep(std::time::Duration::from_secs(1));
    seat.session.send_line("").expect("somebody is there");
    let (history, code) = seat.end();
    assert_eq!(code, 0, "{history}");
    assert!(history.contains("PLAY RECAP"), "{history}");
    assert!(!history.contains("interrupted"), "{history}");
    assert!(
        history.contains("qpv"),
        "it is seen while it is typed: {history}"
    );
    assert_as_found(&history);
}

/// An inventory with a vaulted variable, on the desk.
fn vaulted(desk: &Desk) -> String {
    let vars = include_str!("../../../fixtures/inventory/vault/inline.yml");
    let vars: String = vars.lines().map(|line| format!("      {line}\n")).collect();
    std::fs::write(
        desk.path("hosts.yml"),
        format!("all:\n  hosts:\n    h1:\n{vars}"),
    )
    .unwrap();
    desk.arg("hosts.yml")
}

#[test]
fn a_vault_password_is_asked_for_and_never_seen() {
    let desk = Desk::new();
    let hosts = vaulted(&desk);
    for (flags, question) in [
        (&["--ask-vault-pass"][..], "Vault password: "),
        (&["--vault-id", "dev@prompt"], "Vault password (dev): "),
    ] {
        let whole = "@fixtures/inventory/vault/whole.yml";
        let args = [
            &["inventory", "host", "-i", &hosts, "h1", "-e", whole][..],
            flags,
        ]
        .concat();
        let last = "echo ended with $?; stty -a";
        let right = |password: &str| {
            let mut seat = Seat::then(&desk, 100, &[], &args, last);
            seat.until(question);
            seat.session.send_line(password).expect("somebody is there");
            seat.end().0
        };
        let history = right("pw");
        assert!(history.contains("ended with 0"), "{history}");
        assert_as_found(&history);
        let history = right("a-wrong-one");
        assert!(history.contains("ended with 1"), "{history}");
        assert!(history.contains("no vault password"), "{history}");
        assert!(!history.contains("a-wrong-one"), "{history}");
        let history = right("");
        assert!(history.contains("no vault password was typed"), "{history}");
    }
}

#[test]
fn an_interrupt_at_the_password_leaves_the_terminal_as_it_was() {
    let desk = Desk::new();
    let hosts = vaulted(&desk);
    let args = ["inventory", "host", "-i", &hosts, "h1", "-J"];
    let mut seat = Seat::then(&desk, 100, &[], &args, "stty -a");
    seat.until("Vault password: ");
    seat.session.send_control('c').expect("somebody is there");
    let (history, _) = seat.end();
    assert_as_found(&history);
}

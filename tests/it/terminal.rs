//! Runs on a pseudo-terminal, as people see them: what stands on the screen while a run goes on,
//! and what is left of it.

mod keys;

use crate::main_job::{Desk, UPDATE};
use rexpect::session::{Options, PtySession, spawn_with_options};
use std::num::NonZero;
use std::process::Command;

/// The lines of a terminal that is looked at.
const ROWS: u16 = 40;

/// A terminal with a program on it.
struct Seat {
    session: PtySession,
    screen: vt100::Parser,
}

impl Seat {
    /// Starts the program on a terminal of so many columns.
    fn new(desk: &Desk, columns: u16, settings: &[(&str, &str)], args: &[&str]) -> Seat {
        Seat::then(desk, columns, settings, args, "")
    }

    /// As [`Seat::new`]; afterwards the shell does one thing more.
    fn then(
        desk: &Desk,
        columns: u16,
        settings: &[(&str, &str)],
        args: &[&str],
        last: &str,
    ) -> Seat {
        // The size is set before the program asks for it.
        // A shell that has to go on must not end by the program's own Ctrl-C.
        let exec = if last.is_empty() {
            "exec"
        } else {
            "stty echo; trap : INT;"
        };
        let script = format!("stty cols {columns} rows {ROWS} && {exec} \"$0\" \"$@\"\n{last}");
        let mut command = Command::new("sh");
        command
            .args(["-c", &script, env!("CARGO_BIN_EXE_rollbook")])
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("ROLLBOOK_STATE", desk.path("state"))
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .env("HOME", desk.path("home"))
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .env_remove("CI")
            .env_remove("COLUMNS")
            .env_remove("KUBECONFIG");
        command.envs(settings.iter().copied());
        let options = Options::new().timeout_ms(Some(60_000));
        Seat {
            session: spawn_with_options(command, options).expect("a program on a terminal"),
            screen: vt100::Parser::new(size(ROWS), size(columns), 2000),
        }
    }

    /// Waits until this is written; what was written up to there is on the screen then.
    #[track_caller]
    fn until(&mut self, text: &str) -> String {
        let before = self.session.exp_string(text);
        let before = before.unwrap_or_else(|e| panic!("{text}: {e}\n{}", self.shown()));
        self.screen.process(&bytes(&before));
        self.screen.process(&bytes(text));
        self.shown()
    }

    /// Presses keys, without Enter.
    fn press(&mut self, keys: &str) {
        let pressed = self.session.send(keys).and_then(|_| self.session.flush());
        pressed.expect("somebody is there");
    }

    /// Waits for the end of the program; everything it ever left on the terminal.
    fn end(mut self) -> (String, i32) {
        let rest = self.session.exp_eof().expect("it ends");
        self.screen.process(&bytes(&rest));
        let status = self.session.process().wait().expect("it has ended");
        let code = match status {
            rexpect::process::WaitStatus::Exited(_, code) => code,
            _ => -1,
        };
        (self.history(), code)
    }

    fn shown(&self) -> String {
        self.screen.screen().contents()
    }

    /// The screen with what has scrolled out of it.
    fn history(&mut self) -> String {
        let mut lines = Vec::new();
        self.screen.screen_mut().set_scrollback(usize::MAX);
        for back in (1..=self.screen.screen().scrollback()).rev() {
            self.screen.screen_mut().set_scrollback(back);
            let contents = self.screen.screen().contents();
            lines.push(contents.lines().next().unwrap_or_default().to_owned());
        }
        self.screen.screen_mut().set_scrollback(0);
        lines.push(self.shown());
        lines.join("\n")
    }
}

/// What was written: one character stands for one byte here.
fn bytes(text: &str) -> Vec<u8> {
    let byte = |c: char| u8::try_from(u32::from(c)).unwrap_or(b'?');
    text.chars().map(byte).collect()
}

fn size(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a terminal has lines and columns")
}

/// A plan of the demo clients by this playbook.
fn planned(desk: &Desk, playbook: &str) -> String {
    let plan = desk.arg("a.plan");
    let call = format!("plan {playbook} --allow-targets 438 --out {plan}");
    desk.over("inventories/demo", &call).done();
    plan
}

#[test]
fn a_run_is_seen_while_it_goes_on_and_leaves_its_log() {
    let desk = Desk::new();
    let plan = planned(&desk, "fixtures/cli/slow.yml");
    let mut seat = Seat::new(&desk, 100, &[], &["apply", &plan]);
    // The second wave is under way for two seconds.
    seat.until("wave 2");
    let screen = seat.until("Ctrl-C: finish");
    // How the whole view looks is held by snapshots of its frames.
    for part in [
        " wave 1        0/1 ",
        " wave 2       0/",
        "Update clients slowly",
    ] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    let (history, code) = seat.end();
    assert_eq!(code, 0, "{history}");
    assert!(history.contains("PLAY RECAP"), "{history}");
    assert!(
        !history.contains("Ctrl-C:"),
        "the view is taken away:\n{history}"
    );
    assert!(!history.contains("\nRUN "), "{history}");
}

#[test]
fn an_interrupt_is_seen_and_the_run_ends_in_order() {
    let desk = Desk::new();
    let plan = planned(&desk, "fixtures/cli/slow.yml");
    let mut seat = Seat::new(&desk, 60, &[], &["apply", &plan]);
    seat.until("Ctrl-C:");
    seat.session.send_control('c').expect("somebody is there");
    let (history, code) = seat.end();
    assert_eq!(code, 130, "{history}");
    assert!(history.contains("interrupted by SIGINT"), "{history}");
    assert!(!history.contains("Ctrl-C:"), "{history}");
}

#[test]
fn narrow_terminals_have_no_bars() {
    let desk = Desk::new();
    let plan = planned(&desk, "fixtures/cli/slow.yml");
    let mut seat = Seat::new(&desk, 60, &[], &["apply", &plan]);
    seat.until("wave 2");
    let screen = seat.until("Ctrl-C: finish");
    assert!(!screen.contains(['█', '░']), "{screen}");
    seat.end();
}

#[test]
fn a_question_stands_still_below_what_is_shown() {
    let desk = Desk::new();
    let plan = planned(
        &desk,
        &format!("{UPDATE} -e announce=true -l c0aa1p,c0bb2q"),
    );
    let mut seat = Seat::new(&desk, 100, &[], &["apply", &plan]);
    let screen = seat.until("please press the enter key.");
    assert!(screen.contains("[WARNING]"), "{screen}");
    seat.session.send_line("").expect("somebody is there");
    let (history, code) = seat.end();
    assert_eq!(code, 0, "{history}");
    assert!(history.contains("PLAY RECAP"), "{history}");
}

/// Where the view can't be, or nobody wants it, a plain log is written.
#[test]
fn without_colour_or_with_a_dumb_terminal_there_is_a_plain_log() {
    for settings in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let desk = Desk::new();
        let plan = planned(&desk, UPDATE);
        let mut seat = Seat::new(&desk, 100, &[settings], &["apply", &plan]);
        let rest = seat.session.exp_eof().expect("it ends");
        assert!(rest.contains("PLAY RECAP"), "{rest}");
        assert!(!rest.contains("\x1b["), "{settings:?}: {rest:?}");
        assert!(!rest.contains("Ctrl-C:"), "{rest}");
    }
}

#[test]
fn a_silent_run_says_that_it_goes_on() {
    let desk = Desk::new();
    let plan = planned(&desk, "fixtures/cli/slow.yml");
    let call = ["apply", &plan, "--heartbeat", "1s", "--timestamps", "never"];
    let said = desk.rollbook(call).done();
    let beat = said.lines().find(|line| line.starts_with("running "));
    let beat = beat.unwrap_or_else(|| panic!("{said}"));
    assert!(
        beat.contains("slowest") && beat.contains("Let the caches warm up"),
        "{beat}"
    );
}

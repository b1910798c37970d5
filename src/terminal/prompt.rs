//! Questions in a box, and who is asked. The main types here are [`Prompt`] and [`Prompter`].

use super::halt::process;
use super::mode::{self, Mode};
use super::screen::Asking;
use crate::sensitive::{Known, Sensitive};
use async_trait::async_trait;
use std::io::{BufRead, IsTerminal, Write};
use tokio::sync::Mutex;

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `y` or `n`; Enter alone asks again.
    Question,
    /// Enter after data was deleted by hand; a check may look again.
    Data,
    /// Enter after something else was done by hand.
    Key,
}

/// A question in a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// What stands above the box, without brackets: `Please confirm`.
    pub title: String,
    /// The text in the box; may have several lines.
    pub text: String,
    /// A line below the box: what is known now.
    pub note: Option<String>,
    /// What an answer means.
    pub kind: Kind,
}

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `y`, or Enter.
    Yes,
    /// `n`, or the end of the input.
    No,
}

/// Who is asked. Several askers queue, one at a time.
#[async_trait]
pub trait Prompter: Send + Sync {
    /// Whether somebody is there to answer.
    fn attended(&self) -> bool;

    /// Shows `text` and reads a line; `None` at the end of the input.
    async fn line(&self, text: &str) -> Option<String>;
}

impl Prompt {
    /// The box as it is shown, with the `: ` that waits for an answer.
    pub fn shown(&self) -> String {
        let rule = "=".repeat(match self.kind {
            Kind::Question => 62,
            Kind::Data | Kind::Key => 54,
        });
        let (title, text) = (&self.title, self.text.trim_end());
        let note = self.note.iter().map(|note| format!("{note}\n"));
        let note: String = note.collect();
        format!("\n[{title}]\n{rule}\n[WARNING]\n{text}\n{rule}\n{note}: ")
    }

    fn read(&self, line: &str) -> Option<Reply> {
        match (self.kind, line.trim().to_lowercase().as_str()) {
            (Kind::Question, "y" | "yes") => Some(Reply::Yes),
            (Kind::Question, "n" | "no") => Some(Reply::No),
            (Kind::Question, _) => None,
            _ => Some(Reply::Yes),
        }
    }
}

/// Asks until there is an answer. The end of the input is a no.
pub async fn ask(prompter: &dyn Prompter, prompt: &Prompt) -> Reply {
    let mut shown = prompt.shown();
    while let Some(line) = prompter.line(&shown).await {
        if let Some(reply) = prompt.read(&line) {
            return reply;
        }
        shown = ": ".to_owned();
    }
    Reply::No
}

/// The real terminal. A question ends, unanswered, when the run is to stop.
#[derive(Debug, Default)]
pub struct Terminal {
    turn: Mutex<()>,
    /// What no question may hold.
    known: Known,
}

impl Terminal {
    /// A terminal on which nothing that is `known` to be secret is shown.
    pub fn hiding(known: Known) -> Terminal {
        Terminal {
            known,
            ..Terminal::default()
        }
    }
}

impl Terminal {
    /// Asks for a line that nobody sees while it is typed; `None` where it is empty, or the run is
    /// to stop.
    pub async fn unseen(&self, text: &str) -> Option<Sensitive<Vec<u8>>> {
        let _turn = self.turn.lock().await;
        let _asking = Asking::begin();
        let text = text.to_owned();
        let read = tokio::task::spawn_blocking(move || {
            let typed = mode::enter(Mode::Unseen).then(|| read_line(&text));
            mode::restore();
            let _ = std::io::stderr().write_all(b"\n");
            typed.flatten()
        });
        let typed = tokio::select! {
            line = read => line.ok()?,
            () = process().stopping() => None,
        };
        let typed = typed?.trim_end_matches(['\n', '\r']).as_bytes().to_vec();
        (!typed.is_empty()).then(|| Sensitive::new(typed))
    }
}

#[async_trait]
impl Prompter for Terminal {
    fn attended(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    async fn line(&self, text: &str) -> Option<String> {
        let _turn = self.turn.lock().await;
        let _asking = Asking::begin();
        let text = self.known.veil().hide(text).into_owned();
        // A read can't be cancelled: it must not hold up the runtime's own threads.
        let read = tokio::task::spawn_blocking(move || read_line(&text));
        tokio::select! {
            line = read => line.ok()?,
            () = process().stopping() => None,
        }
    }
}

fn read_line(text: &str) -> Option<String> {
    show(text).ok()?;
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).ok()?;
    (read > 0).then_some(line)
}

/// Not held while somebody types: what ends the question writes there too.
fn show(text: &str) -> std::io::Result<()> {
    let mut terminal = std::io::stderr().lock();
    terminal.write_all(text.as_bytes())?;
    terminal.flush()
}

/// Answers written beforehand; keeps what was shown.
#[cfg(test)]
#[derive(Debug, Default)]
pub struct Scripted {
    lines: std::sync::Mutex<std::collections::VecDeque<String>>,
    shown: std::sync::Mutex<String>,
    attended: bool,
}

#[cfg(test)]
impl Scripted {
    /// Somebody who types these lines and then ends the input.
    pub fn new(lines: &[&str]) -> Scripted {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        Scripted {
            lines: std::sync::Mutex::new(lines),
            attended: true,
            ..Scripted::default()
        }
    }

    /// Everything that was shown.
    pub fn shown(&self) -> String {
        self.shown.lock().unwrap().clone()
    }
}

#[cfg(test)]
#[async_trait]
impl Prompter for Scripted {
    fn attended(&self) -> bool {
        self.attended
    }

    async fn line(&self, text: &str) -> Option<String> {
        self.shown.lock().unwrap().push_str(text);
        self.lines.lock().unwrap().pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(kind: Kind, text: &str) -> Prompt {
        Prompt {
            title: "Please confirm".to_owned(),
            text: text.to_owned(),
            note: None,
            kind,
        }
    }

    #[test]
    fn boxes_have_the_operators_shape() {
        let question = prompt(Kind::Question, "Do you want to backout? (y/n)");
        let data = Prompt {
            title: "backout/components/prometheus : confirm".to_owned(),
            note: Some("claim monitoring/prometheus-data: 14 files left".to_owned()),
            ..prompt(
                Kind::Data,
                "Please delete the files in Persistent Volume used by prometheus.\n\
                 Press enter key after deleting data.\n",
            )
        };
        insta::assert_snapshot!(format!("{}\n{}", question.shown(), data.shown()));
    }

    async fn answer(kind: Kind, lines: &[&str]) -> Reply {
        ask(&Scripted::new(lines), &prompt(kind, "Go on?")).await
    }

    #[tokio::test]
    async fn only_a_plain_answer_counts() {
        for yes in ["y", "YES\n", " yes "] {
            assert_eq!(answer(Kind::Question, &[yes]).await, Reply::Yes, "{yes}");
        }
        for lines in [&["n"][..], &["No"], &[""], &["", "maybe", "n", "y"], &[]] {
            assert_eq!(answer(Kind::Question, lines).await, Reply::No, "{lines:?}");
        }
        assert_eq!(answer(Kind::Question, &["", "ye", "y"]).await, Reply::Yes);
        assert_eq!(answer(Kind::Key, &[""]).await, Reply::Yes);
        assert_eq!(answer(Kind::Data, &[]).await, Reply::No);
    }
}

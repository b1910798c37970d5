//! Width, colour, verbosity, and the two streams. The main type here is [`Look`].

use super::ascii;
use crate::sensitive::{Known, Veil};
use crate::terminal;
use anstream::{AutoStream, ColorChoice};
use anstyle::Style;
use std::borrow::Cow;
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How the output should look.
#[derive(Clone, Debug)]
pub struct Look {
    /// Columns: the terminal's, 100 off a terminal.
    pub width: usize,
    /// stdout is a terminal.
    pub terminal: bool,
    /// `-q` is -1, then the number of `-v`.
    pub verbosity: i8,
    /// The locale knows our signs.
    unicode: bool,
    lost: Arc<AtomicBool>,
    colour: ColorChoice,
    /// What nothing that is printed may hold.
    known: Known,
}

/// Ansible's colours.
pub mod style {
    use anstyle::{AnsiColor, Color, Style};

    const fn fg(colour: AnsiColor) -> Style {
        Style::new().fg_color(Some(Color::Ansi(colour)))
    }

    /// ok, created, `+`
    pub const OK: Style = fg(AnsiColor::Green);
    /// changed, updated
    pub const CHANGED: Style = fg(AnsiColor::Yellow);
    /// failed, deleted, `-`
    pub const FAILED: Style = fg(AnsiColor::Red);
    /// unreachable, data loss
    pub const ALARM: Style = fg(AnsiColor::BrightRed).bold();
    /// skipped, hunk headers
    pub const SKIPPED: Style = fg(AnsiColor::Cyan);
    /// folded counts
    pub const DIM: Style = Style::new().dimmed();
    /// the cluster's name
    pub const BOLD: Style = Style::new().bold();
}

/// `text` in this style.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

impl Look {
    /// As the terminal and the flags say; what is `known` to be secret is never printed.
    pub fn of_terminal(colour: ColorChoice, verbosity: i8, known: Known) -> Look {
        let terminal = std::io::stdout().is_terminal();
        let width = if terminal { terminal_width() } else { 100 };
        Look {
            width: width.clamp(60, 100),
            terminal,
            verbosity,
            unicode: crate::terminal::unicode(),
            lost: Arc::default(),
            colour,
            known,
        }
    }

    /// A fixed look for tests.
    pub fn plain(width: usize) -> Look {
        Look {
            width,
            terminal: false,
            verbosity: 0,
            unicode: true,
            lost: Arc::default(),
            colour: ColorChoice::Never,
            known: Known::default(),
        }
    }

    /// A terminal of this width, for tests.
    #[cfg(test)]
    pub fn terminal(width: usize) -> Look {
        Look {
            terminal: true,
            ..Look::plain(width)
        }
    }

    /// How wide a table may be before columns go. Off a terminal nothing is cut.
    pub fn room(&self) -> usize {
        if self.terminal {
            self.width
        } else {
            usize::MAX
        }
    }

    /// Whether the end of the terminal can show where a run stands.
    pub fn is_live(&self) -> bool {
        let term = std::env::var("TERM").unwrap_or_default();
        let able = !matches!(term.as_str(), "" | "dumb");
        let both = self.terminal && std::io::stderr().is_terminal();
        let choice = match self.colour {
            ColorChoice::Auto => AutoStream::choice(&std::io::stderr()),
            chosen => chosen,
        };
        able && both && choice != ColorChoice::Never
    }

    /// Draws the end of the terminal, in the place of what was drawn there before.
    pub fn draw(&self, lines: &[String]) {
        let text = terminal::screen().draw(lines);
        let mut stream = std::io::stderr().lock();
        // Nobody is left to be told that stderr is gone.
        let _ = stream.write_all(self.shown(&text).as_bytes());
        let _ = stream.flush();
    }

    /// Takes away what is drawn at the end of the terminal.
    fn clear(&self) {
        let text = terminal::screen().erase();
        if !text.is_empty() {
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
        }
    }

    /// Prints a screen on stdout.
    pub fn out(&self, text: &str) {
        self.clear();
        let stream = AutoStream::new(std::io::stdout().lock(), self.colour);
        self.write(stream, &self.shown(text));
    }

    /// Prints a document on stdout (JSON, CSV, YAML): its bytes as they are.
    pub fn data(&self, text: &str) {
        let veil = self.known.veil();
        self.write(std::io::stdout().lock(), &veil.hide_document(text));
    }

    /// What takes secrets out of a document before it is written.
    pub fn veil(&self) -> Arc<Veil> {
        self.known.veil()
    }

    /// Prints progress, questions, warnings and errors on stderr.
    pub fn err(&self, text: &str) {
        self.clear();
        let mut stream = AutoStream::new(std::io::stderr().lock(), self.colour);
        // Nobody is left to be told that stderr is gone.
        let _ = stream.write_all(self.shown(text).as_bytes());
    }

    /// Whether a result could not be written, though somebody wanted it.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// A reader that went away (`| head`) has read enough; a run goes on without it.
    fn write(&self, mut stream: impl Write, text: &str) {
        let written = stream.write_all(text.as_bytes());
        match written.and_then(|()| stream.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            Err(error) => {
                if !self.lost.swap(true, Ordering::Relaxed) {
                    self.err(&format!("error: the output can't be written: {error}\n"));
                }
            }
        }
    }

    fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let text = match self.known.veil().hide(text) {
            // Nothing of it is borrowed from the veil.
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(text) => Cow::Owned(text),
        };
        match self.unicode {
            true => text,
            false => Cow::Owned(ascii::plain(&text)),
        }
    }
}

fn terminal_width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    columns.unwrap_or_else(crate::terminal::width)
}

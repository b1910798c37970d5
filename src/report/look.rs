//! Width, colour, verbosity, and the two streams.

use crate::terminal;
use anstream::{AutoStream, ColorChoice};
use anstyle::Style;
use std::io::{IsTerminal, Write};

/// How the output should look.
#[derive(Clone, Debug)]
pub struct Look {
    /// Columns: the terminal's, 100 off a terminal.
    pub width: usize,
    /// stdout is a terminal.
    pub terminal: bool,
    /// `-q` is -1, then the number of `-v`.
    pub verbosity: i8,
    colour: ColorChoice,
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
    /// As the terminal and the flags say.
    pub fn of_terminal(colour: ColorChoice, verbosity: i8) -> Look {
        let terminal = std::io::stdout().is_terminal();
        let width = if terminal { terminal_width() } else { 100 };
        Look {
            width: width.clamp(60, 100),
            terminal,
            verbosity,
            colour,
        }
    }

    /// A fixed look for tests.
    pub fn plain(width: usize) -> Look {
        Look {
            width,
            terminal: false,
            verbosity: 0,
            colour: ColorChoice::Never,
        }
    }

    /// Prints a result on stdout. A reader that went away (`| head`) ends the program quietly,
    /// unless something may be half done: then it goes on without a reader.
    pub fn out(&self, text: &str) {
        let mut stream = AutoStream::new(std::io::stdout().lock(), self.colour);
        let written = stream
            .write_all(text.as_bytes())
            .and_then(|()| stream.flush());
        if written.is_err() && !terminal::process().is_armed() {
            std::process::exit(0);
        }
    }

    /// Prints progress, questions, warnings and errors on stderr.
    pub fn err(&self, text: &str) {
        let mut stream = AutoStream::new(std::io::stderr().lock(), self.colour);
        // Nobody is left to be told that stderr is gone.
        let _ = stream.write_all(text.as_bytes());
    }
}

fn terminal_width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    columns.unwrap_or_else(terminal::width)
}

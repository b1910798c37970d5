//! The last lines of the terminal, which are drawn again and again. The main type here is
//! [`Screen`]: whoever writes there takes its turn, so that a question never stands in a redraw.
//!
//! Nothing is written here; the texts are made that move the cursor.

use super::mode;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What stands at the end of the terminal.
#[derive(Debug, Default)]
pub struct Screen {
    drawn: usize,
    asking: bool,
}

/// A question is asked for as long as this lives.
#[derive(Debug)]
pub(super) struct Asking;

/// The screen of this process.
pub fn screen() -> MutexGuard<'static, Screen> {
    static SCREEN: Mutex<Screen> = Mutex::new(Screen {
        drawn: 0,
        asking: false,
    });
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Asking {
    /// What is drawn stays as it is, and the question stands below it.
    pub(super) fn begin() -> Asking {
        let mut screen = screen();
        (screen.drawn, screen.asking) = (0, true);
        // The answer is a line that is seen.
        mode::restore();
        Asking
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        mode::restore();
        screen().asking = false;
    }
}

impl Screen {
    /// Whether a question stands there that waits for its answer.
    pub fn is_asking(&self) -> bool {
        self.asking
    }

    /// Takes away what is drawn.
    pub fn erase(&mut self) -> String {
        match std::mem::take(&mut self.drawn) {
            0 => String::new(),
            lines => format!("\x1b[{lines}A\r\x1b[J"),
        }
    }

    /// Draws these lines in the place of those that stand there; none may be wider than the
    /// terminal. A terminal that can shows it all at once.
    pub fn draw(&mut self, lines: &[String]) -> String {
        let mut text = "\x1b[?2026h".to_owned();
        if self.drawn > 0 {
            // Writing to a String can't fail.
            let _ = write!(text, "\x1b[{}A\r", self.drawn);
        }
        for line in lines {
            let _ = write!(text, "{line}\x1b[K\r\n");
        }
        text.push_str("\x1b[J\x1b[?2026l");
        self.drawn = lines.len();
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_drawn_over_those_that_stand_there() {
        let mut screen = Screen::default();
        assert_eq!(screen.erase(), "");
        let two = ["a".to_owned(), "b".to_owned()];
        let first = screen.draw(&two);
        assert!(first.contains("a\x1b[K\r\nb") && !first.contains("\x1b[2A"));
        assert!(screen.draw(&two[..1]).contains("\x1b[2A\ra\x1b[K"));
        assert_eq!(screen.erase(), "\x1b[1A\r\x1b[J");
        assert_eq!(screen.erase(), "");
    }
}

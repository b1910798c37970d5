//! The question of a verb, before anything is changed.

use crate::diag::Diagnostic;
use crate::terminal::{self, Kind, Prompt, Prompter, Reply, Terminal};

/// Asks. Only `y`, `yes`, `n`, `no` count; end of input is a no. Without a terminal nobody is
/// asked: `way_out` says how the answer is given beforehand.
pub async fn confirmed(text: &str, way_out: &str) -> Result<bool, Diagnostic> {
    let terminal = Terminal::default();
    if !terminal.attended() {
        let what = format!("this run would ask \"{text}\" and there is no terminal");
        return Err(Diagnostic::error(what).hint(way_out));
    }
    let prompt = Prompt {
        title: "Please confirm".to_owned(),
        text: text.to_owned(),
        note: None,
        kind: Kind::Question,
    };
    Ok(terminal::ask(&terminal, &prompt).await == Reply::Yes)
}

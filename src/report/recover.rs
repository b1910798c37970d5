//! `rollbook recover`: what was left open, before and after a yes. The main entry point is
//! [`list`].

use super::columns::Columns;
use super::look::Look;
use super::words;
use crate::diag::Diagnostic;
use std::fmt::Write;
use std::sync::Arc;

/// A target with something left open.
#[derive(Clone, Debug)]
pub struct Left {
    /// The inventory name.
    pub target: Arc<str>,
    /// `revision 3 pending-upgrade`, or `lease`.
    pub what: String,
    /// Who left it.
    pub by: String,
    /// The last step that its journal here knows of.
    pub doing: String,
    /// What is done after a yes; `Err` says why nothing can be done.
    pub repair: Result<String, Diagnostic>,
}

/// One line for each, then why some must wait.
pub fn list(all: &[Left], look: &Look) -> String {
    let mut columns = Columns::new(&["TARGET", "LEFT", "BY", "WAS DOING", "REPAIR"], 0..0);
    for left in all {
        let repair = match &left.repair {
            Ok(repair) => repair.clone(),
            Err(_) => "none yet".to_owned(),
        };
        columns.push(vec![
            left.target.to_string(),
            left.what.clone(),
            left.by.clone(),
            left.doing.clone(),
            repair,
        ]);
    }
    let mut text = columns.print(look.room(), &[3, 2]);
    for left in all {
        if let Err(why) = &left.repair {
            let _ = write!(text, "\n{}", super::fault(why));
        }
    }
    text
}

/// The line before the question.
pub fn summary(repairable: usize) -> String {
    format!("Recover: {} can be repaired.\n", words::targets(repairable))
}

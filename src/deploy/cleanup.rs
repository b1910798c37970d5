//! `cleanup_on_fail`: what a failed upgrade created goes again.

use super::fault::fault;
use super::session::Session;
use crate::cluster::Live;
use crate::diag::Diagnostic;
use crate::journal::Step;
use crate::manifest::{Gvk, ObjectId};
use crate::plan::is_data;
use crate::release::Operation;
use crate::terminal::Pace;
use std::sync::{Arc, PoisonError};

/// An object that this run created.
#[derive(Clone, Debug)]
pub(super) struct Created {
    gvk: Gvk,
    id: ObjectId,
    uid: Arc<str>,
}

impl Session<'_> {
    /// Keeps in mind that an object of the release was created.
    pub(super) fn made(&self, live: Live) {
        let mut created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        created.push(Created {
            gvk: live.gvk,
            id: live.id,
            uid: live.uid,
        });
    }

    /// Deletes what was created, newest first, where the play says so; what holds data stays. Not
    /// after a first install, as in Helm, nor where somebody waits for the run to end.
    pub(super) async fn clean_up(&self, operation: Operation, cause: Diagnostic) -> Diagnostic {
        let due = self.options.rollout.cleanup_on_fail && operation != Operation::Install;
        if !due || self.ways.halt.pace() == Pace::Leaving || self.is_lost().await {
            return cause;
        }
        let mut told = cause;
        for created in self.created().into_iter().rev() {
            told = match is_data(&created.id) {
                true => told.note(format!(
                    "{} was created and stays: it holds data",
                    created.id
                )),
                false => match self.clean_one(&created).await {
                    Ok(()) => told.note(format!("{} was created and is deleted again", created.id)),
                    Err(error) => told.note(error.message),
                },
            };
        }
        told
    }

    fn created(&self) -> Vec<Created> {
        let mut created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *created)
    }

    async fn clean_one(&self, created: &Created) -> Result<(), Diagnostic> {
        self.step(Step::Write {
            object: created.id.to_string(),
            action: "delete".to_owned(),
        });
        let deleted = self.delete(&created.gvk, &created.id, Some(&created.uid));
        deleted.await.map(drop).map_err(|e| fault(&created.id, e))
    }
}

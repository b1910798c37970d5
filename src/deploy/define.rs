//! What is in a chart's `crds/`: there before the release is, as Helm does it.

use super::fault::fault;
use super::session::Session;
use crate::cluster::{ClusterError, Write};
use crate::diag::{Diagnostic, Kind};
use crate::journal::Step;
use crate::manifest::ObjectSet;
use crate::plan::{self, Action, ObjectChange};

impl Session<'_> {
    /// Creates or upgrades the definitions that the plan has, and waits until their kinds are
    /// served. One that another target of the wave has just made serves as well.
    pub(super) async fn define(&self) -> Result<(), Diagnostic> {
        let changes = self.release.changes.iter();
        let due =
            changes.filter(|c| c.definition && matches!(c.action, Action::Create | Action::Update));
        let due: Vec<&ObjectChange> = due.collect();
        for definition in &due {
            self.define_one(definition).await?;
        }
        let defined = due.iter().map(|c| (c.gvk.clone(), c.id.clone()));
        self.wait_established(&defined.collect::<Vec<_>>()).await?;
        let sent = due.iter().filter_map(|c| c.send.as_deref());
        for gvk in plan::new_kinds(sent, &ObjectSet::default()) {
            self.wait_served(&gvk).await?;
        }
        Ok(())
    }

    async fn define_one(&self, definition: &ObjectChange) -> Result<(), Diagnostic> {
        self.step(Step::Define {
            object: definition.id.to_string(),
        });
        self.tell(format!("{} is defined", definition.id));
        let Some(object) = definition.send.clone() else {
            let what = format!("the plan has no body for {}", definition.id);
            return Err(Diagnostic::new(Kind::Internal, what));
        };
        if definition.migrate {
            self.migrate_one(definition).await?;
        }
        let write = Write::Apply {
            object,
            force: definition.force,
            uid: definition.uid.clone(),
        };
        match self.write(&write).await {
            Ok(_) => Ok(()),
            Err(ClusterError::Moved(_)) if definition.action == Action::Create => Ok(()),
            Err(error) => Err(fault(&definition.id, error)),
        }
    }
}

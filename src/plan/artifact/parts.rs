//! What a plan file keeps beside the plan's own fields. The main type here is [`Secrets`].

use super::{Saved, damaged};
use crate::diag::Diagnostic;
use crate::files::MemoryFiles;
use crate::manifest::{Gvk, Object, ObjectId};
use crate::plan::{ObjectChange, Plan, ReleasePlan};
use crate::release::Record;
use crate::sensitive::{Hidden, Sensitive};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Bodies, records, files and variables.
#[derive(Serialize, Deserialize)]
pub(super) struct Secrets {
    /// Of each target with a release, in order.
    releases: Vec<ReleaseSecrets>,
    files: BTreeMap<PathBuf, String>,
    extra: Value,
}

#[derive(Serialize, Deserialize)]
struct ReleaseSecrets {
    /// As Helm stores it.
    record: Option<String>,
    changes: Vec<Bodies>,
    /// What must not be shown of it.
    hidden: Vec<String>,
}

/// The objects of one change.
#[derive(Serialize, Deserialize)]
struct Bodies {
    live: Option<Body>,
    result: Option<Body>,
    send: Option<Body>,
}

#[derive(Serialize, Deserialize)]
struct Body {
    id: ObjectId,
    gvk: Gvk,
    source: Option<Arc<str>>,
    body: Value,
}

impl Secrets {
    pub(super) fn of(saved: &Saved) -> Secrets {
        let files = saved.files.iter();
        Secrets {
            releases: releases(&saved.plan).map(ReleaseSecrets::of).collect(),
            files: files
                .map(|(path, content)| (path.clone(), STANDARD.encode(content)))
                .collect(),
            extra: saved.extra.reveal().clone(),
        }
    }

    /// Puts everything back into the plan.
    pub(super) fn into_saved(self, mut plan: Plan) -> Result<Saved, Diagnostic> {
        let mut secrets = self.releases.into_iter();
        for target in &mut plan.targets {
            if let Some(release) = &mut target.release {
                secrets.next().ok_or_else(damaged)?.restore(release)?;
            }
        }
        let mut files = MemoryFiles::default();
        for (path, content) in self.files {
            files.insert(path, STANDARD.decode(content).map_err(|_| damaged())?);
        }
        Ok(Saved {
            plan,
            files,
            extra: Sensitive::new(self.extra),
        })
    }
}

fn releases(plan: &Plan) -> impl Iterator<Item = &ReleasePlan> {
    plan.targets
        .iter()
        .filter_map(|target| target.release.as_ref())
}

impl ReleaseSecrets {
    fn of(release: &ReleasePlan) -> ReleaseSecrets {
        ReleaseSecrets {
            record: release.record.as_ref().map(|record| record.encode()),
            changes: release.changes.iter().map(Bodies::of).collect(),
            hidden: release.hidden.texts().map(|t| t.reveal().clone()).collect(),
        }
    }

    fn restore(self, release: &mut ReleasePlan) -> Result<(), Diagnostic> {
        if self.changes.len() != release.changes.len() {
            return Err(damaged());
        }
        if let Some(record) = self.record {
            let record = Record::decode(&record).map_err(|_| damaged())?;
            release.record = Some(Arc::new(record));
        }
        release.hidden = Hidden::new(self.hidden.into_iter().map(Sensitive::new));
        for (bodies, change) in self.changes.into_iter().zip(&mut release.changes) {
            bodies.restore(change);
        }
        Ok(())
    }
}

impl Bodies {
    fn of(change: &ObjectChange) -> Bodies {
        let body = |object: &Option<Arc<Object>>| object.as_deref().map(Body::of);
        Bodies {
            live: body(&change.live),
            result: body(&change.result),
            send: body(&change.send),
        }
    }

    fn restore(self, change: &mut ObjectChange) {
        let object = |body: Option<Body>| body.map(|body| Arc::new(body.object()));
        change.live = object(self.live);
        change.result = object(self.result);
        change.send = object(self.send);
    }
}

impl Body {
    fn of(object: &Object) -> Body {
        Body {
            id: object.id.clone(),
            gvk: object.gvk.clone(),
            source: object.source.clone(),
            body: object.clear().clone(),
        }
    }

    fn object(self) -> Object {
        let mut object = Object::new(self.id, self.gvk, self.body);
        object.source = self.source;
        object
    }
}

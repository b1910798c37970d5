//! The proof of a failed wait: what is wrong, with the last events and lines of the log, taken
//! before anything is put back. What is known to be secret is taken out of it.

use super::Pending;
use crate::deploy::session::Session;
use crate::diag::{Diagnostic, Evidence, LogTail};
use crate::health::{self, Family, Finding};
use crate::manifest::schema::Schema;
use crate::manifest::{Object, parse};
use crate::sensitive::{Hidden, Sensitive};
use serde_json::Value;
use std::time::Duration;

/// How many lines of a log are kept.
const LINES: usize = 20;
/// How many causes are proven.
const CAUSES: usize = 3;
/// A cluster that does not answer must not hold up the truth.
const PATIENCE: Duration = Duration::from_secs(5);

/// Values whose names say that nobody should see them.
const SECRET_NAMES: [&str; 7] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "apikey",
];

impl Session<'_> {
    /// `end` with its causes: those that can't heal, else whatever looks suspicious.
    pub(super) async fn prove(&self, end: Diagnostic, pending: &[Pending<'_>]) -> Diagnostic {
        let events = tokio::time::timeout(PATIENCE, self.events()).await;
        let events = events.ok().and_then(Result::ok).unwrap_or_default();
        let hidden = self.hidden();
        let doomed = pending.iter().any(|p| !p.findings.is_empty());
        let mut causes = Vec::new();
        for one in pending {
            let findings = match doomed {
                true => one.findings.clone(),
                false => health::suspects(&one.family),
            };
            let family = one.family.clone().with_events(&events);
            for finding in findings.iter().take(CAUSES - causes.len().min(CAUSES)) {
                causes.push(self.proof(&family, finding, &hidden).await);
            }
        }
        let told = match causes.first() {
            Some(first) => Diagnostic {
                message: format!("{}: {}", end.message, first.why),
                ..end
            },
            None => end,
        };
        let others = pending.iter().filter(|p| p.findings.is_empty());
        let told = others.fold(told, |told, p| {
            told.note(hidden.hide(&format!("{}: {}", p.id, p.why)))
        });
        told.proven(causes)
    }

    async fn proof(&self, family: &Family<'_>, finding: &Finding, hidden: &Hidden) -> Evidence {
        let mut proof = health::evidence(family, finding);
        proof.why = hidden.hide(&proof.why);
        for event in &mut proof.events {
            event.message = hidden.hide(&event.message);
        }
        let log = tokio::time::timeout(PATIENCE, self.log(finding, hidden)).await;
        proof.log = log.ok().flatten();
        proof
    }

    /// The end of the log of the run that failed; there is none where nothing ever ran.
    async fn log(&self, finding: &Finding, hidden: &Hidden) -> Option<LogTail> {
        let container = finding.container.as_deref()?;
        let namespace = finding.object.namespace.as_deref()?;
        let pod = &finding.object.name;
        let restarted = finding.exit_code.is_some() && finding.restarts > 0;
        for previous in [restarted, !restarted] {
            let log = self.ways.cluster.log(namespace, pod, container, previous);
            let Ok(text) = log.await else { continue };
            let lines: Vec<&str> = text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .collect();
            if lines.is_empty() {
                continue;
            }
            let last = lines.len().saturating_sub(LINES);
            return Some(LogTail {
                pod: pod.to_string(),
                container: container.to_owned(),
                previous,
                lines: lines
                    .iter()
                    .skip(last)
                    .map(|line| hidden.hide(line))
                    .collect(),
            });
        }
        None
    }

    /// What is known to be secret: what stands in the release's Secrets, hooks included, and
    /// values whose names say so.
    pub(super) fn hidden(&self) -> Hidden {
        let Some(record) = &self.release.record else {
            return Hidden::default();
        };
        let hooks = record.hooks.reveal().as_array().cloned();
        let hooks = hooks.unwrap_or_default();
        let hooks = hooks.iter().filter_map(|hook| hook["manifest"].as_str());
        let mut texts = Vec::new();
        for text in std::iter::once(&**record.manifest.reveal()).chain(hooks) {
            let objects = parse(text, &self.target.namespace, &Schema::default());
            texts.extend(objects.iter().flatten().flat_map(Object::secrets));
        }
        named_secret(record.config.reveal(), false, &mut texts);
        Hidden::new(texts)
    }
}

fn named_secret(value: &Value, named: bool, texts: &mut Vec<Sensitive<String>>) {
    match value {
        Value::String(text) if named => texts.push(Sensitive::new(text.clone())),
        Value::Array(items) => items.iter().for_each(|v| named_secret(v, named, texts)),
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.to_lowercase().replace(['_', '-'], "");
                let named = named || SECRET_NAMES.iter().any(|name| key.contains(name));
                named_secret(value, named, texts);
            }
        }
        _ => {}
    }
}

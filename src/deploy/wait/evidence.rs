//! The proof of a failed wait: what is wrong, with the last events and lines of the log, taken
//! before anything is put back. What is known to be secret is taken out of it.

use super::Pending;
use crate::deploy::session::Session;
use crate::diag::{Diagnostic, Evidence, LogTail};
use crate::health::{self, Family, Finding};
use crate::sensitive::Veil;
use std::time::Duration;

/// How many lines of a log are kept.
const LINES: usize = 20;
/// How many causes are proven.
const CAUSES: usize = 3;
/// A cluster that does not answer must not hold up the truth.
const PATIENCE: Duration = Duration::from_secs(5);

impl Session<'_> {
    /// `end` with its causes: those that can't heal, else whatever looks suspicious.
    pub(super) async fn prove(&self, end: Diagnostic, pending: &[Pending<'_>]) -> Diagnostic {
        let events = tokio::time::timeout(PATIENCE, self.events()).await;
        let events = events.ok().and_then(Result::ok).unwrap_or_default();
        let veil = self.veil(None);
        let doomed = pending.iter().any(|p| !p.findings.is_empty());
        let mut causes = Vec::new();
        for one in pending {
            let findings = match doomed {
                true => one.findings.clone(),
                false => health::suspects(&one.family),
            };
            let family = one.family.clone().with_events(&events);
            for finding in findings.iter().take(CAUSES - causes.len().min(CAUSES)) {
                causes.push(self.proof(&family, finding, &veil).await);
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
            told.note(veil.hide(&format!("{}: {}", p.id, p.why)))
        });
        told.proven(causes)
    }

    async fn proof(&self, family: &Family<'_>, finding: &Finding, veil: &Veil) -> Evidence {
        let mut proof = health::evidence(family, finding);
        proof.why = veil.hide(&proof.why).into_owned();
        for event in &mut proof.events {
            event.message = veil.hide(&event.message).into_owned();
        }
        let log = tokio::time::timeout(PATIENCE, self.log(finding, veil)).await;
        proof.log = log.ok().flatten();
        proof
    }

    /// The end of the log of the run that failed; there is none where nothing ever ran.
    async fn log(&self, finding: &Finding, veil: &Veil) -> Option<LogTail> {
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
                    .map(|line| veil.hide(line).into_owned())
                    .collect(),
            });
        }
        None
    }
}

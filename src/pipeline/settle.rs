//! Drafts and what is live become plans, some targets at a time.
//!
//! Only the targets of one batch are decoded. The first target of each chart goes ahead: what the
//! server calls equal for it is not asked again for the others.

use super::decide::{self, Sight, Undecided};
use super::drafts::{Drafting, Drawn};
use super::known::{Known, Releases, place};
use super::looks::Seen;
use super::render::Draft;
use super::{Outcome, shut};
use crate::cluster::Cluster;
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::{Answer, Question, Triage};
use std::sync::Arc;

/// The plan of each target, in order.
pub async fn settle(
    drafting: &Drafting<'_>,
    batches: Vec<Vec<usize>>,
    mut drawn: Drawn,
    known: &Releases,
    mut seen: Seen,
) -> Result<Vec<Outcome>, Diagnostic> {
    let cluster = &**drafting.cluster;
    let mut asking = Asking {
        cluster,
        lost: None,
    };
    let mut outcomes: Vec<(usize, Outcome)> = Vec::new();
    for batch in batches {
        let wanted = || batch.iter().filter_map(|at| drafting.wanted.get(*at));
        let drafts = drafting.take(&batch, &mut drawn, known);
        let other = |(one, draft)| others(known.get(&place(one)), draft);
        let recorded = wanted().map(|one| &one.spec).zip(&drafts).flat_map(other);
        let whole = seen.complete(drafts.iter().flatten(), recorded).await;
        whole.map_err(|e| shut(cluster, "listing live objects", &e))?;
        for (object, replicas) in wanted().flat_map(|one| &one.foreseen) {
            seen.view.set_replicas(object, *replicas);
        }
        let sight = Sight {
            planner: drafting.planner,
            known,
            view: &seen.view,
        };
        let mut undecided = decide::triage_all(sight, wanted().zip(drafts).collect());
        asking.ask(&mut undecided).await?;
        let built = decide::build_all(sight.planner, cluster.identity(), undecided);
        outcomes.extend(batch.iter().copied().zip(built));
    }
    // To free what was looked at takes a while; what follows need not wait for it.
    drafting.planner.pool.spawn(move || drop(seen));
    outcomes.sort_by_key(|(at, _)| *at);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

/// The recorded manifests of a release that are not what is drafted.
fn others<'k>(
    known: Option<&'k Known>,
    draft: &Result<Draft, Diagnostics>,
) -> impl Iterator<Item = &'k str> {
    let parts = draft.as_ref().ok().and_then(|draft| draft.parts.as_ref());
    let drafted = parts.map(|parts| &parts.manifest);
    let records = known
        .into_iter()
        .flat_map(|known| [&known.base, &known.last]);
    let manifests = records.flatten().map(|record| record.manifest.reveal());
    let other = move |manifest: &&'k Arc<str>| Some(*manifest) != drafted;
    manifests.filter(other).map(|manifest| &**manifest)
}

/// Asks for dry runs.
struct Asking<'a> {
    cluster: &'a dyn Cluster,
    /// Why nothing is answered any more.
    lost: Option<String>,
}

impl Asking<'_> {
    /// Asks until nobody has a question left. A second round comes after conflicts.
    async fn ask(&mut self, undecided: &mut [Undecided<'_>]) -> Result<(), Diagnostic> {
        loop {
            let counts: Vec<usize> = undecided
                .iter()
                .map(|one| one.triage.as_ref().map_or(0, |t| t.questions().len()))
                .collect();
            let questions: Vec<_> = undecided
                .iter()
                .flat_map(|one| one.triage.iter().flat_map(Triage::questions))
                .collect();
            if questions.is_empty() {
                return Ok(());
            }
            let mut answers = self.answers(&questions).await?.into_iter();
            for (one, count) in undecided.iter_mut().zip(counts) {
                let own = answers.by_ref().take(count).collect();
                if let Ok(triage) = &mut one.triage {
                    triage.resolve(own);
                }
            }
        }
    }

    /// The answers to these questions. Once nothing of a whole batch was answered, nothing more is
    /// asked: each question would wait for a server that is not there.
    async fn answers(&mut self, questions: &[Question]) -> Result<Vec<Answer>, Diagnostic> {
        if let Some(why) = &self.lost {
            let lost = |_: &Question| Answer::Unreachable(why.clone());
            return Ok(questions.iter().map(lost).collect());
        }
        let answers = self.cluster.answer(questions).await;
        let answers = answers.map_err(|e| shut(self.cluster, "asking for dry runs", &e))?;
        let mut whys = answers.iter().map(|answer| match answer {
            Answer::Unreachable(why) => Some(why),
            _ => None,
        });
        if let Some(Some(why)) = whys.next()
            && whys.all(|why| why.is_some())
        {
            self.lost = Some(why.clone());
        }
        Ok(answers)
    }
}

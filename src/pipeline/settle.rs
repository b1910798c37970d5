//! Sketches and what is live become plans, some targets at a time.
//!
//! Only the targets of one batch are decoded, so that memory does not grow with what a fleet
//! renders and has. The first target of each chart goes ahead: what the server calls equal for it
//! is not asked again for the others.

use super::decide::{self, Sight, Undecided};
use super::render::Sketch;
use super::{Desired, Outcome, shut};
use crate::cluster::Cluster;
use crate::diag::{Diagnostic, Diagnostics};
use crate::plan::{Answer, Question, Triage};
use std::collections::HashSet;

/// How many targets are decoded at once.
const BATCH: usize = 64;

/// The plan of each target, in order.
pub async fn settle(
    cluster: &dyn Cluster,
    sight: Sight<'_>,
    wanted: &[Desired],
    sketches: Vec<Result<Sketch, Diagnostics>>,
) -> Result<Vec<Outcome>, Diagnostic> {
    let batches = batches(&sketches);
    let mut sketches: Vec<_> = sketches.into_iter().map(Some).collect();
    let mut asking = Asking {
        cluster,
        lost: None,
    };
    let mut outcomes: Vec<(usize, Outcome)> = Vec::new();
    for batch in batches {
        let taken = batch.iter().filter_map(|at| {
            let sketch = sketches.get_mut(*at)?.take()?;
            Some((wanted.get(*at)?, sketch))
        });
        let mut undecided = decide::triage_all(sight, taken.collect());
        asking.ask(&mut undecided).await?;
        let built = decide::build_all(sight.planner, cluster.identity(), undecided);
        outcomes.extend(batch.into_iter().zip(built));
    }
    outcomes.sort_by_key(|(at, _)| *at);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

/// The targets in the order in which they are decided: one of each chart, then the others.
fn batches(sketches: &[Result<Sketch, Diagnostics>]) -> Vec<Vec<usize>> {
    let mut charts = HashSet::new();
    let (first, rest): (Vec<usize>, Vec<usize>) = (0..sketches.len()).partition(|at| {
        let sketch = sketches.get(*at).and_then(|sketch| sketch.as_ref().ok());
        sketch.is_some_and(|sketch| charts.insert(sketch.chart.clone()))
    });
    let batches = first.chunks(BATCH).chain(rest.chunks(BATCH));
    batches.map(<[usize]>::to_vec).collect()
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

//! How a release goes in: Helm's flags of `install` and `upgrade`. The main type is [`Rollout`].
//!
//! The inventory's `release` says it for a target, a play's `release` task for itself.

use std::sync::Arc;
use std::time::Duration;

/// Waits, limits, and what is done on failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// Wait until what was changed is ready.
    pub wait: bool,
    /// Wait for the end of the release's Jobs too, where one waits at all.
    pub wait_for_jobs: bool,
    /// How long hooks and waits may take together.
    pub timeout: Duration,
    /// How long one hook or wait may take; `None` is as long as all of them together.
    pub step_timeout: Option<Duration>,
    /// A wait fails where nothing of what it waits for changes for so long; `None` waits on.
    pub no_activity_timeout: Option<Duration>,
    /// On failure go back to the revision that was there, or uninstall a first install: Helm's
    /// `--rollback-on-failure`, which was `--atomic`.
    pub atomic: bool,
    /// Delete what a failed upgrade or rollback created.
    pub cleanup_on_fail: bool,
    /// Revisions that are kept; 0 keeps all.
    pub history_max: usize,
    /// The release's description instead of Helm's words.
    pub description: Option<Arc<str>>,
}

impl Default for Rollout {
    /// Waits, half an hour at most as the flows do it, and ten revisions as Helm.
    fn default() -> Rollout {
        Rollout {
            wait: true,
            wait_for_jobs: false,
            timeout: Duration::from_secs(1800),
            step_timeout: None,
            no_activity_timeout: None,
            atomic: false,
            cleanup_on_fail: false,
            history_max: 10,
            description: None,
        }
    }
}

impl Rollout {
    /// Whether it is waited for what was changed: going back on failure needs to see failures.
    pub fn waits(&self) -> bool {
        self.wait || self.atomic
    }
}

//! `--list-hosts`, `--list-tasks` and `--list-tags` of a playbook on an inventory.

use super::Setup;
use super::play::resolve;
use crate::diag::Diagnostics;
use crate::playbook::{Listing, PlayListing};

/// What to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Show {
    /// `--list-hosts`.
    pub hosts: bool,
    /// `--list-tasks`.
    pub tasks: bool,
    /// `--list-tags`.
    pub tags: bool,
}

/// Lists what would take part; nothing runs.
pub fn listing(setup: Setup<'_>, show: Show) -> Result<Listing, Diagnostics> {
    let plays = resolve(setup)?;
    let mut resolved = plays.iter();
    Ok(Listing::of(setup.playbook, |play| {
        let Some(ready) = resolved.next() else {
            return PlayListing::new(play, play.name.clone(), Vec::new());
        };
        let mut listing = PlayListing::new(play, ready.name.clone(), ready.pattern.clone());
        if show.hosts {
            listing = listing.with_hosts(ready.targets.clone());
        }
        if show.tasks {
            listing = listing.with_tasks(play, &setup.options.tags);
        }
        if show.tags {
            listing = listing.with_task_tags(play);
        }
        listing
    }))
}

//! What a wait has seen so far. The main type here is [`Observed`].
//!
//! A status tells of the present alone: that a container has restarted nine times says nothing
//! where eight of them were last week. Whoever waits keeps what it saw, and when.

use super::ready::{number, text};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::HashMap;

/// The memory of one wait.
#[derive(Clone, Debug)]
pub struct Observed {
    /// When the wait began.
    pub since: Timestamp,
    /// Restarts of containers, each with the moment in which it was first seen.
    restarts: HashMap<Container, Vec<(Timestamp, i64)>>,
    /// Since when containers wait, and for what.
    waiting: HashMap<Container, (String, Timestamp)>,
}

/// UID of the pod, and name.
type Container = (String, String);

impl Observed {
    /// Nothing is seen yet.
    pub fn new(since: Timestamp) -> Observed {
        Observed {
            since,
            restarts: HashMap::new(),
            waiting: HashMap::new(),
        }
    }

    /// Keeps what these pods say now.
    pub fn see<'v>(&mut self, pods: impl IntoIterator<Item = &'v Value>, now: Timestamp) {
        for pod in pods {
            for status in statuses(pod) {
                self.see_container(key(pod, status), status, now);
            }
        }
    }

    fn see_container(&mut self, key: Container, status: &Value, now: Timestamp) {
        let count = number(&status["restartCount"], 0);
        let seen = self.restarts.entry(key.clone()).or_default();
        if seen.last().is_none_or(|(_, last)| *last != count) {
            seen.push((now, count));
        }
        let reason = text(&status["state"]["waiting"]["reason"]);
        let same = |(known, _): &(String, Timestamp)| kind(known) == kind(reason);
        if reason.is_empty() {
            self.waiting.remove(&key);
        } else if !self.waiting.get(&key).is_some_and(same) {
            self.waiting.insert(key, (reason.to_owned(), now));
        }
    }

    /// How often this container was restarted within `window` before `now`.
    pub(super) fn restarts(
        &self,
        pod: &Value,
        status: &Value,
        window: SignedDuration,
        now: Timestamp,
    ) -> i64 {
        let count = number(&status["restartCount"], 0);
        let young = |at: Timestamp| now.duration_since(at) <= window;
        let born = text(&pod["metadata"]["creationTimestamp"]).parse::<Timestamp>();
        let seen = self.restarts.get(&key(pod, status));
        let seen = seen.map_or(&[][..], Vec::as_slice);
        let before = match seen.iter().rev().find(|(at, _)| !young(*at)) {
            Some((_, before)) => *before,
            None if born.is_ok_and(young) => 0,
            None => seen.first().map_or(count, |(_, first)| *first),
        };
        count - before
    }

    /// For how long it has waited for what it waits for.
    pub(super) fn waited(&self, pod: &Value, status: &Value, now: Timestamp) -> SignedDuration {
        let since = self.waiting.get(&key(pod, status));
        since.map_or(SignedDuration::ZERO, |(_, since)| {
            now.duration_since(*since)
        })
    }
}

/// Init containers first, as they run.
pub(super) fn statuses(pod: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["initContainerStatuses", "containerStatuses"];
    let lists = lists.into_iter();
    lists
        .filter_map(|list| pod["status"][list].as_array())
        .flatten()
}

fn key(pod: &Value, status: &Value) -> Container {
    let uid = text(&pod["metadata"]["uid"]);
    (uid.to_owned(), text(&status["name"]).to_owned())
}

/// A pull that is tried again alternates between two words for the same.
fn kind(reason: &str) -> &str {
    match reason {
        "ErrImagePull" => "ImagePullBackOff",
        other => other,
    }
}

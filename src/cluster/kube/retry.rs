//! When a request is sent again. The main type here is [`Policy`].
//!
//! kube's own policy may wait for minutes in silence; ours is a few tries within a bound, each
//! named in the log. A 500 is often an answer about the object and then not sent again.

use super::status::Status;
use http::StatusCode;
use std::time::Duration;

/// Whether a request may be sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Reads, dry runs and writes that do the same when they are done twice.
    Always,
    /// Only where the server certainly has not acted on it.
    Unsent,
}

/// What became of one try.
pub(super) enum Try<'a> {
    /// The server answered.
    Answered(StatusCode, &'a Status, Option<Duration>),
    /// No answer; `sent` unless the connection was refused.
    Lost { sent: bool },
}

/// How often and how long.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Tries in all.
    pub tries: u32,
    /// The pause before the second try; doubled for each further one.
    pub pause: Duration,
    /// No try begins later than this after the first.
    pub budget: Duration,
    /// How long one try may take.
    pub patience: Duration,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            tries: 6,
            pause: Duration::from_millis(250),
            budget: Duration::from_secs(30),
            patience: Duration::from_secs(60),
        }
    }
}

impl Policy {
    /// How long to wait before the next try; `None` gives up or is content. `tried` tries took
    /// `elapsed` so far.
    pub(super) fn next(
        &self,
        repeat: Repeat,
        outcome: &Try<'_>,
        tried: u32,
        elapsed: Duration,
    ) -> Option<Duration> {
        let asked = match outcome {
            Try::Answered(code, status, after) => worth(repeat, *code, status).then_some(*after)?,
            Try::Lost { sent } => (repeat == Repeat::Always || !sent).then_some(None)?,
        };
        let pause = asked.unwrap_or(self.pause * 2u32.saturating_pow(tried.saturating_sub(1)));
        (tried < self.tries && elapsed + pause < self.budget).then_some(pause)
    }
}

fn worth(repeat: Repeat, code: StatusCode, status: &Status) -> bool {
    match code {
        StatusCode::TOO_MANY_REQUESTS => !status.is_eviction(),
        StatusCode::INTERNAL_SERVER_ERROR => repeat == Repeat::Always && !status.is_answer(),
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            repeat == Repeat::Always
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy {
        tries: 3,
        pause: Duration::from_secs(1),
        budget: Duration::from_secs(30),
        patience: Duration::from_secs(60),
    };

    fn after(repeat: Repeat, code: u16, message: &str) -> Option<Duration> {
        let status = Status {
            message: message.to_owned(),
            ..Status::default()
        };
        let code = StatusCode::from_u16(code).unwrap();
        let outcome = Try::Answered(code, &status, None);
        POLICY.next(repeat, &outcome, 1, Duration::ZERO)
    }

    #[test]
    fn a_500_about_the_object_is_an_answer() {
        let typed = "failed to create typed patch object (x; apps/v1, Kind=Deployment): errors";
        assert_eq!(after(Repeat::Always, 500, typed), None);
        let converted = "failed to convert new object (n/s; /v1, Kind=Secret) to proper version: illegal base64";
        assert_eq!(after(Repeat::Always, 500, converted), None);
        assert_eq!(
            after(Repeat::Always, 500, "failed calling webhook \"x\""),
            None
        );
        assert_eq!(
            after(Repeat::Always, 500, "etcdserver: leader changed"),
            Some(POLICY.pause)
        );
    }

    #[test]
    fn a_create_is_sent_again_only_when_it_was_not_acted_on() {
        assert_eq!(after(Repeat::Unsent, 503, ""), None);
        assert_eq!(after(Repeat::Unsent, 429, ""), Some(POLICY.pause));
        let lost = |sent| POLICY.next(Repeat::Unsent, &Try::Lost { sent }, 1, Duration::ZERO);
        assert_eq!((lost(true), lost(false)), (None, Some(POLICY.pause)));
    }

    #[test]
    fn waits_as_asked_doubles_and_is_bounded() {
        let status = Status::default();
        let asked = Some(Duration::from_secs(7));
        let outcome = Try::Answered(StatusCode::TOO_MANY_REQUESTS, &status, asked);
        let next = |tried, elapsed| POLICY.next(Repeat::Always, &outcome, tried, elapsed);
        assert_eq!(next(1, Duration::ZERO), asked);
        assert_eq!(next(1, Duration::from_secs(24)), None, "over the budget");
        assert_eq!(next(3, Duration::ZERO), None, "tries are over");
        let lost = Try::Lost { sent: true };
        let second = POLICY.next(Repeat::Always, &lost, 2, Duration::ZERO);
        assert_eq!(second, Some(POLICY.pause * 2));
    }
}

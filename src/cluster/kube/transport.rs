//! Sending requests: in flight limit, retries, counting. The main type here is [`Transport`].
//!
//! Every request carries `User-Agent: rollbook/VERSION (run …)`, so that the API server's audit
//! log joins with the journal.

use super::limit::Limit;
use super::retry::{Policy, Repeat, Try};
use super::spare::{Spares, Text};
use super::status::Status;
use crate::cluster::ClusterError;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many calls are prepared at once; how many are in flight is up to [`Limit`].
const WIDTH: usize = 64;

/// Runs calls side by side; results in the order of `calls`.
pub(super) async fn all<F: Future>(calls: Vec<F>) -> Vec<F::Output> {
    stream::iter(calls).buffered(WIDTH).collect().await
}

/// As [`all`], up to the first error.
pub(super) async fn try_all<T, F>(calls: Vec<F>) -> Result<Vec<T>, ClusterError>
where
    F: Future<Output = Result<T, ClusterError>>,
{
    stream::iter(calls).buffered(WIDTH).try_collect().await
}

/// Plain JSON.
pub(super) const JSON: &str = "application/json";

/// One connection to an API server.
pub(super) struct Transport {
    client: Client,
    server: Arc<str>,
    agent: String,
    policy: Policy,
    limit: Limit,
    sent: AtomicU64,
    spares: Arc<Spares>,
}

/// One request.
pub(super) struct Call {
    /// What it is about, for error texts: `Deployment web`.
    pub(super) what: String,
    pub(super) method: Method,
    /// Path and query.
    pub(super) path: String,
    pub(super) accept: &'static str,
    /// Content type and body.
    pub(super) body: Option<(&'static str, Vec<u8>)>,
    pub(super) repeat: Repeat,
    /// A list: long, and not a measure of the server's latency.
    pub(super) long: bool,
    /// About a Secret: error texts quote nothing.
    pub(super) secret: bool,
}

impl Call {
    /// A GET.
    pub(super) fn get(what: impl Into<String>, path: String) -> Call {
        Call {
            what: what.into(),
            method: Method::GET,
            path,
            accept: JSON,
            body: None,
            repeat: Repeat::Always,
            long: false,
            secret: false,
        }
    }
}

/// An answer with a body, whatever its code.
pub(super) struct Reply {
    pub(super) code: StatusCode,
    pub(super) body: Text,
    retry_after: Option<Duration>,
}

/// No answer.
struct Lost {
    sent: bool,
    why: String,
}

impl Transport {
    /// Over `client`; `run` is named to the server.
    pub(super) fn new(client: Client, server: Arc<str>, run: &str, policy: Policy) -> Transport {
        Transport {
            client,
            server,
            agent: format!("rollbook/{} (run {run})", env!("CARGO_PKG_VERSION")),
            policy,
            limit: Limit::new(),
            sent: AtomicU64::new(0),
            spares: Arc::default(),
        }
    }

    /// The server's URL.
    pub(super) fn server(&self) -> &Arc<str> {
        &self.server
    }

    /// For how long a server that does not answer is tried again.
    pub(super) fn budget(&self) -> Duration {
        self.policy.budget
    }

    /// How many requests were sent, retries included.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Sends until there is an answer that counts; a refusal is an error.
    pub(super) async fn send(&self, call: &Call) -> Result<Reply, ClusterError> {
        let reply = self.answer(call).await?;
        if reply.code.is_success() {
            return Ok(reply);
        }
        let status = Status::read(&reply.body);
        Err(status.error(reply.code, &call.what, call.secret))
    }

    /// Sends until there is an answer that counts, a refusal too.
    pub(super) async fn answer(&self, call: &Call) -> Result<Reply, ClusterError> {
        let began = Instant::now();
        let mut tried = 0;
        loop {
            tried += 1;
            let outcome = self.once(call).await;
            let Some(pause) = self.pause(call, &outcome, tried, began.elapsed()) else {
                return outcome.map_err(|lost| self.unreachable(call, &lost, tried));
            };
            tracing::warn!(
                what = call.what,
                tried,
                ?pause,
                "the API server did not answer; again"
            );
            tokio::time::sleep(pause).await;
        }
    }

    fn pause(
        &self,
        call: &Call,
        outcome: &Result<Reply, Lost>,
        tried: u32,
        elapsed: Duration,
    ) -> Option<Duration> {
        let again = |outcome: &Try<'_>| self.policy.next(call.repeat, outcome, tried, elapsed);
        match outcome {
            Ok(reply) if reply.code.is_success() => None,
            Ok(reply) => {
                let status = Status::read(&reply.body);
                let asked = status.retry_after().map(Duration::from_secs);
                again(&Try::Answered(
                    reply.code,
                    &status,
                    reply.retry_after.or(asked),
                ))
            }
            Err(lost) => again(&Try::Lost { sent: lost.sent }),
        }
    }

    fn unreachable(&self, call: &Call, lost: &Lost, tried: u32) -> ClusterError {
        let unsure = match call.repeat == Repeat::Unsent && lost.sent {
            true => "; it may have been done",
            false => "",
        };
        let Lost { why, .. } = lost;
        ClusterError::Unreachable(format!(
            "{} does not answer: {}: {why} (tried {tried} times{unsure})",
            self.server, call.what,
        ))
    }

    async fn once(&self, call: &Call) -> Result<Reply, Lost> {
        let _place = self.limit.enter().await;
        let began = Instant::now();
        let reply = tokio::time::timeout(self.policy.patience, self.exchange(call)).await;
        let reply = reply.map_err(|_| Lost {
            sent: true,
            why: format!("no answer within {:?}", self.policy.patience),
        })??;
        match reply.code {
            StatusCode::TOO_MANY_REQUESTS => self.limit.throttled(),
            _ if !call.long => self.limit.answered(began.elapsed()),
            _ => {}
        }
        Ok(reply)
    }

    async fn exchange(&self, call: &Call) -> Result<Reply, Lost> {
        let response = self.open(call).await?;
        let (parts, mut frames) = response.into_parts();
        // Not collected first: pages are large, and would be there twice.
        let mut body = self.spares.text(call.long);
        while let Some(frame) = frames.frame().await {
            let frame = frame.map_err(|e| Lost {
                sent: true,
                why: root_cause(&e),
            })?;
            if let Some(data) = frame.data_ref() {
                body.push(data);
            }
        }
        Ok(Reply {
            code: parts.status,
            body,
            retry_after: retry_after(&parts.headers),
        })
    }

    /// Opens a stream (a watch); takes no place, and is tried once.
    pub(super) async fn stream(&self, call: &Call) -> Result<http::Response<Body>, ClusterError> {
        let patience = self.policy.patience;
        let late = |_| Lost {
            sent: true,
            why: format!("no answer within {patience:?}"),
        };
        let opened = tokio::time::timeout(patience, self.open(call)).await;
        let opened = opened.map_err(late).and_then(|opened| opened);
        opened.map_err(|lost| self.unreachable(call, &lost, 1))
    }

    async fn open(&self, call: &Call) -> Result<http::Response<Body>, Lost> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let request = self.request(call)?;
        let response = self.client.send(request).await;
        response.map_err(|error| Lost {
            sent: !was_refused(&error),
            why: root_cause(&error),
        })
    }

    fn request(&self, call: &Call) -> Result<Request<Body>, Lost> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(&call.path)
            .header(header::USER_AGENT, &self.agent)
            .header(header::ACCEPT, call.accept);
        let mut bytes = Vec::new();
        if let Some((content_type, body)) = &call.body {
            request = request.header(header::CONTENT_TYPE, *content_type);
            bytes.clone_from(body);
        }
        request.body(Body::from(bytes)).map_err(|e| Lost {
            sent: false,
            why: e.to_string(),
        })
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    seconds.parse().ok().map(Duration::from_secs)
}

fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |e| e.source())
}

/// Whether the server never saw the request.
fn was_refused(error: &(dyn std::error::Error + 'static)) -> bool {
    let kinds = [
        io::ErrorKind::ConnectionRefused,
        io::ErrorKind::HostUnreachable,
    ];
    causes(error)
        .filter_map(|e| e.downcast_ref::<io::Error>())
        .any(|e| kinds.contains(&e.kind()))
}

fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let last = causes(error).last();
    last.map_or_else(String::new, ToString::to_string)
}

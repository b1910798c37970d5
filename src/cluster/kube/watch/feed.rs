//! One watch, for as long as somebody listens. The main type here is [`Feed`].
//!
//! It watches from a mark, the resource version of the moment in which it began, and goes on from
//! the last event when the connection ends. Where the server has forgotten that version (410) it
//! marks the present and asks every listener to list anew.

use super::lines::Lines;
use super::place::{Place, Seen};
use crate::cluster::ClusterError;
use crate::cluster::kube::discovery::{Resource, decode, escape};
use crate::cluster::kube::objects::{Listing, METADATA_ONLY, is_secret};
use crate::cluster::kube::status::Status;
use crate::cluster::kube::transport::{Call, JSON, Transport};
use http::StatusCode;
use http_body_util::BodyExt;
use kube::client::Body;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::task::AbortHandle;

const METADATA: &str =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/// The server ends a watch after so long; one that was forgotten does not stay.
const LENGTH: Duration = Duration::from_secs(290);
/// The server says about once a minute that it is still there.
const SILENCE: Duration = Duration::from_secs(150);
/// The first pause before a watch is opened again, which doubles.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What is watched.
pub(super) struct Source {
    pub(super) transport: Arc<Transport>,
    pub(super) resource: Resource,
    /// One namespace, or all of them.
    pub(super) namespace: Option<String>,
    /// Whole objects; else their metadata alone.
    pub(super) whole: bool,
}

/// A watch that runs, until this is dropped.
pub(super) struct Feed {
    shared: Arc<Shared>,
    task: AbortHandle,
}

struct Shared {
    source: Source,
    places: Mutex<Vec<Weak<Place>>>,
}

/// How a watch ended.
enum End {
    /// As every watch does: it goes on from the last event.
    Over,
    /// What happened since the last event can't be known.
    Gone,
}

impl Feed {
    /// Marks the present, and watches from there.
    pub(super) async fn open(source: Source) -> Result<Feed, ClusterError> {
        let mark = source.mark().await?;
        let shared = Arc::new(Shared {
            source,
            places: Mutex::default(),
        });
        let task = tokio::spawn(shared.clone().run(mark)).abort_handle();
        Ok(Feed { shared, task })
    }

    /// Tells this place from now on.
    pub(super) fn join(&self, place: &Arc<Place>) {
        let mut places = self.shared.places();
        places.retain(|place| place.strong_count() > 0);
        places.push(Arc::downgrade(place));
    }

    /// Lists what a place must be filled with, until nothing is due.
    pub(super) async fn fill(&self, place: &Place) -> Result<(), ClusterError> {
        while let Some(round) = place.due() {
            let listed = self.shared.source.list(place.namespace.as_deref()).await?;
            place.fill(round, listed);
        }
        Ok(())
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    async fn run(self: Arc<Shared>, mut mark: String) {
        let mut lost: Option<Instant> = None;
        let mut pause = PAUSE;
        loop {
            let before = mark.clone();
            match self.follow(&mut mark, &mut lost).await {
                Ok(End::Over) => {}
                Ok(End::Gone) => match self.source.mark().await {
                    Ok(present) => {
                        mark = present;
                        self.each(Place::restart);
                    }
                    Err(error) => self.fail(error, lost.get_or_insert_with(Instant::now)),
                },
                // It may list, but not watch: only looking again tells.
                Err(ClusterError::Forbidden(_)) => {
                    tokio::time::sleep(LONGEST_PAUSE).await;
                    self.each(Place::restart);
                }
                Err(error) => self.fail(error, lost.get_or_insert_with(Instant::now)),
            }
            pause = match mark == before {
                true => (pause * 2).min(LONGEST_PAUSE),
                false => PAUSE,
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// A server that is away for long is a fault of everybody who listens.
    fn fail(&self, error: ClusterError, since: &Instant) {
        tracing::debug!(kind = self.source.resource.plural, %error, "the watch ended");
        if since.elapsed() >= self.source.transport.budget() {
            self.each(|place| place.set_fault(Some(error.clone())));
        }
    }

    /// Watches from `mark`, which moves with every event; a server that answers is `lost` no more.
    async fn follow(
        &self,
        mark: &mut String,
        lost: &mut Option<Instant>,
    ) -> Result<End, ClusterError> {
        let (code, mut body) = self.source.watch(mark).await?;
        if code == StatusCode::GONE {
            return Ok(End::Gone);
        }
        if !code.is_success() {
            return Err(self.source.refusal(code, body).await);
        }
        if lost.take().is_some() {
            self.each(|place| place.set_fault(None));
        }
        let mut lines = Lines::default();
        loop {
            let line = tokio::time::timeout(SILENCE, lines.next(&mut body)).await;
            let Some(line) = line.unwrap_or(Ok(None))? else {
                return Ok(End::Over);
            };
            let event: Event<'_> = decode(&line)?;
            if event.kind == "ERROR" {
                return self.source.ended(event.object.get());
            }
            if let Some(version) = self.tell(&event) {
                *mark = version;
            }
        }
    }

    /// Tells those whom an event concerns; its resource version.
    fn tell(&self, event: &Event<'_>) -> Option<String> {
        let head: Head<'_> = serde_json::from_str(event.object.get()).ok()?;
        let meta = head.metadata;
        let mut object = None;
        let concerned =
            |place: &&Arc<Place>| place.namespace.as_deref() == meta.namespace.as_deref();
        let places = self.listening();
        for place in places.iter().filter(concerned) {
            if event.kind == "BOOKMARK" {
                break;
            }
            let read = || self.source.object(event.object.get());
            let object = object.get_or_insert_with(read).clone();
            place.take(Seen {
                name: meta.name.to_string(),
                version: number(&meta.resource_version),
                object: object.filter(|_| event.kind != "DELETED"),
            });
        }
        Some(meta.resource_version.into_owned())
    }

    fn each(&self, what: impl Fn(&Place)) {
        self.listening().iter().for_each(|place| what(place));
    }

    fn listening(&self) -> Vec<Arc<Place>> {
        self.places().iter().filter_map(Weak::upgrade).collect()
    }

    fn places(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Place>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source {
    /// The resource version of the present.
    async fn mark(&self) -> Result<String, ClusterError> {
        let call = Call {
            accept: METADATA_ONLY,
            ..Call::get(
                format!("the list of {}", self.resource.plural),
                format!("{}?limit=1", self.collection()),
            )
        };
        let reply = self.transport.send(&call).await?;
        let list: Head<'_> = decode(&reply.body)?;
        Ok(list.metadata.resource_version.into_owned())
    }

    async fn watch(&self, mark: &str) -> Result<(StatusCode, Body), ClusterError> {
        let path = format!(
            "{}?watch=true&allowWatchBookmarks=true&timeoutSeconds={}&resourceVersion={}",
            self.collection(),
            LENGTH.as_secs(),
            escape(mark)
        );
        let call = Call {
            accept: if self.whole { JSON } else { METADATA },
            ..Call::get(format!("the watch of {}", self.resource.plural), path)
        };
        let response = self.transport.stream(&call).await?;
        Ok((response.status(), response.into_body()))
    }

    async fn list(&self, namespace: Option<&str>) -> Result<Vec<Seen>, ClusterError> {
        let listing = Listing {
            namespace,
            accept: if self.whole { JSON } else { METADATA_ONLY },
            ..Listing::of(&self.resource)
        };
        let seen = |item: &str| {
            let meta = serde_json::from_str::<Head<'_>>(item).ok()?.metadata;
            Some(Seen {
                name: meta.name.to_string(),
                version: number(&meta.resource_version),
                object: self.object(item),
            })
        };
        listing.read(&self.transport, seen).await
    }

    /// An object with its type, which lists leave out, and without what nobody reads.
    fn object(&self, json: &str) -> Option<Arc<Value>> {
        let mut object: Value = serde_json::from_str(json).ok()?;
        let gvk = &self.resource.gvk;
        let fields = object.as_object_mut()?;
        fields.insert("kind".to_owned(), (&*gvk.kind).into());
        fields.insert(
            "apiVersion".to_owned(),
            gvk.api_version().to_string().into(),
        );
        if let Some(meta) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
            meta.remove("managedFields");
        }
        Some(Arc::new(object))
    }

    /// What an `ERROR` event says.
    fn ended(&self, status: &str) -> Result<End, ClusterError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Code {
            code: u16,
        }
        let code = serde_json::from_str::<Code>(status).unwrap_or_default();
        match StatusCode::from_u16(code.code) {
            Ok(StatusCode::GONE) => Ok(End::Gone),
            code => Err(self.error(code.unwrap_or_default(), status.as_bytes())),
        }
    }

    async fn refusal(&self, code: StatusCode, body: Body) -> ClusterError {
        let body = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes);
        self.error(code, &body.unwrap_or_default())
    }

    fn error(&self, code: StatusCode, body: &[u8]) -> ClusterError {
        let what = format!("the watch of {}", self.resource.plural);
        let secret = is_secret(&self.resource.gvk);
        Status::read(body).error(code, &what, secret)
    }

    fn collection(&self) -> String {
        self.resource.collection(self.namespace.as_deref())
    }
}

/// Resource versions are numbers; where one is not, what comes later counts.
fn number(version: &str) -> u64 {
    version.parse().unwrap_or(0)
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default)]
    metadata: Meta<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meta<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    namespace: Option<Cow<'a, str>>,
    #[serde(borrow)]
    resource_version: Cow<'a, str>,
}

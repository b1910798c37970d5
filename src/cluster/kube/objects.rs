//! Objects by list and by GET, decoded no further than their identity.
//!
//! The main type here is [`Listing`]. A page is borrowed text; only objects that were asked for
//! are copied out of it.

use super::discovery::{Resource, decode, escape};
use super::status::Status;
use super::transport::{Call, JSON, Transport};
use crate::cluster::{ClusterError, Live, Raw};
use crate::manifest::{Gvk, Object, ObjectId};
use futures_util::poll;
use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

/// A list of nothing but metadata.
pub(super) const METADATA_ONLY: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
/// The objects of a first page: kubectl's.
const PAGE: usize = 500;
/// What the pages after it should hold: few large objects or many small ones.
const PAGE_BYTES: usize = 2 << 20;

/// One list to make.
pub(super) struct Listing<'a> {
    pub(super) resource: &'a Resource,
    /// One namespace, or all.
    pub(super) namespace: Option<&'a str>,
    pub(super) labels: Option<&'a str>,
    /// [`JSON`], or [`METADATA_ONLY`].
    pub(super) accept: &'static str,
}

impl<'a> Listing<'a> {
    /// All objects of a kind, whole.
    pub(super) fn of(resource: &'a Resource) -> Listing<'a> {
        Listing {
            resource,
            namespace: None,
            labels: None,
            accept: JSON,
        }
    }

    /// Reads all pages; `keep` turns an item into what is kept of it. A list that expires
    /// between two pages is begun again.
    pub(super) async fn read<T>(
        &self,
        transport: &Transport,
        keep: impl Fn(&str) -> Option<T> + Send + Sync,
    ) -> Result<Vec<T>, ClusterError>
    where
        T: Send,
    {
        let (mut kept, mut restarted) = (Vec::new(), false);
        let first = self.call("", PAGE);
        let mut reply = transport.answer(&first).await?;
        loop {
            if reply.code == StatusCode::GONE && !restarted {
                restarted = true;
                kept.clear();
                reply = transport.answer(&first).await?;
                continue;
            }
            if !reply.code.is_success() {
                let status = Status::read(&reply.body);
                return Err(status.error(reply.code, &first.what, first.secret));
            }
            let page: Page<'_> = decode(&reply.body)?;
            let items = page.items.unwrap_or_default();
            let mut take = || kept.extend(items.iter().filter_map(|item| keep(item.get())));
            if page.metadata.token.is_empty() {
                take();
                return Ok(kept);
            }
            let next = self.call(&page.metadata.token, page_of(reply.body.len(), items.len()));
            reply = meanwhile(transport.answer(&next), take).await?;
        }
    }

    fn call(&self, token: &str, limit: usize) -> Call {
        let mut path = format!("{}?limit={limit}", self.resource.collection(self.namespace));
        for (name, value) in [("labelSelector", self.labels), ("continue", Some(token))] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                path = format!("{path}&{name}={}", escape(value));
            }
        }
        Call {
            accept: self.accept,
            long: true,
            secret: is_secret(&self.resource.gvk),
            ..Call::get(format!("the list of {}", self.resource.plural), path)
        }
    }
}

/// How many objects to ask for after a page of so many bytes and objects.
fn page_of(bytes: usize, objects: usize) -> usize {
    let each = bytes / objects.max(1);
    (PAGE_BYTES / each.max(1)).clamp(PAGE / 5, PAGE * 4)
}

/// Sends a request, and works while the server does.
async fn meanwhile<T>(request: impl Future<Output = T>, work: impl FnOnce()) -> T {
    let mut request = pin!(request);
    let early = poll!(request.as_mut());
    work();
    match early {
        Poll::Ready(answer) => answer,
        Poll::Pending => request.await,
    }
}

/// Reads one object; `None` where it is not there.
pub(super) async fn get(
    transport: &Transport,
    resource: &Resource,
    id: &ObjectId,
) -> Result<Option<Live>, ClusterError> {
    let call = Call {
        secret: is_secret(&resource.gvk),
        ..Call::get(id.to_string(), resource.object(id))
    };
    match transport.send(&call).await {
        Ok(reply) => live(&resource.gvk, &reply.body).map(Some),
        Err(ClusterError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The object in the body of an answer.
pub(super) fn live(gvk: &Gvk, body: &[u8]) -> Result<Live, ClusterError> {
    let raw: &RawValue = decode(body)?;
    let unreadable = || ClusterError::Other(format!("an unreadable {}", gvk.kind));
    Live::read(gvk, raw.get(), any).ok_or_else(unreadable)
}

/// Name, labels and annotations of an item of a list.
pub(super) fn head(gvk: &Gvk, json: &str) -> Option<Object> {
    #[derive(Deserialize)]
    struct Named {
        metadata: Marks,
    }
    #[derive(Deserialize)]
    struct Marks {
        name: Arc<str>,
        #[serde(default)]
        namespace: Option<Arc<str>>,
        #[serde(default)]
        labels: Option<Value>,
        #[serde(default)]
        annotations: Option<Value>,
    }
    let marks = serde_json::from_str::<Named>(json).ok()?.metadata;
    let id = ObjectId {
        group: gvk.group.clone(),
        kind: gvk.kind.clone(),
        namespace: marks.namespace,
        name: marks.name,
    };
    let body = json!({"metadata": {"labels": marks.labels, "annotations": marks.annotations}});
    Some(Object::new(id, gvk.clone(), body))
}

/// Every namespace is wanted.
pub(super) fn any(namespace: &str) -> Option<Arc<str>> {
    Some(namespace.into())
}

/// Whether error texts about this kind may quote values.
pub(super) fn is_secret(gvk: &Gvk) -> bool {
    gvk.group.is_empty() && &*gvk.kind == "Secret"
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow, default)]
    metadata: PageMeta<'a>,
    /// `null` where there is none.
    #[serde(borrow, default)]
    items: Option<Vec<&'a RawValue>>,
}

#[derive(Default, Deserialize)]
struct PageMeta<'a> {
    #[serde(borrow, default, rename = "continue")]
    token: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default, rename = "apiVersion")]
    api_version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    metadata: Meta<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    namespace: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    uid: Cow<'a, str>,
    #[serde(borrow, default)]
    resource_version: Cow<'a, str>,
}

impl Live {
    /// Takes what identifies an object from its JSON. `wanted` gives the shared text of a
    /// namespace; objects of those that it does not know are left out, as is what is no object.
    pub(crate) fn read(
        gvk: &Gvk,
        json: &str,
        wanted: impl Fn(&str) -> Option<Arc<str>>,
    ) -> Option<Live> {
        let head: Head<'_> = serde_json::from_str(json).ok()?;
        let meta = head.metadata;
        let namespace = match meta.namespace {
            Some(namespace) => Some(wanted(&namespace)?),
            None => None,
        };
        Some(Live {
            id: ObjectId {
                group: gvk.group.clone(),
                kind: gvk.kind.clone(),
                namespace,
                name: (*meta.name).into(),
            },
            gvk: gvk.clone(),
            uid: (*meta.uid).into(),
            resource_version: (*meta.resource_version).into(),
            raw: match head.api_version {
                Some(_) => Raw::new(json),
                None => Raw::new(typed(gvk, json)?),
            },
        })
    }
}

/// The items of a list of a built-in kind lack `kind` and `apiVersion`; a GET puts them first.
fn typed(gvk: &Gvk, json: &str) -> Option<String> {
    let rest = json.strip_prefix('{')?;
    let (api_version, kind) = (gvk.api_version(), &gvk.kind);
    let first = format!(r#"{{"kind":"{kind}","apiVersion":"{api_version}","#);
    Some([&first, rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_few_large_objects_or_many_small_ones() {
        let sizes = [1_000, 4_000, 20_000, 1_000_000].map(|each| page_of(500 * each, 500));
        assert_eq!(sizes, [2000, 524, 104, 100]);
        assert_eq!(page_of(200, 0), 2000);
    }

    #[test]
    fn of_a_head_no_more_is_kept_than_its_marks() {
        let json = r#"{"metadata":{"name":"web","namespace":"c1","labels":{"a":"b"},"managedFields":[{}]},"data":{"k":"v"}}"#;
        let head = head(&Gvk::new("v1", "ConfigMap"), json).unwrap();
        assert_eq!(
            (head.id.namespace.as_deref(), head.label("a")),
            (Some("c1"), Some("b"))
        );
        let kept = json!({"metadata": {"labels": {"a": "b"}, "annotations": null}});
        assert_eq!(*head.clear(), kept);
    }

    #[test]
    fn completes_the_items_of_built_in_lists() {
        let json = r#"{"metadata":{"name":"web","namespace":"c1","uid":"u","resourceVersion":"7"},"spec":{}}"#;
        let gvk = Gvk::new("apps/v1", "Deployment");
        let live = Live::read(&gvk, json, any).unwrap();
        assert!(
            live.raw
                .get()
                .starts_with(r#"{"kind":"Deployment","apiVersion":"apps/v1","metadata""#)
        );
        assert_eq!((&*live.uid, &*live.resource_version), ("u", "7"));
        assert_eq!(live.id.namespace.as_deref(), Some("c1"));
        assert!(Live::read(&gvk, json, |_| None).is_none());
    }
}

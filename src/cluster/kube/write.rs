//! Writes. What is sent is what the plan holds; the API server's preconditions (`metadata.uid`)
//! say whether it still is what the plan saw.

use super::KubeCluster;
use super::discovery::escape;
use super::objects::{self, is_secret};
use super::retry::Repeat;
use super::transport::{Call, JSON};
use crate::cluster::{ClusterError, Write, Written};
use crate::manifest::{Gvk, Object, ObjectId};
use http::{Method, StatusCode};
use serde_json::{Value, json};

/// Method, content type and bytes.
pub(super) struct Body {
    method: Method,
    content_type: &'static str,
    bytes: Vec<u8>,
}

impl Body {
    pub(super) fn apply(body: &Value) -> Body {
        Body::new(Method::PATCH, "application/apply-patch+yaml", body)
    }

    pub(super) fn replace(body: &Value) -> Body {
        Body::new(Method::PUT, JSON, body)
    }

    fn patch(patch: &Value) -> Body {
        let content_type = match patch.is_array() {
            true => "application/json-patch+json",
            false => "application/merge-patch+json",
        };
        Body::new(Method::PATCH, content_type, patch)
    }

    fn new(method: Method, content_type: &'static str, body: &Value) -> Body {
        Body {
            method,
            content_type,
            bytes: body.to_string().into_bytes(),
        }
    }
}

/// The query of a server-side apply as Helm sends it.
pub(super) fn apply_query(force: bool) -> String {
    format!("fieldManager=helm&fieldValidation=Strict&force={force}")
}

impl KubeCluster {
    pub(super) async fn do_write(&self, write: &Write) -> Result<Written, ClusterError> {
        match write {
            Write::Apply { object, force, uid } => self.apply(object, *force, uid.as_deref()).await,
            Write::Create(object) => self.create(object).await,
            Write::Replace(object) => {
                let body = Body::replace(object.clear());
                let query = "fieldManager=helm";
                let call = self.change(&object.gvk, &object.id, query, body).await?;
                self.written(&object.gvk, call).await
            }
            Write::Patch {
                gvk,
                id,
                subresource,
                patch,
                manager,
            } => {
                let call = self.patch(gvk, id, patch, manager).await?;
                self.written(gvk, under(call, subresource.as_deref())).await
            }
            Write::Delete {
                gvk,
                id,
                uid,
                version,
            } => {
                let only = Only {
                    uid: uid.as_deref(),
                    version: version.as_deref(),
                };
                self.delete(gvk, id, only).await
            }
        }
    }

    /// A call that changes one object. Sent again when unanswered: it does the same twice.
    pub(super) async fn change(
        &self,
        gvk: &Gvk,
        id: &ObjectId,
        query: &str,
        body: Body,
    ) -> Result<Call, ClusterError> {
        let resource = self.resource(gvk).await?;
        Ok(Call {
            method: body.method,
            body: Some((body.content_type, body.bytes)),
            secret: is_secret(gvk),
            ..Call::get(id.to_string(), format!("{}?{query}", resource.object(id)))
        })
    }

    async fn apply(
        &self,
        object: &Object,
        force: bool,
        uid: Option<&str>,
    ) -> Result<Written, ClusterError> {
        let mut body = object.clear().clone();
        if let (Some(uid), Some(metadata)) = (uid, body["metadata"].as_object_mut()) {
            metadata.insert("uid".to_owned(), uid.into());
        }
        let query = apply_query(force);
        let call = self
            .change(&object.gvk, &object.id, &query, Body::apply(&body))
            .await?;
        if uid.is_some() {
            return self.written(&object.gvk, call).await;
        }
        // A second try would find what the first one made and look as if somebody had been faster.
        let repeat = Repeat::Unsent;
        let written = self.written(&object.gvk, Call { repeat, ..call }).await?;
        match written.created {
            true => Ok(written),
            false => Err(ClusterError::Moved(object.id.to_string())),
        }
    }

    async fn create(&self, object: &Object) -> Result<Written, ClusterError> {
        let resource = self.resource(&object.gvk).await?;
        let collection = resource.collection(object.id.namespace.as_deref());
        let call = Call {
            method: Method::POST,
            body: Some((JSON, object.clear().to_string().into_bytes())),
            repeat: Repeat::Unsent,
            secret: is_secret(&object.gvk),
            ..Call::get(
                object.id.to_string(),
                format!("{collection}?fieldManager=helm&fieldValidation=Strict"),
            )
        };
        self.written(&object.gvk, call).await
    }

    /// A JSON patch may append, so only a merge patch is sent again.
    async fn patch(
        &self,
        gvk: &Gvk,
        id: &ObjectId,
        patch: &Value,
        manager: &str,
    ) -> Result<Call, ClusterError> {
        let query = format!("fieldManager={}", escape(manager));
        let call = self.change(gvk, id, &query, Body::patch(patch)).await?;
        let repeat = if patch.is_array() {
            Repeat::Unsent
        } else {
            Repeat::Always
        };
        Ok(Call { repeat, ..call })
    }

    async fn delete(
        &self,
        gvk: &Gvk,
        id: &ObjectId,
        only: Only<'_>,
    ) -> Result<Written, ClusterError> {
        let mut options = json!({"propagationPolicy": "Background"});
        if let Some(uid) = only.uid {
            options["preconditions"]["uid"] = uid.into();
        }
        if let Some(version) = only.version {
            options["preconditions"]["resourceVersion"] = version.into();
        }
        let body = Body::new(Method::DELETE, JSON, &options);
        let call = self.change(gvk, id, "", body).await?;
        self.transport.send(&call).await?;
        Ok(Written {
            live: None,
            created: false,
        })
    }

    async fn written(&self, gvk: &Gvk, call: Call) -> Result<Written, ClusterError> {
        let reply = self.transport.send(&call).await?;
        Ok(Written {
            live: Some(objects::live(gvk, &reply.body)?),
            created: reply.code == StatusCode::CREATED,
        })
    }
}

/// Which state of an object a delete means.
struct Only<'a> {
    uid: Option<&'a str>,
    version: Option<&'a str>,
}

/// The same call to a subresource.
fn under(mut call: Call, subresource: Option<&str>) -> Call {
    if let (Some(subresource), Some((path, query))) = (subresource, call.path.split_once('?')) {
        call.path = format!("{path}/{}?{query}", escape(subresource));
    }
    call
}

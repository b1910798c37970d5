//! Dry runs: what the API server would answer, many at a time.

use super::KubeCluster;
use super::transport::{Call, all};
use super::write::{Body, apply_query};
use crate::cluster::{Cluster, ClusterError};
use crate::manifest::{Gvk, Object};
use crate::plan::{Answer, Ask, Question};
use std::borrow::Cow;
use std::sync::Arc;

/// How often a replacement is asked about.
const TRIES: usize = 5;

impl KubeCluster {
    pub(super) async fn ask(&self, questions: &[Question]) -> Vec<Answer> {
        all(questions
            .iter()
            .map(|question| self.ask_one(question))
            .collect())
        .await
    }

    async fn ask_one(&self, question: &Question) -> Answer {
        let answer = match &question.ask {
            Ask::Apply { object, force } => self.dry_apply(object, *force).await,
            Ask::Replace { object } => self.dry_replace(object).await,
        };
        answer.map_or_else(Answer::from, |object| Answer::Object(Arc::new(object)))
    }

    async fn dry_apply(&self, object: &Object, force: bool) -> Result<Object, ClusterError> {
        let query = format!("{}&dryRun=All", apply_query(force));
        let body = Body::apply(object.clear());
        let call = self.change(&object.gvk, &object.id, &query, body).await?;
        self.dry(&object.gvk, object, call).await
    }

    /// A controller may write a status between the question that this one follows and this one:
    /// asked again with what the object is by then. That it has not changed otherwise is checked
    /// before anything is applied.
    async fn dry_replace(&self, object: &Object) -> Result<Object, ClusterError> {
        let mut asked = Cow::Borrowed(object);
        for _ in 1..TRIES {
            match self.dry_put(&asked).await {
                Err(ClusterError::Moved(_)) => {}
                answer => return answer,
            }
            let Some(live) = self.get(&object.gvk, &object.id).await? else {
                return Err(ClusterError::NotFound(object.id.to_string()));
            };
            asked.to_mut().clear_mut()["metadata"]["resourceVersion"] =
                (*live.resource_version).into();
        }
        self.dry_put(&asked).await
    }

    async fn dry_put(&self, object: &Object) -> Result<Object, ClusterError> {
        let query = "fieldManager=helm&dryRun=All";
        let body = Body::replace(object.clear());
        let call = self.change(&object.gvk, &object.id, query, body).await?;
        self.dry(&object.gvk, object, call).await
    }

    async fn dry(&self, gvk: &Gvk, asked: &Object, call: Call) -> Result<Object, ClusterError> {
        let reply = self.transport.send(&call).await?;
        let body = super::discovery::decode(&reply.body)?;
        Ok(Object::new(asked.id.clone(), gvk.clone(), body))
    }
}

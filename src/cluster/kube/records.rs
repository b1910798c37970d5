//! Helm's release records: metadata of all, bodies of those that are asked for.
//!
//! A record may be a megabyte and a fleet has tens of thousands, so nothing lists their bodies
//! except `status=deployed` where that replaces many single reads.

use super::KubeCluster;
use super::discovery::Resource;
use super::objects::{self, Listing, METADATA_ONLY};
use super::transport::try_all;
use crate::cluster::{Bodies, ClusterError, Places, RecordKey, RecordMeta};
use crate::manifest::{Gvk, ObjectId};
use crate::release;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

/// From this many on, the list of all deployed records is cheaper than reading each.
const MANY: usize = 200;

impl KubeCluster {
    pub(super) async fn record_metas(
        &self,
        namespace: Option<&str>,
    ) -> Result<Vec<RecordMeta>, ClusterError> {
        let (secrets, config_maps) = (store("Secret"), store("ConfigMap"));
        // Where both fail, what is said does not depend on who was quicker.
        let (metas, others) = futures_util::future::join(
            self.metas_in(&secrets, namespace),
            self.metas_in(&config_maps, namespace),
        )
        .await;
        let mut metas = metas?;
        metas.extend(others?);
        Ok(metas)
    }

    async fn metas_in(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
    ) -> Result<Vec<RecordMeta>, ClusterError> {
        let listing = Listing {
            namespace,
            labels: Some("owner=helm"),
            accept: METADATA_ONLY,
            ..Listing::of(resource)
        };
        let config_map = &*resource.gvk.kind == "ConfigMap";
        let keep = |item: &str| RecordMeta::read(item, config_map);
        listing.read(&self.transport, keep).await
    }

    pub(super) async fn bodies(
        &self,
        keys: &[RecordKey],
    ) -> Result<Vec<Option<String>>, ClusterError> {
        let mut listed = match keys.len() {
            0..MANY => Bodies::new(),
            _ => {
                let wanted: HashSet<&RecordKey> = keys.iter().collect();
                self.deployed_bodies(|key| wanted.contains(key)).await?
            }
        };
        let known: Vec<_> = keys.iter().map(|key| listed.remove(key)).collect();
        let read = keys
            .iter()
            .zip(known)
            .map(|(key, known)| self.body(key, known));
        try_all(read.collect()).await
    }

    pub(super) async fn deployed_of(&self, releases: &Places) -> Result<Bodies, ClusterError> {
        match releases.len() {
            0..MANY => Ok(Bodies::new()),
            _ => {
                let place = |key: &RecordKey| (key.namespace.clone(), key.name.clone());
                self.deployed_bodies(|key| releases.contains(&place(key)))
                    .await
            }
        }
    }

    /// The deployed ones of those that are wanted; nothing where the whole cluster may not be
    /// listed.
    async fn deployed_bodies(
        &self,
        wanted: impl Fn(&RecordKey) -> bool + Send + Sync,
    ) -> Result<Bodies, ClusterError> {
        let resource = store("Secret");
        let listing = Listing {
            labels: Some("owner=helm,status=deployed"),
            ..Listing::of(&resource)
        };
        let keep = |item: &str| {
            let stored: Stored = serde_json::from_str(item).ok()?;
            let key = stored.key()?;
            wanted(&key).then(|| (key, stored.data.release.into_owned()))
        };
        match listing.read(&self.transport, keep).await {
            Ok(bodies) => Ok(bodies.into_iter().collect()),
            Err(ClusterError::Forbidden(_)) => Ok(Bodies::new()),
            Err(error) => Err(error),
        }
    }

    async fn body(
        &self,
        key: &RecordKey,
        known: Option<String>,
    ) -> Result<Option<String>, ClusterError> {
        if known.is_some() {
            return Ok(known);
        }
        for kind in ["Secret", "ConfigMap"] {
            let id = key_id(kind, key);
            if let Some(live) = objects::get(&self.transport, &store(kind), &id).await? {
                return Ok(payload(live.raw.get()));
            }
        }
        Ok(None)
    }
}

fn store(kind: &str) -> Resource {
    Resource {
        gvk: Gvk::new("v1", kind),
        plural: format!("{}s", kind.to_lowercase()),
        namespaced: true,
        listable: true,
    }
}

fn key_id(kind: &str, key: &RecordKey) -> ObjectId {
    ObjectId {
        group: "".into(),
        kind: kind.into(),
        namespace: Some(key.namespace.clone()),
        name: release::key(&key.name, key.revision).into(),
    }
}

/// What holds a record.
#[derive(Deserialize)]
struct Stored<'a> {
    #[serde(borrow, default)]
    metadata: Place<'a>,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    namespace: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    release: Cow<'a, str>,
}

impl Stored<'_> {
    fn key(&self) -> Option<RecordKey> {
        let (name, revision) = release::read_key(&self.metadata.name)?;
        Some(RecordKey {
            namespace: (*self.metadata.namespace).into(),
            name: name.into(),
            revision,
        })
    }
}

/// `data.release` as it stands: `release::Record::decode` knows both codings.
pub(crate) fn payload(object: &str) -> Option<String> {
    let stored: Stored = serde_json::from_str(object).ok()?;
    Some(stored.data.release.into_owned())
}

impl RecordMeta {
    /// From the object that holds a record; `None` where its labels are not a record's.
    pub(crate) fn read(object: &str, config_map: bool) -> Option<RecordMeta> {
        #[derive(Deserialize)]
        struct Holder {
            metadata: Meta,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Meta {
            namespace: String,
            #[serde(default)]
            uid: String,
            #[serde(default)]
            resource_version: String,
            labels: BTreeMap<String, String>,
            #[serde(default)]
            annotations: BTreeMap<String, String>,
        }
        let Meta {
            namespace,
            uid,
            resource_version,
            mut labels,
            annotations,
        } = serde_json::from_str::<Holder>(object).ok()?.metadata;
        let key = RecordKey {
            namespace: namespace.into(),
            name: labels.get("name")?.as_str().into(),
            revision: labels.get("version")?.parse().ok()?,
        };
        let time = |label: &str| labels.get(label).and_then(|text| text.parse().ok());
        let modified = time("modifiedAt").or_else(|| time("createdAt"));
        let status = labels.get("status")?.as_str().into();
        labels.retain(|name, _| !release::SYSTEM_LABELS.contains(&name.as_str()));
        Some(RecordMeta {
            key,
            status,
            modified,
            uid: uid.into(),
            resource_version: resource_version.into(),
            config_map,
            labels,
            run: annotations
                .get(release::WRITTEN_BY)
                .map(|run| run.as_str().into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_labels_of_a_record() {
        let secret = r#"{"metadata": {"name": "sh.helm.release.v1.shop.v7", "namespace": "c1", "uid": "u",
            "labels": {"owner": "helm", "name": "shop", "version": "7", "status": "deployed", "createdAt": "1", "modifiedAt": "2", "team": "a"}}}"#;
        let meta = RecordMeta::read(secret, false).unwrap();
        assert_eq!((&*meta.key.name, meta.key.revision), ("shop", 7));
        assert_eq!((&*meta.status, meta.modified), ("deployed", Some(2)));
        assert_eq!(meta.labels, BTreeMap::from([("team".into(), "a".into())]));
    }

    #[test]
    fn skips_what_is_no_record() {
        let other = r#"{"metadata": {"namespace": "c1", "labels": {"owner": "helm"}}}"#;
        assert_eq!(RecordMeta::read(other, false), None);
    }
}

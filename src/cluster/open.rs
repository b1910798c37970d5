//! From the inventory's `cluster` variable to a door. The entry point is [`open`].

use super::{Cluster, ClusterError, KubeCluster, Policy, Recording};
use crate::release::{ClusterRef, Connection};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a run brings to each cluster it opens.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The run's id, named in the user agent of every request.
    pub run: String,
    /// Where changes to recordings are kept; without it they are refused.
    pub overlays: Option<PathBuf>,
    /// How often and how long requests are tried.
    pub policy: Policy,
}

/// Opens a cluster and checks that it is the one the inventory pins.
pub async fn open(
    cluster: &ClusterRef,
    opening: &Opening,
) -> Result<Arc<dyn Cluster>, ClusterError> {
    let opened: Arc<dyn Cluster> = match &cluster.connection {
        Connection::Recording(path) => {
            let overlay = opening
                .overlays
                .as_ref()
                .map(|all| all.join(overlay_name(path)));
            Arc::new(Recording::open(Path::new(&**path), overlay)?)
        }
        connection => Arc::new(KubeCluster::open(connection, &opening.run, opening.policy).await?),
    };
    check_uid(cluster, opened.as_ref())?;
    Ok(opened)
}

fn check_uid(wanted: &ClusterRef, opened: &dyn Cluster) -> Result<(), ClusterError> {
    let identity = opened.identity();
    match wanted
        .uid
        .as_deref()
        .filter(|uid| !identity.uid.starts_with(*uid))
    {
        None => Ok(()),
        Some(uid) => Err(ClusterError::Another(format!(
            "{} at {} is another cluster: the UID of its kube-system is {}, the inventory says {uid}",
            identity.name, identity.server, identity.uid
        ))),
    }
}

/// One directory for each recording, told apart by its path.
fn overlay_name(recording: &str) -> String {
    let path = std::path::absolute(recording).unwrap_or_else(|_| recording.into());
    let hash = ring::digest::digest(&ring::digest::SHA256, path.as_os_str().as_encoded_bytes());
    hash.as_ref()
        .iter()
        .take(8)
        .map(|b| format!("{b:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening() -> Opening {
        Opening {
            run: "test".to_owned(),
            overlays: None,
            policy: Policy::default(),
        }
    }

    #[tokio::test]
    async fn another_cluster_than_the_pinned_one_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(
            directory.path().join("cluster.yaml"),
            "name: demo\nuid: 5f0c1e9a-1\n",
        )
        .unwrap();
        let reference = |uid: &str| ClusterRef {
            connection: Connection::Recording(directory.path().to_string_lossy().into()),
            uid: Some(uid.into()),
        };
        let right = open(&reference("5f0c1e9a"), &opening()).await.unwrap();
        assert_eq!(&*right.identity().name, "demo");
        let wrong = open(&reference("77"), &opening()).await.err().unwrap();
        assert!(
            wrong
                .to_string()
                .ends_with("is 5f0c1e9a-1, the inventory says 77"),
            "{wrong}"
        );
    }
}

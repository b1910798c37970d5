//! From the inventory's `cluster` variable to a client.
//!
//! A kubeconfig's current-context is used only where the inventory (or `--context`, which
//! becomes the same thing) names the file: which cluster is written to is never an accident.

use crate::cluster::ClusterError;
use crate::release::Connection;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::sync::Arc;

/// A client, the server's URL, and the name people know the cluster by.
pub(super) struct Connected {
    pub(super) client: Client,
    pub(super) server: Arc<str>,
    pub(super) name: Arc<str>,
}

/// Reads the configuration; nothing is sent yet, but exec plugins run.
pub(super) async fn connect(connection: &Connection) -> Result<Connected, ClusterError> {
    match connection {
        Connection::InCluster => {
            let mut config = Config::incluster().map_err(|e| unusable("in-cluster", &e))?;
            config.disable_compression = true;
            client(config, "in-cluster")
        }
        Connection::Context {
            context,
            kubeconfig,
        } => from_kubeconfig(context.as_deref(), kubeconfig.as_deref()).await,
        Connection::Recording(path) => Err(ClusterError::Other(format!(
            "{path} is a recording, not an API server"
        ))),
    }
}

async fn from_kubeconfig(
    context: Option<&str>,
    file: Option<&str>,
) -> Result<Connected, ClusterError> {
    let place = file.unwrap_or("the kubeconfig");
    let kubeconfig = match file {
        Some(file) => Kubeconfig::read_from(file),
        None => Kubeconfig::read(),
    };
    let kubeconfig = kubeconfig.map_err(|e| unusable(place, &e))?;
    let named = context.map(str::to_owned);
    let name = match file {
        Some(_) => named.or(kubeconfig.current_context.clone()),
        None => named,
    };
    let name = name.ok_or_else(|| no_context(place))?;
    check_context(&kubeconfig, &name, place)?;
    let options = KubeConfigOptions {
        context: Some(name.clone()),
        ..KubeConfigOptions::default()
    };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    client(config.map_err(|e| unusable(place, &e))?, &name)
}

fn no_context(place: &str) -> ClusterError {
    ClusterError::Other(format!(
        "no context is named for {place}; set `cluster: {{context: …}}` or give --context"
    ))
}

fn check_context(kubeconfig: &Kubeconfig, name: &str, place: &str) -> Result<(), ClusterError> {
    let names: Vec<&str> = kubeconfig
        .contexts
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    if names.contains(&name) {
        return Ok(());
    }
    let known = match names.as_slice() {
        [] => "it has none".to_owned(),
        names => format!("it has {}", names.join(", ")),
    };
    Err(ClusterError::Other(format!(
        "{place} has no context {name}; {known}"
    )))
}

fn client(mut config: Config, name: &str) -> Result<Connected, ClusterError> {
    // Ours says what it waits for and ends; kube's may be silent for minutes.
    config.default_retry = false;
    // Another library may have chosen first; any choice will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // As within the cluster: packing costs more than it saves where an answer travels no distance.
    config.disable_compression |= is_loopback(&config);
    let server = config.cluster_url.to_string();
    let client = Client::try_from(config).map_err(|e| unusable(name, &e))?;
    Ok(Connected {
        client,
        server: server.trim_end_matches('/').into(),
        name: name.into(),
    })
}

fn is_loopback(config: &Config) -> bool {
    let host = config.cluster_url.host().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn unusable(place: &str, error: &dyn std::error::Error) -> ClusterError {
    ClusterError::Other(format!("{place} can't be used: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBECONFIG: &str = r"
apiVersion: v1
kind: Config
current-context: one
clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: one, context: {cluster: c, user: u}}, {name: two, context: {cluster: c, user: u}}]
";

    async fn open(context: Option<&str>) -> Result<Connected, ClusterError> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config");
        std::fs::write(&file, KUBECONFIG).unwrap();
        from_kubeconfig(context, file.to_str()).await
    }

    #[tokio::test]
    async fn takes_the_current_context_of_a_named_file_only() {
        assert_eq!(&*open(None).await.ok().unwrap().name, "one");
        let two = open(Some("two")).await.ok().unwrap();
        assert_eq!((&*two.name, &*two.server), ("two", "https://127.0.0.1:1"));
        let error = no_context("the kubeconfig").to_string();
        assert!(error.contains("--context"), "{error}");
    }

    #[tokio::test]
    async fn names_the_contexts_that_exist() {
        let error = open(Some("three")).await.err().unwrap().to_string();
        assert!(
            error.ends_with("has no context three; it has one, two"),
            "{error}"
        );
    }
}

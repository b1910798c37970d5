//! One list of the whole cluster, or one of each namespace. The main entry point is
//! [`everywhere`].

use crate::cluster::ClusterError;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::collections::BTreeSet;

/// From so many namespaces on one list of the whole cluster is cheaper than one of each.
pub const MANY: usize = 50;

/// Lists the whole cluster where the namespaces are many and that is allowed: what is in other
/// namespaces is listed then as well. Else one namespace after the other, some at a time.
pub async fn everywhere<'n, T, F>(
    namespaces: &BTreeSet<&'n str>,
    list: impl Fn(Option<&'n str>) -> F,
) -> Result<Vec<T>, ClusterError>
where
    F: Future<Output = Result<Vec<T>, ClusterError>>,
{
    if namespaces.len() >= MANY {
        match list(None).await {
            Err(ClusterError::Forbidden(_)) => {}
            answer => return answer,
        }
    }
    // Collected first: a closure in the stream would not be Send for every lifetime.
    let lists: Vec<F> = namespaces.iter().map(|name| list(Some(name))).collect();
    let lists: Vec<Vec<T>> = stream::iter(lists).buffered(8).try_collect().await?;
    Ok(lists.into_iter().flatten().collect())
}

//! All releases of one cluster, without any inventory.

use super::{Args, print};
use crate::cli::Exit;
use crate::cluster::{self, Cluster, ClusterError, Opening, RecordKey, RecordMeta};
use crate::diag::{Diagnostic, Diagnostics, Kind};
use crate::pipeline::known;
use crate::release::{ClusterRef, Record, is_pending};
use crate::report::Look;
use crate::report::status::{self, Row, Standing};
use std::collections::BTreeMap;

/// Shows them.
pub(super) async fn everything(
    context: &str,
    args: &Args,
    opening: &Opening,
    look: &Look,
) -> Result<Exit, Diagnostics> {
    let fault = |e: ClusterError| {
        Diagnostic::new(
            Kind::Unreachable,
            format!("the releases of {context} can't be read: {e}"),
        )
    };
    let cluster = cluster::open(&ClusterRef::of_context(context), opening)
        .await
        .map_err(fault)?;
    let rows = releases(&*cluster).await.map_err(fault)?;
    let text = status::cluster(cluster.identity(), &rows, args.format, look.room());
    print(args.format, &text, look);
    Ok(Exit::Done)
}

async fn releases(cluster: &dyn Cluster) -> Result<Vec<Row>, ClusterError> {
    let mut newest: BTreeMap<known::Place, RecordMeta> = BTreeMap::new();
    for meta in cluster.records(None).await? {
        let place = (meta.key.namespace.clone(), meta.key.name.clone());
        match newest.get(&place) {
            Some(known) if known.key.revision > meta.key.revision => {}
            _ => drop(newest.insert(place, meta)),
        }
    }
    let keys: Vec<RecordKey> = newest.values().map(|meta| meta.key.clone()).collect();
    let bodies = cluster.record_bodies(&keys).await?;
    let row = |(meta, body): (&RecordMeta, Option<String>)| {
        let record = body.and_then(|body| Record::decode(&body).ok());
        let field = |field: &str| {
            record
                .as_ref()
                .map_or("?", |r| r.chart_field(field))
                .to_owned()
        };
        Row {
            target: meta.key.name.clone(),
            group: "".into(),
            cluster: cluster.identity().name.clone(),
            namespace: meta.key.namespace.clone(),
            release: meta.key.name.clone(),
            revision: meta.key.revision,
            status: meta.status.clone(),
            chart: field("name"),
            version: field("version"),
            desired: String::new(),
            updated: meta.modified,
            standing: match &*meta.status {
                "failed" => Standing::Failed,
                status if is_pending(status) => Standing::Pending,
                _ => Standing::AtDesired,
            },
            drift: None,
        }
    };
    Ok(newest.values().zip(bodies).map(row).collect())
}

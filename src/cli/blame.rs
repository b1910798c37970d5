//! The value behind what failed in the cluster: its file and line stand in the report.

use super::site::Site;
use crate::diag::{Diagnostic, Evidence};
use crate::pipeline::explain::{Behind, Field, Sources, set_by};
use crate::release::{ValuesFrom, resolve};
use crate::vars::Templar;
use std::sync::Arc;

impl Site {
    /// `fault` with the values behind it, as far as they are found. Nothing is asked of the
    /// cluster, which may be what failed, where the inventory alone says the values.
    pub(super) async fn blame(&self, target: &Arc<str>, mut fault: Diagnostic) -> Diagnostic {
        if !fault.evidence.iter().any(|proof| field(proof).is_some()) {
            return fault;
        }
        let templar = Templar::new(self.fleet.scope(target));
        let Ok(spec) = resolve(&templar, &self.cluster) else {
            return fault;
        };
        let cluster = match spec.release.values_from {
            ValuesFrom::Inventory => Err(Diagnostic::error("not asked")),
            ValuesFrom::Release | ValuesFrom::Both | ValuesFrom::Reuse => {
                self.open(&spec.cluster).await
            }
        };
        let planner = &self.planner;
        let behind = Behind::read(Sources { planner, cluster }, spec).await;
        for proof in &mut fault.evidence {
            let found = field(proof).and_then(|field| set_by(&templar, &behind, field));
            proof.set_by = found;
        }
        fault
    }
}

/// The field that is to blame: the memory limit of a container that was killed for it, the image
/// that can't be pulled.
fn field(proof: &Evidence) -> Option<Field<'_>> {
    proof.container.as_ref()?;
    let (ends, reads) = match proof.reason.as_str() {
        "OOMKilled" => ("resources.limits.memory", proof.limit.as_deref()?),
        "ImagePullBackOff" | "ErrImagePull" | "InvalidImageName" | "ErrImageNeverPull" => {
            (".image", proof.image.as_deref()?)
        }
        _ => return None,
    };
    Some(Field {
        object: &proof.object,
        container: proof.container.as_deref()?,
        ends,
        reads,
    })
}

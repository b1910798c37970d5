//! A [`Record`] as Helm writes it: JSON, gzip, base64.
//!
//! Field order and what is left out when empty follow Helm 4; Helm 3 reads the same.

use super::Record;
use crate::diag::Diagnostic;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde_json::{Map, Value};
use std::io::Write;

/// What etcd and the API server take for one Secret or ConfigMap, in bytes.
pub const SIZE_LIMIT: usize = 1 << 20;

/// From here on a plan warns.
const SIZE_WARNING: usize = SIZE_LIMIT / 10 * 9;

#[derive(Serialize)]
struct Wire<'a> {
    name: &'a str,
    info: WireInfo<'a>,
    chart: &'a Value,
    #[serde(skip_serializing_if = "is_empty")]
    config: &'a Value,
    manifest: &'a str,
    #[serde(skip_serializing_if = "is_empty")]
    hooks: &'a Value,
    version: u32,
    namespace: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    apply_method: Option<&'a str>,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

#[derive(Serialize)]
struct WireInfo<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    first_deployed: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    last_deployed: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    deleted: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    notes: &'a str,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

/// Nothing that Go's `omitempty` would write.
fn is_empty(value: &&Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

impl Record {
    /// The string in `data.release`. (The API puts a second base64 around it in a Secret.)
    pub fn encode(&self) -> String {
        pack(self.json().as_bytes())
    }

    /// The JSON inside.
    fn json(&self) -> String {
        let info = &self.info;
        let wire = Wire {
            name: &self.name,
            info: WireInfo {
                first_deployed: &info.first_deployed,
                last_deployed: &info.last_deployed,
                deleted: &info.deleted,
                description: &info.description,
                status: &info.status,
                notes: info.notes.reveal(),
                extra: &info.extra,
            },
            chart: &self.chart,
            config: self.config.reveal(),
            manifest: self.manifest.reveal(),
            hooks: self.hooks.reveal(),
            version: self.revision,
            namespace: &self.namespace,
            apply_method: self.apply_method.as_deref(),
            extra: self.extra.reveal(),
        };
        serde_json::to_string(&wire).expect("maps with string keys always serialise")
    }

    /// A warning where the record comes near what a Secret can hold, an error beyond.
    pub fn check_size(&self) -> Option<Diagnostic> {
        let size = self.encode().len();
        let told = format!(
            "release record {} is {} KiB of at most 1024 KiB",
            self.key(),
            size.div_ceil(1024)
        );
        let what = match size {
            0..SIZE_WARNING => return None,
            SIZE_WARNING..=SIZE_LIMIT => Diagnostic::warning(told),
            _ => Diagnostic::error(told),
        };
        let hint = "add files that the chart does not render to its .helmignore";
        Some(what.hint(hint))
    }
}

/// From so many bytes on the last percent of compression is worth its time, a third of all that
/// an apply computes: what Helm could store must fit here too.
const LARGE: usize = SIZE_LIMIT;

/// Gzip, then base64. Helm takes level 9 for all.
pub fn pack(bytes: &[u8]) -> String {
    let level = match bytes.len() {
        0..LARGE => Compression::default(),
        _ => Compression::best(),
    };
    let mut gzip = GzEncoder::new(Vec::new(), level);
    gzip.write_all(bytes).expect("a Vec takes every byte");
    STANDARD.encode(gzip.finish().expect("a Vec takes every byte"))
}

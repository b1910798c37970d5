//! A [`Record`] from what Helm 3 or Helm 4 stored.
//!
//! Both write the same JSON with small differences (empty times are `""` or left out, `null`
//! lists), and Helm also reads records that are not compressed. Errors never quote the content:
//! it holds secrets.

use super::{Info, Record};
use crate::sensitive::Sensitive;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use std::io::Read;
use std::sync::Arc;

/// What a record may unpack to. Helm's charts end at 100 MiB, so nothing real is larger.
const UNPACKED_LIMIT: u64 = 128 << 20;

const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// Why a stored record can't be read. Tells places, never content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not base64.
    #[error("it is not base64")]
    Base64,
    /// A broken or endless gzip stream.
    #[error("its gzip stream is broken or larger than 128 MiB")]
    Gzip,
    /// Not the JSON of a release.
    #[error("it is not the JSON of a release (at byte {0} of line 1)")]
    Json(usize),
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "C: Default + Deserialize<'de>"))]
struct Wire<C> {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    info: WireInfo,
    #[serde(default, deserialize_with = "or_default")]
    chart: C,
    #[serde(default)]
    config: Value,
    #[serde(default, deserialize_with = "or_default")]
    manifest: String,
    #[serde(default)]
    hooks: Value,
    #[serde(default)]
    version: u32,
    #[serde(default, deserialize_with = "or_default")]
    namespace: String,
    #[serde(default)]
    apply_method: Option<String>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

#[derive(Deserialize, Default)]
struct WireInfo {
    #[serde(default, deserialize_with = "or_default")]
    first_deployed: String,
    #[serde(default, deserialize_with = "or_default")]
    last_deployed: String,
    #[serde(default, deserialize_with = "or_default")]
    deleted: String,
    #[serde(default, deserialize_with = "or_default")]
    description: String,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    notes: String,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// Of a chart what says which one it is.
#[derive(Deserialize, Default)]
struct Outline {
    #[serde(default)]
    metadata: Value,
}

impl From<Outline> for Value {
    fn from(outline: Outline) -> Value {
        json!({"metadata": outline.metadata})
    }
}

/// Go reads `null` as the zero value.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

impl Record {
    /// Reads the string in `data.release`, with or without the API's second base64.
    pub fn decode(stored: &str) -> Result<Record, DecodeError> {
        read::<Value>(stored)
    }

    /// As [`Record::decode`], but of the chart only its metadata: templates, values and files are
    /// most of a record, and only who goes back to it needs them.
    pub fn outline(stored: &str) -> Result<Record, DecodeError> {
        read::<Outline>(stored)
    }
}

fn read<C>(stored: &str) -> Result<Record, DecodeError>
where
    C: Default + DeserializeOwned + Into<Value>,
{
    let json = unpack(stored)?;
    let wire: Wire<C> = serde_json::from_slice(&json).map_err(|e| DecodeError::Json(e.column()))?;
    Ok(wire.into())
}

impl<C: Into<Value>> From<Wire<C>> for Record {
    fn from(wire: Wire<C>) -> Record {
        Record {
            name: wire.name.into(),
            namespace: wire.namespace.into(),
            revision: wire.version,
            info: wire.info.into(),
            chart: Arc::new(wire.chart.into()),
            config: Sensitive::new(wire.config),
            manifest: Sensitive::new(wire.manifest.into()),
            hooks: Sensitive::new(Arc::new(wire.hooks)),
            apply_method: wire.apply_method.map(Arc::from),
            extra: Sensitive::new(wire.extra),
        }
    }
}

impl From<WireInfo> for Info {
    fn from(wire: WireInfo) -> Info {
        Info {
            first_deployed: wire.first_deployed,
            last_deployed: wire.last_deployed,
            deleted: wire.deleted,
            description: wire.description,
            status: wire.status.into(),
            notes: Sensitive::new(wire.notes),
            extra: wire.extra,
        }
    }
}

/// The bytes that `pack` (or Helm) put away.
pub fn unpack(stored: &str) -> Result<Vec<u8>, DecodeError> {
    let bytes = base64(stored.trim().as_bytes())?;
    if bytes.starts_with(&GZIP) {
        return gunzip(&bytes);
    }
    match bytes.first() {
        Some(b'{') => Ok(bytes),
        _ => gunzip(&base64(&bytes)?),
    }
}

fn base64(text: &[u8]) -> Result<Vec<u8>, DecodeError> {
    STANDARD.decode(text).map_err(|_| DecodeError::Base64)
}

fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes.to_vec());
    }
    let mut out = Vec::new();
    let mut from = GzDecoder::new(bytes).take(UNPACKED_LIMIT + 1);
    from.read_to_end(&mut out).map_err(|_| DecodeError::Gzip)?;
    match out.len() as u64 > UNPACKED_LIMIT {
        true => Err(DecodeError::Gzip),
        false => Ok(out),
    }
}

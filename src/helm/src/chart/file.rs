//! One file of a chart.

use std::sync::Arc;

/// A file inside a chart, its path relative to the chart's root, with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The path, such as `templates/deployment.yaml`.
    pub name: String,
    /// The bytes, without a byte order mark.
    pub data: Arc<[u8]>,
}

impl File {
    /// A file; a UTF-8 byte order mark is dropped as Helm drops it.
    pub fn new(name: impl Into<String>, data: &[u8]) -> File {
        let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
        File {
            name: name.into(),
            data: data.into(),
        }
    }

    /// The content as text; see [`crate::value::bytes_of`] for bytes that are not UTF-8.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        crate::value::text_of(&self.data)
    }
}

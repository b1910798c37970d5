//! One file of a chart. The main type here is [`File`].

use crate::value::text_of;
use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

/// A file inside a chart, its path relative to the chart's root, with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The path, such as `templates/deployment.yaml`.
    pub name: String,
    /// The bytes, without a byte order mark.
    pub data: Content,
}

/// The bytes of a file, shared: templates, `.Files` and errors show the same ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// UTF-8, nearly always.
    Text(Arc<str>),
    /// Anything else.
    Bytes(Arc<[u8]>),
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Content::Text(text) => text.as_bytes(),
            Content::Bytes(bytes) => bytes,
        }
    }
}

impl AsRef<[u8]> for Content {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Content {
        match std::str::from_utf8(bytes) {
            Ok(text) => Content::Text(text.into()),
            Err(_) => Content::Bytes(bytes.into()),
        }
    }
}

impl Content {
    /// As text; see [`crate::value::bytes_of`] for bytes that are not UTF-8.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Content::Text(text) => Cow::Borrowed(text),
            Content::Bytes(bytes) => text_of(bytes),
        }
    }

    /// As text to share.
    pub fn shared_text(&self) -> Arc<str> {
        match self {
            Content::Text(text) => text.clone(),
            Content::Bytes(bytes) => text_of(bytes).into(),
        }
    }
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

    /// The content as text; see [`Content::text`].
    pub fn text(&self) -> Cow<'_, str> {
        self.data.text()
    }
}

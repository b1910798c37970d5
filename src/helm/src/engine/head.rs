//! What Helm looks at in a document. The main type here is [`Head`].

use crate::chart::{Fields, Line, Struct, unmarshal};
use crate::yaml;
use serde_json::Value as Json;

/// The identity of a rendered document and its annotations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`; empty for a document of comments.
    pub kind: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`; empty where the template sets none.
    pub namespace: String,
    /// `metadata.annotations`, in key order.
    pub annotations: Vec<(String, String)>,
}

fn head(line: Line) -> Struct {
    let package = match line {
        Line::Three => "releaseutil",
        Line::Four => "util",
    };
    let name = "SimpleHead";
    Struct { package, name }
}

const METADATA: Struct = Struct {
    package: "",
    name: "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }",
};

/// The keys that a head is read from, in any case as everywhere in `encoding/json`.
fn is_wanted(key: &str) -> bool {
    let wanted = ["apiVersion", "kind", "metadata"];
    wanted.iter().any(|name| name.eq_ignore_ascii_case(key))
}

impl Head {
    /// Reads the head of one document, and what it was read from: the whole document or not. The
    /// error is Helm's, without the path.
    pub fn parse(document: &str, line: Line, whole: bool) -> Result<(Head, Json), String> {
        let data = match whole {
            true => yaml::read_exact(document),
            false => yaml::read_some(document, is_wanted),
        };
        let data = data.map_err(|error| error.to_string())?;
        let head = Head::decode(&data, line).map_err(unmarshal)?;
        Ok((head, data))
    }

    fn decode(data: &Json, line: Line) -> Result<Head, String> {
        let top = Fields::of(data, head(line))?;
        let metadata = top.get("metadata").unwrap_or(&Json::Null);
        let metadata = top.nested(metadata, "metadata", METADATA)?;
        Ok(Head {
            api_version: top.string("apiVersion")?,
            kind: top.string("kind")?,
            name: metadata.string("name")?,
            // Helm does not look at it; a fault here is the cluster's to tell.
            namespace: metadata.string("namespace").unwrap_or_default(),
            annotations: metadata.string_map("annotations")?,
        })
    }

    /// The annotation under `key`.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }
}

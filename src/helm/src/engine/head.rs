//! What Helm looks at in a document. The main type here is [`Head`].

use crate::chart::{Fields, Struct};
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

const HEAD: Struct = Struct {
    type_name: "releaseutil.SimpleHead",
    name: "SimpleHead",
};
const METADATA: Struct = Struct {
    type_name: "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }",
    name: "",
};

/// The keys that a head is read from, in any case as everywhere in `encoding/json`.
fn is_wanted(key: &str) -> bool {
    let wanted = ["apiVersion", "kind", "metadata"];
    wanted.iter().any(|name| name.eq_ignore_ascii_case(key))
}

impl Head {
    /// Reads the head of one document. The error is Helm's, without the path.
    pub fn parse(document: &str) -> Result<Head, String> {
        let data = yaml::read_some(document, is_wanted).map_err(|error| error.to_string())?;
        Head::decode(&data)
            .map_err(|text| format!("error unmarshaling JSON: while decoding JSON: {text}"))
    }

    fn decode(data: &Json) -> Result<Head, String> {
        let top = Fields::of(data, HEAD)?;
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

//! The documents of a rendered file, as the decoder of Kubernetes' own tools reads them: YAML,
//! or JSON where the file begins with `{`. The main type here is [`Resource`].

use crate::chart::{Fields, Struct, documents, unmarshal};
use crate::sprig::json_fault;
use crate::yaml;
use serde_json::Value as Json;

/// How much of a file is looked at to tell JSON from YAML, in bytes.
const LOOKED_AT: usize = 4096;

/// What the rules look at.
#[derive(Debug)]
pub(super) struct Resource {
    pub api_version: String,
    pub kind: String,
    pub name: String,
}

const TOP: Struct = Struct {
    package: "rules",
    name: "K8sYamlStruct",
};

const METADATA: Struct = Struct {
    package: "rules",
    name: "k8sYamlMetadata",
};

/// The documents up to the first that can't be read; `None` is one of comments only.
pub(super) fn resources(text: &str) -> Vec<Result<Option<Resource>, String>> {
    let begins = &text.as_bytes()[..text.len().min(LOOKED_AT)];
    match String::from_utf8_lossy(begins)
        .trim_start()
        .starts_with('{')
    {
        true => of_json(text),
        false => of_yaml(text),
    }
}

fn of_yaml(text: &str) -> Vec<Result<Option<Resource>, String>> {
    let (pieces, fault) = documents(text);
    let read = pieces.iter().map(|piece| {
        let wanted = |key: &str| {
            let names = ["apiVersion", "kind", "metadata"];
            names.iter().any(|name| name.eq_ignore_ascii_case(key))
        };
        let data = yaml::read_some(piece, wanted).map_err(|error| error.to_string())?;
        Resource::of(&data).map_err(unmarshal)
    });
    until_fault(read.chain(fault.map(Err)))
}

/// JSON documents in a row; what follows the first of them may be YAML.
fn of_json(text: &str) -> Vec<Result<Option<Resource>, String>> {
    let (mut found, mut rest) = (Vec::new(), text);
    loop {
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Json>();
        let why = match stream.next() {
            None => return found,
            Some(Ok(data)) => match Resource::of(&data) {
                Ok(resource) => {
                    found.push(Ok(resource));
                    rest = &rest[stream.byte_offset()..];
                    continue;
                }
                Err(why) => why,
            },
            Some(Err(_)) => json_fault(text, rest),
        };
        if found.len() > 1 {
            found.push(Err(why));
            return found;
        }
        let mut others = of_yaml(after_blanks(rest));
        if let Some(Err(first)) = others.first_mut() {
            *first = why;
        }
        found.append(&mut others);
        return found;
    }
}

/// Without the blanks before a text, of which the decoder takes one line at most.
fn after_blanks(text: &str) -> &str {
    let blanks = text.len() - text.trim_start().len();
    let line = text[..blanks].find('\n').map(|at| at + 1);
    &text[line.unwrap_or(blanks)..]
}

fn until_fault<T>(all: impl Iterator<Item = Result<T, String>>) -> Vec<Result<T, String>> {
    let mut broken = false;
    all.take_while(|one| !std::mem::replace(&mut broken, one.is_err()))
        .collect()
}

impl Resource {
    fn of(data: &Json) -> Result<Option<Resource>, String> {
        if data.is_null() {
            return Ok(None);
        }
        let top = Fields::of(data, TOP)?;
        let metadata = top.get("Metadata").unwrap_or(&Json::Null);
        let metadata = top.nested(metadata, "Metadata", METADATA)?;
        metadata.string("Namespace")?;
        Ok(Some(Resource {
            api_version: top.string("apiVersion")?,
            kind: top.string("Kind")?,
            name: metadata.string("Name")?,
        }))
    }
}

/// Whether an item of a `List` asks Helm to keep it, which Helm does not see there.
pub(super) fn keeps_an_item(text: &str) -> Result<bool, String> {
    const TOP: Struct = Struct {
        package: "",
        name: "struct { Items []struct { Metadata struct { Annotations map[string]string } } }",
    };
    const ITEM: Struct = Struct {
        package: "",
        name: "struct { Metadata struct { Annotations map[string]string } }",
    };
    const METADATA: Struct = Struct {
        package: "",
        name: "struct { Annotations map[string]string }",
    };
    let data = yaml::read_exact(text).map_err(|error| error.to_string())?;
    let keeps = || {
        let top = Fields::of(&data, TOP)?;
        let mut keeps = false;
        for item in top.list("Items", &format!("[]{}", ITEM.name))? {
            let item = top.nested(item, "Items", ITEM)?;
            let metadata = item.get("Metadata").unwrap_or(&Json::Null);
            let metadata = item.nested(metadata, "Metadata", METADATA)?;
            let annotations = metadata.string_map("Annotations")?;
            keeps |= annotations
                .iter()
                .any(|(key, _)| key == "helm.sh/resource-policy");
        }
        Ok(keeps)
    };
    keeps().map_err(unmarshal)
}

//! The kinds that a chart defines itself. Helm creates what is in `crds/` before it asks the
//! cluster for its capabilities, so templates of an install see them as served.

use super::Capabilities;
use super::manifest::Crd;
use crate::yaml;
use serde_json::Value;

/// The capabilities, with the versions and kinds of these definitions too.
pub(super) fn with(capabilities: &Capabilities, crds: &[Crd]) -> Capabilities {
    let mut versions = capabilities.api_versions.to_vec();
    for name in crds.iter().flat_map(names) {
        if !versions.contains(&name) {
            versions.push(name);
        }
    }
    Capabilities {
        api_versions: versions.into(),
        ..capabilities.clone()
    }
}

/// `example.net/v1` and `example.net/v1/Backup`. What can't be read is told where it is created.
fn names(crd: &Crd) -> Vec<String> {
    let documents = yaml::read_all(&crd.text()).unwrap_or_default();
    documents.iter().flat_map(served).collect()
}

fn served(definition: &Value) -> Vec<String> {
    let spec = &definition["spec"];
    let (group, kind) = (spec["group"].as_str(), spec["names"]["kind"].as_str());
    let (Some(group), Some(kind)) = (group, kind) else {
        return Vec::new();
    };
    let versions = spec["versions"].as_array().into_iter().flatten();
    let served = versions.filter(|version| version["served"] == true);
    let names = served.filter_map(|version| version["name"].as_str());
    names
        .flat_map(|name| [format!("{group}/{name}"), format!("{group}/{name}/{kind}")])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{File, Profile};

    #[test]
    fn versions_that_are_served_count() {
        let crd = Crd {
            path: "web/crds/backups.yaml".to_owned(),
            file: File::new("crds/backups.yaml", "# first\n---\nspec:\n  group: example.net\n  names: {kind: Backup}\n  versions:\n  - {name: v1, served: true}\n  - {name: v1beta1, served: false}\n---\nnot: one\n".as_bytes()),
        };
        let offline = Capabilities::offline(&Profile::HELM_3);
        let with = with(&offline, &[crd]);
        let added = &with.api_versions[offline.api_versions.len()..];
        assert_eq!(added, ["example.net/v1", "example.net/v1/Backup"]);
    }
}

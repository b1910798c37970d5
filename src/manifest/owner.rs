//! Helm's marks of ownership. The main type here is [`Owner`].

use super::{Labelled, Object};
use serde_json::{Value, json};
use std::sync::Arc;

/// The label that says Helm manages an object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The annotation with the release's name.
pub const RELEASE_NAME: &str = "meta.helm.sh/release-name";
/// The annotation with the release's namespace.
pub const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// Where the marks are: in the maps of the metadata.
pub const MARKS: [(&str, &str); 3] = [
    ("labels", MANAGED_BY),
    ("annotations", RELEASE_NAME),
    ("annotations", RELEASE_NAMESPACE),
];

/// The release that owns an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The release's name.
    pub release: Arc<str>,
    /// The release's namespace.
    pub namespace: Arc<str>,
}

impl Owner {
    /// Gives the object Helm's label and annotations, as it is sent.
    pub fn mark(&self, object: &mut Object) {
        let metadata = map_at(object.clear_mut(), "metadata");
        for ((map, name), value) in MARKS.into_iter().zip(self.marks()) {
            map_at(metadata, map)[name] = json!(value);
        }
    }

    /// What the marks say, in the order of [`MARKS`].
    fn marks(&self) -> [&str; 3] {
        ["Helm", &self.release, &self.namespace]
    }

    /// Whether a live object has all three marks of this release.
    pub fn owns(&self, live: &impl Labelled) -> bool {
        let mut marks = MARKS.into_iter().zip(self.marks());
        marks.all(|((map, name), value)| live.mark(map, name) == Some(value))
    }

    /// Helm's words for why this live object may not be imported; `verb` is `install`, `update`.
    pub fn refusal(&self, live: &Object, verb: &str) -> Option<String> {
        let faults = self.faults(live);
        let namespace = live.id.namespace.as_deref().unwrap_or("");
        let (kind, name) = (&live.id.kind, &live.id.name);
        (!faults.is_empty()).then(|| {
            format!(
                "Unable to continue with {verb}: {kind} \"{name}\" in namespace \"{namespace}\" exists and \
                 cannot be imported into the current release: invalid ownership metadata; {}",
                faults.join("; ")
            )
        })
    }

    fn faults(&self, live: &Object) -> Vec<String> {
        let label = live.label(MANAGED_BY);
        let name = live.annotation(RELEASE_NAME);
        let namespace = live.annotation(RELEASE_NAMESPACE);
        [
            fault("label", MANAGED_BY, label, "Helm"),
            fault("annotation", RELEASE_NAME, name, &self.release),
            fault("annotation", RELEASE_NAMESPACE, namespace, &self.namespace),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The annotation `helm.sh/resource-policy: keep`.
pub fn kept_by_policy(object: &Object) -> bool {
    let policy = object.annotation("helm.sh/resource-policy");
    policy.is_some_and(|policy| policy.trim().eq_ignore_ascii_case("keep"))
}

fn fault(what: &str, key: &str, found: Option<&str>, wanted: &str) -> Option<String> {
    match found {
        Some(found) if found == wanted => None,
        Some(found) => Some(format!(
            "{what} validation error: key \"{key}\" must equal \"{wanted}\": current value is \"{found}\""
        )),
        None => Some(format!(
            "{what} validation error: missing key \"{key}\": must be set to \"{wanted}\""
        )),
    }
}

/// The map under `name`, made where there is none (charts write `annotations:` and nothing).
fn map_at<'v>(value: &'v mut Value, name: &str) -> &'v mut Value {
    let field = &mut value[name];
    if !field.is_object() {
        *field = json!({});
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{parse, schema::Schema};

    fn config_map(metadata: &str) -> Object {
        let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\n");
        parse(&text, "c1", &Schema::default()).unwrap().remove(0)
    }

    #[test]
    fn marks_are_added_and_recognised() {
        let owner = Owner {
            release: "web".into(),
            namespace: "c1".into(),
        };
        let mut marked = config_map("{name: a, annotations: }");
        owner.mark(&mut marked);
        assert!(owner.owns(&marked));
        assert_eq!(owner.refusal(&marked, "install"), None);
        let foreign = config_map("{name: a, annotations: {meta.helm.sh/release-name: other}}");
        insta::assert_snapshot!(owner.refusal(&foreign, "install").unwrap(), @r#"Unable to continue with install: ConfigMap "a" in namespace "c1" exists and cannot be imported into the current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by": must be set to "Helm"; annotation validation error: key "meta.helm.sh/release-name" must equal "web": current value is "other"; annotation validation error: missing key "meta.helm.sh/release-namespace": must be set to "c1""#);
    }

    #[test]
    fn the_policy_keep_is_trimmed_and_case_blind() {
        let kept = |v: &str| {
            kept_by_policy(&config_map(&format!(
                "{{name: a, annotations: {{helm.sh/resource-policy: '{v}'}}}}"
            )))
        };
        assert!(kept(" Keep ") && !kept("delete"));
    }
}

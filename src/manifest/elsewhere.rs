//! Tools that manage objects and would put back whatever another one changes. The main entry
//! points are [`managed_by`] and, where nothing is rendered, [`claimed_by`].

use super::{Labelled, Object};

/// One mark: where it stands, and whose it is. `None` for a value: any.
struct Mark {
    key: &'static str,
    value: Option<&'static str>,
    tool: &'static str,
}

const fn mark(key: &'static str, tool: &'static str) -> Mark {
    Mark {
        key,
        value: None,
        tool,
    }
}

/// Labels and annotations alike: each tool can be told to use either. Argo CD's default label
/// `app.kubernetes.io/instance` is every chart's, so it tells nothing.
const MARKS: [Mark; 6] = [
    mark("argocd.argoproj.io/tracking-id", "Argo CD"),
    mark("argocd.argoproj.io/instance", "Argo CD"),
    mark("kustomize.toolkit.fluxcd.io/name", "Flux (Kustomization)"),
    mark("helm.toolkit.fluxcd.io/name", "Flux (HelmRelease)"),
    mark("objectset.rio.cattle.io/id", "Fleet"),
    Mark {
        key: "heritage",
        value: Some("Tiller"),
        tool: "Helm 2 (Tiller)",
    },
];

/// Who manages a live object, with the name that they know it by. A mark that the chart renders
/// itself (an old chart's `heritage: Tiller`) tells nothing.
pub fn managed_by(live: &impl Labelled, rendered: Option<&Object>) -> Option<String> {
    let found = MARKS.iter().find_map(|mark| {
        let value = found(live, mark)?;
        let own = rendered.is_some_and(|rendered| found_in(rendered, mark.key) == Some(value));
        (!own).then_some((mark, value))
    });
    let (mark, value) = found?;
    Some(match mark.value {
        Some(_) => mark.tool.to_owned(),
        None => format!("{} {}", mark.tool, name(value)),
    })
}

/// Who claims a live object, and the name that they know it by, as far as that can be told without
/// a rendering: `heritage: Tiller` may be the chart's own, so it tells nothing here.
pub fn claimed_by(live: &Object) -> Option<(&'static str, String)> {
    let mut marks = MARKS.iter().filter(|mark| mark.value.is_none());
    let claim = |mark: &Mark| Some((mark.tool, name(found(live, mark)?).to_owned()));
    marks.find_map(claim)
}

/// Argo CD's tracking id goes on with the object's own place.
fn name(value: &str) -> &str {
    value.split(':').next().unwrap_or(value)
}

fn found<'o>(object: &'o impl Labelled, mark: &Mark) -> Option<&'o str> {
    let value = found_in(object, mark.key)?;
    mark.value
        .is_none_or(|wanted| wanted == value)
        .then_some(value)
}

fn found_in<'o>(object: &'o impl Labelled, key: &str) -> Option<&'o str> {
    let label = object.mark("labels", key);
    label.or_else(|| object.mark("annotations", key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{parse, schema::Schema};

    fn object(metadata: &str) -> Object {
        let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, {metadata}}}\n");
        parse(&text, "c1", &Schema::default()).unwrap().remove(0)
    }

    #[test]
    fn by_the_marks_that_each_tool_leaves() {
        let told = |metadata: &str| managed_by(&object(metadata), None).unwrap_or_default();
        let all = [
            told("annotations: {argocd.argoproj.io/tracking-id: 'shop:/ConfigMap:c1/a'}"),
            told("labels: {argocd.argoproj.io/instance: shop}"),
            told("labels: {kustomize.toolkit.fluxcd.io/name: apps}"),
            told("labels: {helm.toolkit.fluxcd.io/name: shop}"),
            told("annotations: {objectset.rio.cattle.io/id: default-shop}"),
            told("labels: {heritage: Tiller}"),
            told("labels: {heritage: Helm, app.kubernetes.io/instance: shop}"),
        ];
        insta::assert_snapshot!(all.join("\n"), @r"
        Argo CD shop
        Argo CD shop
        Flux (Kustomization) apps
        Flux (HelmRelease) shop
        Fleet default-shop
        Helm 2 (Tiller)
        ");
        let tiller = object("labels: {heritage: Tiller}");
        assert_eq!(managed_by(&tiller, Some(&tiller)), None);
        assert_eq!(claimed_by(&tiller), None);
        let claimed =
            object("annotations: {argocd.argoproj.io/tracking-id: 'shop:/ConfigMap:c1/a'}");
        assert_eq!(claimed_by(&claimed), Some(("Argo CD", "shop".to_owned())));
    }
}

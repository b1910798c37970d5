//! Text and JSON to objects.
//!
//! A manifest is what Helm renders and stores: documents that begin with `# Source: TEMPLATE`.
//! Lists are flattened, namespaces filled in, identities checked.

use super::schema::Schema;
use super::{Gvk, Json, Object, ObjectId, ObjectSet, Tree};
use crate::diag::{Diagnostic, Diagnostics, Location};
use serde_json::Value;
use std::sync::Arc;

/// Says which kinds live in a namespace.
pub trait Scopes {
    /// `None` where the kind is not known; it then counts as namespaced.
    fn namespaced(&self, gvk: &Gvk) -> Option<bool>;
}

impl Scopes for Schema {
    fn namespaced(&self, gvk: &Gvk) -> Option<bool> {
        Schema::namespaced(self, gvk)
    }
}

/// Reads one document.
type Reader = fn(&str) -> Result<Value, String>;

/// Reads a manifest into objects, in written order. `namespace` is where objects without one go.
/// The rules are those of Helm on its way to the server: `yes` is true and 0644 an octal number.
pub fn parse(text: &str, namespace: &str, scopes: &dyn Scopes) -> Result<Vec<Object>, Diagnostics> {
    let read: Reader = |text| helm::yaml::read_exact(text).map_err(|e| e.to_string());
    parse_by(read, text, namespace, scopes)
}

/// As [`parse`], for files that we have written ourselves: YAML 1.2, where `yes` is a text.
pub fn parse_own(
    text: &str,
    namespace: &str,
    scopes: &dyn Scopes,
) -> Result<Vec<Object>, Diagnostics> {
    let read: Reader = |text| serde_yaml::from_str(text).map_err(|e| e.to_string());
    parse_by(read, text, namespace, scopes)
}

fn parse_by(
    reader: Reader,
    text: &str,
    namespace: &str,
    scopes: &dyn Scopes,
) -> Result<Vec<Object>, Diagnostics> {
    let read = |document: Document<'_>| (read(reader, &document), document.source);
    gather(documents(text).map(read), namespace, scopes)
}

/// The objects of documents that were read where they were rendered, each with its template.
pub fn objects(
    documents: impl Iterator<Item = (Arc<str>, Value)>,
    namespace: &str,
    scopes: &dyn Scopes,
) -> Result<Vec<Object>, Diagnostics> {
    let documents = documents.map(|(source, body)| (Ok(body), Some(source)));
    gather(documents, namespace, scopes)
}

fn gather(
    documents: impl Iterator<Item = (Result<Value, Diagnostic>, Option<Arc<str>>)>,
    namespace: &str,
    scopes: &dyn Scopes,
) -> Result<Vec<Object>, Diagnostics> {
    let (mut objects, mut faults) = (Vec::new(), Diagnostics::default());
    for (body, source) in documents {
        match body {
            Ok(Value::Null) => {}
            Ok(body) => {
                flatten(
                    body,
                    &mut |body| match object(body, source.clone(), namespace, scopes) {
                        Ok(object) => objects.push(object),
                        Err(fault) => faults.push(fault),
                    },
                )
            }
            Err(fault) => faults.push(fault),
        }
    }
    if faults.has_errors() {
        return Err(faults);
    }
    Ok(objects)
}

/// Objects by identity; the same identity twice is an error that names both templates.
pub fn object_set(objects: Vec<Object>) -> Result<ObjectSet, Diagnostics> {
    let (mut set, mut faults) = (ObjectSet::default(), Diagnostics::default());
    for object in objects {
        let source = object.source.clone();
        if let Some(first) = set.insert(object) {
            faults.push(twice(&first, source));
        }
    }
    if faults.has_errors() {
        return Err(faults);
    }
    Ok(set)
}

/// An object from its JSON, whole.
pub fn decode(id: ObjectId, gvk: Gvk, json: &str) -> Result<Object, Diagnostic> {
    decode_by(|json| serde_json::from_str(json), id, gvk, json)
}

/// A live object to be compared, from its JSON: its managed fields are no further decoded than
/// `ownership` needs, so that it can't be sent.
pub fn decode_live(id: ObjectId, gvk: Gvk, json: &str) -> Result<Object, Diagnostic> {
    decode_by(|json| Ok((&Tree::live(json)?).value()), id, gvk, json)
}

fn decode_by(
    read: impl Fn(&str) -> Result<Value, serde_json::Error>,
    id: ObjectId,
    gvk: Gvk,
    json: &str,
) -> Result<Object, Diagnostic> {
    let unreadable = |e: serde_json::Error| {
        // The error's own text could quote the object.
        let at = (e.line(), e.column());
        Diagnostic::new(
            crate::diag::Kind::Unreachable,
            format!(
                "the API server's answer for {id} is not JSON (line {}, column {})",
                at.0, at.1
            ),
        )
    };
    let body = read(json).map_err(unreadable)?;
    Ok(Object::new(id, gvk, body))
}

struct Document<'t> {
    text: &'t str,
    source: Option<Arc<str>>,
}

fn documents(text: &str) -> impl Iterator<Item = Document<'_>> {
    let mut starts = vec![0];
    let lines = text.match_indices("---").map(|(at, _)| at);
    starts.extend(lines.filter(|at| *at > 0 && text.as_bytes()[at - 1] == b'\n'));
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts.into_iter().zip(ends).map(move |(start, end)| {
        let piece = text[start..end].trim_start_matches("---");
        let source = piece
            .lines()
            .find_map(|line| line.strip_prefix("# Source: "));
        Document {
            text: piece,
            source: source.map(|source| source.trim().into()),
        }
    })
}

fn read(reader: Reader, document: &Document) -> Result<Value, Diagnostic> {
    let blank = |line: &str| line.trim().is_empty() || line.starts_with('#');
    if document.text.lines().all(blank) {
        return Ok(Value::Null);
    }
    reader(document.text).map_err(|e| located(Diagnostic::error(e), &document.source))
}

/// Hands on each object of a `List`, or the object itself.
fn flatten(mut body: Value, each: &mut dyn FnMut(Value)) {
    let is_list = body["kind"]
        .as_str()
        .is_some_and(|kind| kind.ends_with("List"));
    match body.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) if is_list => {
            items.into_iter().for_each(|item| flatten(item, each));
        }
        Some(items) => {
            body["items"] = items;
            each(body);
        }
        None => each(body),
    }
}

fn object(
    mut body: Value,
    source: Option<Arc<str>>,
    namespace: &str,
    scopes: &dyn Scopes,
) -> Result<Object, Diagnostic> {
    let missing = |what: &str| {
        located(
            Diagnostic::error(format!("an object without {what}")),
            &source,
        )
    };
    if !body.is_object() {
        return Err(located(
            Diagnostic::error("a document that is not an object"),
            &source,
        ));
    }
    let text = |field: &str| body[field].as_str().filter(|text| !text.is_empty());
    let api_version = text("apiVersion").ok_or_else(|| missing("apiVersion"))?;
    let kind = text("kind").ok_or_else(|| missing("kind"))?;
    let gvk = Gvk::new(api_version, kind);
    let name = name(&body).ok_or_else(|| missing(&format!("metadata.name ({kind})")))?;
    let namespaced = scopes.namespaced(&gvk).unwrap_or(true);
    let own = body["metadata"]["namespace"]
        .as_str()
        .filter(|own| !own.is_empty());
    let namespace = namespaced.then(|| Arc::from(own.unwrap_or(namespace)));
    set_namespace(&mut body, namespace.as_deref());
    let id = ObjectId {
        group: gvk.group.clone(),
        kind: gvk.kind.clone(),
        namespace,
        name,
    };
    let mut object = Object::new(id, gvk, body);
    object.source = source;
    Ok(object)
}

/// The name; `PREFIX*` where the server makes it up.
fn name(body: &Value) -> Option<Arc<str>> {
    let text = |field: &str| body["metadata"][field].as_str().filter(|t| !t.is_empty());
    text("name")
        .map(Arc::from)
        .or_else(|| text("generateName").map(|prefix| format!("{prefix}*").into()))
}

fn set_namespace(body: &mut Value, namespace: Option<&str>) {
    let Some(metadata) = body["metadata"].as_object_mut() else {
        return;
    };
    match namespace {
        Some(namespace) => metadata.insert("namespace".into(), namespace.into()),
        None => metadata.remove("namespace"),
    };
}

fn twice(first: &Object, source: Option<Arc<str>>) -> Diagnostic {
    let fault = Diagnostic::error(format!("{} is rendered twice", first.id));
    let fault = match &first.source {
        Some(source) => fault.note(format!("the first is in {source}")),
        None => fault,
    };
    located(fault, &source).hint("give one of them another name")
}

fn located(fault: Diagnostic, source: &Option<Arc<str>>) -> Diagnostic {
    match source {
        Some(source) => fault.at(Location::file(source.clone())),
        None => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let objects = parse(text, "c1", &Schema::default()).unwrap();
        let name = |o: &Object| format!("{} in {}", o.id, o.id.namespace.as_deref().unwrap_or("-"));
        objects.iter().map(name).collect()
    }

    struct Still;

    impl helm::Host for Still {
        fn now(&self) -> jiff::Zoned {
            jiff::Zoned::default()
        }

        fn random(&self, out: &mut [u8]) {
            out.fill(b'a');
        }
    }

    /// What is decoded where it is rendered is what the manifest says.
    #[test]
    fn bodies_are_those_of_the_manifest() {
        use helm::chart::{Chart, File, Profile, UserValues};
        let ends = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: |\n    x\n\n\n---\n# nothing\n---\n\
            apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}, data: {a: yes, b: 0644}}\n\
            ---\napiVersion: v1\nkind: Secret\nmetadata: {name: c}\nstringData:\n  a: >\n    x\n    y";
        let chart = "apiVersion: v2\nname: c\nversion: 0.1.0\n";
        let files = vec![
            File::new("Chart.yaml", chart.as_bytes()),
            File::new("templates/a.yaml", ends.as_bytes()),
        ];
        let own = Chart::load_as(files, Profile::HELM_3.line).unwrap();
        let charts = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/charts");
        let rich = Chart::open(&charts.join("webapp-2.5.0")).unwrap();
        for chart in [own, rich] {
            let mut options = helm::engine::RenderOptions::new("rel", "c1", Profile::HELM_3);
            options.bodies = true;
            let mut values = UserValues::default();
            let client = "client.name=c1,client.domain=example.net,database.password=x";
            values
                .set(helm::chart::set::Kind::Typed, client, &Profile::HELM_3)
                .unwrap();
            let render = || helm::engine::render(&chart, &values, &options, &Still);
            let rendered = helm::engine::on_large_stack(render).unwrap().unwrap();
            let told = parse(&rendered.manifest_text(false), "c1", &Schema::default()).unwrap();
            let bodies = rendered.manifests.into_iter();
            let bodies = bodies.map(|one| (one.path.into(), one.body.unwrap()));
            let objects = objects(bodies, "c1", &Schema::default()).unwrap();
            assert!(objects.len() > 2);
            assert!(objects == told);
        }
    }

    #[test]
    fn fact_27_lists_generated_names_and_scopes() {
        let text = "---\n# Source: web/templates/a.yaml\napiVersion: v1\nkind: List\nitems:\n\
            - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n\
            - {apiVersion: v1, kind: ConfigMapList, items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: b, namespace: other}}]}\n\
            ---\n# only a comment\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {generateName: once-}\n\
            --- \napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r, namespace: x}\n";
        assert_eq!(
            names(text),
            [
                "ConfigMap a in c1",
                "ConfigMap b in other",
                "Job once-* in c1",
                "ClusterRole r in -"
            ]
        );
    }

    #[test]
    fn values_are_read_by_the_rules_of_helm() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: &l {b: 'yes'}}\n\
            spec: {mode: 0644, flag: yes, big: 1e3, tag: 1.10, whole: 3, labels: {<<: *l, c: d}, twice: 1, twice: 2}\n";
        let pod = parse(text, "c1", &Schema::default()).unwrap().remove(0);
        assert_eq!(
            pod.clear()["spec"],
            serde_json::json!({"mode": 420, "flag": true, "big": 1000.0, "tag": 1.1, "whole": 3,
                "labels": {"b": "yes", "c": "d"}, "twice": 2})
        );
    }

    #[test]
    fn faults_are_gathered_and_name_the_template() {
        let text = "---\n# Source: web/templates/a.yaml\nkind: A\n---\n# Source: web/templates/b.yaml\n\
            apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n---\n# Source: web/templates/c.yaml\n- 1\n";
        let faults = parse(text, "c1", &Schema::default()).unwrap_err();
        insta::assert_snapshot!(faults.to_string(), @r"
        an object without apiVersion (web/templates/a.yaml)
        an object without metadata.name (ConfigMap) (web/templates/b.yaml)
        a document that is not an object (web/templates/c.yaml)
        ");
    }

    #[test]
    fn the_same_identity_twice() {
        let text = "# Source: a.yaml\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n---\n\
            # Source: b.yaml\napiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: web}\n";
        let objects = parse(text, "c1", &Schema::default()).unwrap();
        let faults = object_set(objects).unwrap_err();
        assert_eq!(
            faults.to_string(),
            "Deployment web is rendered twice (b.yaml)"
        );
        assert_eq!(faults.0[0].notes, ["the first is in a.yaml"]);
    }
}

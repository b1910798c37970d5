//! A set of fields, as `FieldsV1` has it. The main type here is [`Fields`].

use crate::manifest::schema::{ListKind, Place};
use crate::manifest::{ItemKey, Path, Step};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// A set of paths. A node is a member, has members below, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// This place itself is in the set.
    pub member: bool,
    /// What is below.
    pub children: BTreeMap<Step, Fields>,
}

impl Fields {
    /// Reads `fieldsV1`, decoded or the text of it. What is no such set is empty: nothing is
    /// proven by it.
    pub fn read(json: &Value) -> Fields {
        let read = match json {
            Value::String(text) => serde_json::from_str(text),
            json => Fields::deserialize(json),
        };
        read.unwrap_or_default()
    }

    /// The same as `fieldsV1` JSON.
    pub fn json(&self) -> Value {
        let mut map = Map::new();
        if self.member && !self.children.is_empty() {
            map.insert(".".into(), json!({}));
        }
        for (step, below) in &self.children {
            map.insert(step_name(step), below.json());
        }
        Value::Object(map)
    }

    /// What a server-side apply of `value` owns: every leaf, the items of keyed lists, and atomic
    /// values as a whole.
    pub fn of(value: &Value, at: Place) -> Fields {
        match value {
            Value::Object(map) if !at.atomic() => {
                let child = |(name, value): (&String, &Value)| {
                    let mut child = Fields::of(value, at.field(name));
                    let empty = value.as_object().is_some_and(Map::is_empty);
                    child.member |= empty || at.free_keys();
                    (!child.is_empty()).then(|| (Step::field(name), child))
                };
                Fields {
                    member: false,
                    children: map.iter().filter_map(child).collect(),
                }
            }
            Value::Array(items) if at.list() != ListKind::Atomic => {
                let child = |item: &Value| {
                    let mut child = Fields::of(item, at.item());
                    child.member = true;
                    (item_step(item, at), child)
                };
                Fields {
                    member: false,
                    children: items.iter().map(child).collect(),
                }
            }
            _ => Fields {
                member: true,
                children: BTreeMap::new(),
            },
        }
    }

    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        !self.member && self.children.values().all(Fields::is_empty)
    }

    /// What is at and below a path; `None` where nothing is.
    pub fn below(&self, path: &Path) -> Option<&Fields> {
        path.0
            .iter()
            .try_fold(self, |at, step| at.children.get(step))
    }

    /// Whether this path, or one above it as a whole, is in the set.
    pub fn owns(&self, path: &Path) -> bool {
        let mut at = self;
        for step in &path.0 {
            match at.children.get(step) {
                Some(child) => at = child,
                None => return at.member && at.children.is_empty(),
            }
        }
        true
    }

    /// Adds all of `other`.
    pub fn unite(&mut self, other: &Fields) {
        self.member |= other.member;
        for (step, child) in &other.children {
            self.children.entry(step.clone()).or_default().unite(child);
        }
    }

    /// The members that are in both.
    #[must_use]
    pub fn and(&self, other: &Fields) -> Fields {
        let child = |(step, child): (&Step, &Fields)| {
            let both = child.and(other.children.get(step)?);
            (!both.is_empty()).then(|| (step.clone(), both))
        };
        Fields {
            member: self.member && other.member,
            children: self.children.iter().filter_map(child).collect(),
        }
    }

    /// The members that are not in `other`.
    #[must_use]
    pub fn minus(&self, other: &Fields) -> Fields {
        let child = |(step, child): (&Step, &Fields)| {
            let left = match other.children.get(step) {
                Some(other) => child.minus(other),
                None => child.clone(),
            };
            (!left.is_empty()).then(|| (step.clone(), left))
        };
        Fields {
            member: self.member && !other.member,
            children: self.children.iter().filter_map(child).collect(),
        }
    }

    /// Removes a path and all below it.
    pub fn remove(&mut self, path: &Path) {
        let Some((last, parents)) = path.0.split_last() else {
            return;
        };
        let mut at = self;
        for step in parents {
            match at.children.get_mut(step) {
                Some(child) => at = child,
                None => return,
            }
        }
        at.children.remove(last);
    }

    /// Every member, in order.
    pub fn paths(&self) -> Vec<Path> {
        let mut found = Vec::new();
        self.collect(&Path::default(), &mut found);
        found
    }

    fn collect(&self, path: &Path, found: &mut Vec<Path>) {
        if self.member {
            found.push(path.clone());
        }
        for (step, child) in &self.children {
            child.collect(&path.join(step.clone()), found);
        }
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Fields, D::Error> {
        reader.deserialize_map(SetReader)
    }
}

/// Reads `fieldsV1`. Keys that are not of its language are passed over.
struct SetReader;

impl<'de> Visitor<'de> for SetReader {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a set of fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Fields::default();
        while let Some(name) = map.next_key()? {
            let mut below: Fields = map.next_value()?;
            match name {
                Name::Step(step) => {
                    below.member |= below.children.is_empty();
                    fields.children.insert(step, below);
                }
                Name::Itself => fields.member = true,
                Name::Other => {}
            }
        }
        Ok(fields)
    }
}

/// A key of `fieldsV1`.
enum Name {
    Step(Step),
    Itself,
    Other,
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Name, D::Error> {
        reader.deserialize_str(NameReader)
    }
}

struct NameReader;

impl Visitor<'_> for NameReader {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a step of a path")
    }

    fn visit_str<E>(self, name: &str) -> Result<Name, E> {
        Ok(match step(name) {
            Some(step) => Name::Step(step),
            None if name == "." => Name::Itself,
            None => Name::Other,
        })
    }
}

/// The step to one item of a keyed list or a set; key fields that are left out have their default.
pub fn item_step(item: &Value, at: Place) -> Step {
    let ListKind::Keyed(keys) = at.list() else {
        return Step::Value(item.to_string().into());
    };
    let mut fields = Map::new();
    for key in keys {
        let own = item.get(&**key).filter(|value| !value.is_null());
        if let Some(value) = own.or_else(|| at.item().field(key).default()) {
            fields.insert(key.to_string(), value.clone());
        }
    }
    Step::Key(ItemKey::new(fields))
}

fn step(name: &str) -> Option<Step> {
    let (kind, rest) = name.split_at_checked(2)?;
    match kind {
        "f:" => Some(Step::field(rest)),
        "k:" => Some(Step::Key(ItemKey::new(serde_json::from_str(rest).ok()?))),
        "v:" => {
            let value: Value = serde_json::from_str(rest).ok()?;
            Some(Step::Value(value.to_string().into()))
        }
        "i:" => Some(Step::Index(rest.parse().ok()?)),
        _ => None,
    }
}

fn step_name(step: &Step) -> String {
    match step {
        Step::Field(name) => format!("f:{name}"),
        Step::Key(key) => format!("k:{}", key.json()),
        Step::Value(text) => format!("v:{text}"),
        Step::Index(at) => format!("i:{at}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Value {
        json!({"f:metadata": {"f:finalizers": {".": {}, "v:\"a\"": {}}}, "f:spec": {
            "f:containers": {"k:{\"name\":\"c\"}": {".": {}, "f:image": {}, "f:name": {}}}, "f:replicas": {}}})
    }

    #[test]
    fn read_and_written_back() {
        assert_eq!(Fields::read(&fields()).json(), fields());
        let paths = Fields::read(&fields()).paths();
        let paths: Vec<String> = paths.iter().map(Path::to_string).collect();
        assert_eq!(
            paths,
            [
                ".metadata.finalizers",
                ".metadata.finalizers[=\"a\"]",
                ".spec.containers[name=\"c\"]",
                ".spec.containers[name=\"c\"].image",
                ".spec.containers[name=\"c\"].name",
                ".spec.replicas"
            ]
        );
    }

    #[test]
    fn algebra() {
        let all = Fields::read(&fields());
        let one = Fields::read(&json!({"f:spec": {"f:replicas": {}}}));
        assert_eq!(all.and(&one), one);
        let mut back = all.minus(&one);
        assert!(!back.owns(&Path::fields(&["spec", "replicas"])));
        back.unite(&one);
        assert_eq!(back, all);
        assert!(all.minus(&all).is_empty());
    }
}

//! Places in an object. The main types here are [`Path`] and [`Step`].
//!
//! The words are those of managed fields: a field, the list item with these keys, the item with
//! this value, the item at this index. Written as the API server writes them in its conflicts.

use super::Json;
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// The keys of one item of a keyed list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ItemKey {
    /// The canonical JSON, which orders keys.
    text: Arc<str>,
    /// The key fields.
    pub fields: Map<String, Value>,
}

impl ItemKey {
    /// From the key fields.
    pub fn new(fields: Map<String, Value>) -> ItemKey {
        ItemKey {
            text: Value::Object(fields.clone()).to_string().into(),
            fields,
        }
    }

    /// The keys as managed fields have them: `{"name":"app"}`.
    pub fn json(&self) -> &str {
        &self.text
    }

    /// Whether `item` has these keys.
    pub fn matches(&self, item: impl Json) -> bool {
        let has =
            |(name, value): (&String, &Value)| item.get(name).is_some_and(|own| own.is(value));
        self.fields.iter().all(has)
    }
}

impl Ord for ItemKey {
    fn cmp(&self, other: &ItemKey) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl PartialOrd for ItemKey {
    fn partial_cmp(&self, other: &ItemKey) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// A field of a map.
    Field(Arc<str>),
    /// The item of a keyed list.
    Key(ItemKey),
    /// The item of a set, as JSON.
    Value(Arc<str>),
    /// The item of another list.
    Index(usize),
}

impl Step {
    /// A field.
    pub fn field(name: &str) -> Step {
        Step::Field(name.into())
    }

    /// As its name is to `name`; items come after all fields.
    pub fn cmp_name(&self, name: &str) -> Ordering {
        match self {
            Step::Field(own) => (**own).cmp(name),
            Step::Key(_) | Step::Value(_) | Step::Index(_) => Ordering::Greater,
        }
    }

    /// What is at this step of `value`.
    pub fn of<J: Json>(&self, value: J) -> Option<J> {
        match self {
            Step::Field(name) => value.get(name),
            Step::Index(at) => value.items()?.get(*at).copied(),
            _ => value.items()?.into_iter().find(|item| self.is_of(*item)),
        }
    }

    /// Whether this is the step to an item of a keyed list or a set.
    pub fn is_of(&self, item: impl Json) -> bool {
        match self {
            Step::Key(key) => key.matches(item),
            Step::Value(text) => *item.value().to_string() == **text,
            Step::Field(_) | Step::Index(_) => false,
        }
    }

    /// As [`Step::of`], to change it.
    pub fn of_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        match self {
            Step::Field(name) => value.as_object_mut()?.get_mut(&**name),
            Step::Index(at) => value.as_array_mut()?.get_mut(*at),
            _ => {
                let mut items = value.as_array_mut()?.iter_mut();
                items.find(|item| self.is_of(&**item))
            }
        }
    }

    /// Removes what is at this step of `value`, and gives it back.
    pub fn remove_from(&self, value: &mut Value) -> Option<Value> {
        match self {
            Step::Field(name) => value.as_object_mut()?.remove(&**name),
            _ => {
                let items = value.as_array_mut()?;
                let at = self.position(items)?;
                Some(items.remove(at))
            }
        }
    }

    fn position(&self, items: &[Value]) -> Option<usize> {
        match self {
            Step::Index(at) => (*at < items.len()).then_some(*at),
            _ => items.iter().position(|item| self.is_of(item)),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Field(name) => write!(f, ".{name}"),
            Step::Key(key) => {
                let pair = |(name, value): (&String, &Value)| format!("{name}={value}");
                let pairs: Vec<String> = key.fields.iter().map(pair).collect();
                write!(f, "[{}]", pairs.join(","))
            }
            Step::Value(text) => write!(f, "[={text}]"),
            Step::Index(at) => write!(f, "[{at}]"),
        }
    }
}

/// Steps from the root of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// A path of field names alone.
    pub fn fields(names: &[&str]) -> Path {
        Path(names.iter().map(|name| Step::field(name)).collect())
    }

    /// This path and one step more.
    #[must_use]
    pub fn join(&self, step: Step) -> Path {
        let mut steps = self.0.clone();
        steps.push(step);
        Path(steps)
    }

    /// Whether `other` is this place or lies below it.
    pub fn covers(&self, other: &Path) -> bool {
        other.0.starts_with(&self.0)
    }

    /// What is at this path of `value`.
    pub fn of<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |at, step| step.of(at))
    }

    /// Removes what is at this path of `value`, and gives it back.
    pub fn remove_from(&self, value: &mut Value) -> Option<Value> {
        let (last, parents) = self.0.split_last()?;
        let parent = parents.iter().try_fold(value, |at, step| step.of_mut(at))?;
        last.remove_from(parent)
    }

    /// Puts `new` at this path of `value`, where its parent is a map that exists or can be made.
    /// Says whether it could.
    pub fn set(&self, value: &mut Value, new: Value) -> bool {
        let mut at = value;
        for step in &self.0 {
            let Some(next) = made(at, step) else {
                return false;
            };
            at = next;
        }
        *at = new;
        true
    }

    /// From a JSON pointer (`/spec/replicas`); list indexes stay names until they meet a list.
    pub fn pointer(text: &str) -> Option<Path> {
        let rest = text.strip_prefix('/')?;
        let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
        let steps = rest.split('/').map(|part| Step::field(&unescape(part)));
        Some(Path(steps.collect()))
    }

    /// Reads a path as the server words it. Field names may hold dots, so `object` says where one
    /// ends; a name that it lacks ends at the next dot or bracket.
    pub fn parse(text: &str, object: &Value) -> Option<Path> {
        let (mut steps, mut rest, mut at) = (Vec::new(), text, Some(object));
        while !rest.is_empty() {
            let (step, left) = next_step(rest, at)?;
            at = at.and_then(|value| step.of(value));
            steps.push(step);
            rest = left;
        }
        (!steps.is_empty()).then_some(Path(steps))
    }
}

fn made<'v>(value: &'v mut Value, step: &Step) -> Option<&'v mut Value> {
    if let Step::Field(name) = step {
        if value.is_null() {
            *value = Value::Object(Map::new());
        }
        let map = value.as_object_mut()?;
        return Some(map.entry(&**name).or_insert(Value::Null));
    }
    step.of_mut(value)
}

fn next_step<'t>(text: &'t str, at: Option<&Value>) -> Option<(Step, &'t str)> {
    if let Some(rest) = text.strip_prefix('[') {
        return bracket(rest);
    }
    let rest = text.strip_prefix('.').unwrap_or(text);
    let end = known_name(rest, at).unwrap_or_else(|| rest.find(['.', '[']).unwrap_or(rest.len()));
    (end > 0).then(|| (Step::field(&rest[..end]), &rest[end..]))
}

/// The length of the longest key of `at` that `text` begins with.
fn known_name(text: &str, at: Option<&Value>) -> Option<usize> {
    let ends = |key: &&String| {
        text.strip_prefix(key.as_str())
            .is_some_and(|left| left.is_empty() || left.starts_with(['.', '[']))
    };
    let keys = at?.as_object()?.keys();
    keys.filter(ends).map(String::len).max()
}

fn bracket(text: &str) -> Option<(Step, &str)> {
    if let Some(rest) = text.strip_prefix('=') {
        let (value, left) = json_prefix(rest)?;
        return Some((
            Step::Value(value.to_string().into()),
            left.strip_prefix(']')?,
        ));
    }
    let end = text.find(']')?;
    if let Ok(index) = text[..end].parse() {
        return Some((Step::Index(index), &text[end + 1..]));
    }
    let (mut keys, mut rest) = (Map::new(), text);
    loop {
        let (name, after) = rest.split_once('=')?;
        let (value, left) = json_prefix(after)?;
        keys.insert(name.to_owned(), value);
        match left.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Some((Step::Key(ItemKey::new(keys)), left.strip_prefix(']')?)),
        }
    }
}

fn json_prefix(text: &str) -> Option<(Value, &str)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok();
    match value {
        Some(value) => Some((value, &text[values.byte_offset()..])),
        None => number_prefix(text),
    }
}

/// A number that a bracket or comma ends, which is not JSON on its own.
fn number_prefix(text: &str) -> Option<(Value, &str)> {
    let end = text.find([',', ']'])?;
    Some((serde_json::from_str(&text[..end]).ok()?, &text[end..]))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| write!(f, "{step}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fact_7_causes_are_parsed_and_not_matched_as_text() {
        let object = json!({"metadata": {"annotations": {"a.b/c": "1"}},
            "spec": {"containers": [{"name": "c", "ports": [{"containerPort": 80, "protocol": "TCP"}]}]}});
        for text in [
            ".spec.containers[name=\"c\"].image",
            ".metadata.annotations.a.b/c",
            ".metadata.finalizers[=\"x]y\"]",
            ".spec.containers[name=\"c\"].ports[containerPort=80,protocol=\"TCP\"].hostPort",
            ".spec.rules[0].host",
        ] {
            let path = Path::parse(text, &object).unwrap();
            assert_eq!(path.to_string(), text);
        }
        let path = Path::parse(".metadata.annotations.a.b/c", &object).unwrap();
        assert_eq!(path.of(&object), Some(&json!("1")));
        assert_eq!(Path::parse(".spec.x[name=]", &object), None);
        assert_eq!(Path::parse("", &object), None);
    }

    #[test]
    fn set_makes_maps_and_reaches_items() {
        let mut object = json!({"spec": {"containers": [{"name": "c"}]}});
        let path = Path::parse(".spec.containers[name=\"c\"].resources.limits", &object).unwrap();
        assert!(path.set(&mut object, json!({"cpu": "1"})));
        assert!(
            !Path::parse(".spec.containers[name=\"d\"].image", &object)
                .unwrap()
                .set(&mut object, json!("x"))
        );
        assert_eq!(
            object,
            json!({"spec": {"containers": [{"name": "c", "resources": {"limits": {"cpu": "1"}}}]}})
        );
        assert_eq!(path.remove_from(&mut object), Some(json!({"cpu": "1"})));
    }
}

//! Random edits of a JSON body, the same for the same seed.

use serde_json::{Value, json};

/// A small generator (xorshift), so that a failure can be run again.
pub struct Random(u64);

impl Random {
    /// Begins with `seed`, which must not be 0.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// Edits one place and says how; `None` where the draw does not fit the place.
pub fn mutate(body: &mut Value, random: &mut Random) -> Option<String> {
    let mut places = Vec::new();
    collect(body, "", &mut places);
    let place = &places[random.below(places.len())];
    let (parent, name) = place.rsplit_once('/')?;
    let name = name.replace("~1", "/").replace("~0", "~");
    let parent = body.pointer_mut(parent)?;
    let op = random.below(7);
    let what = match op {
        0 => remove(parent, &name),
        1 => {
            *parent.as_object_mut()?.get_mut(&name)? = Value::Null;
            Some("null")
        }
        2 => empty(at(parent, &name)?),
        3 => add(&name, at(parent, &name)?),
        4 => reverse(at(parent, &name)?),
        _ => change(at(parent, &name)?),
    };
    Some(format!("{} {place}", what?))
}

/// Every place but identity, as JSON pointers.
fn collect(value: &Value, path: &str, places: &mut Vec<String>) {
    const IDENTITY: [&str; 5] = [
        "/apiVersion",
        "/kind",
        "/metadata",
        "/metadata/name",
        "/metadata/namespace",
    ];
    if !path.is_empty() && !IDENTITY.contains(&path) {
        places.push(path.to_owned());
    }
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| {
            let name = name.replace('~', "~0").replace('/', "~1");
            collect(value, &format!("{path}/{name}"), places);
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, value)| {
            collect(value, &format!("{path}/{at}"), places);
        }),
        _ => {}
    }
}

fn at<'v>(parent: &'v mut Value, name: &str) -> Option<&'v mut Value> {
    match parent {
        Value::Object(map) => map.get_mut(name),
        Value::Array(items) => items.get_mut(name.parse::<usize>().ok()?),
        _ => None,
    }
}

fn remove(parent: &mut Value, name: &str) -> Option<&'static str> {
    match parent {
        Value::Object(map) => drop(map.remove(name)),
        Value::Array(items) => drop(items.remove(name.parse().ok()?)),
        _ => return None,
    }
    Some("remove")
}

fn empty(value: &mut Value) -> Option<&'static str> {
    *value = match value {
        Value::Object(_) => json!({}),
        Value::Array(_) => json!([]),
        _ => return None,
    };
    Some("empty")
}

/// Adds a key where keys are free.
fn add(name: &str, value: &mut Value) -> Option<&'static str> {
    const FREE: [&str; 7] = [
        "labels",
        "annotations",
        "data",
        "matchLabels",
        "nodeSelector",
        "limits",
        "requests",
    ];
    value
        .as_object_mut()
        .filter(|_| FREE.contains(&name))?
        .insert("zz".into(), json!("1"));
    Some("add to")
}

fn reverse(value: &mut Value) -> Option<&'static str> {
    value
        .as_array_mut()
        .filter(|items| items.len() > 1)?
        .reverse();
    Some("reverse")
}

fn change(value: &mut Value) -> Option<&'static str> {
    *value = match value {
        Value::Bool(flag) => json!(!*flag),
        Value::Number(number) => json!(number.as_i64()? + 1),
        Value::String(text) => json!(format!("{text}x")),
        _ => return None,
    };
    Some("change")
}

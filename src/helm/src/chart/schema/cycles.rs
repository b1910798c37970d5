//! References that lead in a circle: a schema that asks itself of the same value. Helm refuses a
//! value that meets one. The main functions here are [`any`] and [`find`].
//!
//! Looked at is what always applies: references into the schema, and `allOf`. Whether a circle
//! through `anyOf` or `if` counts depends on what else they find, which only the library knows,
//! and that takes the circle for right: such a value passes here and fails in Helm.

use rustc_hash::FxHashSet;
use serde_json::Value as Json;

/// A longer way without a step into the value is taken for none.
const MAX_STEPS: usize = 500;

/// A circle that a value meets.
#[derive(Debug)]
pub(super) struct Cycle {
    /// Where the value stands.
    pub place: String,
    /// The keywords that led to the schema the second time.
    pub again: String,
    /// The keywords that led to it before.
    pub first: String,
    /// The schema's own place.
    pub schema: String,
}

/// Whether there is a circle in a schema, for whatever value.
pub(super) fn any(document: &Json) -> bool {
    let mut search = Search {
        document,
        above: Vec::new(),
        done: FxHashSet::default(),
    };
    search.below(document)
}

/// The search for a circle in a schema.
struct Search<'d> {
    document: &'d Json,
    above: Vec<usize>,
    done: FxHashSet<usize>,
}

impl<'d> Search<'d> {
    /// Every map counts as a schema: a circle that nothing leads to is found by no value.
    fn below(&mut self, part: &'d Json) -> bool {
        match part {
            Json::Object(map) => {
                map.contains_key("$ref") && self.schema(part)
                    || map.values().any(|part| self.below(part))
            }
            Json::Array(parts) => parts.iter().any(|part| self.below(part)),
            _ => false,
        }
    }

    fn schema(&mut self, schema: &'d Json) -> bool {
        let address = address(schema);
        if self.above.contains(&address) {
            return true;
        }
        if self.above.len() == MAX_STEPS || !self.done.insert(address) {
            return false;
        }
        self.above.push(address);
        let found = asked(self.document, schema).any(|next| self.schema(next.schema));
        self.above.pop();
        found
    }
}

fn address(part: &Json) -> usize {
    std::ptr::from_ref(part).addr()
}

/// A schema that another one asks of the same value.
struct Asked<'d> {
    schema: &'d Json,
    /// The keyword that asks.
    keyword: String,
    /// The schema's own place, where a reference says it.
    own: Option<&'d str>,
}

fn asked<'d>(document: &'d Json, schema: &'d Json) -> impl Iterator<Item = Asked<'d>> + use<'d> {
    let reference = schema.get("$ref").and_then(Json::as_str);
    let reference = reference.and_then(|uri| uri.strip_prefix('#'));
    let reference = reference.and_then(|pointer| {
        Some(Asked {
            schema: document.pointer(pointer)?,
            keyword: "/$ref".to_owned(),
            own: Some(pointer),
        })
    });
    let all = schema.get("allOf").and_then(Json::as_array);
    let all = all.into_iter().flatten().enumerate();
    reference.into_iter().chain(all.map(|(at, schema)| Asked {
        schema,
        keyword: format!("/allOf/{at}"),
        own: None,
    }))
}

/// The circles that a value meets.
pub(super) fn find(document: &Json, value: &Json) -> Vec<Cycle> {
    let mut walk = Walk {
        document,
        way: Vec::new(),
        done: FxHashSet::default(),
        found: Vec::new(),
    };
    let at = At {
        keywords: String::new(),
        own: String::new(),
        place: String::new(),
    };
    walk.schema(document, value, at);
    walk.found
}

/// Where a walk is.
#[derive(Clone)]
struct At {
    keywords: String,
    own: String,
    place: String,
}

impl At {
    fn below(&self, keyword: &str, step: &str) -> At {
        let step = step.replace('~', "~0").replace('/', "~1");
        let (keywords, own) = match keyword {
            "properties" => (format!("/{keyword}/{step}"), format!("/{keyword}/{step}")),
            _ => (format!("/{keyword}"), format!("/{keyword}")),
        };
        At {
            keywords: self.keywords.clone() + &keywords,
            own: self.own.clone() + &own,
            place: format!("{}/{step}", self.place),
        }
    }
}

/// A walk through a schema and a value at once.
struct Walk<'d> {
    document: &'d Json,
    /// The schemas asked of the value at hand, with the keywords that led there.
    way: Vec<(usize, String)>,
    /// Schemas and values that were looked at together.
    done: FxHashSet<(usize, usize)>,
    found: Vec<Cycle>,
}

impl<'d> Walk<'d> {
    fn schema(&mut self, schema: &'d Json, value: &'d Json, at: At) {
        let address = (address(schema), address(value));
        if let Some((_, first)) = self.way.iter().find(|(other, _)| *other == address.0) {
            return self.found.push(Cycle {
                place: at.place,
                again: at.keywords,
                first: first.clone(),
                schema: at.own,
            });
        }
        if self.way.len() == MAX_STEPS || !self.done.insert(address) {
            return;
        }
        self.way.push((address.0, at.keywords.clone()));
        for next in asked(self.document, schema) {
            let own = next.own.map(str::to_owned);
            let at = At {
                keywords: at.keywords.clone() + &next.keyword,
                own: own.unwrap_or_else(|| at.own.clone() + &next.keyword),
                place: at.place.clone(),
            };
            self.schema(next.schema, value, at);
        }
        self.way.pop();
        let way = std::mem::take(&mut self.way);
        self.children(schema, value, &at);
        self.way = way;
    }

    fn children(&mut self, schema: &'d Json, value: &'d Json, at: &At) {
        match value {
            Json::Object(map) => {
                for (name, value) in map {
                    if let Some((keyword, schema)) = property(schema, name) {
                        self.schema(schema, value, at.below(keyword, name));
                    }
                }
            }
            Json::Array(items) => {
                let Some(schema @ Json::Object(_)) = schema.get("items") else {
                    return;
                };
                for (step, value) in items.iter().enumerate() {
                    self.schema(schema, value, at.below("items", &step.to_string()));
                }
            }
            _ => {}
        }
    }
}

/// The schema of a member of a map.
fn property<'d>(schema: &'d Json, name: &str) -> Option<(&'static str, &'d Json)> {
    if let Some(found) = schema.get("properties").and_then(|all| all.get(name)) {
        return Some(("properties", found));
    }
    if schema.get("patternProperties").is_some() {
        return None;
    }
    let other = schema.get("additionalProperties")?;
    Some(("additionalProperties", other))
}

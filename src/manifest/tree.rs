//! Live objects that are looked at once. The main type here is [`Tree`].
//!
//! Most of what a fleet has is as it should be: it is compared where its text lies, and no copy of
//! it is made. [`Json`] is what a comparison needs to know of either.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Number, Value};
use std::borrow::Cow;
use std::fmt;

/// JSON that borrows from its text.
#[derive(Default)]
pub enum Tree<'t> {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(Cow<'t, str>),
    /// A list.
    List(Vec<Tree<'t>>),
    /// A map, in the order of the text.
    Map(Vec<(Cow<'t, str>, Tree<'t>)>),
}

impl<'t> Tree<'t> {
    /// Reads a live object. Half of an answer is `managedFields`, of which a comparison reads one
    /// entry: `fieldsV1` stays the text that it is.
    pub fn live(json: &'t str) -> Result<Tree<'t>, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let tree = Part::Object.deserialize(&mut reader)?;
        reader.end()?;
        Ok(tree)
    }
}

/// What has labels and annotations.
pub trait Labelled {
    /// The label or annotation of this name: `map` is `labels` or `annotations`.
    fn mark(&self, map: &str, name: &str) -> Option<&str>;
}

impl Labelled for Tree<'_> {
    fn mark(&self, map: &str, name: &str) -> Option<&str> {
        match self.at(&["metadata", map, name])? {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// JSON, of its own or borrowed from a text.
pub trait Json: Copy {
    /// A field of a map.
    fn get(self, name: &str) -> Option<Self>;
    /// The items of a list.
    fn items(self) -> Option<Vec<Self>>;
    /// A text.
    fn text(&self) -> Option<&str>;
    /// Whether it is the same.
    fn is(self, other: &Value) -> bool;
    /// As a value of its own.
    fn value(self) -> Value;

    /// Whether it is `null`, or a list or map with nothing in it.
    fn is_empty(self) -> bool;

    /// Whether it is `null`.
    fn is_null(self) -> bool {
        self.is(&Value::Null)
    }

    /// What is at the end of these fields.
    fn at(self, fields: &[&str]) -> Option<Self> {
        fields.iter().try_fold(self, |json, name| json.get(name))
    }
}

impl Json for &Value {
    fn get(self, name: &str) -> Option<Self> {
        self.as_object()?.get(name)
    }

    fn items(self) -> Option<Vec<Self>> {
        Some(self.as_array()?.iter().collect())
    }

    fn text(&self) -> Option<&str> {
        self.as_str()
    }

    fn is(self, other: &Value) -> bool {
        self == other
    }

    fn value(self) -> Value {
        self.clone()
    }

    fn is_empty(self) -> bool {
        match self {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        }
    }
}

impl Json for &Tree<'_> {
    fn get(self, name: &str) -> Option<Self> {
        let Tree::Map(map) = self else { return None };
        // Of a name that stands twice the last one counts, as everywhere.
        let mut fields = map.iter().rev();
        fields
            .find(|(field, _)| field == name)
            .map(|(_, tree)| tree)
    }

    fn items(self) -> Option<Vec<Self>> {
        match self {
            Tree::List(items) => Some(items.iter().collect()),
            _ => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }

    fn is(self, other: &Value) -> bool {
        match (self, other) {
            (Tree::Null, Value::Null) => true,
            (Tree::Bool(own), Value::Bool(other)) => own == other,
            (Tree::Number(own), Value::Number(other)) => own == other,
            (Tree::Text(own), Value::String(other)) => own == other,
            (Tree::List(own), Value::Array(other)) => {
                own.len() == other.len() && own.iter().zip(other).all(|(own, other)| own.is(other))
            }
            (Tree::Map(own), Value::Object(other)) => {
                let same = |(name, other): (&String, &Value)| {
                    self.get(name).is_some_and(|own| own.is(other))
                };
                own.len() == other.len() && other.iter().all(same)
            }
            _ => false,
        }
    }

    fn value(self) -> Value {
        match self {
            Tree::Null => Value::Null,
            Tree::Bool(flag) => (*flag).into(),
            Tree::Number(number) => number.clone().into(),
            Tree::Text(text) => (**text).into(),
            Tree::List(items) => items.iter().map(Json::value).collect(),
            Tree::Map(map) => {
                let field =
                    |(name, tree): &(Cow<'_, str>, Tree<'_>)| (name.to_string(), tree.value());
                Value::Object(map.iter().map(field).collect())
            }
        }
    }

    fn is_empty(self) -> bool {
        match self {
            Tree::Null => true,
            Tree::List(items) => items.is_empty(),
            Tree::Map(map) => map.is_empty(),
            _ => false,
        }
    }
}

/// What is being read.
#[derive(Clone, Copy)]
enum Part {
    Object,
    Metadata,
    Entries,
    Entry,
    Fields,
    Other,
}

impl Part {
    fn field(self, name: &str) -> Part {
        match (self, name) {
            (Part::Object, "metadata") => Part::Metadata,
            (Part::Metadata, "managedFields") => Part::Entries,
            (Part::Entry, "fieldsV1") => Part::Fields,
            _ => Part::Other,
        }
    }

    fn item(self) -> Part {
        match self {
            Part::Entries => Part::Entry,
            _ => Part::Other,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Part {
    type Value = Tree<'de>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Tree<'de>, D::Error> {
        match self {
            Part::Fields => {
                let text: &RawValue = Deserialize::deserialize(reader)?;
                Ok(Tree::Text(text.get().into()))
            }
            part => reader.deserialize_any(part),
        }
    }
}

impl<'de> Visitor<'de> for Part {
    type Value = Tree<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of Kubernetes")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree<'de>, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Tree<'de>, E> {
        Ok(Tree::Bool(flag))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Tree<'de>, E> {
        Ok(Tree::Number(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Tree<'de>, E> {
        Ok(Tree::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Tree<'de>, E> {
        Ok(Number::from_f64(number).map_or(Tree::Null, Tree::Number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(text.into()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(text.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree<'de>, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(self.item())? {
            all.push(item);
        }
        Ok(Tree::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = map.next_key_seed(Name)? {
            let value = map.next_value_seed(self.field(&name))?;
            fields.push((name, value));
        }
        Ok(Tree::Map(fields))
    }
}

/// Reads the name of a field.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Cow<'de, str>, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(name.into())
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(name.to_owned().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(json: &str) -> Value {
        Tree::live(json).unwrap().value()
    }

    #[test]
    fn only_the_sets_of_fields_stay_text() {
        let json = r#"{"kind":"Pod","metadata":{"name":"a","managedFields":[{"manager":"helm","fieldsV1":{"f:spec":{"f:x":{}}}}]},"spec":{"x":[1,null,-2,1.5,true,"\u00e9\n"],"fieldsV1":{"y\t":{}}}}"#;
        let mut expected: Value = serde_json::from_str(json).unwrap();
        expected["metadata"]["managedFields"][0]["fieldsV1"] = json!(r#"{"f:spec":{"f:x":{}}}"#);
        assert_eq!(read(json), expected);
        let none = r#"{"metadata":{"managedFields":null}}"#;
        assert_eq!(read(none)["metadata"]["managedFields"], json!(null));
        let tree = Tree::live(json).unwrap();
        assert!((&tree).is(&expected) && !(&tree).is(&json!({})));
        let places = (&tree).at(&["spec", "x"]).unwrap();
        assert_eq!(places.items().unwrap()[5].text(), Some("é\n"));
        assert!((&tree).at(&["spec", "y"]).is_none());
        for broken in [
            "",
            "{",
            "[]x",
            r#"{"metadata":{"managedFields":[{"fieldsV1":{]}]}}"#,
        ] {
            assert!(Tree::live(broken).is_err(), "{broken}");
        }
    }
}

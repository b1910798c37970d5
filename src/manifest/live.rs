//! Live objects, decoded as far as they are looked at.
//!
//! Half of an answer is `managedFields`, of which a comparison reads one entry: `fieldsV1` stays
//! the text that it came as, for `ownership` to read where it is asked about.

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::fmt;

/// The body of a live object.
pub(super) fn body(json: &str) -> Result<Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let body = Part::Object.deserialize(&mut reader)?;
    reader.end()?;
    Ok(body)
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
}

impl<'de> DeserializeSeed<'de> for Part {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        match self {
            Part::Other => Value::deserialize(reader),
            Part::Fields => {
                let text: &RawValue = Deserialize::deserialize(reader)?;
                Ok(text.get().into())
            }
            _ => reader.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Part {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of Kubernetes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(self.field(&name))?;
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element_seed(Part::Entry)? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_the_sets_of_fields_stay_text() {
        let json = r#"{"kind":"Pod","metadata":{"name":"a","managedFields":[{"manager":"helm","fieldsV1":{"f:spec":{"f:x":{}}}}]},"spec":{"x":[1,null],"fieldsV1":{"y":{}}}}"#;
        let mut expected: Value = serde_json::from_str(json).unwrap();
        expected["metadata"]["managedFields"][0]["fieldsV1"] = json!(r#"{"f:spec":{"f:x":{}}}"#);
        assert_eq!(body(json).unwrap(), expected);
        assert_eq!(
            body(r#"{"metadata":{"managedFields":null}}"#).unwrap()["metadata"]["managedFields"],
            json!(null)
        );
        for broken in [
            "",
            "{",
            "[]x",
            r#"{"metadata":{"managedFields":[{"fieldsV1":{]}]}}"#,
        ] {
            assert!(body(broken).is_err(), "{broken}");
        }
    }
}

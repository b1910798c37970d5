//! Filters to and from JSON and YAML, laid out as Python does.

use super::super::native::native;
use super::{failed, yaml_text};
use crate::yaml::{Source, load, load_all};
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{Environment, Error};
use serde::Serialize;
use serde_json::Value as Json;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};
use std::io::{self, Write};

pub(super) fn add(engine: &mut Environment<'static>) {
    for name in ["to_json", "tojson"] {
        engine.add_filter(name, |value: Value, options: Kwargs| {
            let sorted = options.get::<Option<bool>>("sort_keys")?.unwrap_or(false);
            match options.get::<Option<usize>>("indent")? {
                Some(indent) => pretty(&value, indent, sorted),
                None => compact(&value, sorted),
            }
        });
    }
    engine.add_filter(
        "to_nice_json",
        |value: Value, indent: Option<usize>, options: Kwargs| {
            let sorted = options.get::<Option<bool>>("sort_keys")?.unwrap_or(true);
            let indent = options
                .get::<Option<usize>>("indent")?
                .or(indent)
                .unwrap_or(4);
            pretty(&value, indent, sorted)
        },
    );
    engine.add_filter("from_json", |text: String| {
        let json: Json =
            serde_json::from_str(&text).map_err(|error| failed(format!("from_json: {error}")))?;
        Ok::<_, Error>(Value::from(Serde(json)))
    });
    engine.add_filter("to_yaml", |value: Value, options: Kwargs| {
        let sorted = options.get::<Option<bool>>("sort_keys")?.unwrap_or(true);
        Ok::<_, Error>(yaml_text::flow_inside(&json(&value, sorted)?))
    });
    engine.add_filter(
        "to_nice_yaml",
        |value: Value, indent: Option<usize>, options: Kwargs| {
            let sorted = options.get::<Option<bool>>("sort_keys")?.unwrap_or(true);
            let indent = options
                .get::<Option<usize>>("indent")?
                .or(indent)
                .unwrap_or(4);
            Ok::<_, Error>(yaml_text::block(&json(&value, sorted)?, indent.clamp(2, 9)))
        },
    );
    engine.add_filter("from_yaml", |text: String| {
        let node = load(&Source::new("text", text))
            .map_err(|fault| failed(format!("from_yaml: {fault}")))?;
        Ok::<_, Error>(Value::from(Serde(node.to_json())))
    });
    engine.add_filter("from_yaml_all", |text: String| {
        let nodes = load_all(&Source::new("text", text))
            .map_err(|fault| failed(format!("from_yaml_all: {fault}")))?;
        Ok::<_, Error>(
            nodes
                .iter()
                .map(|node| Value::from(Serde(node.to_json())))
                .collect::<Value>(),
        )
    });
}

fn json(value: &Value, sorted: bool) -> Result<Json, Error> {
    let mut json = native(value)?.into_json().unwrap_or(Json::Null);
    if sorted {
        json.sort_all_objects();
    }
    Ok(json)
}

fn compact(value: &Value, sorted: bool) -> Result<String, Error> {
    written(value, sorted, Python(Compact))
}

fn pretty(value: &Value, indent: usize, sorted: bool) -> Result<String, Error> {
    let indent = " ".repeat(indent);
    let formatter = Python(PrettyFormatter::with_indent(indent.as_bytes()));
    written(value, sorted, formatter)
}

/// Keys sorted, or in the order in which they were written.
fn written(value: &Value, sorted: bool, formatter: impl Formatter) -> Result<String, Error> {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, formatter);
    // Reading it as JSON also says what in it is undefined.
    let json = json(value, sorted)?;
    let result = match sorted {
        true => json.serialize(&mut serializer),
        false => value.serialize(&mut serializer),
    };
    result.map_err(|error| failed(error.to_string()))?;
    String::from_utf8(out).map_err(|error| failed(error.to_string()))
}

/// `{"a": 1, "b": 2}` on one line.
struct Compact;

impl Formatter for Compact {
    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

/// Another layout, with all that is not ASCII escaped.
struct Python<F>(F);

impl<F: Formatter> Formatter for Python<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for c in fragment.chars() {
            if c.is_ascii() {
                writer.write_all(&[u8::try_from(c).unwrap_or(b'?')])?;
                continue;
            }
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

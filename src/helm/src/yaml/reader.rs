//! Events of the parser in, nodes out, by the rules of go-yaml v2.
//!
//! Duplicate keys: the last one wins. Merge keys apply where they stand. A
//! document may nest [`MAX_DEPTH`] levels, and aliases may not blow it up.

use super::block;
use super::build::{Build, Live, Plain};
use super::error::Error;
use super::events::{Event, Events, Next, Properties};
use super::resolve::Scalar;
use super::scalar::{key_text, scalar};
use super::scan::{Mark, Style};
use crate::Value;
use rustc_hash::FxHashMap;

/// How deep a document may nest: go-yaml allows 10,000, far beyond any real document.
const MAX_DEPTH: usize = 255;

/// Reads the first document as Helm reads values: every number is a float.
pub fn read(text: &str) -> Result<serde_json::Value, Error> {
    first(text, Plain { exact: false })
}

/// Reads the first document and keeps integers, for fields that are strings in
/// the end (`version: 1`).
pub fn read_exact(text: &str) -> Result<serde_json::Value, Error> {
    first(text, Plain { exact: true })
}

/// As [`read_exact`], for somebody who looks at some entries of a map only: the values of other
/// keys than the `wanted` ones are checked, but may be left out.
pub fn read_some(text: &str, wanted: fn(&str) -> bool) -> Result<serde_json::Value, Error> {
    let build = Plain { exact: true };
    block::document(text, build, wanted).or_else(|_| parsed(text, build))
}

/// Reads all documents as Helm reads values.
pub fn read_all(text: &str) -> Result<Vec<serde_json::Value>, Error> {
    Reader::new(text, Plain { exact: false }).all()
}

/// Reads the first document as an engine value.
pub fn read_value(text: &str) -> Result<Value, Error> {
    first(text, Live)
}

fn first<B: Build>(text: &str, build: B) -> Result<B::Node, Error> {
    block::document(text, build, |_| true).or_else(|_| parsed(text, build))
}

/// What the parser makes of the first document.
pub(super) fn parsed<B: Build>(text: &str, build: B) -> Result<B::Node, Error> {
    Reader::new(text, build).first()
}

struct Reader<'a, B: Build> {
    events: Events<'a>,
    build: B,
    /// The anchors of the document; a node at work has none yet.
    anchors: FxHashMap<&'a str, Option<Anchor<B::Node>>>,
    /// Nodes made so far, and how many of them by aliases.
    made: usize,
    aliased: usize,
    depth: usize,
    /// The parser has failed; it gives no more events.
    broken: bool,
}

struct Anchor<N> {
    node: N,
    size: usize,
}

impl<'a, B: Build> Reader<'a, B> {
    fn new(source: &'a str, build: B) -> Self {
        Reader {
            events: Events::new(source),
            build,
            anchors: FxHashMap::default(),
            made: 0,
            aliased: 0,
            depth: 0,
            broken: false,
        }
    }

    fn next(&mut self) -> Result<Next<'a>, Error> {
        let event = self.events.next();
        self.broken |= event.is_err();
        Ok(event?)
    }

    fn first(mut self) -> Result<B::Node, Error> {
        match self.document()? {
            Some(node) => Ok(node),
            None => self.null(Mark::default()),
        }
    }

    fn all(mut self) -> Result<Vec<B::Node>, Error> {
        let mut documents = Vec::new();
        while let Some(node) = self.document()? {
            documents.push(node);
        }
        Ok(documents)
    }

    fn document(&mut self) -> Result<Option<B::Node>, Error> {
        self.anchors.clear();
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(None),
                (Event::DocumentStart | Event::DocumentEnd, _) => {}
                event => {
                    let node = self.node(event);
                    return self.whole(node).map(Some);
                }
            }
        }
    }

    /// go-yaml parses a whole document before it decodes, so a fault of the
    /// syntax further down is what it tells.
    fn whole(&mut self, node: Result<B::Node, Error>) -> Result<B::Node, Error> {
        while !self.broken {
            if let (Event::DocumentEnd | Event::StreamEnd, _) = self.next()? {
                break;
            }
        }
        node
    }

    fn null(&self, at: Mark) -> Result<B::Node, Error> {
        let null = self.build.scalar(Scalar::Null);
        null.map_err(|text| Error::new(text, at))
    }

    fn node(&mut self, (event, at): Next<'a>) -> Result<B::Node, Error> {
        let before = self.made;
        self.made += 1;
        let (properties, node) = match event {
            Event::Alias(name) => return self.alias(name, at),
            Event::Scalar(text, style, properties) => {
                let scalar = scalar(text, style, properties.tag.as_deref());
                let scalar = scalar.map_err(|text| Error::new(text, at))?;
                let node = self.build.scalar(scalar);
                (properties, node.map_err(|text| Error::json(text, at))?)
            }
            Event::SequenceStart(properties) => self.nested(properties, at, Self::list)?,
            Event::MappingStart(properties) => self.nested(properties, at, Self::map)?,
            _ => return self.null(at),
        };
        if let Some(name) = properties.anchor {
            let (node, size) = (node.clone(), self.made - before);
            self.anchors.insert(name, Some(Anchor { node, size }));
        }
        Ok(node)
    }

    fn nested(
        &mut self,
        properties: Properties<'a>,
        at: Mark,
        read: fn(&mut Self) -> Result<B::Node, Error>,
    ) -> Result<(Properties<'a>, B::Node), Error> {
        if let Some(name) = properties.anchor {
            self.anchors.insert(name, None);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::new(format!("exceeded max depth of {MAX_DEPTH}"), at));
        }
        let node = read(self)?;
        self.depth -= 1;
        Ok((properties, node))
    }

    fn alias(&mut self, name: &str, at: Mark) -> Result<B::Node, Error> {
        let anchor = match self.anchors.get(name) {
            Some(Some(anchor)) => anchor,
            Some(None) => {
                let text = format!("anchor '{name}' value contains itself");
                return Err(Error::new(text, at));
            }
            None => {
                // go-yaml finds this while it parses, and stops.
                self.broken = true;
                let text = format!("unknown anchor '{name}' referenced");
                return Err(Error::new(text, at));
            }
        };
        self.made += anchor.size;
        self.aliased += anchor.size;
        if excessive(self.aliased, self.made) {
            return Err(Error::new("document contains excessive aliasing", at));
        }
        Ok(self.build.copy(&anchor.node))
    }

    fn list(&mut self) -> Result<B::Node, Error> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd | Event::StreamEnd, _) => return Ok(self.build.list(items)),
                event => items.push(self.node(event)?),
            }
        }
    }

    fn map(&mut self) -> Result<B::Node, Error> {
        let mut entries = Vec::new();
        loop {
            match self.next()? {
                (Event::MappingEnd | Event::StreamEnd, _) => return Ok(self.build.map(entries)),
                (Event::Scalar(text, Style::Plain, properties), _)
                    if text == "<<" && properties == Properties::default() =>
                {
                    self.merge(&mut entries)?;
                }
                event => {
                    let at = event.1;
                    let key = self.key(event)?;
                    let event = self.next()?;
                    let value = self.node(event)?;
                    let key = key.map_err(|bad| {
                        let value = self.build.go_syntax(&value);
                        Error::json(format!("{bad}, value: {value}"), at)
                    })?;
                    entries.push((key, value));
                }
            }
        }
    }

    fn merge(&mut self, entries: &mut Vec<(B::Name, B::Node)>) -> Result<(), Error> {
        let event = self.next()?;
        let at = event.1;
        let node = self.node(event)?;
        let sources = match self.build.items(&node) {
            Some(items) => items.into_iter().rev().collect(),
            None => vec![node],
        };
        for source in &sources {
            let merged = self.build.entries(source);
            let wrong = "map merge requires map or sequence of maps as the value";
            entries.extend(merged.ok_or_else(|| Error::new(wrong, at))?);
        }
        Ok(())
    }

    /// A key as `sigs.k8s.io/yaml` turns it into a JSON key; the inner error says why it can't.
    fn key(&mut self, (event, at): Next<'a>) -> Result<Result<B::Name, String>, Error> {
        let (text, style, properties) = match event {
            Event::Scalar(text, style, properties) => (text, style, properties),
            event => {
                let node = self.node((event, at))?;
                let key = self.build.key(&node);
                let wrong = || format!("invalid map key: {}", self.build.go_syntax(&node));
                let key = key.ok_or_else(|| Error::new(wrong(), at))?;
                return Ok(Ok(self.build.name(key.into())));
            }
        };
        let resolved = scalar(text, style, properties.tag.as_deref());
        let resolved = resolved.map_err(|text| Error::new(text, at))?;
        if let Some(name) = properties.anchor {
            let node = self.build.scalar(resolved.clone());
            let node = node.map_err(|text| Error::new(text, at))?;
            self.anchors.insert(name, Some(Anchor { node, size: 1 }));
        }
        Ok(key_text(resolved).map(|text| self.build.name(text)))
    }
}

/// go-yaml's measure: few aliases are always allowed, then up to 99 % of a
/// small document and 10 % of a large one may come from them.
fn excessive(aliased: usize, made: usize) -> bool {
    const LOW: f64 = 400_000.0;
    const HIGH: f64 = 4_000_000.0;
    let share = (made as f64).clamp(LOW, HIGH);
    let allowed = 0.99 - 0.89 * ((share - LOW) / (HIGH - LOW));
    aliased > 100 && made > 1000 && aliased as f64 / made as f64 > allowed
}

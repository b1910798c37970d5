//! Events of the parser in, nodes out, by the rules of go-yaml v2.
//!
//! Duplicate keys: the last one wins. Merge keys apply where they stand. A
//! document may nest [`MAX_DEPTH`] levels, and aliases may not blow it up.

use super::block;
use super::build::{Build, Live, Plain};
use super::error::Error;
use super::loose::loosely;
use super::resolve::Scalar;
use super::scalar::{key_text, scalar};
use crate::Value;
use rustc_hash::FxHashMap;
use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};
use std::borrow::Cow;

/// How deep a document may nest: what the parser allows in flow style
/// (go-yaml: 10,000, far beyond any real document).
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
    loosely(text, |text| {
        Reader::new(text, Plain { exact: false })?.all()
    })
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
    loosely(text, |text| Reader::new(text, build)?.first())
}

struct Reader<'a, B: Build> {
    source: &'a str,
    parser: Parser<'a, StrInput<'a>>,
    build: B,
    anchors: FxHashMap<usize, Anchor<B::Node>>,
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

type Next<'a> = (Event<'a>, Span);

impl<'a, B: Build> Reader<'a, B> {
    fn new(source: &'a str, build: B) -> Result<Self, Error> {
        if source
            .bytes()
            .any(|b| (b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) || b == 0x7f)
        {
            return Err(Error::new("control characters are not allowed", None));
        }
        Ok(Reader {
            source,
            parser: Parser::new_from_str(source),
            build,
            anchors: FxHashMap::default(),
            made: 0,
            aliased: 0,
            depth: 0,
            broken: false,
        })
    }

    fn next(&mut self) -> Result<Next<'a>, Error> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(fault)) => {
                self.broken = true;
                Err(Error::scan(&fault, self.source))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn first(mut self) -> Result<B::Node, Error> {
        match self.document()? {
            Some(node) => Ok(node),
            None => self.null(),
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
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(None),
                (
                    Event::StreamStart
                    | Event::DocumentStart(_)
                    | Event::DocumentEnd
                    | Event::Nothing,
                    _,
                ) => {}
                event => {
                    let node = self.node(event);
                    return node.map(Some).map_err(|error| self.earlier(error));
                }
            }
        }
    }

    /// go-yaml parses a whole document before it decodes, so a fault of the
    /// syntax further down is what it tells.
    fn earlier(&mut self, error: Error) -> Error {
        while !self.broken {
            match self.next() {
                Ok((Event::DocumentEnd | Event::StreamEnd, _)) => break,
                Ok(_) => {}
                Err(syntax) => return syntax,
            }
        }
        error
    }

    fn null(&self) -> Result<B::Node, Error> {
        self.build
            .scalar(Scalar::Null)
            .map_err(|text| Error::new(text, None))
    }

    fn node(&mut self, (event, span): Next<'a>) -> Result<B::Node, Error> {
        let before = self.made;
        self.made += 1;
        let (anchor, node) = match event {
            Event::Alias(id) => return self.alias(id, span),
            Event::Scalar(text, style, anchor, tag) => {
                let text = self.last_line(text, style, span);
                let scalar =
                    scalar(text, style, tag.as_deref()).map_err(|text| fault(text, span))?;
                (
                    anchor,
                    self.build
                        .scalar(scalar)
                        .map_err(|text| Error::json(text, position(span)))?,
                )
            }
            Event::SequenceStart(anchor, _) => (anchor, self.nested(span, Self::list)?),
            Event::MappingStart(anchor, _) => (anchor, self.nested(span, Self::map)?),
            _ => (0, self.null()?),
        };
        if anchor > 0 {
            let size = self.made - before;
            self.anchors.insert(
                anchor,
                Anchor {
                    node: node.clone(),
                    size,
                },
            );
        }
        Ok(node)
    }

    fn nested(
        &mut self,
        span: Span,
        read: fn(&mut Self) -> Result<B::Node, Error>,
    ) -> Result<B::Node, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(fault(format!("exceeded max depth of {MAX_DEPTH}"), span));
        }
        let node = read(self)?;
        self.depth -= 1;
        Ok(node)
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<B::Node, Error> {
        let Some(anchor) = self.anchors.get(&id) else {
            return Err(fault("anchor value contains itself", span));
        };
        self.made += anchor.size;
        self.aliased += anchor.size;
        if excessive(self.aliased, self.made) {
            return Err(Error::new(
                "document contains excessive aliasing",
                position(span),
            ));
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
                (Event::Scalar(text, ScalarStyle::Plain, 0, None), _) if text == "<<" => {
                    self.merge(&mut entries)?;
                }
                event => {
                    let key = self.key(event)?;
                    let event = self.next()?;
                    entries.push((key, self.node(event)?));
                }
            }
        }
    }

    fn merge(&mut self, entries: &mut Vec<(B::Name, B::Node)>) -> Result<(), Error> {
        let event = self.next()?;
        let span = event.1;
        let node = self.node(event)?;
        let sources = match self.build.items(&node) {
            Some(items) => items.into_iter().rev().collect(),
            None => vec![node],
        };
        for source in &sources {
            let merged = self.build.entries(source);
            entries.extend(merged.ok_or_else(|| {
                fault(
                    "map merge requires map or sequence of maps as the value",
                    span,
                )
            })?);
        }
        Ok(())
    }

    /// A key as `sigs.k8s.io/yaml` turns it into a JSON key.
    fn key(&mut self, (event, span): Next<'a>) -> Result<B::Name, Error> {
        let (text, style, anchor, tag) = match event {
            Event::Scalar(text, style, anchor, tag) => (text, style, anchor, tag),
            Event::Alias(_) => return self.alias_key((event, span)),
            _ => {
                let key = self.node((event, span))?;
                return Err(fault(
                    format!("invalid map key: {}", self.build.go_syntax(&key)),
                    span,
                ));
            }
        };
        let text = self.last_line(text, style, span);
        let resolved = scalar(text, style, tag.as_deref()).map_err(|text| fault(text, span))?;
        if anchor > 0 {
            let node = self
                .build
                .scalar(resolved.clone())
                .map_err(|text| fault(text, span))?;
            self.anchors.insert(anchor, Anchor { node, size: 1 });
        }
        let text = key_text(resolved).map_err(|text| Error::json(text, position(span)))?;
        Ok(self.build.name(text))
    }

    fn alias_key(&mut self, event: Next<'a>) -> Result<B::Name, Error> {
        let span = event.1;
        let node = self.node(event)?;
        let key = self.build.key(&node);
        key.map(|text| self.build.name(text.into())).ok_or_else(|| {
            fault(
                format!("invalid map key: {}", self.build.go_syntax(&node)),
                span,
            )
        })
    }

    /// A block scalar whose last line is the end of the file has no final
    /// newline for go-yaml; the parser adds one.
    fn last_line(&self, text: Cow<'a, str>, style: ScalarStyle, span: Span) -> Cow<'a, str> {
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        if !block || !text.ends_with('\n') || self.source.ends_with('\n') {
            return text;
        }
        let last = self.source.rsplit('\n').next().unwrap_or_default();
        if last.trim().is_empty() || span.end.index() < self.source.chars().count() {
            return text;
        }
        let mut text = text.into_owned();
        text.pop();
        Cow::Owned(text)
    }
}

fn position(span: Span) -> Option<(usize, usize)> {
    Some((span.start.line(), span.start.col() + 1))
}

fn fault(text: impl Into<String>, span: Span) -> Error {
    Error::new(text, position(span))
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

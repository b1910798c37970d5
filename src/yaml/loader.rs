//! From text to [`Node`]s, over the events of `saphyr-parser`.
//!
//! Bounded: nesting depth, and the nodes that aliases stand for (they are shared, but whoever
//! walks the tree pays for each). Gathers duplicate keys; stops at the first syntax error.

use super::{Data, Key, Node, Pos, Source, scalar};
use crate::diag::{Diagnostic, Diagnostics};
use rustc_hash::FxHashMap;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use std::borrow::Cow;
use std::sync::Arc;

/// Deepest nesting.
const DEPTH: usize = 100;
/// Most nodes that the aliases of one text may stand for.
const ALIASED: usize = 1_000_000;

/// Reads a text that holds at most one document; an empty one is null.
pub fn load(source: &Arc<Source>) -> Result<Node, Diagnostics> {
    let mut documents = load_all(source)?;
    if let Some(second) = documents.get(1) {
        return Err(second.error("only one document is expected here").into());
    }
    Ok(documents.pop().unwrap_or_else(|| Node {
        data: Data::Null,
        pos: Pos::start(source),
    }))
}

/// Reads all documents of a text.
pub fn load_all(source: &Arc<Source>) -> Result<Vec<Node>, Diagnostics> {
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    let mut loader = Loader {
        parser: Parser::new_from_str(text),
        source,
        anchors: FxHashMap::default(),
        nodes: 0,
        aliased: 0,
        tainted: false,
        faults: Diagnostics::default(),
    };
    let documents = loader.documents().map_err(|fault| *fault);
    let mut faults = loader.faults;
    match documents {
        Ok(documents) if faults.0.is_empty() => return Ok(documents),
        Ok(_) => {}
        Err(fault) => faults.push(fault),
    }
    Err(faults)
}

/// The entries of a mapping, shared with what the anchor stands for.
type Entries = Arc<Vec<(Key, Node)>>;

/// A step's result; the fault is boxed because it is large and rare.
type Step<T> = Result<T, Box<Diagnostic>>;

struct Loader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    source: &'a Arc<Source>,
    /// What an anchor stands for and how many nodes that is; absent while it is being read.
    anchors: FxHashMap<usize, (Node, usize)>,
    nodes: usize,
    aliased: usize,
    /// Inside an `!unsafe` collection.
    tainted: bool,
    faults: Diagnostics,
}

impl<'a> Loader<'a> {
    fn documents(&mut self) -> Step<Vec<Node>> {
        let mut documents = Vec::new();
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(documents),
                (Event::DocumentStart(_), _) => {
                    let event = self.next()?;
                    documents.push(self.node(event, 0)?);
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Step<(Event<'a>, Span)> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(Box::new(self.syntax(&error))),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn syntax(&self, error: &ScanError) -> Diagnostic {
        let marker = *error.marker();
        self.pos(Span::empty(marker)).error(error.info(), 1)
    }

    fn pos(&self, span: Span) -> Pos {
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Pos {
            source: self.source.clone(),
            line: number(span.start.line()).max(1),
            column: number(span.start.col()).saturating_add(1),
        }
    }

    fn node(&mut self, (event, span): (Event<'a>, Span), depth: usize) -> Step<Node> {
        let pos = self.pos(span);
        if depth > DEPTH {
            return fail(&pos, format!("nested deeper than {DEPTH} levels"));
        }
        let before = self.nodes;
        self.nodes += 1;
        let (anchor, data) = match event {
            Event::Alias(id) => return self.alias(id, &pos),
            Event::Scalar(text, style, anchor, tag) => {
                let text = self.trimmed(text, style, span);
                (anchor, self.scalar(text, style, tag.as_deref(), &pos)?)
            }
            Event::SequenceStart(anchor, tag) => (
                anchor,
                self.collection(tag.as_deref(), &pos, |l| l.sequence(depth))?,
            ),
            Event::MappingStart(anchor, tag) => (
                anchor,
                self.collection(tag.as_deref(), &pos, |l| l.mapping(depth))?,
            ),
            _ => return fail(&pos, "a value is missing".to_owned()),
        };
        let node = Node { data, pos };
        if anchor != 0 {
            self.anchors
                .insert(anchor, (node.clone(), self.nodes - before));
        }
        Ok(node)
    }

    fn alias(&mut self, id: usize, pos: &Pos) -> Step<Node> {
        let Some((node, size)) = self.anchors.get(&id) else {
            return fail(pos, "an alias inside its own anchor".to_owned());
        };
        self.aliased += size;
        self.nodes += size - 1;
        if self.aliased > ALIASED {
            return fail(pos, format!("aliases stand for more than {ALIASED} values"));
        }
        Ok(node.clone())
    }

    /// A block scalar that the file's end cuts off has no final line break (PyYAML and Go agree).
    fn trimmed(&self, text: Cow<'a, str>, style: ScalarStyle, span: Span) -> Cow<'a, str> {
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let whole = &self.source.text;
        let cut = block && !whole.ends_with('\n') && span.end.line() >= whole.lines().count();
        match text.strip_suffix('\n') {
            Some(shorter) if cut => Cow::Owned(shorter.to_owned()),
            _ => text,
        }
    }

    fn scalar(
        &self,
        text: Cow<'a, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        pos: &Pos,
    ) -> Step<Data> {
        let string = |tainted: bool| match tainted {
            true => Data::Unsafe((&*text).into()),
            false => Data::Str((&*text).into()),
        };
        let plain = match tag.map(|tag| (tag.handle.as_str(), tag.suffix.as_str())) {
            None => style == ScalarStyle::Plain,
            Some(("!", "vault" | "vault-encrypted")) => return Ok(Data::Vault((&*text).into())),
            Some(("!", "unsafe")) => return Ok(string(true)),
            Some(("", "!") | ("!", "") | (CORE, "str")) => false,
            Some((CORE, "int" | "float" | "bool" | "null")) => true,
            Some(_) => return unknown_tag(tag, pos),
        };
        if !plain {
            return Ok(string(self.tainted));
        }
        match scalar::resolve(&text) {
            Ok(data) => Ok(data.unwrap_or_else(|| string(self.tainted))),
            Err(why) => Err(Box::new(pos.error(why, text.chars().count()))),
        }
    }

    fn collection(
        &mut self,
        tag: Option<&Tag>,
        pos: &Pos,
        read: impl FnOnce(&mut Self) -> Step<Data>,
    ) -> Step<Data> {
        let outer = self.tainted;
        match tag.map(|tag| (tag.handle.as_str(), tag.suffix.as_str())) {
            None | Some(("", "!") | ("!", "") | (CORE, "seq" | "map")) => {}
            Some(("!", "unsafe")) => self.tainted = true,
            Some(_) => return unknown_tag(tag, pos),
        }
        let data = read(self);
        self.tainted = outer;
        data
    }

    fn sequence(&mut self, depth: usize) -> Step<Data> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Data::Seq(Arc::new(items))),
                event => items.push(self.node(event, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Step<Data> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut seen = FxHashMap::default();
        let mut merged = Vec::new();
        loop {
            let (key, merge) = match self.next()? {
                (Event::MappingEnd, _) => break,
                event => self.key(event)?,
            };
            let event = self.next()?;
            let value = self.node(event, depth + 1)?;
            if merge {
                merged.extend(merge_sources(&value)?);
            } else if let Some(first) = seen.insert(key.name.clone(), key.pos.line) {
                self.duplicate(&key, first);
            } else {
                entries.push((key, value));
            }
        }
        if !merged.is_empty() {
            entries = merge(merged, entries);
        }
        Ok(Data::Map(Arc::new(entries)))
    }

    /// A key, and whether it is the merge key.
    fn key(&mut self, (event, span): (Event<'a>, Span)) -> Step<(Key, bool)> {
        let pos = self.pos(span);
        let (name, merge): (Arc<str>, bool) = match event {
            Event::Scalar(text, style, _, None) => {
                let merge = style == ScalarStyle::Plain && text == "<<";
                (text.into(), merge)
            }
            Event::Scalar(text, ..) => (text.into(), false),
            _ => return fail(&pos, "a key must be text".to_owned()),
        };
        Ok((Key { name, pos }, merge))
    }

    fn duplicate(&mut self, key: &Key, first: u32) {
        let fault = key.error(format!("duplicate key \"{}\"", key.name));
        self.faults
            .push(fault.note(format!("first written in line {first}")));
    }
}

/// The handle of YAML's own tags.
const CORE: &str = "tag:yaml.org,2002:";

fn fail<T>(pos: &Pos, message: String) -> Step<T> {
    Err(Box::new(pos.error(message, 1)))
}

fn unknown_tag(tag: Option<&Tag>, pos: &Pos) -> Step<Data> {
    let name = tag.map(Tag::to_string).unwrap_or_default();
    let fault = pos.error(format!("unknown tag {name}"), name.chars().count());
    Err(Box::new(fault.hint("!vault, !unsafe, or no tag")))
}

/// The mappings behind `<<`: one, or a list of them, the first winning.
fn merge_sources(value: &Node) -> Step<Vec<Entries>> {
    let one = |node: &Node| match &node.data {
        Data::Map(entries) => Ok(entries.clone()),
        _ => fail(
            &node.pos,
            format!("<< must name a mapping, not {}", node.kind()),
        ),
    };
    match &value.data {
        Data::Seq(items) => items.iter().map(one).collect(),
        _ => Ok(vec![one(value)?]),
    }
}

/// Merged entries first, each key from its first source; the mapping's own keys win.
fn merge(sources: Vec<Entries>, own: Vec<(Key, Node)>) -> Vec<(Key, Node)> {
    let mut taken: rustc_hash::FxHashSet<Arc<str>> =
        own.iter().map(|(key, _)| key.name.clone()).collect();
    let mut entries = Vec::new();
    for (key, value) in sources.iter().flat_map(|source| source.iter()) {
        if taken.insert(key.name.clone()) {
            entries.push((key.clone(), value.clone()));
        }
    }
    entries.extend(own);
    entries
}

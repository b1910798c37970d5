//! Tokens as events: which node begins and ends where. The main type here is [`Events`].
//!
//! The grammar and the words of the errors are go-yaml's (those of libyaml).

mod flow;

use super::scan::{Fault, Kind, Mark, Scanner, Style, Token};
use std::borrow::Cow;

/// The prefix of `!!str` and its kin.
pub(super) const CORE: &str = "tag:yaml.org,2002:";

/// What stands before a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Properties<'a> {
    /// The name behind `&`.
    pub anchor: Option<&'a str>,
    /// The whole tag; a lone `!` stays so.
    pub tag: Option<String>,
}

/// One step through a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Event<'a> {
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(&'a str),
    Scalar(Cow<'a, str>, Style, Properties<'a>),
    SequenceStart(Properties<'a>),
    SequenceEnd,
    MappingStart(Properties<'a>),
    MappingEnd,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The start of a document; the first one needs no `---`.
    DocumentStart {
        first: bool,
    },
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceEntry {
        first: bool,
    },
    IndentlessEntry,
    BlockMappingKey {
        first: bool,
    },
    BlockMappingValue,
    FlowSequenceEntry {
        first: bool,
    },
    /// A map of one pair that stands in a list without braces.
    PairKey,
    PairValue,
    PairEnd,
    FlowMappingKey {
        first: bool,
    },
    FlowMappingValue {
        empty: bool,
    },
    End,
}

/// An event and where it begins.
pub(super) type Next<'a> = (Event<'a>, Mark);

type Step<'a> = Result<Next<'a>, Fault>;

/// The events of one text.
pub(super) struct Events<'a> {
    scanner: Scanner<'a>,
    state: State,
    /// Where to go on behind the node at work.
    states: Vec<State>,
    /// Where the collections at work begin.
    marks: Vec<Mark>,
    /// Handles and prefixes of the document's `%TAG` directives and of all documents.
    tags: Vec<(Cow<'a, str>, String)>,
}

fn empty<'a>(mark: Mark) -> Next<'a> {
    let text = Cow::Borrowed("");
    (
        Event::Scalar(text, Style::Plain, Properties::default()),
        mark,
    )
}

impl<'a> Events<'a> {
    pub fn new(text: &'a str) -> Events<'a> {
        Events {
            scanner: Scanner::new(text),
            state: State::DocumentStart { first: true },
            states: Vec::new(),
            marks: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// The next event; behind the last one it is `StreamEnd` for ever.
    pub fn next(&mut self) -> Step<'a> {
        match self.state {
            State::DocumentStart { first } => self.document_start(first),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(true, false),
            State::BlockSequenceEntry { first } => self.block_sequence_entry(first),
            State::IndentlessEntry => self.indentless_entry(),
            State::BlockMappingKey { first } => self.block_mapping_key(first),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceEntry { first } => self.flow_sequence_entry(first),
            State::PairKey => self.pair_key(),
            State::PairValue => self.pair_value(),
            State::PairEnd => self.pair_end(),
            State::FlowMappingKey { first } => self.flow_mapping_key(first),
            State::FlowMappingValue { empty } => self.flow_mapping_value(empty),
            State::End => Ok((Event::StreamEnd, Mark::default())),
        }
    }

    fn peek(&mut self) -> Result<&Token<'a>, Fault> {
        self.scanner.peek()
    }

    /// Takes the token that was looked at; gives where it ended.
    fn skip(&mut self) -> Mark {
        self.scanner
            .take()
            .map_or(Mark::default(), |token| token.end)
    }

    fn next_is(&mut self, kinds: &[Kind<'_>]) -> Result<bool, Fault> {
        Ok(kinds.contains(&self.peek()?.kind))
    }

    fn back(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    /// A fault at the next token, inside the innermost collection.
    fn fault(&mut self, problem: &'static str) -> Fault {
        let context = self.marks.last().copied().unwrap_or_default();
        self.fault_in(context, problem)
    }

    fn fault_in(&mut self, context: Mark, problem: &'static str) -> Fault {
        match self.peek() {
            Ok(token) => Fault {
                problem: problem.into(),
                at: token.start,
                context,
                scanner: false,
            },
            Err(fault) => fault,
        }
    }

    /// Opens the collection whose start token is next.
    fn open(&mut self) -> Result<(), Fault> {
        let mark = self.peek()?.start;
        self.marks.push(mark);
        self.skip();
        Ok(())
    }

    /// Closes the innermost collection with the next token.
    fn close(&mut self, event: Event<'a>) -> Step<'a> {
        let mark = self.peek()?.start;
        self.skip();
        self.marks.pop();
        self.back();
        Ok((event, mark))
    }

    fn document_start(&mut self, first: bool) -> Step<'a> {
        while !first && self.next_is(&[Kind::DocumentEnd])? {
            self.skip();
        }
        let mark = self.peek()?.start;
        if self.next_is(&[Kind::StreamEnd])? {
            self.state = State::End;
            return Ok((Event::StreamEnd, mark));
        }
        let explicit = !first || self.next_is(&[Kind::DocumentStart])? || self.at_directive()?;
        self.directives()?;
        if !explicit {
            self.state = State::BlockNode;
        } else if self.next_is(&[Kind::DocumentStart])? {
            self.skip();
            self.state = State::DocumentContent;
        } else {
            return Err(self.fault_in(Mark::default(), "did not find expected <document start>"));
        }
        self.states.push(State::DocumentEnd);
        Ok((Event::DocumentStart, mark))
    }

    fn at_directive(&mut self) -> Result<bool, Fault> {
        Ok(matches!(
            self.peek()?.kind,
            Kind::Version(..) | Kind::TagDirective(..)
        ))
    }

    fn directives(&mut self) -> Result<(), Fault> {
        let mut versioned = false;
        while self.at_directive()? {
            match self.peek()?.kind.clone() {
                Kind::TagDirective(handle, prefix) => self.tag_directive(handle, prefix)?,
                Kind::Version(1, 1) if !versioned => versioned = true,
                Kind::Version(..) => {
                    let problem = match versioned {
                        true => "found duplicate %YAML directive",
                        false => "found incompatible YAML document",
                    };
                    return Err(self.fault_in(Mark::default(), problem));
                }
                _ => break,
            }
            self.skip();
        }
        for (handle, prefix) in [("!", "!"), ("!!", CORE)] {
            if self.prefix(handle).is_none() {
                self.tags.push((handle.into(), prefix.to_owned()));
            }
        }
        Ok(())
    }

    fn tag_directive(&mut self, handle: &'a str, prefix: String) -> Result<(), Fault> {
        if self.prefix(handle).is_some() {
            return Err(self.fault_in(Mark::default(), "found duplicate %TAG directive"));
        }
        self.tags.push((handle.into(), prefix));
        Ok(())
    }

    fn prefix(&self, handle: &str) -> Option<&str> {
        let found = self.tags.iter().find(|(other, _)| other == handle);
        found.map(|(_, prefix)| prefix.as_str())
    }

    fn document_content(&mut self) -> Step<'a> {
        let token = self.peek()?;
        let mark = token.start;
        match token.kind {
            Kind::Version(..)
            | Kind::TagDirective(..)
            | Kind::DocumentStart
            | Kind::DocumentEnd
            | Kind::StreamEnd => {
                self.back();
                Ok(empty(mark))
            }
            _ => self.node(true, false),
        }
    }

    fn document_end(&mut self) -> Step<'a> {
        let mark = self.peek()?.start;
        if self.next_is(&[Kind::DocumentEnd])? {
            self.skip();
        }
        self.tags.clear();
        self.state = State::DocumentStart { first: false };
        Ok((Event::DocumentEnd, mark))
    }

    /// A node. In a map a list may begin in the column of its key.
    fn node(&mut self, block: bool, indentless: bool) -> Step<'a> {
        let start = self.peek()?.start;
        if let Kind::Alias(name) = self.peek()?.kind {
            self.skip();
            self.back();
            return Ok((Event::Alias(name), start));
        }
        let properties = self.properties()?;
        let (state, event): (_, fn(_) -> _) = match &self.peek()?.kind {
            Kind::BlockEntry if indentless => (State::IndentlessEntry, Event::SequenceStart),
            Kind::FlowSequenceStart => (
                State::FlowSequenceEntry { first: true },
                Event::SequenceStart,
            ),
            Kind::FlowMappingStart => (State::FlowMappingKey { first: true }, Event::MappingStart),
            Kind::BlockSequenceStart if block => (
                State::BlockSequenceEntry { first: true },
                Event::SequenceStart,
            ),
            Kind::BlockMappingStart if block => {
                (State::BlockMappingKey { first: true }, Event::MappingStart)
            }
            _ => return self.scalar(start, properties),
        };
        self.state = state;
        Ok((event(properties), start))
    }

    fn scalar(&mut self, start: Mark, properties: Properties<'a>) -> Step<'a> {
        if matches!(self.peek()?.kind, Kind::Scalar(..))
            && let Some(Token {
                kind: Kind::Scalar(text, style),
                ..
            }) = self.scanner.take()
        {
            self.back();
            return Ok((Event::Scalar(text, style, properties), start));
        }
        if properties == Properties::default() {
            return Err(self.fault_in(start, "did not find expected node content"));
        }
        self.back();
        Ok((
            Event::Scalar(Cow::Borrowed(""), Style::Plain, properties),
            start,
        ))
    }

    /// An anchor and a tag, in any order.
    fn properties(&mut self) -> Result<Properties<'a>, Fault> {
        let mut properties = Properties::default();
        let start = self.peek()?.start;
        loop {
            match &self.peek()?.kind {
                Kind::Anchor(name) if properties.anchor.is_none() => properties.anchor = Some(name),
                Kind::Tag(handle, suffix) if properties.tag.is_none() => {
                    let (handle, suffix) = (*handle, suffix.clone());
                    properties.tag = Some(self.whole_tag(handle, suffix, start)?);
                }
                _ => return Ok(properties),
            }
            self.skip();
        }
    }

    fn whole_tag(&mut self, handle: &str, suffix: String, start: Mark) -> Result<String, Fault> {
        if handle.is_empty() {
            return Ok(suffix);
        }
        match self.prefix(handle) {
            Some(prefix) => Ok(format!("{prefix}{suffix}")),
            None => Err(self.fault_in(start, "found undefined tag handle")),
        }
    }

    fn block_sequence_entry(&mut self, first: bool) -> Step<'a> {
        if first {
            self.open()?;
        }
        if self.next_is(&[Kind::BlockEntry])? {
            let end = self.skip();
            let state = State::BlockSequenceEntry { first: false };
            let none = [Kind::BlockEntry, Kind::BlockEnd];
            return self.block_part((state, end), &none, false);
        }
        if self.next_is(&[Kind::BlockEnd])? {
            return self.close(Event::SequenceEnd);
        }
        Err(self.fault("did not find expected '-' indicator"))
    }

    /// The node behind an indicator, or nothing where one of `none` follows; then `state`.
    fn block_part(
        &mut self,
        (state, end): (State, Mark),
        none: &[Kind<'_>],
        indentless: bool,
    ) -> Step<'a> {
        if self.next_is(none)? {
            self.state = state;
            return Ok(empty(end));
        }
        self.states.push(state);
        self.node(true, indentless)
    }

    fn indentless_entry(&mut self) -> Step<'a> {
        if self.next_is(&[Kind::BlockEntry])? {
            let end = self.skip();
            let none = [Kind::BlockEntry, Kind::Key, Kind::Value, Kind::BlockEnd];
            return self.block_part((State::IndentlessEntry, end), &none, false);
        }
        self.back();
        Ok((Event::SequenceEnd, self.peek()?.start))
    }

    fn block_mapping_key(&mut self, first: bool) -> Step<'a> {
        if first {
            self.open()?;
        }
        if self.next_is(&[Kind::Key])? {
            let end = self.skip();
            let none = [Kind::Key, Kind::Value, Kind::BlockEnd];
            return self.block_part((State::BlockMappingValue, end), &none, true);
        }
        if self.next_is(&[Kind::BlockEnd])? {
            return self.close(Event::MappingEnd);
        }
        Err(self.fault("did not find expected key"))
    }

    fn block_mapping_value(&mut self) -> Step<'a> {
        let state = State::BlockMappingKey { first: false };
        if self.next_is(&[Kind::Value])? {
            let end = self.skip();
            let none = [Kind::Key, Kind::Value, Kind::BlockEnd];
            return self.block_part((state, end), &none, true);
        }
        self.state = state;
        Ok(empty(self.peek()?.start))
    }
}

//! Text to trees: Go's grammar, Go's checks at parse time, Go's messages.
//!
//! The main function here is [`parse`]. Variables become slots and function
//! names pointers on the way, so that nothing is looked up by name at run time.

mod control;
mod pipeline;

use super::ast::{Callee, Command, Expr, Node, Pos, Source, Tree, is_empty};
use super::error::Error;
use super::lexer::Lexer;
use super::limits::StackGauge;
use super::token::{Kind, Token};
use crate::value::quote;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Every function that templates may name.
pub(super) type Functions = FxHashMap<&'static str, Callee>;

/// How much stack parsing may use: little enough for a thread of 2 MiB.
const STACK: usize = 1 << 20;

/// What one text defines: its own body under its name, and its `define`s.
pub(super) type Trees = FxHashMap<Arc<str>, Tree>;

/// Parses `text` as the template `name`.
pub(super) fn parse(name: &str, text: Arc<str>, functions: &Functions) -> Result<Trees, Error> {
    let source = Arc::new(Source {
        name: name.to_owned(),
        text,
    });
    let mut parser = Parser {
        lexer: Lexer::new(&source.text),
        functions,
        commands: Vec::new(),
        args: Vec::new(),
        source: &source,
        gauge: StackGauge::start(),
        trees: Trees::default(),
        tree: TreeState::default(),
    };
    let root = parser.top_level()?;
    parser.add(Arc::from(name), root)?;
    Ok(parser.trees)
}

struct Parser<'s> {
    lexer: Lexer<'s>,
    functions: &'s Functions,
    /// Commands and arguments of all pipelines at work.
    commands: Vec<Command>,
    args: Vec<Expr>,
    source: &'s Arc<Source>,
    gauge: StackGauge,
    trees: Trees,
    /// The body at work; a `define` or `block` has one of its own.
    tree: TreeState<'s>,
}

struct TreeState<'s> {
    /// Tokens that were put back, the next one last.
    ahead: Vec<Token<'s>>,
    /// Where the token read last begins.
    at: Pos,
    variables: Vec<Declared<'s>>,
    slots: usize,
    /// Where the action at work began.
    action: Option<Pos>,
    range_depth: usize,
}

/// A variable in scope.
struct Declared<'s> {
    name: &'s str,
    /// `None`: assigned but never declared.
    slot: Option<usize>,
}

impl Default for TreeState<'_> {
    fn default() -> Self {
        TreeState {
            ahead: Vec::new(),
            at: 0,
            variables: vec![Declared {
                name: "$",
                slot: Some(0),
            }],
            slots: 1,
            action: None,
            range_depth: 0,
        }
    }
}

/// How a list of nodes ended.
enum End<'s> {
    End,
    /// The token that follows `else`, where it is `if` or `with`.
    Else(Token<'s>),
}

impl End<'_> {
    /// As Go prints the node.
    fn text(&self) -> &'static str {
        match self {
            End::End => "{{end}}",
            End::Else(_) => "{{else}}",
        }
    }
}

/// One step of a list.
enum Item<'s> {
    Node(Node),
    End(End<'s>),
}

impl<'s> Parser<'s> {
    fn next(&mut self) -> Token<'s> {
        match self.tree.ahead.pop() {
            Some(token) => token,
            None => {
                let token = self.lexer.next();
                self.tree.at = token.pos;
                token
            }
        }
    }

    fn put_back(&mut self, token: Token<'s>) {
        self.tree.ahead.push(token);
    }

    fn peek(&mut self) -> Token<'s> {
        let token = self.next();
        self.put_back(token);
        token
    }

    fn next_non_space(&mut self) -> Token<'s> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    /// Skips blanks for good, as Go does.
    fn peek_non_space(&mut self) -> Token<'s> {
        let token = self.next_non_space();
        self.put_back(token);
        token
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result<Token<'s>, Error> {
        let token = self.next_non_space();
        if token.kind == kind {
            Ok(token)
        } else {
            Err(self.unexpected(token, context))
        }
    }

    fn error(&self, message: impl Into<String>) -> Error {
        Error::parse(self.source, self.tree.at, message.into())
    }

    fn unexpected(&self, token: Token<'s>, context: &str) -> Error {
        if token.kind != Kind::Error {
            return self.error(format!("unexpected {token} in {context}"));
        }
        let message = &self.lexer.error;
        let line = |pos| self.source.line_at(pos);
        let start = match self.tree.action.map(line) {
            Some(start) if start != line(token.pos) => start,
            _ => return self.error(message),
        };
        let action = if message.ends_with(" action") {
            ""
        } else {
            " in action"
        };
        let name = &self.source.name;
        self.error(format!("{message}{action} started at {name}:{start}"))
    }

    /// Go bounds the nesting of parentheses; here all nesting is bounded.
    fn check_depth(&self) -> Result<(), Error> {
        if self.gauge.used() > STACK {
            return Err(self.error("max expression depth exceeded"));
        }
        Ok(())
    }

    /// The top level, where alone `define` may stand.
    fn top_level(&mut self) -> Result<Vec<Node>, Error> {
        let mut nodes = Vec::new();
        while self.peek().kind != Kind::Eof {
            if self.peek().kind == Kind::LeftDelim && self.definition()? {
                continue;
            }
            match self.text_or_action()? {
                Item::Node(node) => nodes.push(node),
                Item::End(end) => return Err(self.error(format!("unexpected {}", end.text()))),
            }
        }
        Ok(nodes)
    }

    /// `{{define "name"}}…{{end}}`, or nothing where the action is another.
    fn definition(&mut self) -> Result<bool, Error> {
        let delim = self.next();
        let word = self.next_non_space();
        if word.kind != Kind::Define {
            self.put_back(word);
            self.put_back(delim);
            return Ok(false);
        }
        let outer = std::mem::take(&mut self.tree);
        self.define_clause()?;
        self.tree = outer;
        Ok(true)
    }

    fn define_clause(&mut self) -> Result<(), Error> {
        let context = "define clause";
        let token = self.next_non_space();
        let name = self.template_name(token, context)?;
        self.expect(Kind::RightDelim, context)?;
        let nodes = self.body(context)?;
        self.add(name.into(), nodes)
    }

    /// Nodes up to `{{end}}`.
    fn body(&mut self, context: &str) -> Result<Vec<Node>, Error> {
        match self.list()? {
            (nodes, End::End) => Ok(nodes),
            (_, end) => Err(self.error(format!("unexpected {} in {context}", end.text()))),
        }
    }

    /// Files a finished body. An empty one replaces nothing; two that are not
    /// empty may not have one name in one text.
    fn add(&mut self, name: Arc<str>, root: Vec<Node>) -> Result<(), Error> {
        let empty = is_empty(&root, self.source);
        match self.trees.get(&name) {
            Some(old) if !old.empty && empty => return Ok(()),
            Some(old) if !old.empty => {
                let name = quote(&name);
                let message = format!("template: multiple definition of template {name}");
                return Err(self.error(message));
            }
            _ => {}
        }
        let tree = Tree {
            name: Arc::clone(&name),
            source: Arc::clone(self.source),
            root,
            empty,
            slots: self.tree.slots,
        };
        self.trees.insert(name, tree);
        Ok(())
    }

    /// Nodes up to `{{end}}` or `{{else}}`.
    fn list(&mut self) -> Result<(Vec<Node>, End<'s>), Error> {
        self.check_depth()?;
        let mut nodes = Vec::new();
        while self.peek_non_space().kind != Kind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => nodes.push(node),
                Item::End(end) => return Ok((nodes, end)),
            }
        }
        Err(self.error("unexpected EOF"))
    }

    fn text_or_action(&mut self) -> Result<Item<'s>, Error> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => Ok(Item::Node(Node::Text {
                start: token.pos,
                end: token.pos + token.text.len(),
            })),
            Kind::LeftDelim => {
                self.tree.action = Some(token.pos);
                let item = self.action();
                if item.is_ok() {
                    self.tree.action = None;
                }
                item
            }
            _ => Err(self.unexpected(token, "input")),
        }
    }
}

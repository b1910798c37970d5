//! What the lexer hands to the parser.

use crate::value::fmt::{quote, sprintf};
use std::fmt;

/// One lexical item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'s> {
    pub kind: Kind,
    /// Byte offset in the source.
    pub pos: usize,
    pub text: &'s str,
}

/// The kinds of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The message is in [`super::lexer::Lexer::error`].
    Error,
    Eof,
    Text,
    LeftDelim,
    RightDelim,
    Space,
    Bool,
    /// A character without a kind of its own, such as a comma.
    Char,
    CharConstant,
    Complex,
    Number,
    String,
    RawString,
    Field,
    Identifier,
    Variable,
    Assign,
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    Dot,
    Nil,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

impl Kind {
    /// The keyword that a word is.
    pub fn keyword(word: &str) -> Option<Kind> {
        Some(match word {
            "block" => Kind::Block,
            "break" => Kind::Break,
            "continue" => Kind::Continue,
            "define" => Kind::Define,
            "else" => Kind::Else,
            "end" => Kind::End,
            "if" => Kind::If,
            "nil" => Kind::Nil,
            "range" => Kind::Range,
            "template" => Kind::Template,
            "with" => Kind::With,
            _ => return None,
        })
    }

    fn is_keyword(self) -> bool {
        !matches!(
            self,
            Kind::Error
                | Kind::Eof
                | Kind::Text
                | Kind::LeftDelim
                | Kind::RightDelim
                | Kind::Space
                | Kind::Bool
                | Kind::Char
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Number
                | Kind::String
                | Kind::RawString
                | Kind::Field
                | Kind::Identifier
                | Kind::Variable
                | Kind::Assign
                | Kind::Declare
                | Kind::Pipe
                | Kind::LeftParen
                | Kind::RightParen
        )
    }
}

/// As Go's messages show an item: `<end>`, `"}"`, `"some text"...`.
impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Eof => f.write_str("EOF"),
            kind if kind.is_keyword() => write!(f, "<{}>", self.text),
            _ if self.text.len() > 10 => f.write_str(&sprintf("%.10q...", &[self.text.into()])),
            _ => f.write_str(&quote(self.text)),
        }
    }
}

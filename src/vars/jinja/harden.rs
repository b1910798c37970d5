//! Rewriting an expression so that the engine's strict mode gives Ansible's behaviour.
//!
//! The engine stops at the first step of `a.b.c | default('x')` that is undefined; Ansible goes
//! on. So a chain under `default`, `mandatory` or `is defined` becomes `__reach(a, 'b', 'c')`,
//! and everything else stays strict. In playbooks a backslash in a literal is a backslash:
//! it is doubled. Names such as `ansible.builtin.to_json` lose their collection. `'%s' % x`, which
//! the engine does not know for texts, becomes `'%s'|format(x)`.

use super::tokens::{Kind, Token, tokens};
use std::fmt::Write;

/// How backslashes in literals are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Backslash {
    /// As themselves: playbooks and variables.
    Raw,
    /// As escapes: template files.
    Escape,
}

/// The expression as the engine should read it.
pub(super) fn harden(source: &str, backslash: Backslash) -> String {
    let tokens = short_names(tokens(source));
    let chains = chains(&tokens);
    let writer = Writer {
        tokens: &tokens,
        chains: &chains,
        backslash,
    };
    let mut out = String::with_capacity(source.len() + 16);
    writer.write(&mut out, 0, tokens.len());
    out
}

/// A run of tokens under a filter or test that takes undefined values: `base` then accessors.
#[derive(Debug)]
struct Chain {
    start: usize,
    /// One past the base.
    base: usize,
    /// One past the last accessor.
    end: usize,
}

/// Drops the collection in front of filters and tests.
fn short_names(tokens: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let mut short: Vec<Token<'_>> = Vec::with_capacity(tokens.len());
    let mut rest = tokens.as_slice();
    while let Some((token, after)) = rest.split_first() {
        let applied = short
            .last()
            .is_some_and(|t| t.is('|') || t.is_name("is") || t.is_name("not"));
        match after {
            [dot, _, dot2, name, tail @ ..]
                if applied
                    && matches!(token.text, "ansible" | "community" | "kubernetes")
                    && dot.is('.')
                    && dot2.is('.') =>
            {
                short.push(Token {
                    lead: token.lead,
                    ..*name
                });
                rest = tail;
            }
            _ => {
                short.push(*token);
                rest = after;
            }
        }
    }
    short
}

fn chains(tokens: &[Token<'_>]) -> Vec<Chain> {
    let guard = |at: usize| {
        let next = |offset: usize| tokens.get(at + offset);
        let filter = tokens[at].is('|')
            && next(1).is_some_and(|t| matches!(t.text, "default" | "d" | "mandatory"));
        let negated = usize::from(next(1).is_some_and(|t| t.is_name("not")));
        let test = tokens[at].is_name("is")
            && next(1 + negated).is_some_and(|t| matches!(t.text, "defined" | "undefined"));
        filter || test
    };
    (1..tokens.len())
        .filter(|at| guard(*at))
        .filter_map(|at| chain(tokens, at))
        .collect()
}

/// The chain that ends before `end`, where there is one with accessors.
fn chain(tokens: &[Token<'_>], end: usize) -> Option<Chain> {
    let mut last = end - 1;
    // Brackets round a whole chain do not change it.
    if tokens[last].is(')') {
        let open = opening(tokens, last)?;
        if open == 0 || !is_value_end(&tokens[open - 1]) {
            return chain(tokens, last).filter(|inner| inner.start == open + 1);
        }
    }
    let mut base = None;
    loop {
        match tokens[last].kind {
            Kind::Name | Kind::Number if last >= 2 && tokens[last - 1].is('.') => {
                base = Some(last - 1);
                last -= 2;
            }
            Kind::Sign(']') => {
                let open = opening(tokens, last)?;
                let subscript = open > 0 && is_value_end(&tokens[open - 1]);
                if !subscript || outside(&tokens[open + 1..last], ':') {
                    return None;
                }
                base = Some(open);
                last = open - 1;
            }
            Kind::Name => {
                let applied =
                    last > 0 && (tokens[last - 1].is('|') || tokens[last - 1].is_name("is"));
                return base.filter(|_| !applied).map(|base| Chain {
                    start: last,
                    base,
                    end,
                });
            }
            _ => return None,
        }
    }
}

/// The bracket that opens what `close` closes.
fn opening(tokens: &[Token<'_>], close: usize) -> Option<usize> {
    let mut depth = 0_usize;
    (0..=close).rev().find(|at| {
        match tokens[*at].kind {
            Kind::Sign(')' | ']' | '}') => depth += 1,
            Kind::Sign('(' | '[' | '{') => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// Whether a bracket after this token is a subscript or a call, not a list or a group.
fn is_value_end(token: &Token<'_>) -> bool {
    const WORDS: [&str; 8] = ["in", "and", "or", "not", "if", "else", "is", "for"];
    match token.kind {
        Kind::Name => !WORDS.contains(&token.text),
        Kind::Text | Kind::Sign(')' | ']' | '}') => true,
        _ => false,
    }
}

/// Whether a sign stands outside of brackets.
fn outside(inside: &[Token<'_>], sign: char) -> bool {
    let mut depth = 0_usize;
    inside.iter().any(|token| {
        match token.kind {
            Kind::Sign('(' | '[' | '{') => depth += 1,
            Kind::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.is(sign)
    })
}

struct Writer<'a> {
    tokens: &'a [Token<'a>],
    chains: &'a [Chain],
    backslash: Backslash,
}

impl Writer<'_> {
    fn write(&self, out: &mut String, from: usize, to: usize) {
        let mut at = from;
        while at < to {
            let longest = self
                .chains
                .iter()
                .filter(|c| c.start == at && c.end <= to)
                .max_by_key(|c| c.end);
            match longest {
                Some(chain) => {
                    self.chain(out, chain);
                    at = chain.end;
                }
                None => {
                    self.token(out, &self.tokens[at]);
                    at = self.percent(out, at, to).unwrap_or(at + 1);
                }
            }
        }
    }

    /// `% operand` after a text that was just written: Python's formatting. Gives back where the
    /// rest begins.
    fn percent(&self, out: &mut String, text: usize, to: usize) -> Option<usize> {
        let sign = |at: usize, sign: char| self.tokens.get(at).is_some_and(|t| t.is(sign));
        let operand = text + 2;
        let factor =
            text > 0 && (sign(text - 1, '*') || sign(text - 1, '/') || sign(text - 1, '%'));
        let formats = self.tokens[text].kind == Kind::Text && sign(text + 1, '%');
        if !formats || factor || operand >= to {
            return None;
        }
        let end = self.operand_end(operand, to);
        let tuple = sign(operand, '(')
            && self.closing(operand, to) + 1 == end
            && outside(&self.tokens[operand + 1..end - 1], ',');
        out.push_str("|format(");
        match tuple {
            true => self.write(out, operand + 1, end - 1),
            false => self.write(out, operand, end),
        }
        out.push(')');
        Some(end)
    }

    /// One past an operand: a name, literal or bracket with what is applied to it.
    fn operand_end(&self, start: usize, to: usize) -> usize {
        let is = |at: usize, sign: char| at < to && self.tokens[at].is(sign);
        let opens = |at: usize| is(at, '(') || is(at, '[');
        let mut end = match opens(start) || is(start, '{') {
            true => self.closing(start, to) + 1,
            false => start + 1,
        };
        loop {
            end = match end {
                at if is(at, '.') || is(at, '|') => at + 2,
                at if opens(at) => self.closing(at, to) + 1,
                at => return at.min(to),
            };
        }
    }

    fn chain(&self, out: &mut String, chain: &Chain) {
        let name = &self.tokens[chain.start];
        let _ = write!(out, "{}__reach({}", name.lead, name.text);
        let mut at = chain.base;
        while at < chain.end {
            if self.tokens[at].is('.') {
                let _ = write!(out, ", '{}'", self.tokens[at + 1].text);
                at += 2;
            } else {
                let close = self.closing(at, chain.end);
                out.push_str(", ");
                self.write(out, at + 1, close);
                at = close + 1;
            }
        }
        out.push(')');
    }

    /// The bracket that closes what `open` opens.
    fn closing(&self, open: usize, end: usize) -> usize {
        let mut depth = 0_usize;
        let closes = |at: &usize| {
            match self.tokens[*at].kind {
                Kind::Sign('(' | '[' | '{') => depth += 1,
                Kind::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        };
        (open..end).find(closes).unwrap_or(end)
    }

    fn token(&self, out: &mut String, token: &Token<'_>) {
        out.push_str(token.lead);
        match token.kind {
            Kind::Text if self.backslash == Backslash::Raw => raw(out, token.text),
            _ => out.push_str(token.text),
        }
    }
}

/// A literal whose backslashes stand for themselves; one before a quote still escapes it.
fn raw(out: &mut String, literal: &str) {
    let quote = literal.chars().next().unwrap_or('\'');
    let mut chars = literal.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '\\' && chars.peek() != Some(&quote) {
            out.push('\\');
            // The lexer paired this backslash with the next character: a pair stays a pair.
            if chars.peek() == Some(&'\\') {
                out.extend(chars.next());
                out.push('\\');
            }
        }
    }
}

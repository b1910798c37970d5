//! Python literals, as values of INI inventories: numbers, quoted text, lists, dicts, `True`.

use crate::yaml::{Data, Key, Node, Pos};
use std::sync::Arc;

/// Deepest nesting.
const DEPTH: usize = 50;

/// What `text` is as a Python literal; text that is none stays text.
pub(super) fn literal(text: &str, pos: &Pos) -> Data {
    let mut reader = Reader {
        rest: text.trim(),
        pos,
    };
    match reader.value(0) {
        Some(data) if reader.rest.is_empty() => data,
        _ => Data::Str(text.into()),
    }
}

struct Reader<'a> {
    rest: &'a str,
    pos: &'a Pos,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Data> {
        if depth > DEPTH {
            return None;
        }
        match self.rest.chars().next()? {
            '[' => self.list('[', ']', depth),
            '(' => self.list('(', ')', depth),
            '{' => self.dict(depth),
            quote @ ('\'' | '"') => self.text(quote).map(|text| Data::Str(text.into())),
            _ => self.word(),
        }
    }

    fn node(&mut self, depth: usize) -> Option<Node> {
        let data = self.value(depth)?;
        Some(Node {
            data,
            pos: self.pos.clone(),
        })
    }

    /// Eats one character and the blanks behind it.
    fn eat(&mut self, wanted: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(wanted)?.trim_start();
        Some(())
    }

    fn list(&mut self, open: char, close: char, depth: usize) -> Option<Data> {
        self.eat(open)?;
        let mut items = Vec::new();
        while self.eat(close).is_none() {
            items.push(self.node(depth + 1)?);
            if self.eat(',').is_none() && !self.rest.starts_with(close) {
                return None;
            }
        }
        Some(Data::Seq(Arc::new(items)))
    }

    fn dict(&mut self, depth: usize) -> Option<Data> {
        self.eat('{')?;
        let mut entries: Vec<(Key, Node)> = Vec::new();
        while self.eat('}').is_none() {
            let name: Arc<str> = match self.value(depth + 1)? {
                Data::Str(text) => text,
                Data::Int(number) => number.to_string().into(),
                _ => return None,
            };
            self.eat(':')?;
            let node = self.node(depth + 1)?;
            entries.retain(|(key, _)| key.name != name);
            entries.push((
                Key {
                    name,
                    pos: self.pos.clone(),
                },
                node,
            ));
            if self.eat(',').is_none() && !self.rest.starts_with('}') {
                return None;
            }
        }
        Some(Data::Map(Arc::new(entries)))
    }

    fn text(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest.get(1..)?.chars();
        loop {
            match chars.next()? {
                c if c == quote => break,
                '\\' => match chars.next()? {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    c @ ('\\' | '\'' | '"') => text.push(c),
                    c => text.extend(['\\', c]),
                },
                c => text.push(c),
            }
        }
        self.rest = chars.as_str().trim_start();
        Some(text)
    }

    fn word(&mut self) -> Option<Data> {
        let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '+' | '-');
        let end = self.rest.find(|c| !inside(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        match word {
            "True" => Some(Data::Bool(true)),
            "False" => Some(Data::Bool(false)),
            "None" => Some(Data::Null),
            word => integer(word)
                .map(Data::Int)
                .or_else(|| float(word).map(Data::Float)),
        }
    }
}

fn integer(word: &str) -> Option<i64> {
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    let (base, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') && digits.contains(|c| c != '0') => {
            return None;
        }
        _ => (10, digits),
    };
    let plain = digits.replace('_', "");
    let starts = plain.starts_with(|c: char| c.is_digit(base)) && !digits.starts_with('_');
    let value = i64::from_str_radix(&plain, base).ok().filter(|_| starts)?;
    Some(if word.starts_with('-') { -value } else { value })
}

fn float(word: &str) -> Option<f64> {
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    let number = word.contains(|c: char| c.is_ascii_digit()) && word.chars().all(numeric);
    let marked = word.contains(['.', 'e', 'E']);
    word.parse().ok().filter(|_| number && marked)
}

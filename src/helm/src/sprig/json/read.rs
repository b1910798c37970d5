//! `json.Unmarshal` into `interface {}`, with Go's error texts.

use crate::value::{Dict, Value};
use std::borrow::Cow;

/// Deeper nesting is refused, as in Go.
const MAX_DEPTH: usize = 10_000;

/// Reads one JSON value; every number becomes a `float64`.
pub(super) fn from_json(text: &str) -> Result<Value, String> {
    match from_json_in_part(text)? {
        (_, Some(error)) => Err(error),
        (value, None) => Ok(value),
    }
}

/// The same, but a number that is too large is nil and its error is handed
/// back beside the value, which Go has filled by then.
pub(super) fn from_json_in_part(text: &str) -> Result<(Value, Option<String>), String> {
    let mut reader = Reader {
        rest: text,
        depth: 0,
        overflow: None,
    };
    let value = reader.value()?;
    reader.blanks();
    if !reader.rest.is_empty() {
        return Err(reader.fault("after top-level value"));
    }
    Ok((value, reader.overflow))
}

/// Why no value stands at the start of `rest`, the end of `whole`, as the decoders of Kubernetes
/// say it.
pub(crate) fn fault(whole: &str, rest: &str) -> String {
    let mut reader = Reader {
        rest,
        depth: 0,
        overflow: None,
    };
    let why = reader.value().err().unwrap_or_default();
    match reader.rest.len() {
        0 => "unexpected EOF".to_owned(),
        left => format!("json: offset {}: {why}", whole.len() - left + 1),
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
    overflow: Option<String>,
}

impl<'a> Reader<'a> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn next(&self) -> Option<u8> {
        self.rest.bytes().next()
    }

    fn fault(&self, place: &str) -> String {
        if self.rest.is_empty() {
            return "unexpected end of JSON input".to_owned();
        }
        self.fault_within(place)
    }

    /// A fault inside a token: Go feeds its scanner a blank at the end. It
    /// looks at bytes, so only the first one is shown.
    fn fault_within(&self, place: &str) -> String {
        let shown = match char::from(self.next().unwrap_or(b' ')) {
            '\'' => r"'\''".to_owned(),
            '"' => "'\"'".to_owned(),
            c => crate::value::fmt::quote_char(c, false),
        };
        format!("invalid character {shown} {place}")
    }

    fn take(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self) -> Result<Value, String> {
        self.blanks();
        match self.next() {
            Some(b'{') => self.nested(Reader::object),
            Some(b'[') => self.nested(Reader::array),
            Some(b'"') => Ok(Value::Str(self.string()?.into())),
            Some(b't') => self.literal("true", true.into()),
            Some(b'f') => self.literal("false", false.into()),
            Some(b'n') => self.literal("null", Value::Nil),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.fault("looking for beginning of value")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, String>) -> Result<Value, String> {
        if self.depth == MAX_DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        self.depth += 1;
        self.rest = &self.rest[1..];
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Value, String> {
        let mut dict = Dict::new();
        self.blanks();
        if self.take('}') {
            return Ok(dict.into());
        }
        loop {
            self.blanks();
            if self.next() != Some(b'"') {
                return Err(self.fault("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.blanks();
            if !self.take(':') {
                return Err(self.fault("after object key"));
            }
            dict.insert(key, self.value()?);
            self.blanks();
            if self.take('}') {
                return Ok(dict.into());
            }
            if !self.take(',') {
                return Err(self.fault("after object key:value pair"));
            }
        }
    }

    fn array(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        self.blanks();
        if self.take(']') {
            return Ok(items.into());
        }
        loop {
            items.push(self.value()?);
            self.blanks();
            if self.take(']') {
                return Ok(items.into());
            }
            if !self.take(',') {
                return Err(self.fault("after array element"));
            }
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for wanted in word.chars() {
            if !self.take(wanted) {
                return Err(self.fault_within(&format!("in literal {word} (expecting '{wanted}')")));
            }
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.rest;
        self.take('-');
        if !self.take('0') {
            self.digits("in numeric literal")?;
        }
        if self.take('.') {
            self.digits("after decimal point in numeric literal")?;
        }
        if self.take('e') || self.take('E') {
            let _sign = self.take('+') || self.take('-');
            self.digits("in exponent of numeric literal")?;
        }
        let text = &start[..start.len() - self.rest.len()];
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => {
                let error =
                    format!("json: cannot unmarshal number {text} into Go value of type float64");
                self.overflow.get_or_insert(error);
                Ok(Value::Nil)
            }
        }
    }

    fn digits(&mut self, place: &str) -> Result<(), String> {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == self.rest.len() {
            return Err(self.fault_within(place));
        }
        self.rest = rest;
        Ok(())
    }

    fn string(&mut self) -> Result<Cow<'a, str>, String> {
        let mut out = String::new();
        self.rest = &self.rest[1..];
        loop {
            let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
            let plain = self.rest.as_bytes().iter().position(ends);
            let (text, rest) = self.rest.split_at(plain.unwrap_or(self.rest.len()));
            self.rest = rest;
            if self.take('"') && out.is_empty() {
                return Ok(Cow::Borrowed(text));
            }
            out.push_str(text);
            if rest.starts_with('"') {
                return Ok(Cow::Owned(out));
            }
            if !self.take('\\') {
                return Err(self.fault("in string literal"));
            }
            out.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let escaped = match self.next() {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'u') => {
                self.rest = &self.rest[1..];
                return self.unicode();
            }
            _ => return Err(self.fault_within("in string escape code")),
        };
        self.rest = &self.rest[1..];
        Ok(escaped)
    }

    /// A lone surrogate becomes U+FFFD.
    fn unicode(&mut self) -> Result<char, String> {
        let high = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&high) {
            return Ok(char::from_u32(high).unwrap_or('\u{fffd}'));
        }
        let before = self.rest;
        if let Some(rest) = self.rest.strip_prefix("\\u") {
            self.rest = rest;
            let low = self.four_digits()?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
            }
            self.rest = before;
        }
        Ok('\u{fffd}')
    }

    fn four_digits(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.next().and_then(|b| char::from(b).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.fault_within("in \\u hexadecimal character escape"));
            };
            code = code * 16 + digit;
            self.rest = &self.rest[1..];
        }
        Ok(code)
    }
}

//! Prints one value under one verb.

use super::float::format_float;
use super::integer::{Base, character, integer, unicode};
use super::quote::{can_backquote, quote, quote_char, quote_to_ascii};
use super::spec::Spec;
use crate::value::{Dict, List, MAX_DEPTH, Map, Object, Value, Walk, bytes_of, text_of};
use std::rc::Rc;

/// Where printing stops. Go would go on until memory ends; only templates that
/// mean harm get here.
const MAX_LENGTH: usize = 1 << 28;

/// The output, and the flags of the verb at work.
#[derive(Default)]
pub(super) struct Printer {
    pub out: String,
    pub spec: Spec,
    walk: Walk,
}

impl Printer {
    /// A printer that goes on behind a text: give its output back.
    pub fn at_end_of(text: &mut String) -> Printer {
        Printer {
            out: std::mem::take(text),
            ..Printer::default()
        }
    }

    /// Prints an argument of `Sprintf` and the like.
    pub fn arg(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            _ if self.out.len() > MAX_LENGTH => {}
            (Value::Nil, 'T' | 'v') => self.spec.pad(&mut self.out, "<nil>"),
            (Value::Nil, _) => self.mismatch(value, verb),
            (_, 'T') => self.text(value.type_name()),
            (_, 'p') => self.pointer(value),
            _ => self.value(value, verb, 0),
        }
    }

    fn value(&mut self, value: &Value, verb: char, depth: usize) {
        match value {
            _ if self.out.len() > MAX_LENGTH || !self.walk.count() => {}
            Value::Nil => self.nil(),
            Value::Bool(flag) => self.boolean(value, *flag, verb),
            Value::Int(n) | Value::Int64(n) => self.integer(value, n.unsigned_abs(), *n < 0, verb),
            Value::Uint64(n) => self.unsigned(value, *n, verb),
            Value::Float(number) => self.float(value, *number, verb),
            Value::Str(text) => self.string(value, text, verb),
            Value::Bytes(bytes) => self.bytes(value, bytes, verb),
            Value::List(_) | Value::Map(_) if depth > MAX_DEPTH => self.out.push_str("..."),
            Value::List(list) => self.list(list, verb, depth),
            Value::Map(map) => self.map(map, verb, depth),
            Value::Object(object) => self.object(value, &**object, verb),
        }
    }

    /// `%!verb(type=value)`.
    fn mismatch(&mut self, value: &Value, verb: char) {
        self.out.extend(['%', '!', verb, '(']);
        if !value.is_nil() {
            self.out.extend([value.type_name(), "="]);
        }
        self.arg(value, 'v');
        self.out.push(')');
    }

    /// A nil inside a list or map is never a mismatch.
    fn nil(&mut self) {
        let text = if self.spec.sharp_v {
            "interface {}(nil)"
        } else {
            "<nil>"
        };
        self.out.push_str(text);
    }

    fn boolean(&mut self, value: &Value, flag: bool, verb: char) {
        match verb {
            't' | 'v' => self
                .spec
                .pad(&mut self.out, if flag { "true" } else { "false" }),
            _ => self.mismatch(value, verb),
        }
    }

    fn unsigned(&mut self, value: &Value, number: u64, verb: char) {
        if verb == 'v' && self.spec.sharp_v {
            let spec = Spec {
                sharp: true,
                ..self.spec
            };
            return integer(&mut self.out, &spec, Base::Hex, number, false);
        }
        self.integer(value, number, false, verb);
    }

    fn integer(&mut self, value: &Value, magnitude: u64, negative: bool, verb: char) {
        let code = if negative {
            magnitude.wrapping_neg()
        } else {
            magnitude
        };
        let base = match verb {
            'v' | 'd' => Base::Decimal,
            'b' => Base::Binary,
            'o' => Base::Octal,
            'O' => Base::OctalPrefixed,
            'x' => Base::Hex,
            'X' => Base::HexUpper,
            'c' => {
                let character = character(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                return self
                    .spec
                    .pad(&mut self.out, character.encode_utf8(&mut [0; 4]));
            }
            'q' => {
                let character = character(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                let text = quote_char(character, self.spec.plus);
                return self.spec.pad(&mut self.out, &text);
            }
            'U' => return unicode(&mut self.out, &self.spec, code),
            _ => return self.mismatch(value, verb),
        };
        integer(&mut self.out, &self.spec, base, magnitude, negative);
    }

    fn float(&mut self, value: &Value, number: f64, verb: char) {
        let (form, default) = match verb {
            'v' => ('g', None),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb, None),
            'f' | 'e' | 'E' => (verb, Some(6)),
            'F' => ('f', Some(6)),
            _ => return self.mismatch(value, verb),
        };
        let precision = self.spec.precision.or(default);
        let mut text = format_float(number, form, precision);
        if self.spec.sharp && form != 'b' && number.is_finite() {
            // `x` and `%v` included, as Go decides by the verb it was given.
            text = keep_point(text, form, precision);
        }
        self.signed_float(&text, number);
    }

    /// The sign flags, and zero padding between sign and digits.
    fn signed_float(&mut self, text: &str, number: f64) {
        let digits = text.trim_start_matches(['-', '+']);
        let sign = match text.as_bytes().first() {
            Some(b'-') => "-",
            _ if self.spec.plus => "+",
            _ if self.spec.space => " ",
            Some(b'+') if number.is_infinite() => "+",
            _ => "",
        };
        let text = format!("{sign}{digits}");
        if !number.is_finite() {
            return self.spec.pad_blank(&mut self.out, &text);
        }
        let missing = self.spec.width.unwrap_or(0).saturating_sub(text.len());
        if self.spec.zero && !self.spec.minus && !sign.is_empty() {
            self.out.push_str(sign);
            self.spec.padding(&mut self.out, missing);
            self.out.push_str(digits);
        } else {
            self.spec.pad(&mut self.out, &text);
        }
    }

    fn string(&mut self, value: &Value, text: &str, verb: char) {
        match verb {
            'v' if self.spec.sharp_v => self.quoted(text),
            'v' | 's' => self.text(text),
            'x' | 'X' => self.hex(&bytes_of(text), verb == 'X'),
            'q' => self.quoted(text),
            _ => self.mismatch(value, verb),
        }
    }

    fn text(&mut self, text: &str) {
        let text = self.spec.truncate(text);
        self.spec.pad(&mut self.out, text);
    }

    fn quoted(&mut self, text: &str) {
        let text = self.spec.truncate(text);
        let quoted = match self.spec {
            Spec { sharp: true, .. } if can_backquote(text) => format!("`{text}`"),
            Spec { plus: true, .. } => quote_to_ascii(text),
            _ => quote(text),
        };
        self.spec.pad(&mut self.out, &quoted);
    }

    /// `%x` of text: two digits a byte, `% x` spaced, `%#x` with `0x`.
    fn hex(&mut self, bytes: &[u8], upper: bool) {
        let shown = self.spec.precision.unwrap_or(bytes.len()).min(bytes.len());
        let mut text = String::new();
        for (at, byte) in bytes[..shown].iter().enumerate() {
            if at > 0 && self.spec.space {
                text.push(' ');
            }
            if self.spec.sharp && (at == 0 || self.spec.space) {
                text.push_str(if upper { "0X" } else { "0x" });
            }
            text += &if upper {
                format!("{byte:02X}")
            } else {
                format!("{byte:02x}")
            };
        }
        self.spec.pad(&mut self.out, &text);
    }

    fn bytes(&mut self, value: &Value, bytes: &[u8], verb: char) {
        match verb {
            'v' | 'd' => self.byte_list(bytes),
            's' => self.text(&text_of(bytes)),
            'x' | 'X' => self.hex(bytes, verb == 'X'),
            'q' => self.quoted(&text_of(bytes)),
            _ => self.byte_elements(value, bytes, verb),
        }
    }

    fn byte_list(&mut self, bytes: &[u8]) {
        let (open, between, close) = self.brackets("[]byte");
        self.out.push_str(&open);
        for (at, byte) in bytes.iter().enumerate() {
            if at > 0 {
                self.out.push_str(between);
            }
            let (base, sharp) = match self.spec.sharp_v {
                true => (Base::Hex, true),
                false => (Base::Decimal, self.spec.sharp),
            };
            let spec = Spec { sharp, ..self.spec };
            integer(&mut self.out, &spec, base, u64::from(*byte), false);
        }
        self.out.push(close);
    }

    fn byte_elements(&mut self, value: &Value, bytes: &[u8], verb: char) {
        if !matches!(verb, 'b' | 'o' | 'O' | 'c' | 'U') {
            return self.mismatch_bytes(bytes, verb);
        }
        self.out.push('[');
        for (at, byte) in bytes.iter().enumerate() {
            if at > 0 {
                self.out.push(' ');
            }
            self.integer(value, u64::from(*byte), false, verb);
        }
        self.out.push(']');
    }

    fn mismatch_bytes(&mut self, bytes: &[u8], verb: char) {
        let shown: Vec<String> = bytes
            .iter()
            .map(|byte| format!("%!{verb}(uint8={byte})"))
            .collect();
        self.out.push_str(&format!("[{}]", shown.join(" ")));
    }

    /// How a sequence opens, separates and closes.
    fn brackets(&self, type_name: &str) -> (String, &'static str, char) {
        match self.spec.sharp_v {
            true => (format!("{type_name}{{"), ", ", '}'),
            false => ("[".to_owned(), " ", ']'),
        }
    }

    fn list(&mut self, list: &List, verb: char, depth: usize) {
        let (open, between, close) = self.brackets(list.kind.type_name());
        self.out.push_str(&open);
        for (at, item) in list.items.borrow().iter().enumerate() {
            if at > 0 {
                self.out.push_str(between);
            }
            self.value(item, verb, depth + 1);
        }
        self.out.push(close);
    }

    fn map(&mut self, map: &Map, verb: char, depth: usize) {
        let (open, between, close) = match self.spec.sharp_v {
            true => (format!("{}{{", map.kind.type_name()), ", ", '}'),
            false => ("map[".to_owned(), " ", ']'),
        };
        self.out.push_str(&open);
        self.entries(&map.entries.borrow(), between, verb, depth);
        self.out.push(close);
    }

    fn entries(&mut self, entries: &Dict, between: &str, verb: char, depth: usize) {
        for (at, (key, item)) in entries.iter().enumerate() {
            if at > 0 {
                self.out.push_str(between);
            }
            self.value(&Value::Str(key.clone()), verb, depth + 1);
            self.out.push(':');
            self.value(item, verb, depth + 1);
        }
    }

    fn object(&mut self, value: &Value, object: &dyn Object, verb: char) {
        match verb {
            'b' | 'c' | 'd' | 'o' | 'O' | 'U' if object.integer().is_some() => {
                let number = object.integer().unwrap_or_default();
                self.integer(value, number.unsigned_abs(), number < 0, verb);
            }
            'v' => self.spec.pad(&mut self.out, &object.print()),
            's' | 'x' | 'X' | 'q' => self.string(value, &object.print(), verb),
            _ => self.mismatch(value, verb),
        }
    }

    fn pointer(&mut self, value: &Value) {
        let address = match value {
            Value::Bytes(bytes) => Rc::as_ptr(bytes).addr_of(),
            Value::List(list) => Rc::as_ptr(&list.items).addr_of(),
            Value::Map(map) => Rc::as_ptr(&map.entries).addr_of(),
            Value::Object(object) => Rc::as_ptr(object).addr_of(),
            _ => return self.mismatch(value, 'p'),
        };
        let spec = Spec {
            sharp: !self.spec.sharp,
            ..self.spec
        };
        integer(&mut self.out, &spec, Base::Hex, address, false);
    }
}

/// The address of what a pointer points to.
trait Address {
    fn addr_of(self) -> u64;
}

impl<T: ?Sized> Address for *const T {
    fn addr_of(self) -> u64 {
        self.cast::<()>().addr() as u64
    }
}

/// `%#g` and friends: the point stays, and the zeros up to the precision.
fn keep_point(text: String, form: char, precision: Option<usize>) -> String {
    let split = match form {
        'x' | 'X' => text.find(['p', 'P']),
        _ => text.find(['e', 'E']),
    };
    let (number, tail) = text.split_at(split.unwrap_or(text.len()));
    let wanted = match form {
        'g' | 'G' | 'x' => precision.unwrap_or(6),
        _ => 0,
    };
    let digits = number.trim_start_matches('-');
    let significant = digits
        .bytes()
        .filter(|byte| *byte != b'.')
        .skip_while(|byte| *byte == b'0')
        .count();
    let significant = if digits == "0" { 1 } else { significant };
    let point = if number.contains('.') { "" } else { "." };
    let zeros = "0".repeat(wanted.saturating_sub(significant));
    format!("{number}{point}{zeros}{tail}")
}

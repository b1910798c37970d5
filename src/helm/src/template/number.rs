//! Number literals: every type that a literal can stand for, as Go's ideal
//! constants.

use super::literal::unquote_char;
use super::token::Kind;
use crate::value::fmt::format_float;
use crate::value::{Object, Value, quote};
use std::any::Any;
use std::rc::Rc;

/// A literal, and its value under each type that can hold it.
pub(super) struct Number {
    pub text: Box<str>,
    pub int: Option<i64>,
    pub uint: Option<u64>,
    pub float: Option<f64>,
    pub complex: Option<(f64, f64)>,
}

impl Number {
    /// Reads a literal. The error is Go's.
    pub fn parse(text: &str, kind: Kind) -> Result<Number, String> {
        match kind {
            Kind::CharConstant => Ok(Number::integer(text, i64::from(unquote_char(text)?))),
            Kind::Complex => complex(text),
            _ => imaginary(text).map_or_else(|| real(text), Ok),
        }
    }

    fn integer(text: &str, int: i64) -> Number {
        Number {
            text: text.into(),
            int: Some(int),
            uint: u64::try_from(int).ok(),
            float: Some(int as f64),
            complex: None,
        }
    }

    /// The value where no type asks for another (`idealConstant`).
    pub fn ideal(&self) -> Result<Value, String> {
        if let Some((real, imaginary)) = self.complex {
            return Ok(Value::Object(Rc::new(Complex { real, imaginary })));
        }
        match (self.int, self.float) {
            (_, Some(float)) if self.looks_like_float() => Ok(Value::Float(float)),
            (Some(int), _) => Ok(Value::Int(int)),
            _ => Err(format!("{} overflows int", self.text)),
        }
    }

    fn looks_like_float(&self) -> bool {
        let prefix = self.text.get(..2).unwrap_or_default();
        let hex_int = matches!(prefix, "0x" | "0X") && !self.text.contains(['p', 'P']);
        let rune = self.text.starts_with('\'');
        !hex_int && !rune && self.text.contains(['.', 'e', 'E', 'p', 'P'])
    }
}

fn real(text: &str) -> Result<Number, String> {
    let (int, uint) = (parse_int(text), parse_uint(text));
    let uint = uint.or((int == Some(0)).then_some(0));
    let mut number = Number {
        text: text.into(),
        int,
        uint,
        float: int.map(|n| n as f64).or(uint.map(|n| n as f64)),
        complex: None,
    };
    if number.float.is_none() {
        let Some(float) = parse_float(text) else {
            return Err(format!("illegal number syntax: {}", quote(text)));
        };
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {}", quote(text)));
        }
        number.set_float(float);
    }
    Ok(number)
}

impl Number {
    fn set_float(&mut self, float: f64) {
        self.float = Some(float);
        let whole = float.fract() == 0.0;
        self.int = (whole && float.abs() < 9.3e18).then_some(float as i64);
        self.uint = (whole && (0.0..1.9e19).contains(&float)).then_some(float as u64);
    }
}

fn imaginary(text: &str) -> Option<Number> {
    let imaginary = parse_float(text.strip_suffix('i')?)?;
    Some(complex_number(text, 0.0, imaginary))
}

/// `1+2i`: the sign that parts the two is the last one not behind an `e` or `p`.
fn complex(text: &str) -> Result<Number, String> {
    let bytes = text.as_bytes();
    let split = (1..bytes.len()).rev().find(|at| {
        let exponent = matches!(bytes[at - 1], b'e' | b'E' | b'p' | b'P');
        matches!(bytes[*at], b'+' | b'-') && !exponent
    });
    let parts = split.and_then(|at| {
        let imaginary = text[at..].strip_suffix('i')?;
        Some((parse_float(&text[..at])?, parse_float(imaginary)?))
    });
    match parts {
        Some((real, imaginary)) => Ok(complex_number(text, real, imaginary)),
        None => Err("syntax error scanning complex number".into()),
    }
}

fn complex_number(text: &str, real: f64, imaginary: f64) -> Number {
    let mut number = Number {
        text: text.into(),
        int: None,
        uint: None,
        float: None,
        complex: Some((real, imaginary)),
    };
    if imaginary == 0.0 {
        number.set_float(real);
    }
    number
}

/// `strconv.ParseInt(text, 0, 64)`.
fn parse_int(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let magnitude = parse_uint(text.strip_prefix(['+', '-']).unwrap_or(text))?;
    match negative {
        true => 0_i64.checked_sub_unsigned(magnitude),
        false => i64::try_from(magnitude).ok(),
    }
}

/// `strconv.ParseUint(text, 0, 64)`.
fn parse_uint(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..]),
        Some("0o") => (8, &lower[2..]),
        Some("0b") => (2, &lower[2..]),
        Some(_) if lower.starts_with('0') => (8, &lower[1..]),
        _ => (10, &*lower),
    };
    let starts_with_digit = digits.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if !starts_with_digit || !underscores_part_digits(text) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), radix).ok()
}

/// `strconv.ParseFloat(text, 64)` for what the lexer lets through.
fn parse_float(text: &str) -> Option<f64> {
    if !underscores_part_digits(text) {
        return None;
    }
    let plain = text.replace('_', "").to_ascii_lowercase();
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let float = match unsigned.strip_prefix("0x") {
        Some(hex) => parse_hex_float(hex)?,
        None => unsigned.parse().ok()?,
    };
    let float: f64 = if plain.starts_with('-') {
        -float
    } else {
        float
    };
    float.is_finite().then_some(float)
}

fn parse_hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let value = u64::from_str_radix(&digits, 16).ok()? as f64;
    let scale = i32::try_from(fraction.len()).ok()?.checked_mul(4)?;
    let exponent = exponent.parse::<i32>().ok()?.checked_sub(scale)?;
    Some(value * 2_f64.powi(exponent))
}

/// Go: an underscore stands between two digits, or behind a base prefix.
fn underscores_part_digits(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let bytes = digits.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| {
        let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        *byte != b'_' || at > 0 && digit(bytes.get(at - 1)) && digit(bytes.get(at + 1))
    })
}

/// Go's `complex128`, which only literals can be.
struct Complex {
    real: f64,
    imaginary: f64,
}

impl Object for Complex {
    fn type_name(&self) -> &str {
        "complex128"
    }

    fn kind(&self) -> &str {
        "complex128"
    }

    fn field(&self, _name: &str) -> Option<Value> {
        None
    }

    fn print(&self) -> String {
        let real = format_float(self.real, 'g', None);
        let imaginary = format_float(self.imaginary, 'g', None);
        let sign = if imaginary.starts_with(['-', '+']) {
            ""
        } else {
            "+"
        };
        format!("({real}{sign}{imaginary}i)")
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

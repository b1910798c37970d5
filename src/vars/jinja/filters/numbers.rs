//! Filters of numbers and truth, and of sizes for people.

use super::failed;
use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Environment, Error};

pub(super) fn add(engine: &mut Environment<'static>) {
    engine.add_filter("bool", truth);
    engine.add_filter("int", int);
    engine.add_filter("float", |value: Value, default: Option<f64>| {
        let text = value.to_string();
        f64::try_from(value)
            .ok()
            .or_else(|| text.trim().parse().ok())
            .or(default)
            .unwrap_or(0.0)
    });
    engine.add_filter("round", round);
    engine.add_filter("log", |value: f64, base: Option<f64>| {
        value.log(base.unwrap_or(std::f64::consts::E))
    });
    engine.add_filter("pow", f64::powf);
    engine.add_filter("root", |value: f64, base: Option<f64>| {
        value.powf(1.0 / base.unwrap_or(2.0))
    });
    engine.add_filter("human_to_bytes", human_to_bytes);
    engine.add_filter("human_readable", human_readable);
}

/// `yes`, `on`, `true`, `1`, `t`, `y` in any case are true, everything else is false.
fn truth(value: Value) -> Value {
    match value.kind() {
        ValueKind::Bool | ValueKind::None => value,
        ValueKind::String => {
            let text = value.to_string().to_lowercase();
            Value::from(matches!(
                text.as_str(),
                "yes" | "on" | "true" | "1" | "t" | "y"
            ))
        }
        ValueKind::Number => Value::from(value == Value::from(1)),
        _ => Value::from(false),
    }
}

fn int(
    value: Value,
    default: Option<Value>,
    base: Option<u32>,
    options: Kwargs,
) -> Result<Value, Error> {
    let default = options
        .get::<Option<Value>>("default")?
        .or(default)
        .unwrap_or(Value::from(0));
    let base = options.get::<Option<u32>>("base")?.or(base).unwrap_or(10);
    if let Some(text) = value.as_str() {
        return Ok(parsed(text.trim(), base).map_or(default, Value::from));
    }
    if let Some(int) = value.as_i64().filter(|_| value.is_integer()) {
        return Ok(Value::from(int));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "int() cuts, and `as` saturates"
    )]
    let cut = |float: f64| Value::from(float as i64);
    match value.kind() {
        ValueKind::Bool => Ok(Value::from(i64::from(value.is_true()))),
        _ => Ok(f64::try_from(value).map_or(default, cut)),
    }
}

fn parsed(text: &str, base: u32) -> Option<i64> {
    let digits = match (base, text.get(..2)) {
        (16, Some("0x" | "0X")) | (8, Some("0o" | "0O")) | (2, Some("0b" | "0B")) => &text[2..],
        _ => text,
    };
    if !(2..=36).contains(&base) {
        return None;
    }
    let whole = i64::from_str_radix(&digits.replace('_', ""), base).ok();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "int() cuts, and `as` saturates"
    )]
    let cut = || {
        text.parse::<f64>()
            .ok()
            .filter(|f| base == 10 && f.is_finite())
            .map(|f| f as i64)
    };
    whole.or_else(cut)
}

/// Python's round: half to even.
fn round(value: f64, digits: Option<i32>, method: Option<String>) -> Result<f64, Error> {
    let factor = 10_f64.powi(digits.unwrap_or(0));
    let scaled = value * factor;
    let whole = match method.as_deref() {
        None | Some("common") => scaled.round_ties_even(),
        Some("ceil") => scaled.ceil(),
        Some("floor") => scaled.floor(),
        Some(other) => return Err(failed(format!("round: unknown method \"{other}\""))),
    };
    Ok(whole / factor)
}

/// Units of 1024, as Ansible counts them.
const UNITS: [&str; 9] = ["", "K", "M", "G", "T", "P", "E", "Z", "Y"];

fn human_to_bytes(
    value: Value,
    default: Option<String>,
    isbits: Option<bool>,
) -> Result<i64, Error> {
    let text = value.to_string();
    let wrong = || {
        failed(format!(
            "human_to_bytes: \"{text}\" is not a size such as 10M or 1.5 GB"
        ))
    };
    let plain = text.trim();
    let cut = plain
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(plain.len());
    let (number, unit) = plain.split_at(cut);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let unit = match unit.trim() {
        "" => default.unwrap_or_default(),
        unit => unit.to_owned(),
    };
    let letter = if isbits == Some(true) { "b" } else { "B" };
    let prefix = unit.strip_suffix(letter).unwrap_or(&unit);
    let power = UNITS
        .iter()
        .position(|known| known.eq_ignore_ascii_case(prefix))
        .ok_or_else(wrong)?;
    let power = i32::try_from(power).map_err(|_| wrong())?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a size beyond i64 saturates"
    )]
    let bytes = (number * 1024_f64.powi(power)).round() as i64;
    Ok(bytes)
}

fn human_readable(
    value: f64,
    isbits: Option<bool>,
    unit: Option<String>,
    options: Kwargs,
) -> Result<String, Error> {
    let isbits = options
        .get::<Option<bool>>("isbits")?
        .or(isbits)
        .unwrap_or(false);
    let unit = options.get::<Option<String>>("unit")?.or(unit);
    let base = if isbits { "bits" } else { "Bytes" };
    let short = if isbits { "b" } else { "B" };
    let fits = |(at, name): &(usize, &&str)| match &unit {
        Some(unit) => unit.eq_ignore_ascii_case(name),
        None => *at > 0 && value >= 1024_f64.powi(i32::try_from(*at).unwrap_or(0)),
    };
    let chosen = UNITS.iter().enumerate().rev().find(fits);
    Ok(match chosen {
        Some((at, name)) if at > 0 => {
            let scaled = value / 1024_f64.powi(i32::try_from(at).unwrap_or(0));
            format!("{scaled:.2} {name}{short}")
        }
        _ => format!("{value:.2} {base}"),
    })
}

//! Strings: trimming, cutting, padding, quoting, searching.

use super::arguments::{Answer, Writing, any, bytes, fixed, from_bytes, int, text, writing};
use crate::template::Param::{Any, Int, Str};
use crate::template::{Body, Function};
use crate::value::Value;
use crate::value::fmt::append_quoted;

/// Longer results are refused rather than exhausting the memory of a fleet run.
const MAX_LENGTH: usize = 1 << 30;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("trim", &[Str], |_, a| Ok(text(a, 0)?.trim().into())),
    fixed("trimAll", &[Str, Str], trim_all),
    fixed("trimall", &[Str, Str], trim_all),
    fixed("trimSuffix", &[Str, Str], |_, a| {
        let (suffix, text) = (text(a, 0)?, text(a, 1)?);
        Ok(text.strip_suffix(suffix).unwrap_or(text).into())
    }),
    fixed("trimPrefix", &[Str, Str], |_, a| {
        let (prefix, text) = (text(a, 0)?, text(a, 1)?);
        Ok(text.strip_prefix(prefix).unwrap_or(text).into())
    }),
    fixed("nospace", &[Str], |_, a| Ok(without_space(text(a, 0)?))),
    fixed("initials", &[Str], |_, a| Ok(initials(text(a, 0)?).into())),
    fixed("repeat", &[Int, Str], |_, a| {
        Ok(repeat(text(a, 1)?, int(a, 0)?)?.into())
    }),
    fixed("substr", &[Int, Int, Str], |_, a| {
        Ok(from_bytes(substring(
            int(a, 0)?,
            int(a, 1)?,
            &bytes(a, 2)?,
        )?))
    }),
    fixed("trunc", &[Int, Str], |_, a| {
        Ok(from_bytes(truncate(int(a, 0)?, &bytes(a, 1)?)))
    }),
    fixed("contains", &[Str, Str], |_, a| {
        let (all, part) = (bytes(a, 1)?, bytes(a, 0)?);
        Ok(memchr::memmem::find(&all, &part).is_some().into())
    }),
    fixed("hasPrefix", &[Str, Str], |_, a| {
        Ok(bytes(a, 1)?.starts_with(&bytes(a, 0)?).into())
    }),
    fixed("hasSuffix", &[Str, Str], |_, a| {
        Ok(bytes(a, 1)?.ends_with(&bytes(a, 0)?).into())
    }),
    fixed("replace", &[Str, Str, Str], |_, a| {
        let (from, to, text) = (text(a, 0)?, text(a, 1)?, text(a, 2)?);
        // Names mostly have nothing to be replaced.
        match text.contains(from) {
            true => Ok(text.replace(from, to).into()),
            false => Ok(any(a, 2).clone()),
        }
    }),
    fixed("plural", &[Str, Str, Int], |_, a| {
        Ok(any(a, usize::from(int(a, 2)? != 1)).clone())
    }),
    writing("indent", &[Int, Str], |_, a, out| {
        indent(out, int(a, 0)?, text(a, 1)?)
    }),
    writing("nindent", &[Int, Str], |_, a, out| {
        out.push('\n');
        indent(out, int(a, 0)?, text(a, 1)?)
    }),
    words("quote", |_, a, out| {
        joined(a, out, |out, value| append_quoted(out, &value.strval()))
    }),
    words("squote", |_, a, out| {
        joined(a, out, |out, value| {
            out.push('\'');
            value.print_to(out);
            out.push('\'');
        })
    }),
    words("cat", |_, a, out| {
        joined(a, out, |out, value| value.print_to(out))
    }),
    fixed("toString", &[Any], |_, a| match any(a, 0) {
        text @ Value::Str(_) => Ok(text.clone()),
        value => Ok((&*value.strval()).into()),
    }),
    fixed("hello", &[], |_, _| Ok("Hello!".into())),
];

fn trim_all(_: &mut crate::template::Call<'_>, args: &[Value]) -> Answer {
    let set = text(args, 0)?;
    Ok(text(args, 1)?.trim_matches(|c| set.contains(c)).into())
}

/// A function of any number of values that gives one text.
const fn words(name: &'static str, body: Writing) -> Function {
    Function {
        name,
        params: &[Any],
        variadic: true,
        body: Body::Text(body),
    }
}

/// Every argument but nil, worded by `word`, with a blank between.
fn joined(
    args: &[Value],
    out: &mut String,
    word: impl Fn(&mut String, &Value),
) -> Result<(), String> {
    let words = args.iter().filter(|value| !value.is_nil());
    for (at, value) in words.enumerate() {
        if at > 0 {
            out.push(' ');
        }
        word(out, value);
    }
    Ok(())
}

/// goutils looks at bytes, so that a blank-free text stays as it is and any
/// other has its multi-byte characters taken apart.
fn without_space(text: &str) -> Value {
    let kept: String = text
        .bytes()
        .map(char::from)
        .filter(|c| !c.is_whitespace())
        .collect();
    if kept.chars().count() == text.len() {
        return text.into();
    }
    kept.into()
}

/// The first byte of each word, as goutils does.
fn initials(text: &str) -> String {
    let mut after_gap = true;
    text.bytes()
        .map(char::from)
        .filter(|c| {
            let first = after_gap && !c.is_whitespace();
            after_gap = c.is_whitespace();
            first
        })
        .collect()
}

/// `strings.Repeat`.
fn repeat(text: &str, count: i64) -> Result<String, String> {
    let count = usize::try_from(count).map_err(|_| "strings: negative Repeat count".to_owned())?;
    match text.len().checked_mul(count) {
        Some(length) if length <= MAX_LENGTH => Ok(text.repeat(count)),
        _ => Err("strings: Repeat output length overflow".to_owned()),
    }
}

/// Appends the lines of a text, blanks before each.
fn indent(out: &mut String, spaces: i64, text: &str) -> Result<(), String> {
    let pad = repeat(" ", spaces)?;
    for line in text.split_inclusive('\n') {
        if out.len() > MAX_LENGTH {
            return Err("strings: Repeat output length overflow".to_owned());
        }
        out.push_str(&pad);
        out.push_str(line);
    }
    if text.is_empty() || text.ends_with('\n') {
        out.push_str(&pad);
    }
    Ok(())
}

fn substring(start: i64, end: i64, bytes: &[u8]) -> Result<&[u8], String> {
    let length = bytes.len();
    let end = usize::try_from(end).ok();
    let Ok(start) = usize::try_from(start) else {
        let end = end.ok_or_else(|| out_of_range("[:-1]"))?;
        return bytes
            .get(..end)
            .ok_or_else(|| out_of_range(&format!("[:{end}] with length {length}")));
    };
    match end.filter(|end| *end <= length) {
        None => bytes
            .get(start..)
            .ok_or_else(|| out_of_range(&format!("[{start}:{length}]"))),
        Some(end) => bytes
            .get(start..end)
            .ok_or_else(|| out_of_range(&format!("[{start}:{end}]"))),
    }
}

fn out_of_range(what: &str) -> String {
    format!("runtime error: slice bounds out of range {what}")
}

fn truncate(count: i64, bytes: &[u8]) -> &[u8] {
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if wanted >= bytes.len() {
        return bytes;
    }
    if count < 0 {
        &bytes[bytes.len() - wanted..]
    } else {
        &bytes[..wanted]
    }
}

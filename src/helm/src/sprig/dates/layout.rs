//! Go's time layouts as a list of parts.

/// One part of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Text that stands for itself.
    Text(&'a str),
    /// A placeholder, written as in the layout (`2006`, `Jan`, `Z07:00`).
    Field(&'a str),
    /// `.000` (fixed) or `.999` (trailing zeros dropped): the separator, the
    /// number of digits.
    Fraction(char, usize, bool),
}

/// Placeholders, longer ones first where one begins another.
const FIELDS: [&str; 34] = [
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "002",
    "2006",
    "15",
    "PM",
    "pm",
    "-07:00:00",
    "-070000",
    "-07:00",
    "-0700",
    "-07",
    "Z07:00:00",
    "Z070000",
    "Z07:00",
    "Z0700",
    "Z07",
    "__2",
    "_2006",
    "_2",
    "1",
    "2",
    "3",
    "4",
    "5",
];

/// Cuts a layout into parts.
pub(super) fn parts(layout: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut text_start, mut at) = (0, 0);
    while at < layout.len() {
        let Some((part, length)) = placeholder(layout, at) else {
            at += layout[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        };
        // In `_2006` the underscore is text.
        let start = at + usize::from(part == Part::Field("2006") && length == 5);
        if start > text_start {
            parts.push(Part::Text(&layout[text_start..start]));
        }
        parts.push(part);
        at += length;
        text_start = at;
    }
    if text_start < layout.len() {
        parts.push(Part::Text(&layout[text_start..]));
    }
    parts
}

/// The placeholder that begins at `at`, and its length.
fn placeholder(layout: &str, at: usize) -> Option<(Part<'_>, usize)> {
    let rest = &layout[at..];
    if let Some(fraction) = fraction(rest) {
        return Some(fraction);
    }
    let field = FIELDS
        .iter()
        .filter(|field| rest.starts_with(**field))
        .max_by_key(|field| field.len())?;
    let followed_by_lower = rest[field.len()..].starts_with(|c: char| c.is_ascii_lowercase());
    match *field {
        // "Janet" is a name, not a month.
        "Jan" | "Mon" if followed_by_lower => None,
        "_2006" => Some((Part::Field("2006"), 5)),
        field => Some((Part::Field(field), field.len())),
    }
}

/// `.000`, `,999`: only where no further digit follows.
fn fraction(rest: &str) -> Option<(Part<'_>, usize)> {
    let separator = rest.chars().next().filter(|c| matches!(c, '.' | ','))?;
    let digit = rest[1..]
        .chars()
        .next()
        .filter(|c| matches!(c, '0' | '9'))?;
    let count = rest[1..].chars().take_while(|c| *c == digit).count();
    let more = rest[1 + count..].starts_with(|c: char| c.is_ascii_digit());
    (!more).then_some((Part::Fraction(separator, count, digit == '0'), 1 + count))
}

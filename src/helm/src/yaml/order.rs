//! The order of keys in emitted YAML: go-yaml's natural sort.
//!
//! Letters after everything else, runs of digits by their number (`a2` before `a10`).

use std::cmp::Ordering;

/// Compares two keys as go-yaml's `keyList.Less` does.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let common = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let at = (0..=common)
        .rev()
        .find(|&i| a.is_char_boundary(i) && b.is_char_boundary(i))
        .unwrap_or(0);
    match (a[at..].chars().next(), b[at..].chars().next()) {
        (Some(x), Some(y)) => different(Side::new(a, at, x), Side::new(b, at, y)),
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
    }
}

/// Sorts entries by their keys. Of some keys the natural order is none (`a` before `b` before `c`
/// before `a`): Go gives any order then, the sort of the standard library panics, and this one
/// gives always the same.
pub(super) fn sort<K: AsRef<str>, V>(entries: &mut Vec<(&K, V)>) {
    if entries.len() < 2 {
        return;
    }
    let mut upper = entries.split_off(entries.len() / 2);
    sort(entries);
    sort(&mut upper);
    let lower = std::mem::take(entries);
    let (mut lower, mut upper) = (lower.into_iter().peekable(), upper.into_iter().peekable());
    while let (Some(low), Some(up)) = (lower.peek(), upper.peek()) {
        let next = match natural(low.0.as_ref(), up.0.as_ref()) {
            Ordering::Greater => upper.next(),
            _ => lower.next(),
        };
        entries.extend(next);
    }
    entries.extend(lower.chain(upper));
}

/// Whether the natural order of such keys is that of their bytes, in which maps are kept.
pub(super) fn sorts_by_bytes(key: &str) -> bool {
    let tame = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'.' | b'/');
    key.bytes().all(tame)
}

struct Side<'a> {
    before: &'a str,
    rest: &'a str,
    rune: char,
}

impl<'a> Side<'a> {
    fn new(text: &'a str, at: usize, rune: char) -> Side<'a> {
        Side {
            before: &text[..at],
            rest: &text[at..],
            rune,
        }
    }

    /// The value of the digits from here on, and how many there are.
    fn run(&self, start: i64) -> (i64, usize) {
        let digits = self.rest.chars().map_while(|c| c.to_digit(10));
        digits.fold((start, 0), |(n, len), d| {
            (n.wrapping_mul(10).wrapping_add(i64::from(d)), len + 1)
        })
    }

    /// Whether a digit other than zero stands in the run just before.
    fn inside_number(&self) -> bool {
        let digits = self.before.chars().rev().take_while(char::is_ascii_digit);
        digits.into_iter().any(|c| c != '0')
    }
}

fn different(a: Side<'_>, b: Side<'_>) -> Ordering {
    match (a.rune.is_alphabetic(), b.rune.is_alphabetic()) {
        (true, true) => return a.rune.cmp(&b.rune),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let zero = a.rune == '0' || b.rune == '0';
    let start = i64::from(zero && a.inside_number());
    let (a_number, a_len) = a.run(start);
    let (b_number, b_len) = b.run(start);
    (a_number.cmp(&b_number))
        .then(a_len.cmp(&b_len))
        .then(a.rune.cmp(&b.rune))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(keys: &[&'static str]) -> Vec<&'static str> {
        let mut entries: Vec<_> = keys.iter().map(|key| (key, ())).collect();
        sort(&mut entries);
        entries.into_iter().map(|(key, ())| *key).collect()
    }

    #[test]
    fn numbers_count_as_numbers() {
        let keys = ["b", "a10", "a2", "1", "a", "-", "a02"];
        assert_eq!(sorted(&keys), ["-", "1", "a", "a2", "a02", "a10", "b"]);
    }

    /// Found by fuzzing: these made the sort of the standard library panic.
    #[test]
    fn keys_without_an_order_are_put_into_some_order() {
        let keys = [
            "0",
            "1.5",
            "16777216,0",
            "=y",
            "no",
            "1a",
            "b",
            "c",
            "d",
            "e",
            "f",
            "g",
            "h",
            "i",
            "0x0",
            "00",
            "1-0",
            "10",
            "1",
            "100",
            "0a",
            "a0",
            "a00b",
            "a0b",
            "a1",
            "a01",
            "=1",
        ];
        for turn in 0..keys.len() {
            let mut turned = keys;
            turned.rotate_left(turn);
            let mut found = sorted(&turned);
            found.sort_unstable();
            turned.sort_unstable();
            assert_eq!(found, turned);
        }
    }
}

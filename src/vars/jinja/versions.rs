//! Comparing versions: Python's loose and strict ones, and semantic ones.

use minijinja::{Error, ErrorKind};
use std::cmp::Ordering;

/// One component of a loose version.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    Number(u64),
    Word(&'a str),
}

/// How `a` stands to `b` as versions of that kind.
pub(super) fn compare(kind: &str, a: &str, b: &str) -> Result<Ordering, Error> {
    match kind {
        "loose" => loose(a, b),
        "strict" => Ok(strict(a)?.cmp(&strict(b)?)),
        "semver" | "semantic" => semantic(a, b),
        "pep440" => loose(a.trim_start_matches('v'), b.trim_start_matches('v')),
        _ => Err(failed(format!("unknown version_type \"{kind}\""))),
    }
}

/// Whether an order is what the operator asks for.
pub(super) fn holds(order: Ordering, operator: &str) -> Result<bool, Error> {
    Ok(match operator {
        "==" | "=" | "eq" => order.is_eq(),
        "!=" | "<>" | "ne" => order.is_ne(),
        "<" | "lt" => order.is_lt(),
        "<=" | "le" => order.is_le(),
        ">" | "gt" => order.is_gt(),
        ">=" | "ge" => order.is_ge(),
        _ => {
            return Err(failed(format!(
                "unknown operator \"{operator}\" in version"
            )));
        }
    })
}

fn failed(detail: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, detail)
}

/// Numbers and words; Python can't compare a number with a word, nor do we.
fn loose(a: &str, b: &str) -> Result<Ordering, Error> {
    let (left, right) = (parts(a), parts(b));
    for pair in left.iter().zip(&right) {
        match pair {
            (Part::Number(_), Part::Word(_)) | (Part::Word(_), Part::Number(_)) => {
                return Err(failed(format!(
                    "versions \"{a}\" and \"{b}\" can't be compared"
                )));
            }
            (left, right) if left != right => return Ok(left.cmp(right)),
            _ => {}
        }
    }
    Ok(left.len().cmp(&right.len()))
}

fn parts(version: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = version;
    while let Some(first) = rest.chars().next() {
        if first == '.' {
            rest = &rest[1..];
            continue;
        }
        let digits = first.is_ascii_digit();
        let same = |c: char| c != '.' && c.is_ascii_digit() == digits;
        let (part, after) = rest.split_at(rest.find(|c| !same(c)).unwrap_or(rest.len()));
        parts.push(match part.parse() {
            Ok(number) => Part::Number(number),
            Err(_) => Part::Word(part),
        });
        rest = after;
    }
    parts
}

/// `1.2`, `1.2.3`, `1.2.3a4`, `1.2.3b4`.
fn strict(version: &str) -> Result<(Vec<u64>, u8, u64), Error> {
    let wrong = || failed(format!("\"{version}\" is not a strict version"));
    let (plain, stage, count) = match version.find(['a', 'b']) {
        Some(at) => {
            let stage = u8::from(version[at..].starts_with('b'));
            (
                &version[..at],
                stage,
                version[at + 1..].parse().map_err(|_| wrong())?,
            )
        }
        None => (version, 2, 0),
    };
    let mut numbers = plain
        .split('.')
        .map(str::parse)
        .collect::<Result<Vec<u64>, _>>()
        .map_err(|_| wrong())?;
    if !(2..=3).contains(&numbers.len()) {
        return Err(wrong());
    }
    numbers.resize(3, 0);
    Ok((numbers, stage, count))
}

fn semantic(a: &str, b: &str) -> Result<Ordering, Error> {
    let (left, right) = (semver(a)?, semver(b)?);
    Ok(left.0.cmp(&right.0).then_with(|| match (left.1, right.1) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(left), Some(right)) => prerelease(left, right),
    }))
}

/// Core and pre-release of a semantic version; build metadata does not count.
fn semver(version: &str) -> Result<([u64; 3], Option<&str>), Error> {
    let wrong = || failed(format!("\"{version}\" is not a semantic version"));
    let plain = version.strip_prefix('v').unwrap_or(version);
    let plain = plain.split('+').next().unwrap_or(plain);
    let (core, pre) = match plain.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (plain, None),
    };
    let numbers = core
        .split('.')
        .map(str::parse)
        .collect::<Result<Vec<u64>, _>>()
        .map_err(|_| wrong())?;
    let core: [u64; 3] = numbers.try_into().map_err(|_| wrong())?;
    Ok((core, pre))
}

fn prerelease(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

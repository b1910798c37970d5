//! A set of version ranges. The main type here is [`Constraint`].

use super::Version;
use super::comparator::{Word, is_blank, words};
use super::version::compare_prereleases;
use crate::value::fmt::quote;
use regex::{Captures, Regex};
use std::sync::LazyLock;

const MAX_LENGTH: usize = 512;
const MAX_GROUPS: usize = 32;

/// A version that may be partial or have wildcards.
const VERSION: &str = r"v?([0-9xX*|]+)(\.[0-9xX*|]+)?(\.[0-9xX*|]+)?(-[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*)?(?:\+[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*)?";
/// Go's `\s`, which knows ASCII alone.
const BLANK: &str = r"[\t\n\f\r ]";

static RANGE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"{BLANK}*({VERSION}){BLANK}+-{BLANK}+({VERSION}){BLANK}*"
    ))
});

fn pattern(text: &str) -> Regex {
    // The pattern is a constant, and a test compiles it.
    Regex::new(text).unwrap_or_else(|error| unreachable!("{error}"))
}

/// `>=1.2 <2 || ~3.1`: groups of comparators, one group must hold whole.
#[derive(Clone, Debug)]
pub struct Constraint {
    groups: Vec<Vec<Comparator>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Tilde,
    Caret,
}

/// How much of a version was written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Precision {
    Nothing,
    Major,
    Minor,
    Whole,
}

#[derive(Clone, Debug)]
struct Comparator {
    operator: Operator,
    version: Version,
    precision: Precision,
}

impl Constraint {
    /// Reads a constraint; the error is Masterminds' text.
    pub fn parse(text: &str) -> Result<Constraint, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!(
                "constraint string is too long (max {MAX_LENGTH} bytes)"
            ));
        }
        let text = match has_hyphen(text) {
            true => RANGE.replace_all(text, |found: &Captures<'_>| {
                format!(">= {}, <= {} ", &found[1], &found[6])
            }),
            false => text.into(),
        };
        let groups: Vec<&str> = text.split("||").collect();
        if groups.len() > MAX_GROUPS {
            return Err(format!("too many constraint groups (max {MAX_GROUPS})"));
        }
        let groups = groups
            .into_iter()
            .map(parse_group)
            .collect::<Result<_, _>>()?;
        Ok(Constraint { groups })
    }

    /// Whether the version lies in the range. A prerelease does so only where
    /// a comparator of the same group names a prerelease.
    pub fn check(&self, version: &Version) -> bool {
        self.groups.iter().any(|group| {
            let prereleases = group.iter().any(|c| c.version.is_prerelease());
            (prereleases || !version.is_prerelease()) && group.iter().all(|c| c.holds(version))
        })
    }
}

/// Whether a hyphen stands between blanks, which a range like `1.2 - 2.3` needs.
fn has_hyphen(text: &str) -> bool {
    let mut hyphens = text.match_indices('-');
    hyphens.any(|(at, _)| text[..at].ends_with(is_blank) && text[at + 1..].starts_with(is_blank))
}

fn parse_group(text: &str) -> Result<Vec<Comparator>, String> {
    let words = words(text).ok_or_else(|| format!("improper constraint: {}", quote(text)))?;
    words.into_iter().map(comparator).collect()
}

fn comparator(word: Word<'_>) -> Result<Comparator, String> {
    let Word {
        operator: sign,
        major,
        minor,
        patch,
        prerelease,
    } = word;
    let wild = |text: &str| matches!(text.trim_start_matches('.'), "" | "x" | "X" | "*");
    let (precision, version) = match (wild(major), wild(minor), wild(patch)) {
        (true, ..) => (Precision::Nothing, format!("0.0.0{prerelease}")),
        (_, true, _) => (Precision::Major, format!("{major}.0.0{prerelease}")),
        (_, _, true) => (Precision::Minor, format!("{major}{minor}.0{prerelease}")),
        _ => (
            Precision::Whole,
            format!("{major}{minor}{patch}{prerelease}"),
        ),
    };
    Ok(Comparator {
        operator: operator(sign),
        version: Version::parse(&version).map_err(|_| "constraint parser error")?,
        precision,
    })
}

fn operator(text: &str) -> Operator {
    match text {
        "!=" => Operator::NotEqual,
        ">" => Operator::Greater,
        ">=" | "=>" => Operator::GreaterEqual,
        "<" => Operator::Less,
        "<=" | "=<" => Operator::LessEqual,
        "~" | "~>" => Operator::Tilde,
        "^" => Operator::Caret,
        _ => Operator::Equal,
    }
}

impl Comparator {
    fn holds(&self, version: &Version) -> bool {
        let whole = self.precision == Precision::Whole;
        match self.operator {
            Operator::Equal if whole => *version == self.version,
            Operator::Equal | Operator::Tilde => self.tilde(version),
            Operator::NotEqual if whole => *version != self.version,
            Operator::NotEqual => self.differs(version),
            Operator::Greater if whole => *version > self.version,
            Operator::Greater => self.beyond(version),
            Operator::GreaterEqual => *version >= self.version,
            Operator::Less => *version < self.version,
            Operator::LessEqual if whole => *version <= self.version,
            Operator::LessEqual => self.up_to(version),
            Operator::Caret => self.caret(version),
        }
    }

    fn same_minor(&self, version: &Version) -> bool {
        version.minor == self.version.minor
    }

    /// `!=1.2`: another series. A prerelease of the series itself differs too.
    fn differs(&self, version: &Version) -> bool {
        if version.major != self.version.major {
            return true;
        }
        match self.precision {
            Precision::Major => false,
            Precision::Minor if self.same_minor(version) => {
                compare_prereleases(&version.prerelease, &self.version.prerelease).is_ne()
            }
            Precision::Minor => true,
            // `!=*` compares with 0.0.0.
            _ => *version != self.version,
        }
    }

    /// `>1.2`: 1.3 and up, for all of 1.2.x belongs to 1.2.
    fn beyond(&self, version: &Version) -> bool {
        match (version.major.cmp(&self.version.major), self.precision) {
            (std::cmp::Ordering::Equal, Precision::Major) => false,
            (std::cmp::Ordering::Equal, Precision::Minor) => version.minor > self.version.minor,
            (std::cmp::Ordering::Equal, _) => *version > self.version,
            (order, _) => order.is_gt(),
        }
    }

    /// `<=1.2`: all of 1.2.x too.
    fn up_to(&self, version: &Version) -> bool {
        match version.major.cmp(&self.version.major) {
            std::cmp::Ordering::Equal if self.precision == Precision::Major => true,
            std::cmp::Ordering::Equal => version.minor <= self.version.minor,
            order => order.is_lt(),
        }
    }

    fn tilde(&self, version: &Version) -> bool {
        if *version < self.version {
            return false;
        }
        let base = &self.version;
        let zero = (base.major, base.minor, base.patch) == (0, 0, 0);
        if zero && matches!(self.precision, Precision::Nothing | Precision::Whole) {
            return true;
        }
        version.major == base.major
            && (self.precision == Precision::Major || self.same_minor(version))
    }

    /// Up to the next change of the first number that is not 0.
    fn caret(&self, version: &Version) -> bool {
        let base = &self.version;
        if version < base {
            return false;
        }
        if base.major > 0 || self.precision == Precision::Major {
            return version.major == base.major;
        }
        if version.major > 0 {
            return false;
        }
        if base.minor > 0 || self.precision == Precision::Minor {
            return self.same_minor(version);
        }
        version.minor == 0 && version.patch == base.patch
    }
}

//! One version. The main type here is [`Version`].

use std::cmp::Ordering;
use std::fmt;

/// Longer texts are refused, as Masterminds refuses them.
const MAX_LENGTH: usize = 256;

/// A semantic version. Equality and order ignore the build metadata.
#[derive(Clone, Debug)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    /// What follows `-`; empty for a release.
    pub prerelease: String,
    /// What follows `+`.
    pub metadata: String,
    original: String,
}

impl Version {
    /// Reads a version leniently: a leading `v`, missing numbers and leading
    /// zeros are fine.
    pub fn parse(text: &str) -> Result<Version, String> {
        if text.len() > MAX_LENGTH {
            return Err(too_long());
        }
        let invalid = "invalid semantic version";
        let body = text.strip_prefix('v').unwrap_or(text);
        let (body, metadata) = cut(body, '+');
        let (numbers, prerelease) = cut(body, '-');
        let numbers: Vec<&str> = numbers.split('.').collect();
        let digits = |n: &&str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
        if numbers.len() > 3 || !numbers.iter().all(digits) {
            return Err(invalid.to_owned());
        }
        for suffix in [prerelease, metadata].into_iter().flatten() {
            if !suffix.split('.').all(is_identifier) {
                return Err(invalid.to_owned());
            }
        }
        let number = |at: usize| numbers.get(at).map_or(Ok(0), |text| parse_segment(text));
        Version {
            major: number(0)?,
            minor: number(1)?,
            patch: number(2)?,
            prerelease: prerelease.unwrap_or_default().to_owned(),
            metadata: metadata.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        }
        .checked()
    }

    /// Reads a version as the specification writes it: three numbers, no `v`,
    /// no leading zeros. Chart versions must pass this.
    pub fn parse_strict(text: &str) -> Result<Version, String> {
        let parts: Vec<&str> = text.splitn(3, '.').collect();
        match (text.len(), &parts[..]) {
            (0, _) => Err("version string empty".to_owned()),
            (length, _) if length > MAX_LENGTH => Err(too_long()),
            (_, [major, minor, patch]) => strict(text, [major, minor, patch]),
            _ => Err("invalid semantic version".to_owned()),
        }
    }

    /// The text that was parsed.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// Whether this is a prerelease.
    pub fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    /// The next release of the first number.
    pub fn next_major(&self) -> Version {
        self.release(self.major.saturating_add(1), 0, 0)
    }

    /// The next release of the second number.
    pub fn next_minor(&self) -> Version {
        self.release(self.major, self.minor.saturating_add(1), 0)
    }

    /// The next release of the third number; of a prerelease its release.
    pub fn next_patch(&self) -> Version {
        let step = u64::from(!self.is_prerelease());
        self.release(self.major, self.minor, self.patch.saturating_add(step))
    }

    fn release(&self, major: u64, minor: u64, patch: u64) -> Version {
        let prefix = if self.original.starts_with('v') {
            "v"
        } else {
            ""
        };
        Version {
            major,
            minor,
            patch,
            prerelease: String::new(),
            metadata: String::new(),
            original: format!("{prefix}{major}.{minor}.{patch}"),
        }
    }

    /// Leading zeros are no matter in metadata.
    fn checked(self) -> Result<Version, String> {
        let zero = |part: &str| {
            part.len() > 1 && part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit())
        };
        if self.prerelease.split('.').any(zero) {
            return Err("version segment starts with 0".to_owned());
        }
        Ok(self)
    }
}

fn strict(text: &str, [major, minor, tail]: [&str; 3]) -> Result<Version, String> {
    let (tail, metadata) = cut(tail, '+');
    if metadata.is_some_and(|text| !text.split('.').all(is_identifier)) {
        return Err("invalid metadata string".to_owned());
    }
    let (patch, prerelease) = cut(tail, '-');
    if prerelease.is_some_and(|text| !text.split('.').all(is_identifier)) {
        return Err("invalid prerelease string".to_owned());
    }
    for part in [major, minor, patch] {
        if !part.bytes().all(|b| b.is_ascii_digit()) {
            return Err("invalid characters in version".to_owned());
        }
        if part.len() > 1 && part.starts_with('0') {
            return Err("version segment starts with 0".to_owned());
        }
    }
    Version {
        major: parse_uint(major)?,
        minor: parse_uint(minor)?,
        patch: parse_uint(patch)?,
        prerelease: prerelease.unwrap_or_default().to_owned(),
        metadata: metadata.unwrap_or_default().to_owned(),
        original: text.to_owned(),
    }
    .checked()
}

fn too_long() -> String {
    format!("version string is too long (max {MAX_LENGTH} bytes)")
}

fn cut(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn parse_segment(text: &str) -> Result<u64, String> {
    parse_uint(text).map_err(|error| format!("error parsing version segment: {error}"))
}

fn parse_uint(text: &str) -> Result<u64, String> {
    let why = if text.is_empty() {
        "invalid syntax"
    } else {
        "value out of range"
    };
    text.parse()
        .map_err(|_| format!("strconv.ParseUint: parsing \"{text}\": {why}"))
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Version) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Version) -> Ordering {
        let numbers = |v: &Version| (v.major, v.minor, v.patch);
        numbers(self)
            .cmp(&numbers(other))
            .then_with(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }
}

/// A release comes after its prereleases.
pub(super) fn compare_prereleases(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => left
            .split('.')
            .map(part_order)
            .cmp(right.split('.').map(part_order)),
    }
}

/// Numbers come before words, and by size.
fn part_order(part: &str) -> (bool, u64, &str) {
    match part.parse::<u64>() {
        Ok(number) => (false, number, ""),
        Err(_) => (true, 0, part),
    }
}

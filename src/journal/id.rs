//! The id of a run: `20260312-2204-7k2f`.

use ring::rand::SecureRandom;
use std::fmt;
use std::sync::Arc;

/// When a run began (minutes, local time) and four characters by chance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(Arc<str>);

impl RunId {
    /// The id of a run that begins at `now`; `chance` is any four bytes.
    pub fn new(now: &jiff::Zoned, chance: [u8; 4]) -> RunId {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstuvwxz";
        let suffix: String = chance
            .iter()
            .map(|b| char::from(DIGITS[usize::from(b % 32)]))
            .collect();
        RunId(format!("{}-{suffix}", now.strftime("%Y%m%d-%H%M")).into())
    }

    /// The id of a run that begins now.
    pub fn fresh() -> RunId {
        let mut chance = [0; 4];
        let filled = ring::rand::SystemRandom::new().fill(&mut chance);
        if filled.is_err() {
            // Without a source of chance the clock's nanoseconds tell two runs apart as well.
            chance = jiff::Timestamp::now().subsec_nanosecond().to_le_bytes();
        }
        RunId::new(&jiff::Zoned::now(), chance)
    }

    /// The id as it was written.
    pub fn parse(text: &str) -> Option<RunId> {
        let parts: Vec<&str> = text.split('-').collect();
        let [date, time, suffix] = parts.as_slice() else {
            return None;
        };
        let digits =
            |text: &str, len| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
        let fits = digits(date, 8) && digits(time, 4) && suffix.len() == 4;
        (fits && suffix.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| RunId(text.into()))
    }

    /// The four characters that screens show.
    pub fn short(&self) -> &str {
        self.0.rsplit('-').next().unwrap_or(&self.0)
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl serde::Serialize for RunId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

//! The entries of a map. The main types here are [`Dict`], and [`Key`] for names
//! that are looked up again and again.

use super::Value;
use smol_str::SmolStr;
use std::cmp::Ordering;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Entries sorted bytewise by key (the order of `range`, `keys`, `toJson` and
/// `%v`). A sorted vector: values files are small and read far more than written.
#[derive(Clone, Default)]
pub struct Dict {
    entries: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    /// The first bytes of the key: most searches never look at a key itself.
    prefix: u64,
    key: SmolStr,
    value: Value,
}

impl Entry {
    fn compare(&self, prefix: u64, key: &str) -> Ordering {
        let order = self.prefix.cmp(&prefix);
        order.then_with(|| self.key.as_str().cmp(key))
    }

    /// Keys of one length that fit into the prefix need no second look.
    fn is(&self, prefix: u64, key: &str) -> bool {
        self.prefix == prefix
            && self.key.len() == key.len()
            && (key.len() <= size_of_val(&prefix) || self.key == key)
    }
}

/// The first eight bytes, in an order that sorts as the text does.
fn prefix(key: &str) -> u64 {
    match key.as_bytes().first_chunk() {
        Some(first) => u64::from_be_bytes(*first),
        None => {
            let bytes = key
                .bytes()
                .fold(0, |bytes, byte| bytes << 8 | u64::from(byte));
            let missing = 8 * (size_of::<u64>() - key.len());
            bytes
                .checked_shl(u32::try_from(missing).unwrap_or(u32::MAX))
                .unwrap_or(0)
        }
    }
}

/// A name in a template: it is looked up in every render, mostly in maps of one
/// form, so it remembers where it was found last.
pub struct Key {
    text: SmolStr,
    prefix: u64,
    /// Where to look first; whatever stands here, the answer is right.
    hint: AtomicUsize,
}

impl Key {
    /// The key of a text.
    pub fn new(text: &str) -> Key {
        Key {
            text: text.into(),
            prefix: prefix(text),
            hint: AtomicUsize::new(0),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Dict {
    /// An empty map.
    pub fn new() -> Dict {
        Dict::default()
    }

    fn at(&self, key: &str) -> Result<usize, usize> {
        self.position(prefix(key), key)
    }

    fn position(&self, prefix: u64, key: &str) -> Result<usize, usize> {
        self.entries
            .binary_search_by(|entry| entry.compare(prefix, key))
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.at(key).ok().map(|at| &self.entries[at].value)
    }

    /// The value under a key of a template.
    pub fn find(&self, key: &Key) -> Option<&Value> {
        if let Some(entry) = self.entries.get(key.hint.load(Relaxed))
            && entry.is(key.prefix, &key.text)
        {
            return Some(&entry.value);
        }
        let at = self.position(key.prefix, &key.text).ok()?;
        key.hint.store(at, Relaxed);
        Some(&self.entries[at].value)
    }

    /// Whether `key` is there (a nil value counts).
    pub fn contains(&self, key: &str) -> bool {
        self.at(key).is_ok()
    }

    /// Sets `key`.
    pub fn insert(&mut self, key: impl AsRef<str> + Into<SmolStr>, value: Value) {
        let prefix = prefix(key.as_ref());
        // Most maps are made in the order of their keys.
        let last = self.entries.last();
        let found = match last.map(|last| last.compare(prefix, key.as_ref())) {
            None | Some(Ordering::Less) => Err(self.entries.len()),
            _ => self.position(prefix, key.as_ref()),
        };
        match found {
            Ok(at) => self.entries[at].value = value,
            Err(at) => {
                let key = key.into();
                self.entries.insert(at, Entry { prefix, key, value });
            }
        }
    }

    /// Removes `key` and gives back what was there.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.at(key).ok().map(|at| self.entries.remove(at).value)
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries in key order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&SmolStr, &Value)> {
        self.entries.iter().map(|entry| (&entry.key, &entry.value))
    }

    /// The values, in key order.
    pub fn into_values(self) -> impl Iterator<Item = Value> {
        self.entries.into_iter().map(|entry| entry.value)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &SmolStr> {
        self.entries.iter().map(|entry| &entry.key)
    }
}

impl FromIterator<(SmolStr, Value)> for Dict {
    fn from_iter<I: IntoIterator<Item = (SmolStr, Value)>>(entries: I) -> Dict {
        let entries = entries.into_iter();
        let mut dict = Dict {
            entries: Vec::with_capacity(entries.size_hint().0),
        };
        for (key, value) in entries {
            dict.insert(key, value);
        }
        dict
    }
}

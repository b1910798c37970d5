//! The entries of a map.

use super::Value;
use std::rc::Rc;

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
    key: Rc<str>,
    value: Value,
}

/// The first eight bytes, in an order that sorts as the text does.
fn prefix(key: &str) -> u64 {
    let mut first = [0; 8];
    let len = key.len().min(first.len());
    first[..len].copy_from_slice(&key.as_bytes()[..len]);
    u64::from_be_bytes(first)
}

impl Dict {
    /// An empty map.
    pub fn new() -> Dict {
        Dict::default()
    }

    fn at(&self, key: &str) -> Result<usize, usize> {
        let wanted = prefix(key);
        self.entries.binary_search_by(|entry| {
            let order = entry.prefix.cmp(&wanted);
            order.then_with(|| (*entry.key).cmp(key))
        })
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.at(key).ok().map(|at| &self.entries[at].value)
    }

    /// Whether `key` is there (a nil value counts).
    pub fn contains(&self, key: &str) -> bool {
        self.at(key).is_ok()
    }

    /// Sets `key`.
    pub fn insert(&mut self, key: impl AsRef<str> + Into<Rc<str>>, value: Value) {
        match self.at(key.as_ref()) {
            Ok(at) => self.entries[at].value = value,
            Err(at) => {
                let (prefix, key) = (prefix(key.as_ref()), key.into());
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
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Value)> {
        self.entries.iter().map(|entry| (&entry.key, &entry.value))
    }

    /// The values, in key order.
    pub fn into_values(self) -> impl Iterator<Item = Value> {
        self.entries.into_iter().map(|entry| entry.value)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &Rc<str>> {
        self.entries.iter().map(|entry| &entry.key)
    }
}

impl FromIterator<(Rc<str>, Value)> for Dict {
    fn from_iter<I: IntoIterator<Item = (Rc<str>, Value)>>(entries: I) -> Dict {
        let mut dict = Dict::new();
        for (key, value) in entries {
            dict.insert(key, value);
        }
        dict
    }
}

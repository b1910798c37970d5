//! The entries of a map.

use super::Value;
use std::rc::Rc;

/// Entries sorted bytewise by key (the order of `range`, `keys`, `toJson` and
/// `%v`). A sorted vector: values files are small and read far more than written.
#[derive(Clone, Default)]
pub struct Dict {
    entries: Vec<(Rc<str>, Value)>,
}

impl Dict {
    /// An empty map.
    pub fn new() -> Dict {
        Dict::default()
    }

    fn at(&self, key: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(k, _)| (**k).cmp(key))
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.at(key).ok().map(|at| &self.entries[at].1)
    }

    /// Whether `key` is there (a nil value counts).
    pub fn contains(&self, key: &str) -> bool {
        self.at(key).is_ok()
    }

    /// Sets `key`.
    pub fn insert(&mut self, key: impl AsRef<str> + Into<Rc<str>>, value: Value) {
        match self.at(key.as_ref()) {
            Ok(at) => self.entries[at].1 = value,
            Err(at) => self.entries.insert(at, (key.into(), value)),
        }
    }

    /// Removes `key` and gives back what was there.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.at(key).ok().map(|at| self.entries.remove(at).1)
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
        self.entries.iter().map(|(k, v)| (k, v))
    }

    /// The values, in key order.
    pub fn into_values(self) -> impl Iterator<Item = Value> {
        self.entries.into_iter().map(|(_, value)| value)
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &Rc<str>> {
        self.entries.iter().map(|(k, _)| k)
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

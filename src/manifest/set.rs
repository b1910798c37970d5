//! Objects by identity.

use super::{Object, ObjectId};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use std::sync::Arc;

/// Objects by identity, in the order they were added (install order for rendered ones).
#[derive(Clone, Debug, Default)]
pub struct ObjectSet {
    objects: IndexMap<ObjectId, Arc<Object>, FxBuildHasher>,
}

impl ObjectSet {
    /// Adds an object; gives back the one of the same identity that it replaces.
    pub fn insert(&mut self, object: impl Into<Arc<Object>>) -> Option<Arc<Object>> {
        let object = object.into();
        self.objects.insert(object.id.clone(), object)
    }

    /// The object of this identity.
    pub fn get(&self, id: &ObjectId) -> Option<&Arc<Object>> {
        self.objects.get(id)
    }

    /// Removes the object of this identity.
    pub fn remove(&mut self, id: &ObjectId) -> Option<Arc<Object>> {
        self.objects.shift_remove(id)
    }

    /// The objects in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Object>> {
        self.objects.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }
}

impl FromIterator<Arc<Object>> for ObjectSet {
    fn from_iter<I: IntoIterator<Item = Arc<Object>>>(objects: I) -> ObjectSet {
        let mut set = ObjectSet::default();
        for object in objects {
            set.insert(object);
        }
        set
    }
}

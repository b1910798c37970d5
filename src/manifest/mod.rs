//! Kubernetes objects as data. The main types here are [`Object`] and [`ObjectSet`].
//!
//! One type for three states: desired, live and recorded objects are all an [`ObjectSet`].
//! Knows nothing of clusters, charts or plans.

mod object;
mod set;

pub use object::{Gvk, Object, ObjectId};
pub use set::ObjectSet;

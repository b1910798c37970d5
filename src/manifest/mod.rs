//! Kubernetes objects as data. The main types here are [`Object`] and [`ObjectSet`].
//!
//! One type for three states: desired, live and recorded objects are all an [`ObjectSet`].
//! Knows nothing of clusters, charts or plans.

mod elsewhere;
mod mask;
mod object;
mod order;
mod owner;
mod packed;
mod parse;
mod path;
pub mod schema;
mod set;
mod tree;
mod unknown;

pub use elsewhere::{claimed_by, managed_by};
pub use object::{Gvk, Object, ObjectId};
pub use order::{install_order, uninstall_order};
pub use owner::{MANAGED_BY, MARKS, Owner, RELEASE_NAME, RELEASE_NAMESPACE, kept_by_policy};
pub use packed::Packed;
pub use parse::{Scopes, decode, decode_live, object_set, objects, parse, parse_own};
pub use path::{ItemKey, Path, Step};
pub use set::ObjectSet;
pub use tree::{Json, Labelled, Tree};

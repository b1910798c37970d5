//! A playbook as written. The main type here is [`Playbook`].
//!
//! Read strictly: every key is known or reported with the nearest one, and all faults of a file
//! are gathered. The modules that tasks name are a [`Catalog`]; arguments are bound to the
//! module's typed ones while reading, so a wrong argument is found before the first task runs.

mod keywords;
mod list;
mod loader;
mod model;
mod tags;
mod task;
#[cfg(test)]
mod tests;
pub mod waves;

pub use keywords::Keywords;
pub use list::{Listing, PlayListing, TaskListing};
pub use loader::load;
pub use model::{Block, Catalog, Item, Loop, Order, Play, Playbook, Strategy, Task};
pub use tags::Tags;

//! Files: what is read and what rollbook keeps. The main types here are [`DiskFiles`],
//! [`DiskLookups`], [`Recorder`] and [`StateDir`].

mod directory;
mod files;
mod lookups;
mod operator;

pub use directory::{StateDir, write_private};
pub use files::{DiskFiles, Recorder};
pub use lookups::DiskLookups;
pub use operator::{Operator, is_alive, is_free, is_gone};

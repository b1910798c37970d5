//! Files: what is read and what rollbook keeps. The main types here are [`DiskFiles`],
//! [`Recorder`] and [`StateDir`].

mod directory;
mod files;

pub use directory::{StateDir, write_private};
pub use files::{DiskFiles, Recorder};

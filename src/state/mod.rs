//! Files: what is read and what rollbook keeps. The main types here are [`DiskFiles`] and
//! [`Recorder`].

mod files;

pub use files::{DiskFiles, Recorder};

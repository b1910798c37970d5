//! rollbook.

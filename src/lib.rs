//! rollbook: changing hundreds or thousands of client namespaces on Kubernetes safely.
//!
//! The story, in the order of the line:
//!
//! ```text
//! inventory → vars → release spec → chart → rendered objects → live objects → diff → plan → run → report
//! ```
//!
//! The file to read first is [`pipeline`]: a set of targets becomes plans. Every verb of the
//! command line is one file of [`cli`]. Modules are declared lowest first; a module imports only
//! from modules above it, which `tests/it/layering.rs` keeps.

// 1 model: pure; whatever they read is handed in
pub mod diag;

pub mod files;

pub mod sensitive;

pub mod yaml;

pub mod manifest;

pub mod inventory;

pub mod vars;

pub mod playbook;

pub mod release;

// 2 decide: pure, no I/O at all
pub mod ownership;

pub mod diff;

pub mod health;

pub mod plan;

pub mod preview;

// 3 doors: the only modules that talk to the outside
pub mod repo;

pub mod cluster;

pub mod state;

pub mod terminal;

// 4 run
pub mod event;

pub mod journal;

pub mod pipeline;

pub mod deploy;

pub mod modules;

pub mod executor;

// 5 tell
pub mod report;

pub mod cli;

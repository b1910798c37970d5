//! The one integration-test binary. Each theme is a module; those that need a real API server
//! start with `let Some(plane) = controlplane::require() else { return };`.

mod ansible;
mod bad_input;
mod canary;
mod cli;
mod cluster;
mod controlplane;
mod deploy;
mod encrypt;
mod explain;
mod faults;
mod fixtures;
mod fleet;
mod inventory;
mod json_lines;
mod layering;
mod main_job;
mod operators;
mod proxy;
mod recording;
mod repo;
mod rights;
mod scale;
mod secrets;
mod signals;
mod sources;
mod ssa;
mod terminal;
mod waits;

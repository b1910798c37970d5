//! The one integration-test binary. Each theme is a module; those that need a real API server
//! start with `let Some(plane) = controlplane::require() else { return };`.

mod cli;
mod cluster;
mod controlplane;
mod deploy;
mod fixtures;
mod inventory;
mod layering;
mod main_job;
mod recording;
mod repo;
mod secrets;
mod sources;
mod ssa;

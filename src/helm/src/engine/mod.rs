//! A chart and values in; manifests, hooks and notes out.
//!
//! [`render`] is the line: coalesce → schema → scopes → templates → documents →
//! heads → order. The main types here are [`RenderOptions`] and [`Rendered`];
//! [`TemplateOptions`] is `helm template` as a library call. Templates nest
//! deep: callers use [`on_large_stack`] or a pool with [`STACK`] bytes.

mod capabilities;
mod chart_object;
mod defined;
mod files_object;
mod functions;
mod glob;
mod head;
mod manifest;
mod name;
mod order;
mod output;
mod program;
mod render;
mod scope;
mod split;
mod stack;
mod structure;
mod template;

#[cfg(test)]
mod tests;

pub use capabilities::{Capabilities, parse_kube_version};
pub use head::Head;
pub use manifest::{Crd, DeletePolicy, Event, Hook, Manifest, Rendered};
pub use name::name_of_template;
pub use order::{install_rank, uninstall_rank};
pub use program::{Program, function_names};
pub(crate) use render::prepare_lint;
pub use render::{Error, Files, Prepared, RenderOptions, prepare, render};
pub use split::split;
pub use stack::{STACK, on_large_stack};
pub use template::{Setting, TemplateOptions};

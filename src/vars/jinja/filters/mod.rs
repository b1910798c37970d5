//! Ansible's filters. Where the engine has one of the same name that differs, ours replaces it.

mod data;
mod dice;
mod formats;
mod numbers;
mod pick;
mod query;
mod sets;
mod text;
mod time;
mod yaml_text;

pub(super) use time::strftime;

use minijinja::{Environment, Error, ErrorKind};

pub(super) fn add(engine: &mut Environment<'static>) {
    text::add(engine);
    data::add(engine);
    sets::add(engine);
    pick::add(engine);
    query::add(engine);
    formats::add(engine);
    numbers::add(engine);
    time::add(engine);
}

fn failed(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, detail.into())
}

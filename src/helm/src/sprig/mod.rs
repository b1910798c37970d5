//! The function library: sprig 3.3.0 and Helm's own simple functions.
//!
//! One file per chapter of sprig's manual; each ends in a table
//! `FUNCTIONS: &[Function]` that [`chapters`] gathers. **To add a function**:
//! write one row in the chapter it belongs to (name, parameters, body) and a
//! case in `fixtures/engine/sprig/<chapter>.txt`, whose expected output
//! `fixtures/engine/golden.py` writes with a real Helm. The executor checks the
//! number and the types of the arguments before the body runs, and turns
//! `Err(text)` into `error calling NAME: text`.
//!
//! `include` and `tpl` belong to the executor, the YAML functions to
//! [`crate::yaml`]; `env` and `expandenv` do not exist, as in Helm.

mod arguments;
mod cast;

mod case;
#[cfg(feature = "certs")]
mod certificates;
mod conversion;
mod crypto;
mod dates;
mod defaults;
mod dicts;
mod durations;
mod encoding;
mod float_math;
mod flow;
mod json;
#[cfg(feature = "certs")]
mod keys;
mod lists;
mod math;
mod network;
mod password;
mod path;
mod random;
mod reflection;
mod regex;
mod semver;
mod strings;
mod text_lists;
mod toml;
mod url;
mod wrap;

pub use dates::Time;
pub(crate) use json::{fault as json_fault, mismatch};
pub(crate) use url::{parse_url, parse_whole_url};

use crate::template::Function;

/// Every table of the library. No name stands in two of them.
pub fn chapters() -> &'static [&'static [Function]] {
    CHAPTERS
}

/// The tables that Helm 4 has beside [`chapters`].
pub fn chapters_of_helm_4() -> &'static [&'static [Function]] {
    CHAPTERS_OF_HELM_4
}

static CHAPTERS_OF_HELM_4: &[&[Function]] = &[durations::FUNCTIONS, toml::FUNCTIONS_4];

static CHAPTERS: &[&[Function]] = &[
    case::FUNCTIONS,
    #[cfg(feature = "certs")]
    certificates::FUNCTIONS,
    conversion::FUNCTIONS,
    crypto::FUNCTIONS,
    dates::FUNCTIONS,
    defaults::FUNCTIONS,
    dicts::FUNCTIONS,
    encoding::FUNCTIONS,
    float_math::FUNCTIONS,
    flow::FUNCTIONS,
    json::FUNCTIONS,
    lists::FUNCTIONS,
    math::FUNCTIONS,
    network::FUNCTIONS,
    password::FUNCTIONS,
    path::FUNCTIONS,
    random::FUNCTIONS,
    reflection::FUNCTIONS,
    regex::FUNCTIONS,
    semver::FUNCTIONS,
    strings::FUNCTIONS,
    text_lists::FUNCTIONS,
    toml::FUNCTIONS,
    url::FUNCTIONS,
    wrap::FUNCTIONS,
];

#[cfg(test)]
mod tests;

//! The shape of a template function.

use crate::Host;
use crate::value::Value;

/// The Go type of a parameter. The executor checks and converts arguments as
/// `text/template` does (untyped constants only) and words the error
/// (`wrong type for value; expected string; got float64`), so that a function
/// sees only what its signature allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// `interface {}`.
    Any,
    /// `string`.
    Str,
    /// `int`.
    Int,
    /// `int64`.
    Int64,
    /// `float64`.
    Float,
    /// `bool`.
    Bool,
    /// `map[string]interface {}` (also takes `.Values`). A nil map arrives as
    /// [`Value::Nil`].
    Map,
    /// `[]interface {}`.
    List,
    /// `[]string`.
    Strings,
    /// `time.Time`.
    Time,
    /// `*regexp`-free struct parameters such as sprig's `certificate`.
    Object,
}

/// One function of the library.
pub struct Function {
    /// The name in templates.
    pub name: &'static str,
    /// The fixed parameters; the last one repeats where `variadic`.
    pub params: &'static [Param],
    /// Whether the last parameter takes any number of arguments.
    pub variadic: bool,
    /// The body. An `Err` text `x` becomes `error calling NAME: x`.
    pub call: fn(&mut Call<'_>, &[Value]) -> Result<Value, String>,
}

/// What a function may use beside its arguments.
pub struct Call<'a> {
    /// Clock, randomness, lookup.
    pub host: &'a dyn Host,
    /// `helm lint`: `required` and `fail` do not fail.
    pub lint: bool,
}

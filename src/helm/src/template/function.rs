//! The shape of a template function.

use crate::Host;
pub use crate::value::Param;
use crate::value::Value;

/// One function of the library.
pub struct Function {
    /// The name in templates.
    pub name: &'static str,
    /// The fixed parameters; the last one repeats where `variadic`.
    pub params: &'static [Param],
    /// Whether the last parameter takes any number of arguments.
    pub variadic: bool,
    /// The body. An `Err` text `x` becomes `error calling NAME: x`; with
    /// [`super::chart_message`] around it, it is a message of the chart's author.
    pub call: fn(&mut Call<'_>, &[Value]) -> Result<Value, String>,
}

/// What a function may use beside its arguments.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Clock, randomness, lookup.
    pub host: &'a dyn Host,
    /// `helm lint`: `required` and `fail` do not fail.
    pub lint: bool,
}

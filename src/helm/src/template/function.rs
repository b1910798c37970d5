//! The shape of a template function.

use crate::Host;
pub use crate::value::Param;
use crate::value::Value;
use std::cell::RefCell;

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
    pub body: Body,
}

/// How a function gives its result.
#[derive(Clone, Copy)]
pub enum Body {
    /// As a value.
    Value(fn(&mut Call<'_>, &[Value]) -> Result<Value, String>),
    /// As text that it appends. At the end of an action this is the output
    /// itself, so that long texts are not copied.
    Text(fn(&mut Call<'_>, &[Value], &mut String) -> Result<(), String>),
}

impl Function {
    /// Calls the function; its result as a value, whatever its form.
    pub fn call(&self, call: &mut Call<'_>, args: &[Value]) -> Result<Value, String> {
        match self.body {
            Body::Value(body) => body(call, args),
            Body::Text(body) => {
                let mut out = String::new();
                body(call, args, &mut out)?;
                Ok(out.into())
            }
        }
    }
}

/// What a function may use beside its arguments.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Clock, randomness, lookup.
    pub host: &'a dyn Host,
    /// `helm lint`: `required` and `fail` do not fail; what they would say goes here.
    pub lint: Option<&'a RefCell<Vec<String>>>,
}

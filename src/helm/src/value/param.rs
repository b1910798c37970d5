//! The Go types that functions and methods ask for.

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
    /// [`super::Value::Nil`].
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

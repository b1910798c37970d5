//! Go structs and pointers that templates meet.

use super::{Param, Value};
use std::any::Any;

/// A struct with fields and methods.
pub trait Object {
    /// What `typeOf` and `%T` print.
    fn type_name(&self) -> &str;

    /// What `kindOf` prints: `struct`, `ptr`, `map`.
    fn kind(&self) -> &str {
        "struct"
    }

    /// The number, for an integer type with a name (a duration).
    fn integer(&self) -> Option<i64> {
        None
    }

    /// The number of entries, for a map or slice type (`.Files`); a struct has none.
    fn count(&self) -> Option<usize> {
        None
    }

    /// The field `name`; `None` is Go's "can't evaluate field".
    fn field(&self, name: &str) -> Option<Value>;

    /// Calls the method `name`; `None` where there is none. The error becomes
    /// `error calling NAME: …`.
    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let _ = (name, args);
        None
    }

    /// The parameters of the method `name` and whether the last one repeats.
    /// `None`: unknown, and the method checks its arguments itself.
    fn signature(&self, name: &str) -> Option<(&'static [Param], bool)> {
        let _ = name;
        None
    }

    /// What `print` and `%v` print (the `String` method, or the struct's form).
    fn print(&self) -> String;

    /// What an action prints where the value is still part of its parent (Go:
    /// addressable, so that a `String` method of the pointer counts): `{{
    /// .Capabilities.KubeVersion }}`. `None`: as [`Object::print`].
    fn print_in_place(&self) -> Option<String> {
        None
    }

    /// What JSON shows of a struct, in its order; `None` for what is no struct.
    fn members(&self) -> Option<Vec<(&str, Value)>> {
        None
    }

    /// What `toYaml` sees, and `toJson` of what has no members.
    fn to_json(&self) -> serde_json::Value {
        serde_json::Value::String(self.print())
    }

    /// The pairs that `range` walks, in order; `None` where it can't.
    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        None
    }

    /// For functions that need the concrete type back (a time, a version).
    fn as_any(&self) -> &dyn Any;
}

//! Semantic versions in templates.

use super::arguments::{fixed, text};
use crate::semver::{Constraint, Version};
use crate::template::Function;
use crate::template::Param::Str;
use crate::value::{Object, Value};
use std::any::Any;
use std::rc::Rc;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("semver", &[Str], |_, a| {
        Ok(value(Version::parse(text(a, 0)?)?, true))
    }),
    fixed("semverCompare", &[Str, Str], |_, a| {
        let constraint = Constraint::parse(text(a, 0)?)?;
        Ok(constraint.check(&Version::parse(text(a, 1)?)?).into())
    }),
];

/// Masterminds' version. `semver` gives a pointer; `IncMajor` and its kin give
/// the bare struct, which lacks the methods that Go defines on the pointer.
struct VersionValue {
    version: Version,
    pointer: bool,
}

fn value(version: Version, pointer: bool) -> Value {
    Value::Object(Rc::new(VersionValue { version, pointer }))
}

fn other(args: &[Value]) -> Result<&Version, String> {
    let object = match args.first() {
        Some(Value::Object(object)) => object.as_any().downcast_ref::<VersionValue>(),
        _ => None,
    };
    let version = object
        .filter(|value| value.pointer)
        .map(|value| &value.version);
    version.ok_or_else(|| "wrong type for value; expected *semver.Version".to_owned())
}

impl VersionValue {
    fn plain_method(&self, name: &str) -> Option<Value> {
        let version = &self.version;
        Some(match name {
            "Major" => Value::Uint64(version.major),
            "Minor" => Value::Uint64(version.minor),
            "Patch" => Value::Uint64(version.patch),
            "Prerelease" => version.prerelease.as_str().into(),
            "Metadata" => version.metadata.as_str().into(),
            "String" => version.to_string().into(),
            "IncMajor" => value(version.next_major(), false),
            "IncMinor" => value(version.next_minor(), false),
            "IncPatch" => value(version.next_patch(), false),
            "Original" if self.pointer => version.original().into(),
            _ => return None,
        })
    }

    fn comparison(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let holds: fn(&Version, &Version) -> bool = match name {
            "Equal" => Version::eq,
            "LessThan" => Version::lt,
            "LessThanEqual" => Version::le,
            "GreaterThan" => Version::gt,
            "GreaterThanEqual" => Version::ge,
            "Compare" => {
                let order = other(args).map(|other| self.version.cmp(other));
                return Some(order.map(|order| Value::Int(order as i64)));
            }
            _ => return None,
        };
        Some(other(args).map(|other| holds(&self.version, other).into()))
    }
}

impl Object for VersionValue {
    fn type_name(&self) -> &str {
        if self.pointer {
            "*semver.Version"
        } else {
            "semver.Version"
        }
    }

    fn kind(&self) -> &str {
        if self.pointer { "ptr" } else { "struct" }
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        if let Some(value) = self.plain_method(name) {
            return Some(Ok(value));
        }
        self.comparison(name, args).filter(|_| self.pointer)
    }

    fn print(&self) -> String {
        self.version.to_string()
    }

    fn to_json(&self) -> serde_json::Value {
        self.version.to_string().into()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

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
        Ok(value(Version::parse(text(a, 0)?)?))
    }),
    fixed("semverCompare", &[Str, Str], |_, a| {
        let constraint = Constraint::parse(text(a, 0)?)?;
        Ok(constraint.check(&Version::parse(text(a, 1)?)?).into())
    }),
];

/// Masterminds' `*semver.Version`: its numbers are methods there, too.
struct VersionValue(Version);

fn value(version: Version) -> Value {
    Value::Object(Rc::new(VersionValue(version)))
}

fn other(args: &[Value]) -> Result<&Version, String> {
    let object = match args.first() {
        Some(Value::Object(object)) => object.as_any().downcast_ref::<VersionValue>(),
        _ => None,
    };
    let version = object.map(|value| &value.0);
    version.ok_or_else(|| "wrong type for value; expected *semver.Version".to_owned())
}

impl Object for VersionValue {
    fn type_name(&self) -> &str {
        "*semver.Version"
    }

    fn kind(&self) -> &str {
        "ptr"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let version = &self.0;
        let compared = |holds: fn(&Version, &Version) -> bool| {
            other(args).map(|other| holds(version, other).into())
        };
        Some(match name {
            "Major" => Ok(Value::Uint64(version.major)),
            "Minor" => Ok(Value::Uint64(version.minor)),
            "Patch" => Ok(Value::Uint64(version.patch)),
            "Prerelease" => Ok(version.prerelease.as_str().into()),
            "Metadata" => Ok(version.metadata.as_str().into()),
            "Original" => Ok(version.original().into()),
            "String" => Ok(version.to_string().into()),
            "IncMajor" => Ok(value(version.next_major())),
            "IncMinor" => Ok(value(version.next_minor())),
            "IncPatch" => Ok(value(version.next_patch())),
            "Compare" => other(args).map(|other| Value::Int(version.cmp(other) as i64)),
            "Equal" => compared(Version::eq),
            "LessThan" => compared(Version::lt),
            "LessThanEqual" => compared(Version::le),
            "GreaterThan" => compared(Version::gt),
            "GreaterThanEqual" => compared(Version::ge),
            _ => return None,
        })
    }

    fn print(&self) -> String {
        self.0.to_string()
    }

    fn to_json(&self) -> serde_json::Value {
        self.0.to_string().into()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

//! Tests: `is version(…)`, `is match`, `is subset`, results of tasks, truth.

use super::regexes::{Flags, failed, regex};
use super::versions;
use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind};

pub(super) fn add(engine: &mut Environment<'static>) {
    for name in ["version", "version_compare"] {
        engine.add_test(name, version);
    }
    engine.add_test("match", |text: &str, pattern: &str, flags: Kwargs| {
        search(text, &format!("\\A(?:{pattern})"), &flags)
    });
    engine.add_test("search", |text: &str, pattern: &str, flags: Kwargs| {
        search(text, pattern, &flags)
    });
    engine.add_test("regex", |text: &str, pattern: &str, flags: Kwargs| {
        search(text, pattern, &flags)
    });
    engine.add_test("contains", |list: Value, item: Value| {
        contains(&list, &item)
    });
    for name in ["subset", "issubset"] {
        engine.add_test(name, |a: Value, b: Value| within(&a, &b));
    }
    for name in ["superset", "issuperset"] {
        engine.add_test(name, |a: Value, b: Value| within(&b, &a));
    }
    engine.add_test("all", |list: Value| {
        Ok::<_, Error>(list.try_iter()?.all(|item| item.is_true()))
    });
    engine.add_test("any", |list: Value| {
        Ok::<_, Error>(list.try_iter()?.any(|item| item.is_true()))
    });
    engine.add_test("truthy", |value: Value| value.is_true());
    engine.add_test("falsy", |value: Value| !value.is_true());
    engine.add_test("sequence", |value: Value| {
        matches!(
            value.kind(),
            ValueKind::Seq | ValueKind::String | ValueKind::Map
        )
    });
    engine.add_test("nan", |value: Value| {
        f64::try_from(value).is_ok_and(f64::is_nan)
    });
    results(engine);
}

/// Tests of what a task registered.
fn results(engine: &mut Environment<'static>) {
    for name in ["failed", "failure"] {
        engine.add_test(name, |result: Value| flag(&result, "failed"));
    }
    for name in ["succeeded", "success", "successful"] {
        engine.add_test(name, |result: Value| {
            flag(&result, "failed").map(|failed| !failed)
        });
    }
    for name in ["changed", "change"] {
        engine.add_test(name, |result: Value| flag(&result, "changed"));
    }
    for name in ["skipped", "skip"] {
        engine.add_test(name, |result: Value| flag(&result, "skipped"));
    }
    engine.add_test("unreachable", |result: Value| flag(&result, "unreachable"));
    engine.add_test("reachable", |result: Value| {
        flag(&result, "unreachable").map(|no| !no)
    });
}

fn flag(result: &Value, name: &str) -> Result<bool, Error> {
    if result.kind() != ValueKind::Map {
        let detail = "this test needs the registered result of a task";
        return Err(Error::new(ErrorKind::InvalidOperation, detail));
    }
    Ok(result.get_attr(name)?.is_true())
}

fn search(text: &str, pattern: &str, flags: &Kwargs) -> Result<bool, Error> {
    let flags = Flags {
        ignorecase: flags.get::<Option<bool>>("ignorecase")?.unwrap_or(false),
        multiline: flags.get::<Option<bool>>("multiline")?.unwrap_or(false),
    };
    regex(pattern, flags)?
        .is_match(text)
        .map_err(|error| failed(&error))
}

fn contains(list: &Value, item: &Value) -> Result<bool, Error> {
    if let (Some(text), Some(part)) = (list.as_str(), item.as_str()) {
        return Ok(text.contains(part));
    }
    Ok(list.try_iter()?.any(|other| other == *item))
}

fn within(small: &Value, large: &Value) -> Result<bool, Error> {
    for item in small.try_iter()? {
        if !contains(large, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn version(
    value: Value,
    other: Value,
    operator: Option<String>,
    options: Kwargs,
) -> Result<bool, Error> {
    let operator = options.get::<Option<String>>("operator")?.or(operator);
    let strict = options.get::<Option<bool>>("strict")?.unwrap_or(false);
    let kind = options.get::<Option<String>>("version_type")?;
    options.assert_all_used()?;
    let kind = kind.unwrap_or_else(|| if strict { "strict" } else { "loose" }.to_owned());
    let order = versions::compare(&kind, &value.to_string(), &other.to_string())?;
    versions::holds(order, operator.as_deref().unwrap_or("=="))
}

//! The words for what a schema finds. The main function here is [`describe`].

use super::Schema;
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Fault};
use serde_json::Value as Json;

/// One line per fault, with those of branches below. `above` is where the value stands that was
/// looked at.
pub(super) fn describe(
    faults: &[ValidationError<'_>],
    schema: &Schema,
    above: &str,
    depth: usize,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut missing: Option<(String, Vec<String>)> = None;
    for fault in faults {
        let place = format!("{above}{}", fault.instance_path());
        if let Fault::Required { property } = fault.kind() {
            let name = quoted(property.as_str().unwrap_or_default());
            match &mut missing {
                Some((at, names)) if *at == place => names.push(name),
                _ => {
                    lines.extend(missing.take().map(|group| required(group, depth)));
                    missing = Some((place, vec![name]));
                }
            }
            continue;
        }
        lines.extend(missing.take().map(|group| required(group, depth)));
        if let Some(values) = unevaluated(fault) {
            for (step, value) in values {
                lines.extend(refused(
                    fault,
                    value,
                    schema,
                    &format!("{place}/{step}"),
                    depth,
                ));
            }
            continue;
        }
        lines.push(line(&place, &message(fault), depth));
        for branch in causes(fault) {
            lines.extend(describe(branch, schema, above, depth + 1));
        }
    }
    lines.extend(missing.map(|group| required(group, depth)));
    lines
}

/// The values that `unevaluatedProperties` or `unevaluatedItems` refuse, by the last step of their
/// places. Helm tells them one by one, the library here all at once.
fn unevaluated<'e>(fault: &'e ValidationError<'_>) -> Option<Vec<(String, &'e Json)>> {
    match (fault.kind(), fault.instance().as_ref()) {
        (Fault::UnevaluatedProperties { unexpected }, Json::Object(map)) => {
            let step = |name: &str| name.replace('~', "~0").replace('/', "~1");
            let values = unexpected.iter();
            Some(
                values
                    .filter_map(|name| Some((step(name), map.get(name)?)))
                    .collect(),
            )
        }
        (Fault::UnevaluatedItems { unexpected }, Json::Array(items)) => {
            // They are told by their text. Evaluated ones of the same text stand before them.
            let mut wanted = unexpected.iter().rev().peekable();
            let items = items.iter().enumerate().rev();
            let refused = items
                .filter(|(_, item)| wanted.next_if(|text| **text == item.to_string()).is_some());
            let mut refused: Vec<_> = refused.map(|(at, item)| (at.to_string(), item)).collect();
            refused.reverse();
            Some(refused)
        }
        _ => None,
    }
}

/// What the schema for unevaluated values says of one.
fn refused(
    fault: &ValidationError<'_>,
    value: &Json,
    schema: &Schema,
    place: &str,
    depth: usize,
) -> Vec<String> {
    let Some(validator) = schema.part(fault.schema_path().as_str()) else {
        return vec![line(place, "false schema", depth)];
    };
    let faults: Vec<_> = validator.iter_errors(value).collect();
    describe(&faults, schema, place, depth)
}

pub(super) fn line(place: &str, text: &str, depth: usize) -> String {
    format!("{}- at {}: {text}", "  ".repeat(depth), quoted(place))
}

fn required((place, names): (String, Vec<String>), depth: usize) -> String {
    let what = if names.len() == 1 {
        "missing property"
    } else {
        "missing properties"
    };
    line(&place, &format!("{what} {}", names.join(", ")), depth)
}

fn causes<'e>(fault: &'e ValidationError<'_>) -> &'e [Vec<ValidationError<'static>>] {
    match fault.kind() {
        Fault::AnyOf { context } | Fault::OneOfNotValid { context } => context,
        _ => &[],
    }
}

fn message(fault: &ValidationError<'_>) -> String {
    let got = fault.instance();
    match fault.kind() {
        Fault::Type { kind } => format!("got {}, want {}", type_of(got), wanted(kind)),
        Fault::AdditionalProperties { unexpected } => {
            let names: Vec<String> = unexpected.iter().map(|name| quoted(name)).collect();
            format!("additional properties {} not allowed", names.join(", "))
        }
        Fault::Enum { options } => {
            let options: Vec<String> = options
                .as_array()
                .into_iter()
                .flatten()
                .map(shown)
                .collect();
            let one = if options.len() == 1 { "" } else { "one of " };
            format!("value must be {one}{}", options.join(", "))
        }
        Fault::Constant { expected_value } => format!("value must be {}", shown(expected_value)),
        Fault::AnyOf { .. } => "'anyOf' failed".to_owned(),
        Fault::OneOfNotValid { .. } => "'oneOf' failed, none matched".to_owned(),
        Fault::OneOfMultipleValid { .. } => "'oneOf' failed, several subschemas matched".to_owned(),
        Fault::Not { .. } => "'not' failed".to_owned(),
        Fault::FalseSchema => "false schema".to_owned(),
        Fault::Pattern { pattern } => {
            format!("{} does not match pattern {}", shown(got), quoted(pattern))
        }
        Fault::UniqueItems => "items are not unique".to_owned(),
        kind => match limit(kind, got) {
            Some((got, want)) => format!("{}: got {got}, want {want}", kind.keyword()),
            None => fault.to_string(),
        },
    }
}

/// What was found and what was asked, for keywords that compare numbers.
fn limit(kind: &Fault, got: &Json) -> Option<(String, String)> {
    let length = || match got {
        Json::String(text) => text.chars().count(),
        Json::Array(items) => items.len(),
        Json::Object(map) => map.len(),
        _ => 0,
    };
    Some(match kind {
        Fault::Maximum { limit }
        | Fault::Minimum { limit }
        | Fault::ExclusiveMaximum { limit }
        | Fault::ExclusiveMinimum { limit } => {
            (grouped(&got.to_string()), grouped(&limit.to_string()))
        }
        Fault::MaxLength { limit }
        | Fault::MinLength { limit }
        | Fault::MaxItems { limit }
        | Fault::MinItems { limit }
        | Fault::MaxProperties { limit }
        | Fault::MinProperties { limit } => {
            (grouped(&length().to_string()), grouped(&limit.to_string()))
        }
        _ => return None,
    })
}

/// `65535` as `65,535`.
fn grouped(number: &str) -> String {
    let (whole, fraction) = number
        .split_once('.')
        .map_or((number, None), |(w, f)| (w, Some(f)));
    let mut out = String::new();
    for (at, c) in whole.chars().enumerate() {
        let left = whole.len() - at;
        if at > 0 && left % 3 == 0 && !out.ends_with('-') {
            out.push(',');
        }
        out.push(c);
    }
    fraction.map_or(out.clone(), |fraction| format!("{out}.{fraction}"))
}

fn wanted(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(many) => {
            let names: Vec<String> = many.iter().map(|one| one.to_string()).collect();
            names.join(" or ")
        }
    }
}

fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => quoted(text),
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

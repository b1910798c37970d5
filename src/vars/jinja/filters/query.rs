//! `json_query`: JMESPath over a value, as in `community.general`.

use super::failed;
use crate::vars::jinja::native::native;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Error};

pub(super) fn add(engine: &mut Environment<'static>) {
    engine.add_filter("json_query", json_query);
}

fn json_query(data: Value, expression: &str) -> Result<Value, Error> {
    let fault = |error: jmespath::JmespathError| failed(format!("json_query: {}", error.reason));
    let data = native(&data)?.into_json().unwrap_or_default();
    let query = jmespath::compile(expression).map_err(fault)?;
    let found = query.search(data).map_err(fault)?;
    let found = serde_json::to_value(&*found).map_err(|error| failed(error.to_string()))?;
    Ok(Value::from(Serde(found)))
}

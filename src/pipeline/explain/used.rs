//! Which objects change with a value. The main type here is [`Use`].
//!
//! The release is rendered twice, once with another value in this one place; what differs is
//! what uses it. Nothing is guessed from the templates' texts.

use super::behind::Behind;
use crate::diag::Diagnostic;
use crate::diff::{self, changes, content, path_words};
use crate::manifest::{self, Object};
use crate::pipeline::offline::Still;
use crate::pipeline::render;
use crate::pipeline::values::user_values;
use helm::chart::UserValues;
use helm::engine;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An object that changes with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// `Deployment web`; a hook with its events before it.
    pub object: String,
    /// The fields that change; none where the object as a whole comes or goes.
    pub fields: Vec<String>,
}

type Objects = BTreeMap<String, Arc<Object>>;

impl Behind<'_> {
    /// The objects that change with the value at `path`, which is `value` now.
    pub(super) fn used(&self, path: &[&str], value: Option<&Value>) -> Result<Vec<Use>, String> {
        let work = || self.compare(path, value);
        tokio::task::block_in_place(|| self.planner.pool.install(work))
    }

    fn compare(&self, path: &[&str], value: Option<&Value>) -> Result<Vec<Use>, String> {
        let values = self.values().map_err(|fault| fault.message)?;
        let before = self.render(&values)?;
        let mut failure = None;
        for other in others(value) {
            let mut changed = values.clone();
            changed.merge(self.patch(path, other, &values));
            match self.render(&changed) {
                Ok(after) => {
                    failure = None;
                    let uses = self.uses(&before, &after);
                    if !uses.is_empty() {
                        return Ok(uses);
                    }
                }
                // It is read, for the chart does not take the other value.
                Err(why) => failure = failure.or(Some(why)),
            }
        }
        match failure {
            Some(why) => Err(format!("no other value was taken to compare with: {why}")),
            None => Ok(Vec::new()),
        }
    }

    fn values(&self) -> Result<UserValues, Diagnostic> {
        let release = &self.desired.spec.release;
        user_values(release, self.known.base.as_deref(), &*self.planner.files)
    }

    /// Every object, hooks included.
    fn render(&self, values: &UserValues) -> Result<Objects, String> {
        let job = self.job().ok_or("the chart can't be read")?;
        let mut options = render::options(&job);
        options.skip_schema = true;
        let chart = job.chart.ok_or("the chart can't be read")?;
        let rendered = engine::render(&chart.chart, values, &options, &Still::default());
        let rendered = rendered.map_err(|error| error.to_string())?;
        let parse = |text: &str| {
            let namespace = &self.desired.spec.namespace;
            let schema = &*self.planner.options.schema;
            manifest::parse(text, namespace, schema).map_err(|faults| faults.to_string())
        };
        let mut objects = Objects::new();
        for manifest in &rendered.manifests {
            for object in parse(&manifest.text)? {
                objects.insert(object.id.to_string(), Arc::new(object));
            }
        }
        for hook in &rendered.hooks {
            for object in parse(&hook.manifest.text)? {
                let name = format!("hook {}", object.id);
                objects.insert(name, Arc::new(object));
            }
        }
        Ok(objects)
    }

    fn uses(&self, before: &Objects, after: &Objects) -> Vec<Use> {
        let whole = |object: &String| Use {
            object: object.clone(),
            fields: Vec::new(),
        };
        let gone = before.keys().filter(|object| !after.contains_key(*object));
        let new = after.keys().filter(|object| !before.contains_key(*object));
        let mut uses: Vec<Use> = gone.chain(new).map(whole).collect();
        for (object, old) in before {
            let Some(new) = after.get(object) else {
                continue;
            };
            let fields = self.fields(old, new);
            if !fields.is_empty() {
                let object = object.clone();
                uses.push(Use { object, fields });
            }
        }
        uses.sort_by(|a, b| a.object.cmp(&b.object));
        uses
    }

    /// The fields that differ; a hash of another object says nothing of its own.
    fn fields(&self, old: &Object, new: &Object) -> Vec<String> {
        let at = self.planner.options.schema.place(&old.gvk);
        let changes = changes(&content(old.clear()), &content(new.clear()), at);
        let telling = changes.into_iter();
        let telling = telling.filter(|change| diff::noise_of(change, at).is_none());
        telling.map(|change| path_words(&change.path)).collect()
    }

    /// A table that sets `path` to `value`. A list is replaced whole, so an item is changed in a
    /// copy of its list.
    fn patch(&self, path: &[&str], value: Value, user: &UserValues) -> Map<String, Value> {
        let lists = (1..path.len()).find_map(|depth| {
            let list = self.list(&path[..depth], user)?;
            Some((depth, list))
        });
        let (path, value) = match lists {
            Some((depth, list)) => (&path[..depth], within(list, &path[depth..], value)),
            None => (path, value),
        };
        let tree = path
            .iter()
            .rev()
            .fold(value, |value, key| json!({*key: value}));
        match tree {
            Value::Object(table) => table,
            _ => Map::new(),
        }
    }

    /// The list at a path, as it counts now.
    fn list(&self, path: &[&str], user: &UserValues) -> Option<Value> {
        let own = Value::Object(user.table.clone());
        let found = path.iter().try_fold(&own, |value, key| value.get(key));
        match found {
            Some(value) => value.is_array().then(|| value.clone()),
            None => {
                let node = self.at(path).into_iter().next()?;
                node.items().map(|_| node.to_json())
            }
        }
    }
}

/// `tree` with the value at `path` replaced.
fn within(mut tree: Value, path: &[&str], value: Value) -> Value {
    let pointer: String = path.iter().map(|step| format!("/{step}")).collect();
    if let Some(place) = tree.pointer_mut(&pointer) {
        *place = value;
    }
    tree
}

/// Values of the same type first: what a template does with the value should go on.
fn others(value: Option<&Value>) -> Vec<Value> {
    let mut others = match value {
        Some(Value::String(text)) => vec![json!(format!("{text}-x")), json!("1"), json!("")],
        Some(Value::Number(number)) => {
            let next = number
                .as_i64()
                .map_or(json!(7.5), |n| json!(n.wrapping_add(1)));
            vec![next, json!(0)]
        }
        Some(Value::Bool(value)) => vec![json!(!value)],
        Some(Value::Array(_)) => vec![json!([])],
        Some(Value::Object(_)) => vec![json!({})],
        Some(Value::Null) | None => vec![json!("x"), json!(true), json!(1), json!({"x": "x"})],
    };
    if value.is_some() {
        others.push(Value::Null);
    }
    others
}

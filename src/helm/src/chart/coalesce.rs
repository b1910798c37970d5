//! Values of users over values of parents over values of children.
//!
//! The maps are engine values, shared by reference as in Go: a child's nested
//! globals are its parent's, and what is merged into one is seen in the other.

use super::{Node, Nulls, Profile, Warning};
use crate::value::{Dict, Map, SmolStr, Value};
use crate::yaml::to_value;

/// The key whose table every chart sees.
const GLOBAL: &str = "global";

/// Merges a chart's defaults, and those of its children, under `values` in place.
pub fn coalesce(
    node: &Node,
    values: &Map,
    profile: &Profile,
    warnings: &mut Vec<Warning>,
) -> Result<(), String> {
    Merge {
        merge: false,
        nulls: profile.nulls,
        warnings,
    }
    .chart(node, values, "")
}

/// As [`coalesce`], but nulls stay: for the import of values, before users have their say.
pub(super) fn merge_values(
    node: &Node,
    profile: &Profile,
    warnings: &mut Vec<Warning>,
) -> Result<Map, String> {
    let values = Map::default();
    Merge {
        merge: true,
        nulls: profile.nulls,
        warnings,
    }
    .chart(node, &values, "")?;
    Ok(values)
}

/// Merges `src` under `dst`; nulls of either stay.
pub(super) fn merge_tables(dst: &Map, src: &Map, warnings: &mut Vec<Warning>) {
    under(dst, src, true, warnings);
}

/// Merges `src` under `dst`; a null of `dst` removes what `src` has there.
pub(crate) fn coalesce_tables(dst: &Map, src: &Map, warnings: &mut Vec<Warning>) {
    under(dst, src, false, warnings);
}

fn under(dst: &Map, src: &Map, merge: bool, warnings: &mut Vec<Warning>) {
    let nulls = Nulls::Kept;
    Merge {
        merge,
        nulls,
        warnings,
    }
    .tables(dst, src, "", merge);
}

struct Merge<'a> {
    /// Nulls are kept everywhere.
    merge: bool,
    nulls: Nulls,
    warnings: &'a mut Vec<Warning>,
}

impl Merge<'_> {
    fn chart(&mut self, node: &Node, dest: &Map, prefix: &str) -> Result<(), String> {
        self.defaults(node, dest, prefix);
        for child in &node.children {
            let below = concat(prefix, node.name());
            let table = child_table(dest, child.name())?;
            self.globals(&table, dest, &below);
            self.chart(child, &table, &below)?;
        }
        Ok(())
    }

    fn defaults(&mut self, node: &Node, dest: &Map, prefix: &str) {
        let prefix = concat(prefix, node.name());
        for (key, default) in node.values.iter() {
            match dest.get(key) {
                None => self.copy(dest, key, default),
                Some(Value::Nil) if !self.merge => {
                    dest.entries.borrow_mut().remove(key);
                }
                Some(Value::Map(table)) => {
                    self.table_default(node, &table, (key, default), &prefix)
                }
                Some(_) => {}
            }
        }
    }

    fn copy(&mut self, dest: &Map, key: &str, default: &serde_json::Value) {
        if self.drops_nulls(self.merge) {
            if default.is_null() {
                return;
            }
            let copy = to_value(default);
            without_nulls(&copy);
            return dest.set(key, copy);
        }
        dest.set(key, to_value(default));
    }

    fn drops_nulls(&self, merge: bool) -> bool {
        self.nulls == Nulls::Dropped && !merge
    }

    fn table_default(
        &mut self,
        node: &Node,
        dest: &Map,
        (key, default): (&str, &serde_json::Value),
        prefix: &str,
    ) {
        let copy = to_value(default);
        match &copy {
            Value::Map(src) => {
                // A child's table keeps its nulls: they are for the child's own defaults.
                let merge = self.merge || node.child(key).is_some();
                if self.drops_nulls(merge) {
                    without_nulls(&copy);
                }
                self.tables(dest, src, &concat(prefix, key), merge);
            }
            Value::Nil => {}
            _ => self.warn(format!(
                "warning: skipped value for {}: Not a table.",
                concat(prefix, key)
            )),
        }
    }

    fn globals(&mut self, child: &Map, parent: &Map, prefix: &str) {
        let Some(to) = self.global_table(child, "destination") else {
            return;
        };
        let Some(from) = self.global_table(parent, "source") else {
            return;
        };
        for (key, value) in snapshot(&from) {
            match (value, to.get(&key)) {
                (Value::Map(table), existing) => {
                    let copy = Map::new(snapshot(&table).into_iter().collect());
                    match existing {
                        Some(Value::Map(own)) => {
                            self.tables(&copy, &own, &concat(prefix, &key), true)
                        }
                        Some(_) => {
                            let text = format!(
                                "Conflict: cannot merge map onto non-map for {key:?}. Skipping."
                            );
                            self.warn(text);
                            continue;
                        }
                        None => {}
                    }
                    to.set(&key, Value::Map(copy));
                }
                (_, Some(Value::Map(_))) => self.warn(format!("key {key} is table. Skipping")),
                (value, _) => to.set(&key, value),
            }
        }
        child.set(GLOBAL, Value::Map(to));
    }

    fn global_table(&mut self, values: &Map, role: &str) -> Option<Map> {
        match values.get(GLOBAL) {
            None => Some(Map::default()),
            Some(Value::Map(table)) => Some(table),
            Some(_) => {
                self.warn(format!(
                    "warning: skipping globals because {role} {GLOBAL} is not a table."
                ));
                None
            }
        }
    }

    /// Merges `src` under `dst`, level by level.
    fn tables(&mut self, dst: &Map, src: &Map, prefix: &str, merge: bool) {
        for (key, value) in snapshot(src) {
            let path = concat(prefix, &key);
            match (dst.get(&key), value) {
                (None, value) => dst.set(&key, value),
                (Some(Value::Nil), Value::Nil) => {}
                (Some(Value::Nil), _) if !merge => {
                    dst.entries.borrow_mut().remove(&key);
                }
                (Some(Value::Nil), _) => {}
                (Some(Value::Map(dst)), Value::Map(src)) => self.tables(&dst, &src, &path, merge),
                (Some(_), value @ Value::Map(_)) => self.warn(format!(
                    "warning: cannot overwrite table with non table for {path} ({})",
                    value.print()
                )),
                (Some(Value::Map(_)), Value::Nil) => {}
                (Some(Value::Map(_)), value) => self.warn(format!(
                    "warning: destination for {path} is a table. Ignoring non-table value ({})",
                    value.print()
                )),
                (Some(_), _) => {}
            }
        }
    }

    fn warn(&mut self, text: String) {
        self.warnings.push(Warning::Text(text));
    }
}

/// The table of a child among its parent's values; made where there is none.
fn child_table(dest: &Map, name: &str) -> Result<Map, String> {
    match dest.get(name) {
        Some(Value::Map(table)) => Ok(table),
        Some(other) => {
            let shown = crate::value::fmt::sprintf("%t", &[other]);
            Err(format!("type mismatch on {name}: {shown}"))
        }
        None => {
            let table = Map::default();
            dest.set(name, Value::Map(table.clone()));
            Ok(table)
        }
    }
}

fn snapshot(map: &Map) -> Vec<(SmolStr, Value)> {
    map.entries
        .borrow()
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn without_nulls(value: &Value) {
    let Value::Map(map) = value else { return };
    let kept: Dict = snapshot(map)
        .into_iter()
        .filter(|(_, value)| !matches!(value, Value::Nil))
        .collect();
    kept.iter().for_each(|(_, value)| without_nulls(value));
    *map.entries.borrow_mut() = kept;
}

fn concat(prefix: &str, key: &str) -> String {
    if prefix.is_empty() {
        key.to_owned()
    } else {
        format!("{prefix}.{key}")
    }
}

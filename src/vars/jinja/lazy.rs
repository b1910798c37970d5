//! Mappings and lists of variables, whose templates are rendered when somebody looks.

use super::eval::Eval;
use crate::yaml::{Key, Node};
use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use std::fmt;
use std::sync::Arc;

/// A mapping as written.
pub(super) struct LazyMap {
    pub(super) entries: Arc<Vec<(Key, Node)>>,
    pub(super) eval: Eval,
}

impl Object for LazyMap {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str() {
            Some(name) => self.get_value_by_str(name),
            None => self.get_value_by_str(&key.as_i64()?.to_string()),
        }
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        let (_, node) = self.entries.iter().find(|(key, _)| &*key.name == name)?;
        self.eval.defined(node)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let names = self
            .entries
            .iter()
            .map(|(key, _)| Value::from(key.name.clone()));
        Enumerator::Values(names.collect())
    }
}

impl fmt::Debug for LazyMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = self
            .entries
            .iter()
            .map(|(key, node)| (Value::from(&*key.name), self.eval.value(node)));
        f.debug_map().entries(pairs).finish()
    }
}

/// A list as written.
pub(super) struct LazySeq {
    pub(super) items: Arc<Vec<Node>>,
    pub(super) eval: Eval,
}

impl Object for LazySeq {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let node = self.items.get(key.as_usize()?)?;
        self.eval.defined(node)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.items.len())
    }
}

impl fmt::Debug for LazySeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items = self.items.iter().map(|node| self.eval.value(node));
        f.debug_list().entries(items).finish()
    }
}

/// `hostvars`: the variables of every host of the inventory, without those of plays.
pub(super) struct HostVars {
    pub(super) eval: Eval,
}

impl Object for HostVars {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let fleet = self.eval.scope.fleet();
        let host = fleet.inventory().host(key.as_str()?)?;
        Some(self.eval.of(fleet.scope(&host.name)).variables())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let hosts = self.eval.scope.fleet().inventory().hosts();
        Enumerator::Values(hosts.map(|host| Value::from(host.name.clone())).collect())
    }
}

impl fmt::Debug for HostVars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hostvars")
    }
}

/// All variables of a scope, as `vars` and `hostvars[…]` show them.
pub(super) struct Variables {
    pub(super) eval: Eval,
}

impl Object for Variables {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        self.eval.variable(name)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let names = self.eval.scope.names().into_iter();
        Enumerator::Values(names.map(Value::from).collect())
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("vars")
    }
}

//! `range`.

use super::super::ast::{Branch, Variable};
use super::super::error::Error;
use super::super::operand::Operand;
use super::super::print::NodeRef;
use super::{Exec, Flow};
use crate::value::{List, ListKind, Map, MapKind, Value};

impl<'t> Exec<'t, '_> {
    pub(super) fn range(&mut self, dot: &Operand, branch: &'t Branch) -> Result<Flow, Error> {
        self.at(NodeRef::Branch("range", branch));
        let operand = self.pipeline(dot, &branch.pipe)?;
        let ran = match &operand.value {
            Value::Nil => false,
            Value::List(list) => self.range_list(list, branch)?,
            Value::Map(map) => self.range_map(map, branch)?,
            Value::Int(count) => self.range_count(*count, Value::Int, branch)?,
            Value::Int64(count) => self.range_count(*count, Value::Int64, branch)?,
            Value::Uint64(count) => {
                let count = i64::try_from(*count).unwrap_or(i64::MAX);
                let number = |n: i64| Value::Uint64(n.unsigned_abs());
                self.range_count(count, number, branch)?
            }
            Value::Bytes(bytes) => {
                let number = |byte: &u8| Operand::plain(Value::Uint64(u64::from(*byte)));
                self.range_pairs(indexed(bytes.iter().map(number)), branch)?
            }
            Value::Object(object) => {
                let entries = object.entries().ok_or_else(|| self.no_range(&operand))?;
                let pairs = entries
                    .into_iter()
                    .map(|(key, value)| (Operand::plain(key), Operand::plain(value)));
                self.range_pairs(pairs, branch)?
            }
            _ => return Err(self.no_range(&operand)),
        };
        match &branch.else_list {
            Some(nodes) if !ran => self.walk(dot, nodes),
            _ => Ok(Flow::Next),
        }
    }

    fn no_range(&self, operand: &Operand) -> Error {
        let value = operand.value.print();
        self.error(format!("range can't iterate over {value}"))
    }

    /// The elements are read one by one: the list may be shared.
    fn range_list(&mut self, list: &List, branch: &'t Branch) -> Result<bool, Error> {
        let len = list.items.borrow().len();
        for at in 0..len {
            let item = list.items.borrow().get(at).cloned().unwrap_or_default();
            let item = match list.kind {
                ListKind::Any => Operand::interface(item),
                _ => Operand::plain(item),
            };
            if self.iteration(|| Operand::plain(index(at)), item, branch)? == Flow::Break {
                break;
            }
        }
        Ok(len > 0)
    }

    /// Over a copy of the entries: the body may `set` the map.
    fn range_map(&mut self, map: &Map, branch: &'t Branch) -> Result<bool, Error> {
        let entries: Vec<_> = map
            .entries
            .borrow()
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let pairs = entries.into_iter().map(|(key, value)| {
            let value = match map.kind {
                MapKind::Str | MapKind::NoStr => Operand::plain(value),
                MapKind::Any | MapKind::Values | MapKind::Values4 => Operand::interface(value),
            };
            (Operand::plain(Value::Str(key)), value)
        });
        self.range_pairs(pairs, branch)
    }

    fn range_pairs(
        &mut self,
        pairs: impl Iterator<Item = (Operand, Operand)>,
        branch: &'t Branch,
    ) -> Result<bool, Error> {
        let mut ran = false;
        for (key, item) in pairs {
            ran = true;
            if self.iteration(|| key, item, branch)? == Flow::Break {
                break;
            }
        }
        Ok(ran)
    }

    fn range_count(
        &mut self,
        count: i64,
        number: impl Fn(i64) -> Value,
        branch: &'t Branch,
    ) -> Result<bool, Error> {
        if branch.pipe.variables.len() > 1 {
            let what = "to iterate over more than one variable";
            return Err(self.error(format!("can't use {count} {what}")));
        }
        for at in 0..count {
            let item = Operand::plain(number(at));
            if self.iteration(Operand::default, item, branch)? == Flow::Break {
                break;
            }
        }
        Ok(count > 0)
    }

    /// One run of the body. With one variable it is the element, with two the
    /// first is the key.
    fn iteration(
        &mut self,
        key: impl FnOnce() -> Operand,
        item: Operand,
        branch: &'t Branch,
    ) -> Result<Flow, Error> {
        self.step()?;
        match &*branch.pipe.variables {
            [] => {}
            [element] => self.set(element, &item)?,
            [first, element, ..] => {
                self.set(first, &key())?;
                self.set(element, &item)?;
            }
        }
        self.walk(&item, &branch.list)
    }

    /// Sets a variable that a pipeline declares or assigns.
    pub(super) fn set(&mut self, variable: &Variable, operand: &Operand) -> Result<(), Error> {
        let Some(slot) = variable.slot else {
            return Err(self.error(format!("undefined variable: {}", variable.name)));
        };
        self.run.variables[self.base + slot] = Some(operand.clone());
        Ok(())
    }
}

fn indexed(items: impl Iterator<Item = Operand>) -> impl Iterator<Item = (Operand, Operand)> {
    items
        .enumerate()
        .map(|(at, item)| (Operand::plain(index(at)), item))
}

fn index(at: usize) -> Value {
    Value::Int(i64::try_from(at).unwrap_or(i64::MAX))
}

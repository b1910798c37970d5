//! Filters that pick: the smallest, the largest, one at random (repeatable with a seed).

use super::dice::Dice;
use super::failed;
use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error};
use std::cmp::Ordering;

pub(super) fn add(engine: &mut Environment<'static>) {
    engine.add_filter("min", |list: Value, options: Kwargs| {
        extreme(&list, &options, Ordering::Less)
    });
    engine.add_filter("max", |list: Value, options: Kwargs| {
        extreme(&list, &options, Ordering::Greater)
    });
    engine.add_filter("random", random);
    engine.add_filter("shuffle", |list: Value, options: Kwargs| {
        let mut items: Vec<Value> = list.try_iter()?.collect();
        let mut dice = Dice::new(options.get::<Option<Value>>("seed")?.as_ref());
        for last in (1..items.len()).rev() {
            items.swap(last, dice.below(last + 1));
        }
        Ok::<_, Error>(Value::from(items))
    });
}

/// The item that comes first or last, by an attribute where one is named.
fn extreme(list: &Value, options: &Kwargs, wanted: Ordering) -> Result<Value, Error> {
    let attribute = options.get::<Option<String>>("attribute")?;
    options.assert_all_used()?;
    let key = |item: &Value| -> Result<Value, Error> {
        let steps = attribute.iter().flat_map(|path| path.split('.'));
        steps
            .into_iter()
            .try_fold(item.clone(), |value, step| value.get_attr(step))
    };
    let mut best: Option<(Value, Value)> = None;
    for item in list.try_iter()?.checked() {
        let item = item?;
        let key = key(&item)?;
        if best
            .as_ref()
            .is_none_or(|(known, _)| key.cmp(known) == wanted)
        {
            best = Some((key, item));
        }
    }
    Ok(best.map_or(Value::UNDEFINED, |(_, item)| item))
}

/// An item of a list, or a number below one.
fn random(from: Value, options: Kwargs) -> Result<Value, Error> {
    let mut dice = Dice::new(options.get::<Option<Value>>("seed")?.as_ref());
    let start = options.get::<Option<usize>>("start")?.unwrap_or(0);
    let step = options.get::<Option<usize>>("step")?.unwrap_or(1).max(1);
    options.assert_all_used()?;
    if let Some(end) = from.as_usize() {
        let choices = end.saturating_sub(start).div_ceil(step);
        return match choices {
            0 => Err(failed("random: there is nothing to choose from")),
            choices => Ok(Value::from(start + dice.below(choices) * step)),
        };
    }
    let items: Vec<Value> = from.try_iter()?.collect();
    match items.len() {
        0 => Err(failed("random: there is nothing to choose from")),
        length => Ok(items.get(dice.below(length)).cloned().unwrap_or_default()),
    }
}

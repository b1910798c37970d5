//! Integer arithmetic in `int64`, whatever the arguments are; overflow wraps.

use super::arguments::{Answer, any, fixed, float, int, rest, variadic};
use super::cast::{to_float64, to_int64};
use crate::template::Param::{Any, Float, Int};
use crate::template::{Call, Function};
use crate::value::{List, ListKind, Value};

/// Longer lists are refused rather than exhausting the memory of a fleet run.
const MAX_NUMBERS: usize = 10_000_000;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("add1", &[Any], |_, a| {
        Ok(long(number(a, 0).wrapping_add(1)))
    }),
    variadic("add", &[Any], |_, a| {
        Ok(long(folded(0, a, i64::wrapping_add)))
    }),
    fixed("sub", &[Any, Any], |_, a| {
        Ok(long(number(a, 0).wrapping_sub(number(a, 1))))
    }),
    fixed("div", &[Any, Any], |_, a| divided(a, i64::wrapping_div)),
    fixed("mod", &[Any, Any], |_, a| divided(a, i64::wrapping_rem)),
    variadic("mul", &[Any, Any], |_, a| {
        Ok(long(folded(number(a, 0), rest(a, 1), i64::wrapping_mul)))
    }),
    variadic("max", &[Any, Any], maximum),
    variadic("biggest", &[Any, Any], maximum),
    variadic("min", &[Any, Any], |_, a| {
        Ok(long(folded(number(a, 0), rest(a, 1), i64::min)))
    }),
    fixed("floor", &[Any], |_, a| {
        Ok(Value::Float(to_float64(any(a, 0)).floor()))
    }),
    fixed("ceil", &[Any], |_, a| {
        Ok(Value::Float(to_float64(any(a, 0)).ceil()))
    }),
    variadic("round", &[Any, Int, Float], round),
    fixed("until", &[Int], |_, a| {
        let end = int(a, 0)?;
        Ok(ints(steps(0, end, if end < 0 { -1 } else { 1 })?))
    }),
    fixed("untilStep", &[Int, Int, Int], |_, a| {
        Ok(ints(steps(int(a, 0)?, int(a, 1)?, int(a, 2)?)?))
    }),
    variadic("seq", &[Int], seq),
];

fn long(number: i64) -> Value {
    Value::Int64(number)
}

fn number(args: &[Value], at: usize) -> i64 {
    to_int64(any(args, at))
}

fn folded(start: i64, values: &[Value], step: fn(i64, i64) -> i64) -> i64 {
    values.iter().map(to_int64).fold(start, step)
}

fn divided(args: &[Value], step: fn(i64, i64) -> i64) -> Answer {
    match number(args, 1) {
        0 => Err("runtime error: integer divide by zero".to_owned()),
        divisor => Ok(long(step(number(args, 0), divisor))),
    }
}

fn maximum(_: &mut Call<'_>, args: &[Value]) -> Answer {
    Ok(long(folded(number(args, 0), rest(args, 1), i64::max)))
}

/// The fraction decides, so a negative number never rounds away from zero by
/// its size: -1.4 is -2.
fn round(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let round_on = if args.len() > 2 { float(args, 2)? } else { 0.5 };
    let power = 10f64.powf(int(args, 1)? as f64);
    let digit = power * to_float64(any(args, 0));
    let whole = if digit.fract() >= round_on {
        digit.ceil()
    } else {
        digit.floor()
    };
    Ok(Value::Float(whole / power))
}

fn ints(numbers: Vec<i64>) -> Value {
    let numbers = numbers.into_iter().map(Value::Int).collect();
    Value::List(List::of(ListKind::Int, numbers))
}

/// From `start` up or down to `stop`, which is left out; nothing where `step`
/// goes the other way.
fn steps(start: i64, stop: i64, step: i64) -> Result<Vec<i64>, String> {
    let down = stop < start;
    let first = ((step < 0) == down && step != 0).then_some(start);
    let numbers: Vec<i64> = std::iter::successors(first, |at| at.checked_add(step))
        .take_while(|at| if down { *at > stop } else { *at < stop })
        .take(MAX_NUMBERS + 1)
        .collect();
    if numbers.len() > MAX_NUMBERS {
        return Err(format!("more than {MAX_NUMBERS} numbers"));
    }
    Ok(numbers)
}

/// Start, step and end like the command `seq`, as one text.
fn seq(_: &mut Call<'_>, args: &[Value]) -> Answer {
    let numbers: Vec<i64> = args.iter().map(to_int64).collect();
    let (start, step, end) = match numbers[..] {
        [end] => (1, None, end),
        [start, end] => (start, None, end),
        [start, step, end] => (start, Some(step), end),
        _ => return Ok("".into()),
    };
    let direction = if end < start { -1 } else { 1 };
    let step = match step {
        Some(step) if end < start && step > 0 => return Ok("".into()),
        Some(step) => step,
        None => direction,
    };
    let texts: Vec<String> = steps(start, end.saturating_add(direction), step)?
        .iter()
        .map(|number| number.to_string())
        .collect();
    Ok(texts.join(" ").into())
}

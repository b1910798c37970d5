//! Arithmetic on `float64`, done in decimals so that 0.1 + 0.2 is 0.3.

mod decimal;

use super::arguments::{Answer, any, fixed, rest, variadic};
use super::cast::to_float64;
use crate::template::Function;
use crate::template::Param::Any;
use crate::value::Value;
use decimal::Decimal;

pub(super) static FUNCTIONS: &[Function] = &[
    fixed("add1f", &[Any], |_, a| {
        folded(to_float64(any(a, 0)), &[Value::Int(1)], add)
    }),
    variadic("addf", &[Any], |_, a| folded(0.0, a, add)),
    variadic("subf", &[Any, Any], |_, a| from_first(a, sub)),
    variadic("mulf", &[Any, Any], |_, a| from_first(a, mul)),
    variadic("divf", &[Any, Any], |_, a| from_first(a, Decimal::divide)),
    variadic("maxf", &[Any, Any], |_, a| Ok(extreme(a, max))),
    variadic("minf", &[Any, Any], |_, a| {
        Ok(extreme(a, |x, y| -max(-x, -y)))
    }),
];

type Step = fn(&Decimal, &Decimal) -> Result<Decimal, String>;

fn add(left: &Decimal, right: &Decimal) -> Result<Decimal, String> {
    Ok(left.plus(right))
}

fn sub(left: &Decimal, right: &Decimal) -> Result<Decimal, String> {
    Ok(left.plus(&right.negated()))
}

fn mul(left: &Decimal, right: &Decimal) -> Result<Decimal, String> {
    Ok(left.times(right))
}

fn from_first(args: &[Value], step: Step) -> Answer {
    folded(to_float64(any(args, 0)), rest(args, 1), step)
}

fn folded(start: f64, values: &[Value], step: Step) -> Answer {
    let mut sum = Decimal::from_float(start)?;
    for value in values {
        sum = step(&sum, &Decimal::from_float(to_float64(value))?)?;
    }
    Ok(Value::Float(sum.to_float()))
}

fn extreme(args: &[Value], step: fn(f64, f64) -> f64) -> Value {
    let first = to_float64(any(args, 0));
    Value::Float(rest(args, 1).iter().map(to_float64).fold(first, step))
}

/// `math.Max`: a NaN wins, and 0 is more than -0.
fn max(left: f64, right: f64) -> f64 {
    if left.is_nan() || right.is_nan() {
        return f64::NAN;
    }
    match left.total_cmp(&right) {
        std::cmp::Ordering::Less => right,
        _ => left,
    }
}

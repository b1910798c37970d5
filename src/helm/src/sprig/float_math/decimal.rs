//! The part of shopspring/decimal 1.4 that sprig uses. The type here is
//! [`Decimal`].

use num_bigint::BigInt;

/// Digits after the point of a quotient.
const DIVISION_PRECISION: i32 = 16;

/// `digits × 10^exponent`, of any size.
#[derive(Clone)]
pub(super) struct Decimal {
    digits: BigInt,
    exponent: i32,
}

impl Decimal {
    /// The shortest decimal that reads back as `number`.
    pub(super) fn from_float(number: f64) -> Result<Decimal, String> {
        if !number.is_finite() {
            let text = crate::value::fmt::format_float(number, 'g', None);
            return Err(format!("Cannot create a Decimal from {text}"));
        }
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let fraction = mantissa.split_once('.').map_or(0, |(_, tail)| tail.len());
        Ok(Decimal {
            digits: mantissa.replace('.', "").parse().unwrap_or_default(),
            exponent: exponent.parse().unwrap_or(0) - i32::try_from(fraction).unwrap_or(0),
        })
    }

    /// The nearest `float64`.
    pub(super) fn to_float(&self) -> f64 {
        let text = format!("{}e{}", self.digits, self.exponent);
        text.parse().unwrap_or(f64::NAN)
    }

    /// The digits for a smaller exponent.
    fn scaled(&self, exponent: i32) -> BigInt {
        &self.digits * power_of_ten(self.exponent - exponent)
    }

    pub(super) fn plus(&self, other: &Decimal) -> Decimal {
        let exponent = self.exponent.min(other.exponent);
        Decimal {
            digits: self.scaled(exponent) + other.scaled(exponent),
            exponent,
        }
    }

    pub(super) fn negated(&self) -> Decimal {
        Decimal {
            digits: -&self.digits,
            exponent: self.exponent,
        }
    }

    pub(super) fn times(&self, other: &Decimal) -> Decimal {
        Decimal {
            digits: &self.digits * &other.digits,
            exponent: self.exponent + other.exponent,
        }
    }

    /// The quotient with 16 digits after the point, half away from zero.
    pub(super) fn divide(&self, other: &Decimal) -> Result<Decimal, String> {
        let zero = BigInt::ZERO;
        if other.digits == zero {
            return Err("decimal division by 0".to_owned());
        }
        let shift = self.exponent - other.exponent + DIVISION_PRECISION;
        let above = &self.digits * power_of_ten(shift);
        let below = &other.digits * power_of_ten(-shift);
        let (mut quotient, remainder) = (&above / &below, &above % &below);
        if remainder.magnitude() * 2u8 >= *below.magnitude() {
            let negative = (self.digits < zero) != (other.digits < zero);
            quotient += if negative { -1 } else { 1 };
        }
        Ok(Decimal {
            digits: quotient,
            exponent: -DIVISION_PRECISION,
        })
    }
}

/// 1 where the exponent is negative.
fn power_of_ten(exponent: i32) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap_or(0))
}

//! Exact decimal amounts of money, and prices of tokens.
//!
//! Everything is counted in whole units of 10⁻¹² of a currency. A price has at most six decimals for a million tokens,
//! so that one token costs a whole number of such units and no sum is ever rounded.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// Decimals of an amount.
const AMOUNT_DECIMALS: u32 = 12;
/// Decimals of a price for a million tokens.
const PRICE_DECIMALS: u32 = 6;
/// A million tokens cost at most so much; more is a slip, and sums stay far from the end of the numbers.
const MAX_PRICE: u128 = 1_000_000_000;

/// An amount of money without its currency, exact to 10⁻¹².
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Amount(u128);

impl Amount {
    /// Reads a decimal such as `0.42`; none when it is no such number or has more than twelve decimals.
    pub fn parse(text: &str) -> Option<Amount> {
        decimal(text, AMOUNT_DECIMALS).map(Amount)
    }

    /// Both together; the largest amount when that is too much.
    #[must_use]
    pub fn plus(self, other: Amount) -> Amount {
        Amount(self.0.saturating_add(other.0))
    }

    /// What is left when `other` is taken away; nothing when `other` is more.
    #[must_use]
    pub fn minus(self, other: Amount) -> Amount {
        Amount(self.0.saturating_sub(other.0))
    }

    /// One of `count` equal parts, rounded to the nearest unit; none for no parts.
    pub fn divided_by(self, count: u64) -> Option<Amount> {
        let count = u128::from(count);
        (count > 0).then(|| Amount(self.0.saturating_add(count / 2) / count))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal_text(self.0, AMOUNT_DECIMALS))
    }
}

/// An amount with its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Money {
    /// How much.
    pub amount: Amount,
    /// Three letters, such as `USD`.
    pub currency: String,
}

impl Money {
    /// Both together; none when they are in different currencies.
    pub fn plus(&self, other: &Money) -> Option<Money> {
        let amount = self.amount.plus(other.amount);
        (self.currency == other.currency).then(|| Money { amount, currency: self.currency.clone() })
    }
}

/// Decimals that are shown of amounts from this one on; of smaller ones all.
const SHOWN: [(Amount, u32); 3] = [
    (Amount(10_u128.pow(AMOUNT_DECIMALS - 1)), 2),
    (Amount(10_u128.pow(AMOUNT_DECIMALS - 3)), 4),
    (Amount(10_u128.pow(AMOUNT_DECIMALS - 5)), 6),
];

/// As people read it: `$1.24`, `0.0312 CNY`. Rounded, but never to nothing.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match SHOWN.iter().find(|(from, _)| self.amount >= *from) {
            _ if self.amount.0 == 0 => "0.00".to_owned(),
            Some((_, decimals)) => rounded(self.amount.0, *decimals),
            None => self.amount.to_string(),
        };
        match self.currency.as_str() {
            "USD" => write!(f, "${text}"),
            "EUR" => write!(f, "€{text}"),
            currency => write!(f, "{text} {currency}"),
        }
    }
}

fn rounded(units: u128, decimals: u32) -> String {
    let step = 10_u128.pow(AMOUNT_DECIMALS - decimals);
    let steps = units.saturating_add(step / 2) / step;
    let whole = 10_u128.pow(decimals);
    format!("{}.{:0width$}", steps / whole, steps % whole, width = decimals as usize)
}

/// What a million tokens cost. In JSON and YAML a number, or the same as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate {
    /// For one token, in units of 10⁻¹².
    units: u64,
}

impl Rate {
    /// Reads a price for a million tokens; what is wrong with it when it is none.
    pub fn parse(text: &str) -> Result<Rate, String> {
        let units = decimal(text, PRICE_DECIMALS)
            .ok_or_else(|| format!("`{text}` is no price: a number from 0 on, at most six decimals"))?;
        if units > MAX_PRICE * 10_u128.pow(PRICE_DECIMALS) {
            return Err(format!("`{text}` is too much for a million tokens"));
        }
        // MAX_PRICE fits.
        Ok(Rate { units: u64::try_from(units).unwrap_or(u64::MAX) })
    }

    /// What so many tokens cost.
    pub fn of(self, tokens: u64) -> Amount {
        Amount(u128::from(self.units) * u128::from(tokens))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal_text(u128::from(self.units), PRICE_DECIMALS))
    }
}

/// A decimal from 0 on in units of its last of `decimals` places.
fn decimal(text: &str, decimals: u32) -> Option<u128> {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let part = part.trim_end_matches('0');
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let width = decimals as usize;
    if whole.is_empty() || whole.len() > 15 || !is_number(whole) || !is_number(part) || part.len() > width {
        return None;
    }
    format!("{whole}{part:0<width$}").parse().ok()
}

fn decimal_text(units: u128, decimals: u32) -> String {
    let one = 10_u128.pow(decimals);
    let part = format!("{:0width$}", units % one, width = decimals as usize);
    let part = part.trim_end_matches('0');
    if part.is_empty() { (units / one).to_string() } else { format!("{}.{part}", units / one) }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads numbers by the shortest decimal that they stand for, which is the one that was written.
struct RateVisitor;

impl Visitor<'_> for RateVisitor {
    type Value = Rate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a price for a million tokens")
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Rate, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Rate, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Rate, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Rate, E> {
        Rate::parse(text).map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rate, D::Error> {
        deserializer.deserialize_any(RateVisitor)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An exact decimal.", "type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,12})?$"
        })
    }
}

impl JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What a million tokens cost, with at most six decimals.",
            "type": ["number", "string"], "minimum": 0, "pattern": r"^[0-9]+(\.[0-9]{1,6})?$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_and_written_exactly() {
        for text in ["0", "0.1", "12.000000000001", "999999999999999.999999999999"] {
            assert_eq!(Amount::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Amount::parse(" 1.50 ").unwrap().to_string(), "1.5");
        for text in ["", "-1", "1e3", "+1", ".5", "1.0000000000001", "1_0", "1 0", "NaN", "1.2.3"] {
            assert_eq!(Amount::parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_mean_the_decimal_that_was_written() {
        for (json, wanted) in [("0.1", "0.1"), ("\"0.075\"", "0.075"), ("3", "3"), ("0.000001", "0.000001")] {
            assert_eq!(serde_json::from_str::<Rate>(json).unwrap().to_string(), wanted);
        }
        for json in ["-1", "0.0000001", "1e12", "\"much\"", "null", "true"] {
            assert!(serde_json::from_str::<Rate>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn people_see_few_digits_and_never_nothing_for_something() {
        for (amount, shown) in [
            ("0", "$0.00"),
            ("1234.565", "$1234.57"),
            ("0.42", "$0.42"),
            ("0.0312", "$0.0312"),
            ("0.000123", "$0.000123"),
            ("0.0000000001", "$0.0000000001"),
        ] {
            let money = Money { amount: Amount::parse(amount).unwrap(), currency: "USD".into() };
            assert_eq!(money.to_string(), shown);
        }
        let yuan = Money { amount: Amount::parse("2.5").unwrap(), currency: "CNY".into() };
        assert_eq!(yuan.to_string(), "2.50 CNY");
    }

    #[test]
    fn parts_are_rounded_to_the_nearest_unit() {
        let amount = Amount::parse("1").unwrap();
        assert_eq!(amount.divided_by(3).unwrap().to_string(), "0.333333333333");
        assert_eq!(amount.divided_by(0), None);
    }
}

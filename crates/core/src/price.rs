//! What a model's tokens cost, and whose prices they are.

use crate::money::{Amount, Money, Rate};
use crate::response::Usage;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// What a model's tokens cost, for a million of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Tokens of prompts.
    pub input: Rate,
    /// Tokens of replies.
    pub output: Rate,
    /// Tokens of prompts that the server had computed before; as `input` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_input: Option<Rate>,
    /// Tokens of replies that were reasoning; as `output` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Rate>,
    /// Three capital letters; `USD` when absent.
    #[serde(default = "dollars", deserialize_with = "currency")]
    pub currency: String,
}

fn dollars() -> String {
    "USD".to_owned()
}

fn currency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(text)
    } else {
        Err(D::Error::custom("a currency is three capital letters, such as USD"))
    }
}

impl Price {
    /// What a call with this usage costs. Details beyond the sums that they are part of are cut to these.
    pub fn of(&self, usage: &Usage) -> Amount {
        let cached = usage.cached_tokens.unwrap_or(0).min(usage.input_tokens);
        let reasoning = usage.reasoning_tokens.unwrap_or(0).min(usage.output_tokens);
        let parts = [
            (self.input, usage.input_tokens - cached),
            (self.cached_input.unwrap_or(self.input), cached),
            (self.output, usage.output_tokens - reasoning),
            (self.reasoning.unwrap_or(self.output), reasoning),
        ];
        parts.into_iter().map(|(rate, tokens)| rate.of(tokens)).fold(Amount::default(), Amount::plus)
    }

    /// Whether no token costs anything.
    pub fn is_free(&self) -> bool {
        let rates = [Some(self.input), Some(self.output), self.cached_input, self.reasoning];
        rates.into_iter().flatten().all(|rate| rate.of(1) == Amount::default())
    }

    /// An amount in this price's currency.
    pub fn money(&self, amount: Amount) -> Money {
        Money { amount, currency: self.currency.clone() }
    }
}

/// Prices by model: a name, or a pattern in which `*` stands for any text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Prices(pub IndexMap<String, Price>);

impl Prices {
    /// The price of a model with these names: the one under such a name, else the one whose pattern says most.
    pub fn find(&self, names: &[&str]) -> Option<&Price> {
        let literal = |pattern: &str| pattern.bytes().filter(|byte| *byte != b'*').count();
        names.iter().find_map(|name| self.0.get(*name)).or_else(|| {
            let fitting = self.0.iter().filter(|(pattern, _)| names.iter().any(|name| fits(pattern, name)));
            // Of equal ones the first: the order is reversed, as the last of equal ones is the maximum.
            fitting.rev().max_by_key(|(pattern, _)| literal(pattern)).map(|(_, price)| price)
        })
    }
}

/// Whether `name` is what the pattern says.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(begin) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or("");
    for part in parts {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(json: &str) -> Price {
        serde_json::from_str(json).unwrap()
    }

    fn usage(input: u64, output: u64, cached: Option<u64>, reasoning: Option<u64>) -> Usage {
        Usage { cached_tokens: cached, reasoning_tokens: reasoning, ..Usage::new(input, output) }
    }

    #[test]
    fn costs_are_exact() {
        let plain = price(r#"{"input": 0.15, "output": 0.6}"#);
        let full = price(r#"{"input": 3, "output": 15, "cached_input": 0.3, "reasoning": "7.5"}"#);
        // Worked out by hand: tokens times price, divided by a million.
        for (price, usage, wanted) in [
            (&plain, usage(1_000_000, 1_000_000, None, None), "0.75"),
            (&plain, usage(1, 0, None, None), "0.00000015"),
            (&plain, usage(120, 30, Some(100), Some(10)), "0.000036"),
            (&full, usage(1_000, 200, Some(600), Some(150)), "0.003255"),
            (&full, usage(10, 10, Some(99), Some(99)), "0.000078"),
            (&full, usage(0, 0, None, None), "0"),
        ] {
            assert_eq!(price.of(&usage).to_string(), wanted, "{usage:?}");
        }
    }

    #[test]
    fn sums_of_calls_cost_what_the_calls_cost() {
        let price = price(r#"{"input": 0.1, "output": 0.2, "cached_input": 0.000001}"#);
        let calls: Vec<Usage> = (0..10_000).map(|n| usage(n, n / 3, Some(n / 2), None)).collect();
        let mut sum = Usage::default();
        calls.iter().for_each(|call| sum.add(call));
        let cost = calls.iter().map(|call| price.of(call)).fold(Amount::default(), Amount::plus);
        assert_eq!(price.of(&sum), cost);
    }

    #[test]
    fn the_name_that_says_most_wins() {
        let prices: Prices = serde_json::from_str(
            r#"{"*": {"input": 1, "output": 1}, "qwen*": {"input": 2, "output": 1},
                "qwen*-vl-*": {"input": 3, "output": 1}, "qwen3-vl-8b": {"input": 4, "output": 1}}"#,
        )
        .unwrap();
        for (name, input) in [("gpt", 1), ("qwen3", 2), ("qwen3-vl-4b", 3), ("qwen3-vl-8b", 4)] {
            assert_eq!(prices.find(&[name]).unwrap().input.to_string(), input.to_string(), "{name}");
        }
        assert_eq!(prices.find(&["mine", "qwen3-vl-8b"]).unwrap().input.to_string(), "4");
        assert!(Prices::default().find(&["a"]).is_none());
    }

    #[test]
    fn a_star_is_any_text() {
        for (pattern, name, wanted) in [
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "ab", false),
            ("ab*ba", "aba", false),
            ("*b*", "abc", true),
            ("a**c", "abbc", true),
            ("abc", "abcd", false),
        ] {
            assert_eq!(fits(pattern, name), wanted, "{pattern} {name}");
        }
    }

    #[test]
    fn a_price_is_free_when_no_token_costs_anything() {
        assert!(price(r#"{"input": 0, "output": "0.0"}"#).is_free());
        assert!(!price(r#"{"input": 0, "output": 0, "reasoning": 0.000001}"#).is_free());
    }

    #[test]
    fn currencies_are_three_capital_letters() {
        assert_eq!(price(r#"{"input": 1, "output": 1}"#).currency, "USD");
        for currency in ["usd", "$", "DOLLAR", ""] {
            let json = format!(r#"{{"input": 1, "output": 1, "currency": "{currency}"}}"#);
            assert!(serde_json::from_str::<Price>(&json).is_err(), "{currency}");
        }
    }
}

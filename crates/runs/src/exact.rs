//! A float that JSON gives back bit for bit, infinities included.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// What JSON has no number for, and the text that stands for it.
const WORDS: [(&str, f64); 3] =
    [("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY), ("NaN", f64::NAN)];

/// A number, or one of the texts `Infinity`, `-Infinity` and `NaN`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Exact(pub f64);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let same = |float: f64| float == self.0 || float.is_nan() && self.0.is_nan();
        match WORDS.iter().find(|(_, float)| same(*float)) {
            Some((word, _)) => serializer.serialize_str(word),
            None => serializer.serialize_f64(self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ExactVisitor)
    }
}

struct ExactVisitor;

impl Visitor<'_> for ExactVisitor {
    type Value = Exact;

    fn expecting(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        out.write_str("a number")
    }

    fn visit_f64<E>(self, float: f64) -> Result<Exact, E> {
        Ok(Exact(float))
    }

    fn visit_i64<E>(self, whole: i64) -> Result<Exact, E> {
        Ok(Exact(whole as f64))
    }

    fn visit_u64<E>(self, whole: u64) -> Result<Exact, E> {
        Ok(Exact(whole as f64))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Exact, E> {
        WORDS
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, float)| Exact(*float))
            .ok_or_else(|| E::custom(format!("expected a number, found `{text}`")))
    }
}

impl JsonSchema for Exact {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Exact".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words = WORDS.map(|(word, _)| word);
        json_schema!({"anyOf": [{"type": "number"}, {"enum": words}]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_float_comes_back() {
        for float in [0.0, -0.0, 0.1, 1e300, 5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            let text = serde_json::to_string(&Exact(float)).unwrap();
            let back: Exact = serde_json::from_str(&text).unwrap();
            assert_eq!(back.0.to_bits(), float.to_bits(), "{text}");
        }
        assert!(serde_json::from_str::<Exact>("\"many\"").is_err());
    }
}

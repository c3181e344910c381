//! Goodput: requests that were answered as fast as a user wants.

use crate::measure::row::Row;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a request must keep to count, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Goals {
    /// Time to first token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttft_ms: Option<f64>,
    /// Time per output token after the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tpot_ms: Option<f64>,
    /// Time until the end of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e2e_ms: Option<f64>,
}

impl Goals {
    /// Reads `ttft:500`, `tpot:50`, `e2el:20000` (milliseconds), several with commas; `e2e` means the same as `e2el`.
    pub fn parse(texts: &[String]) -> Result<Goals, String> {
        let mut goals = Goals::default();
        for text in texts.iter().flat_map(|text| text.split(',')) {
            let (name, value) =
                text.split_once(':').ok_or_else(|| format!("`{text}` is not NAME:MILLISECONDS"))?;
            let number = value.trim().trim_end_matches("ms").trim().parse::<f64>().ok();
            let number = number.filter(|number| number.is_finite() && *number > 0.0);
            let number = number.ok_or_else(|| format!("`{value}` is no number of milliseconds above 0"))?;
            let goal = match name.trim() {
                "ttft" => &mut goals.ttft_ms,
                "tpot" => &mut goals.tpot_ms,
                "e2el" | "e2e" => &mut goals.e2e_ms,
                other => return Err(format!("there is no goal `{other}`: take ttft, tpot or e2el")),
            };
            *goal = Some(number);
        }
        Ok(goals)
    }

    /// Whether they are about times of tokens, which only streamed answers have.
    pub fn need_streams(&self) -> bool {
        self.ttft_ms.or(self.tpot_ms).is_some()
    }

    /// Whether a request keeps all of them. One whose time is not known does not.
    pub fn are_kept(&self, row: &Row) -> bool {
        let keeps = |goal: Option<f64>, time: Option<f64>| {
            goal.is_none_or(|goal| time.is_some_and(|time| time <= goal))
        };
        // One token has no time per token after the first, and so keeps any.
        let tpot = if row.output_tokens == Some(1) { Some(0.0) } else { row.tpot_ms() };
        keeps(self.ttft_ms, row.ttft_ms) && keeps(self.tpot_ms, tpot) && keeps(self.e2e_ms, Some(row.e2e_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_kept_together() {
        let goals = Goals::parse(&["ttft:500,tpot:50ms".into(), "e2el:2000".into()]).unwrap();
        assert_eq!(goals, Goals { ttft_ms: Some(500.0), tpot_ms: Some(50.0), e2e_ms: Some(2000.0) });
        let row = Row {
            ttft_ms: Some(500.0),
            last_content_ms: Some(1500.0),
            e2e_ms: 1501.0,
            output_tokens: Some(21),
            ..Row::default()
        };
        assert!(goals.are_kept(&row));
        assert!(!goals.are_kept(&Row { ttft_ms: Some(500.1), ..row.clone() }));
        assert!(!goals.are_kept(&Row { last_content_ms: Some(1501.1), ..row.clone() }));
        assert!(!goals.are_kept(&Row { output_tokens: None, ..row.clone() }));
        assert!(goals.are_kept(&Row { output_tokens: Some(1), ..row }));
    }

    #[test]
    fn wrong_goals_are_refused() {
        for text in ["ttft", "ttft:x", "ttft:0", "itl:3"] {
            assert!(Goals::parse(&[text.into()]).is_err(), "{text}");
        }
    }
}

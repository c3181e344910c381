//! What a load must keep: `ttft:p99<500ms,tpot:p95<50ms,failed<1%`.

use crate::measure::{Figures, StageSummary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Share of failed requests that is allowed when nobody says how many.
const FAILED: f64 = 0.01;
/// Statistics that a goal can name, besides percentiles of the summary.
const OTHERS: [&str; 2] = ["mean", "max"];

/// One goal: a statistic of a measure stays below a limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Goal {
    /// `ttft`, `tpot`, `itl`, `e2e`, or `failed`.
    pub measure: String,
    /// `p99`, `mean`, …; of `failed` there is only the share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statistic: Option<String>,
    /// The limit: milliseconds, or a share.
    pub limit: f64,
}

/// Several goals, all of which have to be kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Slo {
    /// The goals.
    pub goals: Vec<Goal>,
}

impl Slo {
    /// Reads goals between commas.
    pub fn parse(text: &str) -> Result<Slo, String> {
        let mut goals: Vec<Goal> = text.split(',').map(|part| goal(part.trim())).collect::<Result<_, _>>()?;
        if !goals.iter().any(|goal| goal.measure == "failed") {
            goals.push(Goal { measure: "failed".into(), statistic: None, limit: FAILED });
        }
        Ok(Slo { goals })
    }

    /// Whether it is about times of tokens, which only streamed answers have.
    pub fn needs_streams(&self) -> bool {
        self.goals.iter().any(|goal| ["ttft", "tpot", "itl"].contains(&goal.measure.as_str()))
    }

    /// How near a stage comes to its limits: the largest value divided by its limit; at most 1 when all are kept.
    /// Infinite where a measure is not known, as of a stage without answers.
    pub fn strain(&self, stage: &StageSummary) -> f64 {
        self.goals
            .iter()
            .map(|goal| value(goal, stage).map_or(f64::INFINITY, |value| value / goal.limit))
            .fold(0.0, f64::max)
    }
}

impl fmt::Display for Slo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, goal) in self.goals.iter().enumerate() {
            let before = if place > 0 { ", " } else { "" };
            match &goal.statistic {
                Some(name) => write!(formatter, "{before}{}:{name} <= {} ms", goal.measure, goal.limit)?,
                None => write!(formatter, "{before}{} <= {} %", goal.measure, goal.limit * 100.0)?,
            }
        }
        Ok(())
    }
}

fn goal(text: &str) -> Result<Goal, String> {
    let wrong = || format!("`{text}` is no goal such as `ttft:p99<500ms` or `failed<1%`");
    let (left, right) = text.split_once('<').ok_or_else(wrong)?;
    let right = right.trim_start_matches('=').trim();
    let (measure, statistic) = match left.trim().split_once(':') {
        Some((measure, statistic)) => (measure.trim(), Some(statistic.trim())),
        None => (left.trim(), None),
    };
    let limit = match (measure, statistic) {
        ("failed", None) => share(right),
        ("ttft" | "tpot" | "itl" | "e2e", Some(name)) if is_statistic(name) => milliseconds(right),
        _ => None,
    };
    let limit = limit.filter(|limit| limit.is_finite() && *limit > 0.0).ok_or_else(wrong)?;
    Ok(Goal { measure: measure.to_owned(), statistic: statistic.map(str::to_owned), limit })
}

fn is_statistic(name: &str) -> bool {
    OTHERS.contains(&name) || Figures::NAMES.contains(&name)
}

fn share(text: &str) -> Option<f64> {
    match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok().map(|percent| percent / 100.0),
        None => text.parse().ok(),
    }
}

/// Milliseconds, unless the text says seconds.
fn milliseconds(text: &str) -> Option<f64> {
    let (number, unit) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 1.0),
        (None, Some(number)) => (number, 1000.0),
        (None, None) => (text, 1.0),
    };
    number.trim().parse::<f64>().ok().map(|number| number * unit)
}

fn value(goal: &Goal, stage: &StageSummary) -> Option<f64> {
    let latency = &stage.latency;
    let figures = match goal.measure.as_str() {
        "ttft" => &latency.ttft_ms,
        "tpot" => &latency.tpot_ms,
        "itl" => &latency.itl_ms,
        "e2e" => &latency.e2e_ms,
        _ => {
            let total = stage.requests.total;
            return (total > 0).then(|| stage.requests.failed as f64 / total as f64);
        }
    };
    let figures = figures.as_ref()?;
    match goal.statistic.as_deref()? {
        "mean" => Some(figures.mean),
        "max" => Some(figures.max),
        name => figures.percentile(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_read_with_their_units() {
        let slo = Slo::parse("ttft:p99<500ms, e2e:mean<=2s,tpot:p99.9<50").unwrap();
        let limits: Vec<(&str, f64)> =
            slo.goals.iter().map(|goal| (goal.measure.as_str(), goal.limit)).collect();
        assert_eq!(limits, [("ttft", 500.0), ("e2e", 2000.0), ("tpot", 50.0), ("failed", FAILED)]);
        assert_eq!(Slo::parse("failed<5%").unwrap().goals.len(), 1);
        assert_eq!(Slo::parse("ttft:p99<500ms").unwrap().to_string(), "ttft:p99 <= 500 ms, failed <= 1 %");
        for text in [
            "",
            "ttft<5",
            "ttft:p98<5",
            "ttft:p99>5",
            "speed:p99<5",
            "ttft:p99<x",
            "failed:p99<1",
            "ttft:p99<0",
        ] {
            assert!(Slo::parse(text).is_err(), "{text}");
        }
    }
}

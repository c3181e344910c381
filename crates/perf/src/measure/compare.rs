//! Sets two load tests against each other, stage by stage, with intervals.

use crate::measure::figures::{Figures, rounded};
use crate::measure::summary::{PerfSummary, StageSummary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Quantile 0.975 of the normal distribution.
const Z_95: f64 = 1.959_963_984_540_054;
/// Quantile 0.975 of Student's distribution with 1 to 10 degrees of freedom; beyond, the normal one is near enough.
const T_95: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/// A measure of the same load in two tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// The load in few words.
    pub load: String,
    /// The measure, with its unit.
    pub measure: String,
    /// In the first test.
    pub before: f64,
    /// In the second.
    pub after: f64,
    /// After divided by before, minus 1.
    pub change: f64,
    /// 95 % interval of after − before, where it can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval_95: Option<(f64, f64)>,
}

impl Difference {
    /// Whether the interval leaves no doubt that there is one; nothing without an interval.
    pub fn is_sure(&self) -> Option<bool> {
        self.interval_95.map(|(low, high)| low > 0.0 || high < 0.0)
    }
}

/// The differences between the loads that both tests have.
pub fn compare(before: &PerfSummary, after: &PerfSummary) -> Vec<Difference> {
    let mut loads: Vec<&str> = Vec::new();
    for stage in &before.stages {
        if !loads.contains(&stage.name.as_str()) && after.stages.iter().any(|other| other.name == stage.name)
        {
            loads.push(&stage.name);
        }
    }
    loads.into_iter().flat_map(|load| of_load(load, &named(before, load), &named(after, load))).collect()
}

fn named<'a>(test: &'a PerfSummary, load: &str) -> Vec<&'a StageSummary> {
    test.stages.iter().filter(|stage| stage.name == load).collect()
}

/// One value for each run of a load, and the standard error within it where there is one.
pub type Measure = (&'static str, fn(&StageSummary) -> Option<(f64, Option<f64>)>);

/// The measures that runs are compared by.
pub const MEASURES: [Measure; 8] = [
    ("requests/s", |stage| Some((stage.throughput.requests_per_s, None))),
    ("output tokens/s", |stage| Some((stage.throughput.output_tokens_per_s?, None))),
    ("mean TTFT, ms", |stage| mean(stage.latency.ttft_ms.as_ref())),
    ("TTFT p50, ms", |stage| percentile(stage.latency.ttft_ms.as_ref(), "p50")),
    ("TTFT p99, ms", |stage| percentile(stage.latency.ttft_ms.as_ref(), "p99")),
    ("mean TPOT, ms", |stage| mean(stage.latency.tpot_ms.as_ref())),
    ("mean E2E, ms", |stage| mean(stage.latency.e2e_ms.as_ref())),
    ("E2E p99, ms", |stage| percentile(stage.latency.e2e_ms.as_ref(), "p99")),
];

fn mean(figures: Option<&Figures>) -> Option<(f64, Option<f64>)> {
    let figures = figures?;
    let error = figures.mean_interval_95.map(|(low, high)| (high - low) / 2.0 / Z_95);
    Some((figures.mean, error))
}

/// The interval of a percentile taken for a normal one: rough, and better than none.
fn percentile(figures: Option<&Figures>, name: &str) -> Option<(f64, Option<f64>)> {
    let found = figures?.percentiles.get(name)?;
    let error = found.low.zip(found.high).map(|(low, high)| (high - low) / 2.0 / Z_95);
    Some((found.value, error))
}

fn of_load(load: &str, before: &[&StageSummary], after: &[&StageSummary]) -> Vec<Difference> {
    let difference = |(measure, value): &Measure| {
        let values =
            |stages: &[&StageSummary]| stages.iter().filter_map(|stage| value(stage)).collect::<Vec<_>>();
        let (before, after) = (center(&values(before))?, center(&values(after))?);
        let half = before.error.zip(after.error).map(|(one, other)| {
            let runs = before.runs.min(after.runs);
            let factor = if runs > 1 { t_95(2 * (runs - 1)) } else { Z_95 };
            factor * one.hypot(other)
        });
        let distance = after.value - before.value;
        Some(Difference {
            load: load.to_owned(),
            measure: (*measure).to_owned(),
            before: rounded(before.value),
            after: rounded(after.value),
            change: if before.value == 0.0 { 0.0 } else { rounded(distance / before.value) },
            interval_95: half.map(|half| (rounded(distance - half), rounded(distance + half))),
        })
    };
    MEASURES.iter().filter_map(difference).collect()
}

struct Center {
    value: f64,
    error: Option<f64>,
    runs: usize,
}

/// The mean over runs. With several, their spread is the error: requests of one run share its fortune.
fn center(values: &[(f64, Option<f64>)]) -> Option<Center> {
    let runs = values.len();
    match values {
        [] => None,
        [(value, error)] => Some(Center { value: *value, error: *error, runs }),
        _ => {
            let values: Vec<f64> = values.iter().map(|(value, _)| *value).collect();
            let (value, error) = mean_and_error(&values)?;
            Some(Center { value, error: Some(error), runs })
        }
    }
}

/// The mean of several values and its standard error; nothing of less than two.
pub fn mean_and_error(values: &[f64]) -> Option<(f64, f64)> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|one| (one - mean).powi(2)).sum();
    (values.len() > 1).then(|| (mean, (squares / (count - 1.0) / count).sqrt()))
}

/// Quantile 0.975 of Student's distribution with so many degrees of freedom.
pub fn t_95(freedom: usize) -> f64 {
    freedom.checked_sub(1).and_then(|place| T_95.get(place)).copied().unwrap_or(Z_95)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_has_the_error_of_its_requests() {
        let one = center(&[(5.0, Some(0.5))]).unwrap();
        assert_eq!((one.value, one.error, one.runs), (5.0, Some(0.5), 1));
        assert!(center(&[]).is_none());
    }

    #[test]
    fn several_runs_have_the_error_of_their_spread() {
        // NumPy 2.2.6: std([10, 12, 14], ddof=1) / sqrt(3).
        let three = center(&[(10.0, Some(0.1)), (12.0, Some(0.1)), (14.0, None)]).unwrap();
        assert!(
            (three.value - 12.0).abs() < 1e-12
                && (three.error.unwrap() - 1.154_700_538_379_251_7).abs() < 1e-12
        );
    }

    #[test]
    fn an_interval_beside_zero_leaves_no_doubt() {
        let with = |interval_95| Difference {
            load: String::new(),
            measure: String::new(),
            before: 1.0,
            after: 2.0,
            change: 1.0,
            interval_95,
        };
        assert_eq!(with(Some((0.1, 0.2))).is_sure(), Some(true));
        assert_eq!(with(Some((-0.1, 0.2))).is_sure(), Some(false));
        assert_eq!(with(None).is_sure(), None);
    }
}

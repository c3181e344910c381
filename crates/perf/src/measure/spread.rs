//! How far several runs of the same load lie apart: what one run alone cannot say.

use crate::measure::compare::{MEASURES, mean_and_error, t_95};
use crate::measure::figures::rounded;
use crate::measure::summary::StageSummary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A measure of several runs of the same load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// The load in few words.
    pub load: String,
    /// The measure, with its unit.
    pub measure: String,
    /// How many runs have it; those that are INVALID do not count.
    pub runs: usize,
    /// Runs that are left out because they are INVALID.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub invalid_runs: usize,
    /// The mean of the runs.
    pub mean: f64,
    /// 95 % interval of that mean (Student), from the runs alone.
    pub mean_interval_95: (f64, f64),
    /// Standard deviation between runs (n − 1).
    pub std: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The spread of each load that was run several times, over its valid runs: figures that are not the server's say nothing
/// of how the server's lie apart.
pub fn spreads(stages: &[StageSummary]) -> Vec<Spread> {
    repeated(stages).into_iter().flat_map(|load| of_load(load, stages)).collect()
}

/// What a reader has to know of spreads: which loads had INVALID runs.
pub fn left_out(stages: &[StageSummary]) -> Vec<String> {
    let note = |load: &str| {
        let (all, invalid) = counts(load, stages);
        let rest = if all - invalid < 2 { ", so that nothing can be said of that" } else { "" };
        (invalid > 0).then(|| {
            format!(
                "{load}: {invalid} of {all} runs are INVALID and do not count in how far runs lie apart{rest}"
            )
        })
    };
    repeated(stages).into_iter().filter_map(note).collect()
}

/// Loads that were run several times.
fn repeated(stages: &[StageSummary]) -> Vec<&str> {
    let mut loads: Vec<&str> = Vec::new();
    for stage in stages.iter().filter(|stage| stage.repeat > 1) {
        if !loads.contains(&stage.name.as_str()) {
            loads.push(&stage.name);
        }
    }
    loads
}

/// Runs of a load, and those of them that are INVALID.
fn counts(load: &str, stages: &[StageSummary]) -> (usize, usize) {
    let runs = || stages.iter().filter(|stage| stage.name == load);
    (runs().count(), runs().filter(|stage| !stage.invalid.is_empty()).count())
}

fn of_load<'a>(load: &'a str, stages: &'a [StageSummary]) -> impl Iterator<Item = Spread> + 'a {
    MEASURES.iter().filter_map(move |(measure, value)| {
        let runs = stages.iter().filter(|stage| stage.name == load && stage.invalid.is_empty());
        let values: Vec<f64> = runs.filter_map(|stage| Some(value(stage)?.0)).collect();
        let (mean, error) = mean_and_error(&values)?;
        let half = error * t_95(values.len() - 1);
        Some(Spread {
            load: load.to_owned(),
            measure: (*measure).to_owned(),
            runs: values.len(),
            invalid_runs: counts(load, stages).1,
            mean: rounded(mean),
            mean_interval_95: (rounded(mean - half), rounded(mean + half)),
            std: rounded(error * (values.len() as f64).sqrt()),
            min: rounded(values.iter().copied().fold(f64::INFINITY, f64::min)),
            max: rounded(values.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::tests::stage_of_nothing;

    fn run(name: &str, repeat: u32, requests_per_s: f64) -> StageSummary {
        let mut stage = stage_of_nothing();
        (stage.name, stage.repeat) = (name.to_owned(), repeat);
        stage.throughput.requests_per_s = requests_per_s;
        stage
    }

    #[test]
    fn runs_of_one_load_are_set_against_each_other() {
        let stages = [run("a", 1, 10.0), run("b", 1, 99.0), run("a", 2, 12.0), run("a", 3, 14.0)];
        let found = spreads(&stages);
        let of_rate: Vec<&Spread> = found.iter().filter(|spread| spread.measure == "requests/s").collect();
        assert_eq!(of_rate.len(), 1);
        let spread = of_rate[0];
        assert_eq!((spread.load.as_str(), spread.runs, spread.mean, spread.std), ("a", 3, 12.0, 2.0));
        assert_eq!((spread.min, spread.max), (10.0, 14.0));
        // SciPy 1.15.3: t.interval(0.95, 2, loc=12, scale=sem([10, 12, 14])).
        let (low, high) = spread.mean_interval_95;
        assert!((low - 7.031_724).abs() < 1e-3 && (high - 16.968_276).abs() < 1e-3, "{low} {high}");
    }

    #[test]
    fn invalid_runs_are_left_out_and_counted() {
        let invalid = StageSummary { invalid: vec!["late".into()], ..run("a", 2, 99.0) };
        let stages = [run("a", 1, 10.0), invalid.clone(), run("a", 3, 12.0)];
        let found = spreads(&stages);
        let of_rate = found.iter().find(|spread| spread.measure == "requests/s").unwrap();
        assert_eq!((of_rate.runs, of_rate.invalid_runs, of_rate.mean, of_rate.max), (2, 1, 11.0, 12.0));
        assert_eq!(
            left_out(&stages),
            ["a: 1 of 3 runs are INVALID and do not count in how far runs lie apart"]
        );
        let few = [run("a", 1, 10.0), invalid];
        assert!(spreads(&few).is_empty());
        assert!(left_out(&few)[0].ends_with("so that nothing can be said of that"));
        assert!(left_out(&[run("a", 1, 10.0), run("a", 2, 11.0)]).is_empty());
    }

    #[test]
    fn one_run_says_nothing_of_others() {
        assert!(spreads(&[run("a", 1, 10.0), run("b", 1, 11.0)]).is_empty());
    }
}

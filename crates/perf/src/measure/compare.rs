//! Sets two load tests against each other, stage by stage, with intervals.

use super::counts::Z_95;
use crate::load::AT_ONCE;
use crate::measure::figures::{Figures, rounded};
use crate::measure::parts::Beginning;
use crate::measure::summary::{PerfSummary, StageSummary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Quantile 0.975 of Student's distribution with 1 to 10 degrees of freedom; beyond, the normal one is near enough.
const T_95: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

/// A measure of the same load in two tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// The load in few words.
    pub load: String,
    /// Why the difference is not, or not only, the server's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
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
    let mut loads: Vec<&StageSummary> = Vec::new();
    for stage in &before.stages {
        if loads.iter().all(|load| key(load) != key(stage)) {
            loads.push(stage);
        }
    }
    let pairs = loads.into_iter().map(|load| {
        let same = matching(before, |stage| key(stage) == key(load));
        (load.name.as_str(), same, counterparts(load, after))
    });
    pairs.flat_map(|(load, before, after)| of_load(load, before, after)).collect()
}

fn matching(test: &PerfSummary, is_such: impl Fn(&StageSummary) -> bool) -> Vec<&StageSummary> {
    test.stages.iter().filter(|stage| is_such(stage)).collect()
}

/// The runs of the same load in the other test: those whose slots began as these did, else those of the same name, else those
/// that differ in the beginning alone.
fn counterparts<'a>(ours: &StageSummary, after: &'a PerfSummary) -> Vec<&'a StageSummary> {
    let ways: [&dyn Fn(&StageSummary) -> bool; 3] =
        [&|stage| key(stage) == key(ours), &|stage| stage.name == ours.name, &|stage| {
            key(stage).0 == key(ours).0
        }];
    ways.into_iter()
        .map(|is_such| matching(after, is_such))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// What a load is besides its name, which says of a beginning only what was asked for.
fn key(stage: &StageSummary) -> (&str, Option<Beginning>) {
    let name = stage.name.strip_suffix(AT_ONCE).unwrap_or(&stage.name);
    (name, beginning(stage))
}

/// How its slots began. Of files that do not say it the name may.
fn beginning(stage: &StageSummary) -> Option<Beginning> {
    let named = [(AT_ONCE, Beginning::AtOnce), ("to get there", Beginning::Over)];
    let said = named.into_iter().find(|(end, _)| stage.name.ends_with(end)).map(|(_, beginning)| beginning);
    if is_closed(stage) { stage.start.or(said) } else { None }
}

fn is_closed(stage: &StageSummary) -> bool {
    stage.parallel.is_some() && !stage.is_open()
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

/// INVALID runs do not count where there are valid ones.
fn of_load(load: &str, before: Vec<&StageSummary>, after: Vec<&StageSummary>) -> Vec<Difference> {
    let (before, after) = (valid_first(before), valid_first(after));
    let notes = notes(&before, &after);
    let difference = |(measure, value): &Measure| {
        let values =
            |stages: &[&StageSummary]| stages.iter().filter_map(|stage| value(stage)).collect::<Vec<_>>();
        let (before, after) = (center(&values(&before))?, center(&values(&after))?);
        let half = before.error.zip(after.error).map(|(one, other)| {
            let runs = before.runs.min(after.runs);
            let factor = if runs > 1 { t_95(2 * (runs - 1)) } else { Z_95 };
            factor * one.hypot(other)
        });
        let distance = after.value - before.value;
        Some(Difference {
            load: load.to_owned(),
            notes: notes.clone(),
            measure: (*measure).to_owned(),
            before: rounded(before.value),
            after: rounded(after.value),
            change: if before.value == 0.0 { 0.0 } else { rounded(distance / before.value) },
            interval_95: half.map(|half| (rounded(distance - half), rounded(distance + half))),
        })
    };
    MEASURES.iter().filter_map(difference).collect()
}

fn valid_first(stages: Vec<&StageSummary>) -> Vec<&StageSummary> {
    let valid: Vec<&StageSummary> = stages.iter().copied().filter(|stage| stage.invalid.is_empty()).collect();
    if valid.is_empty() { stages } else { valid }
}

fn notes(before: &[&StageSummary], after: &[&StageSummary]) -> Vec<String> {
    let (Some(one), Some(other)) = (before.first(), after.first()) else { return Vec::new() };
    let mut notes = Vec::new();
    if let (Some(first), Some(second)) = (beginning(one), beginning(other))
        && first != second
    {
        notes.push(format!(
            "requests of the first test began {}, of the second {}: those that begin at once wait for each other, and the \
             difference holds that too",
            word(first),
            word(second)
        ));
    }
    let pair = [("first", one), ("second", other)];
    let silent: Vec<&str> = pair
        .iter()
        .filter(|(_, stage)| is_closed(stage) && beginning(stage).is_none())
        .map(|(name, _)| *name)
        .collect();
    if let [name] = silent.as_slice() {
        notes.push(format!(
            "the {name} test does not say how its requests began: those that begin at once wait for each other, and the \
             difference may hold that too"
        ));
    }
    for (name, stage) in pair {
        if let Some(reason) = stage.invalid.first() {
            notes.push(format!("the {name} test is INVALID: {reason}"));
        }
    }
    notes
}

fn word(beginning: Beginning) -> &'static str {
    match beginning {
        Beginning::Apart => "apart",
        Beginning::AtOnce => "at once",
        Beginning::Over => "slowly",
    }
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
    use crate::truth::tests::{stage_of_nothing, summary};

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

    fn run(name: &str, start: Option<Beginning>, invalid: &[&str]) -> StageSummary {
        let invalid = invalid.iter().map(|reason| (*reason).to_owned()).collect();
        StageSummary { name: name.into(), start, invalid, ..stage_of_nothing() }
    }

    fn rate(mut stage: StageSummary, requests_per_s: f64) -> StageSummary {
        stage.throughput.requests_per_s = requests_per_s;
        stage
    }

    #[test]
    fn another_beginning_is_said_and_the_same_one_is_looked_for() {
        let (apart, at_once) = (Some(Beginning::Apart), Some(Beginning::AtOnce));
        let notes = |before: StageSummary, after: Vec<StageSummary>| {
            let found = compare(&summary(vec![before]), &summary(after));
            found.first().map(|found| (found.after, found.notes.clone()))
        };
        let old = || rate(run("8 in parallel", None, &[]), 1.0);
        let new = || rate(run("8 in parallel", apart, &[]), 2.0);
        let burst = || rate(run("8 in parallel, all at once", at_once, &[]), 3.0);
        let (after, said) = notes(old(), vec![new()]).unwrap();
        assert!(
            after == 2.0 && said.len() == 1 && said[0].starts_with("the first test does not say"),
            "{said:?}"
        );
        assert_eq!(notes(new(), vec![new()]), Some((2.0, Vec::new())));
        assert_eq!(notes(old(), vec![old()]), Some((1.0, Vec::new())));
        let (after, said) = notes(burst(), vec![new()]).unwrap();
        assert!(
            after == 2.0 && said.len() == 1 && said[0].contains("began at once, of the second apart"),
            "{said:?}"
        );
        // The same name, and the same beginning.
        let full = || rate(run("8 in parallel", at_once, &[]), 4.0);
        assert_eq!(notes(burst(), vec![new(), full()]), Some((4.0, Vec::new())));
        let both = || summary(vec![full(), new()]);
        let found = compare(&both(), &both());
        let rates: Vec<_> = found.iter().filter(|one| one.measure == "requests/s").collect();
        assert_eq!(
            rates.iter().map(|one| (one.before, one.after)).collect::<Vec<_>>(),
            [(4.0, 4.0), (2.0, 2.0)]
        );
        assert_eq!(notes(old(), vec![new(), burst()]).unwrap().0, 2.0);
        assert_eq!(notes(burst(), vec![old()]).unwrap().0, 1.0);
        let slow = || run("8 in parallel, 5 s to get there", None, &[]);
        assert_eq!(
            notes(slow(), vec![StageSummary { start: Some(Beginning::Over), ..slow() }]).unwrap().1.len(),
            0
        );
    }

    #[test]
    fn invalid_runs_count_only_where_there_is_no_valid_one() {
        let valid = || rate(run("a", None, &[]), 1.0);
        let invalid = || rate(run("a", None, &["late"]), 9.0);
        let found = compare(&summary(vec![invalid(), valid()]), &summary(vec![invalid()]));
        assert_eq!((found[0].before, found[0].after), (1.0, 9.0));
        assert_eq!(found[0].notes, ["the second test is INVALID: late"]);
    }

    #[test]
    fn an_interval_beside_zero_leaves_no_doubt() {
        let with = |interval_95| Difference {
            load: String::new(),
            notes: Vec::new(),
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

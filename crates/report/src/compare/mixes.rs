//! Mixes of benchmarks as one: the weighted means of their benchmarks' scores, and of the differences of two models.

use super::found::{ModelScore, PairComparison};
use super::pair;
use super::scores::Scores;
use crate::collections::{Summed, weighted};
use crate::error::Error;
use crate::paired::Resampling;
use evalscope_core::{PlannedCollection, PlannedModel};
use evalscope_metrics::paired::weighted_difference;
use evalscope_metrics::stats::Part;
use evalscope_runs::RunFolder;

/// The name of what is compared of a mix.
pub const METRIC: &str = "weighted";

/// What mixes of several runs have in common that are one: name, and benchmarks with the bits of their weights.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mix {
    pub name: String,
    members: Vec<(String, u64)>,
}

impl Mix {
    pub fn of(planned: &PlannedCollection) -> Mix {
        let member =
            |member: &evalscope_core::PlannedMember| (member.benchmark.clone(), member.weight.to_bits());
        Mix { name: planned.name.clone(), members: planned.members.iter().map(member).collect() }
    }

    /// Names of its benchmarks.
    pub fn benchmarks(&self) -> Vec<String> {
        self.members.iter().map(|(name, _)| name.clone()).collect()
    }
}

/// A model's scores on a mix: each benchmark's weight and scores.
#[derive(Debug)]
pub struct MixScores {
    pub model: usize,
    members: Vec<(f64, Scores)>,
}

impl MixScores {
    /// Reads them by this metric of all benchmarks, or by the main one of each.
    pub fn read(
        run: &RunFolder,
        (number, model): (usize, &PlannedModel),
        planned: &PlannedCollection,
        metric: Option<&str>,
    ) -> Result<MixScores, Error> {
        let benchmarks = &run.plan().benchmarks;
        let members = planned.members.iter().filter_map(|member| {
            let benchmark = benchmarks.iter().find(|benchmark| benchmark.name == member.benchmark)?;
            let scores = Scores::read(run, model, benchmark, metric, member.samples.as_ref());
            Some(scores.map(|scores| (member.weight, scores)))
        });
        Ok(MixScores { model: number, members: members.collect::<Result<_, _>>()? })
    }

    /// Why it has no weighted mean; nothing where it has one.
    pub fn lacks(&self) -> Option<String> {
        let lack = |(_, scores): &(f64, Scores)| match (&scores.no_mean, &scores.metric) {
            (Some(reason), _) => Some(reason.clone()),
            (None, None) => Some("some of its benchmarks have no scores".to_owned()),
            (None, Some(_)) if !scores.is_share() => Some("its benchmarks' scores are no shares".to_owned()),
            (None, Some(_)) => None,
        };
        self.members.iter().find_map(lack)
    }

    /// The model by itself.
    pub fn summary(&self) -> ModelScore {
        let parts: Vec<Summed> =
            self.members.iter().map(|(weight, scores)| (*weight, scores.apart())).collect();
        let metric = weighted(METRIC, &parts);
        let sum = |of: fn(&Scores) -> u64| self.members.iter().map(|(_, scores)| of(scores)).sum::<u64>();
        ModelScore {
            model: self.model,
            n: metric.n,
            planned: sum(|scores| scores.planned),
            failed: sum(|scores| scores.failed),
            missing: sum(|scores| scores.planned.saturating_sub(scores.scored + scores.failed)),
            score: metric.score.unwrap_or_default(),
            choice_mode: None,
            standard_error: metric.standard_error,
            interval_95: metric.interval_95,
            judge_half_width_95: metric.judge_half_width_95,
        }
    }
}

impl pair::Compared for MixScores {
    fn measures_the_same(&self, other: &MixScores) -> bool {
        let mut both = self.members.iter().zip(&other.members);
        both.all(|((_, one), (_, other))| one.measures_the_same(other))
    }

    /// Compares this one with A, by what their benchmarks differ by.
    fn compared_with(&self, a: &MixScores, _: Resampling) -> PairComparison {
        let both = a.members.iter().zip(&self.members);
        let parts: Vec<(f64, PairComparison)> =
            both.map(|((weight, a), (_, b))| (*weight, b.compared_with(a, Resampling::None))).collect();
        let sum = |of: fn(&PairComparison) -> Option<f64>| {
            parts.iter().map(|(weight, part)| Some(weight * of(part)?)).sum::<Option<f64>>()
        };
        let squares = |of: fn(&PairComparison) -> Option<f64>| {
            let square = |(weight, part): &(f64, PairComparison)| Some((weight * of(part)?).powi(2));
            parts.iter().map(square).sum::<Option<f64>>().map(f64::sqrt)
        };
        let untested = PairComparison {
            a: a.model,
            b: self.model,
            n: parts.iter().map(|(_, part)| part.n).sum(),
            difference: sum(|part| part.difference),
            incomparable: parts.iter().find_map(|(_, part)| part.incomparable),
            ..PairComparison::default()
        };
        let part =
            |(weight, part): &(f64, PairComparison)| Some((*weight, part.difference?, part.interval_95?));
        let intervals = parts.iter().map(part).collect::<Option<Vec<Part>>>();
        let tested =
            intervals.filter(|_| untested.incomparable.is_none()).and_then(|all| weighted_difference(&all));
        let Some(found) = tested else { return untested };
        PairComparison {
            standard_error: squares(|part| part.standard_error),
            interval_95: Some(found.interval_95),
            p_value: Some(found.p_value),
            minimum_detectable_effect: pair::detectable_by(found.error),
            ..untested
        }
    }
}

//! Adds up one metric over samples, in a fixed order and without keeping them.

use crate::interval::{self, Units};
use crate::summary::MetricSummary;
use evalscope_metrics::aggregate::{Accumulate, Kind, Scored};
use evalscope_metrics::stats::{cluster_freedom, is_no_error, standard_error_of_clusters, wilson_interval};
use indexmap::IndexMap;

/// What is known of a metric before any sample.
#[derive(Debug)]
pub struct MetricInfo {
    pub higher_is_better: bool,
    /// Lowest and highest possible value.
    pub range: (Option<f64>, Option<f64>),
    /// How samples become one number; the mean when absent.
    pub aggregate: Option<PlannedAggregate>,
    /// The metric whose values it is made of; its own when absent.
    pub of: Option<String>,
}

/// An aggregate as the plan has it.
#[derive(Debug, Clone, Copy)]
pub enum PlannedAggregate {
    /// From so many repeats of a question to its value.
    Question(fn(&[Scored], usize) -> Option<f64>, usize),
    /// From all samples.
    Set(fn() -> Box<dyn Accumulate>),
}

impl PlannedAggregate {
    /// Of k repeats, where that matters.
    pub fn of(kind: Kind, k: usize) -> PlannedAggregate {
        match kind {
            Kind::Question(run) => PlannedAggregate::Question(run, k),
            Kind::Set(start) => PlannedAggregate::Set(start),
        }
    }
}

impl MetricInfo {
    /// A mean of values between 0 and 1 of which more is better, as those of a mix are: others are refused before a run.
    pub const SHARE: MetricInfo =
        MetricInfo { higher_is_better: true, range: (Some(0.0), Some(1.0)), aggregate: None, of: None };

    /// Whether all samples together give the number, so that a question has no value of its own.
    pub fn is_of_all(&self) -> bool {
        matches!(self.aggregate, Some(PlannedAggregate::Set(_)))
    }

    /// The value of a question, from the samples that it was asked in; nothing when they are too few.
    pub fn of_question(&self, samples: &[Scored]) -> Option<f64> {
        match self.aggregate {
            Some(PlannedAggregate::Question(run, k)) => run(samples, k),
            _ => Some(samples.iter().map(|sample| sample.value).sum::<f64>() / samples.len() as f64),
        }
    }
}

/// A metric over the samples so far.
#[derive(Debug)]
pub struct Tally {
    /// Where all samples together give the number.
    set: Option<Box<dyn Accumulate>>,
    /// The place of each question's cluster among the clusters; of sets only.
    places: Vec<usize>,
    samples: u64,
    sum: f64,
    /// The fewest and the most samples of a question.
    repeats: (u64, u64),
    /// Over questions, each the mean of its repeats (Welford's method).
    questions: u64,
    mean: f64,
    squares: f64,
    /// Questions worth 1, as long as all are worth 0 or 1.
    ones: Option<u64>,
    /// Questions with a right repeat, and with one that is not, where repeats are right or wrong.
    with_right: u64,
    with_wrong: u64,
    /// Whether the sum of each question's repeats is a number of right answers.
    counts: bool,
    subsets: u64,
    sum_of_subsets: f64,
    /// Sum and number of the questions of each cluster, as long as all questions have one.
    clusters: Option<IndexMap<String, (f64, u64)>>,
}

impl Default for Tally {
    fn default() -> Self {
        Tally {
            set: None,
            places: Vec::new(),
            samples: 0,
            sum: 0.0,
            repeats: (u64::MAX, 0),
            questions: 0,
            mean: 0.0,
            squares: 0.0,
            ones: Some(0),
            with_right: 0,
            with_wrong: 0,
            counts: true,
            subsets: 0,
            sum_of_subsets: 0.0,
            clusters: Some(IndexMap::new()),
        }
    }
}

impl Tally {
    /// Nothing yet, of this metric.
    pub fn of(info: &MetricInfo) -> Tally {
        let set = match info.aggregate {
            Some(PlannedAggregate::Set(start)) => Some(start()),
            _ => None,
        };
        Tally { set, ..Tally::default() }
    }

    /// Adds the samples that a question was asked in (at least one), and what it shares with others.
    pub fn add(&mut self, samples: &[Scored], cluster: Option<&str>, info: &MetricInfo) {
        if let Some(set) = &mut self.set {
            set.add(samples);
        }
        if matches!(info.aggregate, Some(PlannedAggregate::Question(..))) {
            self.counts = false;
            if let Some(value) = info.of_question(samples) {
                self.add_question(value * samples.len() as f64, samples.len() as u64, cluster);
            }
        } else {
            // The sum itself: a mean times its number is not always a whole number again.
            let sum = samples.iter().map(|sample| sample.value).sum();
            self.add_question(sum, samples.len() as u64, cluster);
        }
    }

    /// Adds a question: the sum of its repeats' values, and how many there are (at least one).
    pub fn add_question(&mut self, sum: f64, repeats: u64, cluster: Option<&str>) {
        self.samples += repeats;
        self.repeats = (self.repeats.0.min(repeats), self.repeats.1.max(repeats));
        self.sum += sum;
        let value = sum / repeats as f64;
        match (&mut self.clusters, cluster) {
            (Some(clusters), Some(cluster)) => {
                let known = clusters.entry(cluster.to_owned());
                if self.set.is_some() {
                    self.places.push(known.index());
                }
                let known = known.or_default();
                *known = (known.0 + value, known.1 + 1);
            }
            _ => self.clusters = None,
        }
        self.questions += 1;
        self.with_right += u64::from(sum > 0.0);
        self.with_wrong += u64::from(sum < repeats as f64);
        let before = value - self.mean;
        self.mean += before / self.questions as f64;
        self.squares += before * (value - self.mean);
        self.counts &= sum.fract() == 0.0 && (0.0..=repeats as f64).contains(&sum);
        self.ones = match self.ones {
            Some(ones) if value == 0.0 => Some(ones),
            Some(ones) if value == 1.0 => Some(ones + 1),
            _ => None,
        };
    }

    /// Adds the mean of a subset, for the mean over subsets.
    pub fn add_subset(&mut self, subset: &Tally) {
        if let Some(score) = subset.score() {
            self.subsets += 1;
            self.sum_of_subsets += score;
        }
    }

    /// Samples worth 1, when every sample is worth 0 or 1.
    pub fn right_answers(&self) -> Option<u64> {
        (self.counts && self.samples > 0).then_some(self.sum as u64)
    }

    /// Mean over the questions, each the mean of its samples, or what all samples give together.
    pub fn score(&self) -> Option<f64> {
        match &self.set {
            Some(set) => set.value().filter(|_| self.samples > 0),
            None if self.repeats.0 < self.repeats.1 => Some(self.mean),
            // With as many samples of each question the mean over samples is the same, and keeps the bits of whole numbers.
            None => (self.samples > 0).then(|| self.sum / self.samples as f64),
        }
    }

    /// The clusters, when some questions share one.
    fn shared_clusters(&self) -> Option<&IndexMap<String, (f64, u64)>> {
        self.clusters.as_ref().filter(|clusters| (clusters.len() as u64) < self.questions)
    }

    /// Whether a share of all samples is 0 or 1 because that of every question is: then its error says nothing.
    fn is_all_alike(&self, score: f64, info: &MetricInfo) -> bool {
        let share = self.ones.filter(|ones| *ones == 0 || *ones == self.questions);
        let share = share.map(|ones| if ones == 0 { 0.0 } else { 1.0 });
        share == Some(score) && info.range == MetricInfo::SHARE.range
    }

    /// What is independent of each other: questions, or clusters of them.
    fn units(&self) -> Units {
        let Some(clusters) = self.shared_clusters() else {
            let (count, with_right, with_wrong) = (self.questions, self.with_right, self.with_wrong);
            return Units { count, freedom: count as f64 - 1.0, with_right, with_wrong };
        };
        let with = |has: fn(&(f64, u64)) -> bool| clusters.values().filter(|sums| has(sums)).count() as u64;
        Units {
            count: clusters.len() as u64,
            freedom: cluster_freedom(clusters.values().map(|(_, questions)| *questions)),
            with_right: with(|(sum, _)| *sum > 0.0),
            with_wrong: with(|(sum, questions)| *sum < *questions as f64),
        }
    }

    /// The interval around the score; nothing where that cannot be told.
    fn interval(&self, score: f64, error: Option<f64>, info: &MetricInfo) -> Option<(f64, f64)> {
        let units = self.units();
        let is_plain = self.set.is_none() && units.count == self.questions;
        // Where all are alike, the error is 0, which says too much; clusters then count as one question each.
        let ones = self.ones.filter(|_| is_plain || self.is_all_alike(score, info));
        if let Some(ones) = ones {
            return Some(wilson_interval(ones.min(units.count) as usize, units.count as usize));
        }
        let error = error?;
        match self.set {
            // What all samples give together is no mean of theirs: nothing bounds how far it varies.
            Some(_) if is_no_error(error, score) => None,
            None if self.counts && info.range == MetricInfo::SHARE.range => {
                Some(interval::of_share(score, error, self.samples, units))
            }
            _ => interval::of_mean(score, error, (units.count, units.freedom), info.range),
        }
    }

    /// The metric's summary.
    pub fn summary(&self, name: &str, info: &MetricInfo) -> MetricSummary {
        let score = self.score().filter(|score| score.is_finite());
        let clusters = self.shared_clusters();
        let error = match (&self.set, clusters) {
            (Some(set), shared) => set.standard_error(shared.map(|_| self.places.as_slice())),
            (None, Some(clusters)) => standard_error_of_clusters(clusters.values().copied()),
            (None, None) => interval::standard_error(self.squares, self.questions),
        };
        let standard_error = error.filter(|error| error.is_finite());
        let interval_95 = score.and_then(|score| self.interval(score, standard_error, info));
        let macro_score = if self.subsets > 0 {
            Some(self.sum_of_subsets / self.subsets as f64).filter(|score| score.is_finite())
        } else {
            score
        };
        MetricSummary {
            name: name.to_owned(),
            n: self.samples,
            score,
            macro_score,
            standard_error,
            clusters: clusters.map(|clusters| clusters.len() as u64),
            interval_95,
            judge_half_width_95: None,
            higher_is_better: info.higher_is_better,
            range: info.range,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_metrics::stats;

    fn tally(questions: &[&[f64]]) -> MetricSummary {
        let mut tally = Tally::default();
        for values in questions {
            tally.add_question(values.iter().sum(), values.len() as u64, None);
        }
        tally.summary("m", &MetricInfo::SHARE)
    }

    #[test]
    fn nothing_gives_nothing() {
        let summary = tally(&[]);
        assert_eq!(
            (summary.n, summary.score, summary.standard_error, summary.interval_95),
            (0, None, None, None)
        );
    }

    #[test]
    fn one_sample_has_no_standard_error() {
        let summary = tally(&[&[1.0]]);
        assert_eq!((summary.score, summary.standard_error), (Some(1.0), None));
        assert!(summary.interval_95.is_some_and(|(low, high)| low < 0.21 && high == 1.0));
        assert_eq!(tally(&[&[0.5]]).interval_95, None);
    }

    #[test]
    fn repeats_of_a_question_count_once_for_the_error() {
        let apart = tally(&[&[0.0], &[0.0], &[1.0], &[1.0]]);
        let together = tally(&[&[0.0, 0.0], &[1.0, 1.0]]);
        assert_eq!((apart.n, together.n), (4, 4));
        assert_eq!(apart.score, together.score);
        assert_eq!(together.standard_error, Some(0.5));
        assert!(together.standard_error > apart.standard_error);
    }

    #[test]
    fn questions_that_are_all_alike_leave_a_doubt() {
        let half = tally(&[&[1.0, 0.0], &[0.0, 1.0], &[1.0, 0.0]]);
        let (low, high) = half.interval_95.unwrap();
        assert!(half.standard_error == Some(0.0) && low < 0.2 && high > 0.8, "{half:?}");
        // Two passages with one right answer each: as two questions.
        let mut shared = Tally::default();
        for (value, cluster) in [(1.0, "a"), (0.0, "a"), (0.0, "b"), (1.0, "b")] {
            shared.add_question(value, 1, Some(cluster));
        }
        let summary = shared.summary("m", &MetricInfo::SHARE);
        assert_eq!((summary.standard_error, summary.clusters), (Some(0.0), Some(2)));
        assert_eq!(summary.interval_95, Some(wilson_interval(1, 2)));
        let endless = MetricInfo { range: (Some(0.0), None), ..MetricInfo::SHARE };
        let mut length = Tally::default();
        (0..3).for_each(|_| length.add_question(7.0, 1, None));
        assert_eq!(length.summary("m", &endless).interval_95, None);
    }

    #[test]
    fn questions_that_share_a_passage_are_no_independent_ones() {
        let mut tally = Tally::default();
        for (value, cluster) in [(1.0, "a"), (1.0, "a"), (0.0, "b"), (0.0, "b"), (1.0, "c"), (0.5, "c")] {
            tally.add_question(value, 1, Some(cluster));
        }
        let summary = tally.summary("m", &MetricInfo::SHARE);
        // Inspect AI 0.3.285: _clustered_stderr([[1, 1], [0, 0], [1, 0.5]]).
        assert!((summary.standard_error.unwrap() - 0.300_462_606_288_665_8).abs() < 1e-12);
        assert_eq!(summary.clusters, Some(3));
        tally.add_question(1.0, 1, None);
        assert_eq!(tally.summary("m", &MetricInfo::SHARE).clusters, None, "one question has no cluster");
        let mut alone = Tally::default();
        ["a", "b"].iter().for_each(|cluster| alone.add_question(1.0, 1, Some(cluster)));
        let summary = alone.summary("m", &MetricInfo::SHARE);
        assert_eq!((summary.clusters, summary.interval_95), (None, Some(wilson_interval(2, 2))));
    }

    #[test]
    fn mixed_values_have_students_interval() {
        let summary = tally(&[&[0.5], &[1.0], &[0.0]]);
        let error = summary.standard_error.unwrap();
        let (low, high) = summary.interval_95.unwrap();
        assert!(low == 0.0 && high == 1.0 && (error - 0.288_675_134_594_812_9).abs() < 1e-12);
    }

    #[test]
    fn running_sums_agree_with_lists() {
        let lists: [&[f64]; 4] =
            [&[0.1, 0.4, 0.35, 0.8], &[1.0, 0.0, 0.0, 1.0, 1.0], &[0.9; 7], &[1e-9, 1.0, 0.3]];
        for values in lists {
            let mut tally = Tally::default();
            values.iter().for_each(|value| tally.add_question(*value, 1, None));
            let summary = tally.summary("m", &MetricInfo::SHARE);
            let close = |a: Option<f64>, b: Option<f64>| (a.unwrap() - b.unwrap()).abs() < 1e-12;
            let wanted = stats::interval_95(values, (0.0, 1.0));
            assert!(close(summary.score, Some(stats::mean(values))));
            assert!(close(summary.standard_error, stats::standard_error(values)));
            assert!(close(summary.interval_95.map(|ends| ends.0), wanted.map(|ends| ends.0)));
            assert!(close(summary.interval_95.map(|ends| ends.1), wanted.map(|ends| ends.1)));
        }
    }

    #[test]
    fn right_answers_are_counted_exactly_and_only_where_they_are_answers() {
        // 15 / 22 · 22 is not 15 in binary.
        let sample = |value| Scored { value, answer: None, targets: &[] };
        let values: Vec<Scored> = (0..22).map(|n| sample(f64::from(u8::from(n < 15)))).collect();
        let mut plain = Tally::of(&MetricInfo::SHARE);
        plain.add(&values, None, &MetricInfo::SHARE);
        assert_eq!((plain.right_answers(), plain.score()), (Some(15), Some(15.0 / 22.0)));
        let kind = evalscope_metrics::aggregate::aggregate("pass_at_k").unwrap().kind;
        let info = MetricInfo { aggregate: Some(PlannedAggregate::of(kind, 22)), ..MetricInfo::SHARE };
        let mut pass = Tally::of(&info);
        pass.add(&values, None, &info);
        assert_eq!((pass.right_answers(), pass.score()), (None, Some(1.0)));
    }

    #[test]
    fn aggregates_take_the_place_of_the_mean() {
        let of = |name: &str, k: usize, questions: &[&[(f64, &str)]]| {
            let kind = evalscope_metrics::aggregate::aggregate(name).unwrap().kind;
            let info = MetricInfo { aggregate: Some(PlannedAggregate::of(kind, k)), ..MetricInfo::SHARE };
            let mut tally = Tally::of(&info);
            let targets = ["a".to_owned()];
            for question in questions {
                let sample = |(value, answer)| Scored { value, answer: Some(answer), targets: &targets };
                tally.add(&question.iter().copied().map(sample).collect::<Vec<_>>(), None, &info);
            }
            tally.summary("m", &info)
        };
        let questions: [&[(f64, &str)]; 2] = [&[(1.0, "a"), (0.0, "b")], &[(0.0, "b"), (0.0, "c")]];
        let pass = of("pass_at_k", 2, &questions);
        assert_eq!((pass.score, pass.n, pass.standard_error), (Some(0.5), 4, Some(0.5)));
        assert_eq!(of("pass_at_k", 1, &questions).score, Some(0.25));
        assert_eq!(of("pass_at_k", 3, &questions).score, None);
        let matthews = of("matthews", 1, &questions);
        assert_eq!((matthews.score, matthews.standard_error, matthews.interval_95), (Some(0.0), None, None));
        assert_eq!(of("matthews", 1, &[]).score, None);
        let correlation = of("matthews", 1, &[&[(1.0, "a")], &[(0.0, "b")]]);
        assert_eq!(correlation.standard_error, None, "all targets are the same");
    }

    #[test]
    fn a_question_counts_once_whatever_is_missing() {
        let sample = |value: &f64| Scored { value: *value, answer: None, targets: &[] };
        let of = |info: &MetricInfo, questions: &[&[f64]]| {
            let mut tally = Tally::of(info);
            for values in questions {
                tally.add(&values.iter().map(sample).collect::<Vec<_>>(), None, info);
            }
            tally.summary("m", info)
        };
        let kind = evalscope_metrics::aggregate::aggregate("pass_at_k").unwrap().kind;
        let pass = |k| MetricInfo { aggregate: Some(PlannedAggregate::of(kind, k)), ..MetricInfo::SHARE };
        let missing: [&[f64]; 3] = [&[1.0, 0.0, 0.0, 0.0], &[1.0], &[0.0, 0.0, 0.0]];
        for info in [&pass(1), &MetricInfo::SHARE] {
            let found = of(info, &missing);
            assert!((found.score.unwrap() - 1.25 / 3.0).abs() < 1e-12 && found.n == 8, "{found:?}");
        }
        // The second question has too few for two of them.
        let found = of(&pass(2), &missing);
        assert!((found.score.unwrap() - 0.25).abs() < 1e-12 && found.n == 7, "{found:?}");
    }

    #[test]
    fn totals_have_errors_too() {
        let kind = evalscope_metrics::aggregate::aggregate("mean_over_targets").unwrap().kind;
        let info = MetricInfo { aggregate: Some(PlannedAggregate::of(kind, 2)), ..MetricInfo::SHARE };
        let of = |questions: &[(f64, usize, Option<&str>)]| {
            let mut tally = Tally::of(&info);
            for (value, targets, cluster) in questions {
                let targets = vec![String::new(); *targets];
                tally.add(&[Scored { value: *value, answer: None, targets: &targets }], *cluster, &info);
            }
            tally.summary("m", &info)
        };
        let mixed = of(&[(1.0, 2, None), (0.5, 4, None), (0.0, 1, None)]);
        // NumPy 2.4.6: without one, 2/5, 2/3 and 4/6; sqrt(2/3 * sum((x - mean) ** 2)).
        let error = mixed.standard_error.unwrap();
        assert!((error - 0.177_777_777_777_777_76).abs() < 1e-12, "{error}");
        // Three questions say little: Student's factor is 4.3.
        assert!(mixed.interval_95 == Some((0.0, 1.0)) && mixed.clusters.is_none());
        // As if the second and the third were one question.
        let shared = of(&[(1.0, 2, Some("x")), (0.5, 4, Some("y")), (0.0, 1, Some("y"))]);
        let together = of(&[(1.0, 2, None), (0.4, 5, None)]);
        assert_eq!((shared.standard_error, shared.clusters), (together.standard_error, Some(2)));
        // Where all are alike, the error is 0, which says too much.
        let alike = of(&[(1.0, 2, None), (1.0, 3, None)]);
        assert_eq!((alike.standard_error, alike.interval_95), (Some(0.0), Some(wilson_interval(2, 2))));
        let shared = of(&[(1.0, 2, Some("x")), (1.0, 3, Some("y")), (1.0, 1, Some("y"))]);
        assert_eq!((shared.clusters, shared.interval_95), (Some(2), Some(wilson_interval(2, 2))));
    }

    #[test]
    fn numbers_of_all_samples_without_an_error_have_no_interval() {
        let of = |name: &str, range, questions: &[(f64, &str)]| {
            let kind = evalscope_metrics::aggregate::aggregate(name).unwrap().kind;
            let info =
                MetricInfo { aggregate: Some(PlannedAggregate::of(kind, 2)), range, ..MetricInfo::SHARE };
            let mut tally = Tally::of(&info);
            for (value, target) in questions {
                let targets = [(*target).to_owned()];
                tally.add(&[Scored { value: *value, answer: Some(target), targets: &targets }], None, &info);
            }
            tally.summary("m", &info)
        };
        // Right throughout: a correlation of 1, whichever question is left out.
        let right =
            of("matthews", (Some(-1.0), Some(1.0)), &[(1.0, "a"), (1.0, "a"), (1.0, "b"), (1.0, "b")]);
        assert_eq!((right.score, right.standard_error, right.interval_95), (Some(1.0), Some(0.0), None));
        let half = of("mean_over_targets", MetricInfo::SHARE.range, &[(0.5, "a"), (0.5, "b")]);
        assert_eq!((half.score, half.standard_error, half.interval_95), (Some(0.5), Some(0.0), None));
    }

    #[test]
    fn subsets_weigh_the_same_in_the_macro_score() {
        let (mut small, mut large, mut all) = (Tally::default(), Tally::default(), Tally::default());
        small.add_question(1.0, 1, None);
        (0..9).for_each(|_| large.add_question(0.0, 1, None));
        [&small, &large].iter().for_each(|subset| all.add_subset(subset));
        all.add_question(1.0, 1, None);
        (0..9).for_each(|_| all.add_question(0.0, 1, None));
        let summary = all.summary("m", &MetricInfo::SHARE);
        assert_eq!((summary.score, summary.macro_score), (Some(0.1), Some(0.5)));
    }
}

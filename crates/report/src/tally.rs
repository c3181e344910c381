//! Adds up one metric over samples, in a fixed order and without keeping them.

use crate::interval;
use crate::summary::MetricSummary;
use evalscope_metrics::stats::wilson_interval;

/// What is known of a metric before any sample.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricInfo {
    pub higher_is_better: bool,
    /// Lowest and highest possible value.
    pub range: (Option<f64>, Option<f64>),
}

/// A metric over the samples so far.
#[derive(Debug, Clone)]
pub struct Tally {
    samples: u64,
    sum: f64,
    /// Over questions, each the mean of its repeats (Welford's method).
    questions: u64,
    mean: f64,
    squares: f64,
    /// Questions worth 1, as long as all are worth 0 or 1.
    ones: Option<u64>,
    /// Whether the sum of each question's repeats is a number of right answers.
    counts: bool,
    subsets: u64,
    sum_of_subsets: f64,
}

impl Default for Tally {
    fn default() -> Self {
        Tally {
            samples: 0,
            sum: 0.0,
            questions: 0,
            mean: 0.0,
            squares: 0.0,
            ones: Some(0),
            counts: true,
            subsets: 0,
            sum_of_subsets: 0.0,
        }
    }
}

impl Tally {
    /// Adds a question: the sum of its repeats' values, and how many there are (at least one).
    pub fn add_question(&mut self, sum: f64, repeats: u64) {
        self.samples += repeats;
        self.sum += sum;
        let value = sum / repeats as f64;
        self.questions += 1;
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

    /// Mean over the samples.
    pub fn score(&self) -> Option<f64> {
        (self.samples > 0).then(|| self.sum / self.samples as f64)
    }

    /// The metric's summary.
    pub fn summary(&self, name: &str, info: &MetricInfo) -> MetricSummary {
        let score = self.score().filter(|score| score.is_finite());
        let standard_error =
            interval::standard_error(self.squares, self.questions).filter(|error| error.is_finite());
        let interval_95 = match (self.ones, score, standard_error) {
            (Some(ones), Some(_), _) => Some(wilson_interval(ones as usize, self.questions as usize)),
            (_, Some(score), Some(error)) => Some(interval::normal(score, error, info.range)),
            _ => None,
        };
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
            interval_95,
            higher_is_better: info.higher_is_better,
            range: info.range,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_metrics::stats;

    const SHARE: MetricInfo = MetricInfo { higher_is_better: true, range: (Some(0.0), Some(1.0)) };

    fn tally(questions: &[&[f64]]) -> MetricSummary {
        let mut tally = Tally::default();
        for values in questions {
            tally.add_question(values.iter().sum(), values.len() as u64);
        }
        tally.summary("m", &SHARE)
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
    fn mixed_values_have_a_normal_interval() {
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
            values.iter().for_each(|value| tally.add_question(*value, 1));
            let summary = tally.summary("m", &SHARE);
            let close = |a: Option<f64>, b: Option<f64>| (a.unwrap() - b.unwrap()).abs() < 1e-12;
            let wanted = stats::interval_95(values, (0.0, 1.0));
            assert!(close(summary.score, Some(stats::mean(values))));
            assert!(close(summary.standard_error, stats::standard_error(values)));
            assert!(close(summary.interval_95.map(|ends| ends.0), wanted.map(|ends| ends.0)));
            assert!(close(summary.interval_95.map(|ends| ends.1), wanted.map(|ends| ends.1)));
        }
    }

    #[test]
    fn subsets_weigh_the_same_in_the_macro_score() {
        let (mut small, mut large, mut all) = (Tally::default(), Tally::default(), Tally::default());
        small.add_question(1.0, 1);
        (0..9).for_each(|_| large.add_question(0.0, 1));
        [&small, &large].iter().for_each(|subset| all.add_subset(subset));
        all.add_question(1.0, 1);
        (0..9).for_each(|_| all.add_question(0.0, 1));
        let summary = all.summary("m", &SHARE);
        assert_eq!((summary.score, summary.macro_score), (Some(0.1), Some(0.5)));
    }
}

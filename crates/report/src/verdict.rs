//! Which of a few kinds a sample's end is, for filters and the choice of samples.

use crate::scoring::Scoring;
use evalscope_core::PlannedBenchmark;
use evalscope_runs::{Review, Verdict};

/// The kind of a sample's end. The first ones deserve a look first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A call failed.
    Failed,
    /// The worst value, and no answer was found.
    NoAnswer,
    /// The worst value.
    Wrong,
    /// Between worst and best, or of a metric without bounds.
    Partly,
    /// The best value.
    Right,
}

impl Kind {
    /// The word in the page's data.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Failed => "failed",
            Kind::NoAnswer => "none",
            Kind::Wrong => "wrong",
            Kind::Partly => "partly",
            Kind::Right => "right",
        }
    }
}

/// Lowest and highest value of a metric, and whether more is better.
type Scale = ((Option<f64>, Option<f64>), bool);

/// Tells the kinds of a benchmark's reviews by its main metric as planned.
#[derive(Debug, Clone, Copy)]
pub struct Verdicts(Option<Scale>);

impl Verdicts {
    /// Of this benchmark in a run that asks each question `repeats` times.
    pub fn of(planned: &PlannedBenchmark, repeats: u32) -> Verdicts {
        let scoring = Scoring::of(planned, u64::from(repeats));
        Verdicts(scoring.metrics.first().map(|(_, metric)| (metric.range, metric.higher_is_better)))
    }

    /// The kind of a review.
    pub fn kind(&self, review: &Review) -> Kind {
        by_scale(review, self.0)
    }
}

fn by_scale(review: &Review, main: Option<Scale>) -> Kind {
    let Verdict::Scored(score) = &review.verdict else { return Kind::Failed };
    let (worst, best) = match main {
        Some((range, true)) if range != (None, None) => range,
        Some((range, false)) if range != (None, None) => (range.1, range.0),
        _ => (Some(0.0), Some(1.0)),
    };
    let value = score.main().map(|(_, value)| value);
    if value.is_some() && value == best {
        Kind::Right
    } else if score.answer.is_none() {
        Kind::NoAnswer
    } else if value.is_some() && value == worst {
        Kind::Wrong
    } else {
        Kind::Partly
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::Score;
    use indexmap::IndexMap;

    fn of(
        value: f64,
        answer: Option<&str>,
        higher_is_better: bool,
        range: (Option<f64>, Option<f64>),
    ) -> Kind {
        let score = Score {
            values: IndexMap::from([("m".to_owned(), value)]),
            answer: answer.map(str::to_owned),
            ..Score::default()
        };
        let review = Review {
            index: 0,
            repeat: 0,
            sample_id: String::new(),
            subset: String::new(),
            category: None,
            cluster: None,
            targets: Vec::new(),
            verdict: Verdict::Scored(score),
        };
        by_scale(&review, Some((range, higher_is_better)))
    }

    #[test]
    fn best_is_right_and_worst_is_wrong_in_either_direction() {
        let share = (Some(0.0), Some(1.0));
        assert_eq!(of(1.0, Some("B"), true, share), Kind::Right);
        assert_eq!(of(0.0, Some("B"), true, share), Kind::Wrong);
        assert_eq!(of(0.0, None, true, share), Kind::NoAnswer);
        assert_eq!(of(0.5, Some("B"), true, share), Kind::Partly);
        assert_eq!(of(0.0, Some("B"), false, share), Kind::Right);
        assert_eq!(of(3.0, Some("B"), false, (Some(0.0), None)), Kind::Partly);
        assert_eq!(of(1.0, Some("B"), true, (None, None)), Kind::Right);
    }
}

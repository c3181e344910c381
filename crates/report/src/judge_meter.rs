//! How far the judges of a benchmark can be trusted, as the summary has it.

use evalscope_arena::meter::Meter;
use evalscope_metrics::stats::Z_95;
use schemars::JsonSchema;
use serde::Serialize;

/// How far a judge can be trusted, by its verdicts on one model's replies to one benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JudgeMeter {
    /// The judge.
    pub judge: String,
    /// What was measured.
    #[serde(flatten)]
    pub meter: Meter,
}

/// By how much the judges' errors can shift the main metric: upwards, or downwards where it is negative. An error that cannot be
/// told from 0 is 0.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, JsonSchema)]
pub struct JudgeShift {
    /// What the score owes to the replies' being longer than the answers beside them, or shorter.
    pub length: f64,
    /// What judges give their own answers above what the others give them.
    pub own: f64,
    /// What an answer without content is given above the lowest score.
    pub null_model: f64,
}

impl JudgeShift {
    /// All of them together, as errors that have nothing to do with each other.
    pub fn total(&self) -> f64 {
        [self.length, self.own, self.null_model].iter().map(|one| one * one).sum::<f64>().sqrt()
    }

    /// The same where length cannot shift anything.
    pub fn at_equal_length(self) -> JudgeShift {
        JudgeShift { length: 0.0, ..self }
    }

    /// By how much they can shift the difference of two scores, `b` less `a`. What shifts both the same way leaves the difference
    /// as it is, but for an answer without content: nobody knows how much either score owes to such verdicts.
    pub fn between(a: JudgeShift, b: JudgeShift) -> JudgeShift {
        JudgeShift {
            length: b.length - a.length,
            own: b.own - a.own,
            null_model: a.null_model.max(b.null_model),
        }
    }

    /// The same where one of the scores, or none, may be free of judges.
    pub fn between_some(a: Option<JudgeShift>, b: Option<JudgeShift>) -> Option<JudgeShift> {
        (a.is_some() || b.is_some())
            .then(|| JudgeShift::between(a.unwrap_or_default(), b.unwrap_or_default()))
    }
}

/// What judges leave open in a mean, as an error of its own.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct JudgeError {
    /// The variance that contradictions leave in the mean.
    pub variance: f64,
    /// By how much it can be shifted.
    pub shift: f64,
}

impl JudgeError {
    /// Half the width of its 95 % interval.
    pub fn half_width_95(&self) -> f64 {
        (Z_95 * self.variance.sqrt()).hypot(self.shift)
    }

    /// That of a weighted mean of parts, of which some were judged; nothing where none was. Contradictions in one part have nothing
    /// to do with those in another. Shifts add up: where the judge is the same, they go one way.
    pub fn of_mean(parts: impl Iterator<Item = (f64, Option<JudgeError>)>) -> Option<JudgeError> {
        parts.filter_map(|(weight, error)| Some((weight, error?))).fold(None, |sum, (weight, error)| {
            let sum: JudgeError = sum.unwrap_or_default();
            Some(JudgeError {
                variance: sum.variance + weight * weight * error.variance,
                shift: sum.shift + weight * error.shift.abs(),
            })
        })
    }
}

/// Contradictions of judges on questions, while they are counted.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Doubt {
    /// Questions with a score.
    pub questions: u64,
    /// The variance that contradictions leave in the sum of their scores.
    variance: f64,
}

impl Doubt {
    /// Adds a question, with the variance that contradictions leave in its score.
    pub fn add(&mut self, variance: f64) {
        self.questions += 1;
        self.variance += variance;
    }

    /// What is left open in the mean over the questions, which can be shifted by this much.
    pub fn error(&self, shift: f64) -> JudgeError {
        let count = self.questions.max(1) as f64;
        JudgeError { variance: self.variance / (count * count), shift }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shifts_both_scores_alike_does_not_shift_their_difference() {
        let shift = |length, own, null_model| JudgeShift { length, own, null_model };
        let between = JudgeShift::between(shift(0.2, 0.1, 0.3), shift(0.2, 0.0, 0.1));
        assert_eq!(between, shift(0.0, -0.1, 0.3));
        assert_eq!(JudgeShift::between(shift(0.1, 0.0, 0.0), shift(-0.1, 0.0, 0.0)).total(), 0.2);
        assert_eq!(shift(0.2, 0.0, 0.0).at_equal_length().total(), 0.0);
    }

    #[test]
    fn contradictions_cancel_out_and_shifts_do_not() {
        let error = JudgeError { variance: 0.04, shift: 0.1 };
        let found = JudgeError::of_mean([(0.5, Some(error)), (0.5, Some(error))].into_iter()).unwrap();
        assert_eq!((found.variance, found.shift), (0.02, 0.1));
        let half = JudgeError::of_mean([(0.5, Some(error)), (0.5, None)].into_iter()).unwrap();
        assert_eq!((half.variance, half.shift), (0.01, 0.05));
        assert_eq!(JudgeError::of_mean([(1.0, None)].into_iter()), None);
        let mut doubt = Doubt::default();
        [0.25, 0.0].iter().for_each(|variance| doubt.add(*variance));
        assert_eq!(doubt.error(0.1), JudgeError { variance: 0.0625, shift: 0.1 });
    }
}

//! The win rate of arena-hard: five labels, a clear win counting three times, each pair judged in both orders.

use serde::{Deserialize, Serialize};

/// How clearly the first answer is better or worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Label {
    /// Much better.
    #[serde(rename = "A>>B")]
    MuchBetter,
    /// Better.
    #[serde(rename = "A>B")]
    Better,
    /// As good.
    #[serde(rename = "A=B")]
    Equal,
    /// Worse.
    #[serde(rename = "B>A", alias = "A<B")]
    Worse,
    /// Much worse.
    #[serde(rename = "B>>A", alias = "A<<B")]
    MuchWorse,
}

/// A clear verdict counts as many times as this.
const CLEAR: f64 = 3.0;

impl Label {
    /// Points of the first, and how often they count.
    pub fn points(self) -> (f64, f64) {
        match self {
            Label::MuchBetter => (1.0, CLEAR),
            Label::Better => (1.0, 1.0),
            Label::Equal => (0.5, 1.0),
            Label::Worse => (0.0, 1.0),
            Label::MuchWorse => (0.0, CLEAR),
        }
    }
}

/// Returns the win rate against the baseline, 0 to 1, of verdicts in which the model is the first; nothing for none.
///
/// arena-hard-auto 0.1 fits Bradley-Terry to the battles and predicts the win rate from it. Every model meets the baseline only, so
/// that the fit has one parameter for each model and predicts the share that was won: this one, to the last digit of its solver.
pub fn win_rate(labels: &[Label]) -> Option<f64> {
    let points = labels.iter().map(|label| label.points());
    let (won, all) =
        points.fold((0.0, 0.0), |(won, all), (points, weight)| (won + points * weight, all + weight));
    (all > 0.0).then(|| won / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clear_win_counts_three_times() {
        assert_eq!(win_rate(&[Label::MuchBetter, Label::Worse]), Some(0.75));
        assert_eq!(win_rate(&[Label::Equal]), Some(0.5));
        assert_eq!(win_rate(&[]), None);
    }
}

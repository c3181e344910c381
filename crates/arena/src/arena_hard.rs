//! The win rate of arena-hard: five labels, a clear win counting three times, each pair judged in both orders.

use crate::estimate::Estimate;
use crate::rate::Z_95;
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
    /// The label with this share for the first answer: 1, 0.75, 0.5, 0.25 or 0.
    pub fn of_share(share: f64) -> Label {
        match share {
            share if share > 0.875 => Label::MuchBetter,
            share if share > 0.5 => Label::Better,
            share if share < 0.125 => Label::MuchWorse,
            share if share < 0.5 => Label::Worse,
            _ => Label::Equal,
        }
    }

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

/// Returns the same with its 95 % interval: verdicts on one question are taken together.
pub fn win_rate_of_questions(questions: &[Vec<Label>]) -> Option<Estimate> {
    let labels: Vec<Label> = questions.iter().flatten().copied().collect();
    let value = win_rate(&labels)?;
    let weight: f64 = labels.iter().map(|label| label.points().1).sum();
    let left = |labels: &Vec<Label>| {
        let left =
            labels.iter().map(|label| label.points()).map(|(points, weight)| weight * (points - value));
        left.sum::<f64>()
    };
    let half = Z_95 * questions.iter().map(|labels| left(labels).powi(2)).sum::<f64>().sqrt() / weight;
    Some(Estimate { value, interval_95: ((value - half).max(0.0), (value + half).min(1.0)) })
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

    #[test]
    fn an_interval_is_as_wide_as_questions_differ() {
        let labels = [1.0, 0.75, 0.5, 0.25, 0.0].map(Label::of_share);
        assert_eq!(labels, [Label::MuchBetter, Label::Better, Label::Equal, Label::Worse, Label::MuchWorse]);
        let both = |one: Label| vec![one, Label::Equal];
        let found = win_rate_of_questions(&[both(Label::Better), both(Label::Worse)]).unwrap();
        // Sums of 0.5 and −0.5 over a weight of 4.
        assert!((found.interval_95.1 - 0.5 - Z_95 * 0.5_f64.sqrt() / 4.0).abs() < 1e-12, "{found:?}");
        assert_eq!(win_rate_of_questions(&vec![vec![Label::Better]; 3]).unwrap().interval_95, (1.0, 1.0));
    }
}

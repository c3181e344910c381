//! The win rate of arena-hard: five labels, a clear win counting three times, each pair judged in both orders.

use crate::estimate::Estimate;
use evalscope_metrics::stats::Z_95;
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
    let (won, all) = won_and_weight(labels);
    (all > 0.0).then(|| won / all)
}

/// Returns the same with a 95 % interval, in which verdicts on one question are taken together.
///
/// A hundred verdicts that all say the same are no proof that the next one will. So the interval is that of a share with as many
/// more questions as Agresti and Coull (1998) give it, z² with the weight of an average one, half of them won and half lost: with
/// equal weights and nothing but wins and losses it is theirs, and it has a width when all agree. arena-hard-auto 0.1 resamples
/// battles, which gives no width then.
pub fn win_rate_of_questions(questions: &[Vec<Label>]) -> Option<Estimate> {
    let labels: Vec<Label> = questions.iter().flatten().copied().collect();
    let value = win_rate(&labels)?;
    let sums: Vec<(f64, f64)> =
        questions.iter().filter(|labels| !labels.is_empty()).map(|labels| won_and_weight(labels)).collect();
    let (won, weight) = sums.iter().fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
    let average = weight / sums.len() as f64;
    let more = Z_95 * Z_95;
    let all = weight + more * average;
    let centre = (won + more / 2.0 * average) / all;
    let of_questions: f64 = sums.iter().map(|(won, weight)| (won - weight * centre).powi(2)).sum();
    let of_more = more / 2.0 * average * average * ((1.0 - centre).powi(2) + centre * centre);
    let half = Z_95 * (of_questions + of_more).sqrt() / all;
    Some(Estimate { value, interval_95: ((centre - half).max(0.0), (centre + half).min(1.0)) })
}

/// What was won of some verdicts, and how much they count.
fn won_and_weight(labels: &[Label]) -> (f64, f64) {
    let points = labels.iter().map(|label| label.points());
    points.fold((0.0, 0.0), |(won, all), (points, weight)| (won + points * weight, all + weight))
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
        // Sums of 0.5 and −0.5; beside them z² questions that are 1 off. The weight is 2 each.
        let more = Z_95 * Z_95;
        let half = Z_95 * (0.5 + more).sqrt() / (2.0 * (2.0 + more));
        assert!((found.interval_95.1 - 0.5 - half).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn verdicts_that_all_agree_leave_a_doubt() {
        // statsmodels 0.15: proportion_confint(count, 12, method="agresti_coull").
        let of = |won: usize, label: Label| {
            let mut questions = vec![vec![label]; won];
            questions.resize(12, vec![Label::Worse]);
            win_rate_of_questions(&questions).unwrap()
        };
        let found = of(9, Label::Better);
        assert!((found.interval_95.0 - 0.461_501_909_995_858_7).abs() < 1e-12, "{found:?}");
        assert!((found.interval_95.1 - 0.917_251_086_676_520_8).abs() < 1e-12, "{found:?}");
        for label in [Label::Better, Label::MuchBetter] {
            let found = of(12, label);
            assert!((found.interval_95.0 - 0.718_014_678_111_836_2).abs() < 1e-12, "{found:?}");
            assert_eq!((found.value, found.interval_95.1), (1.0, 1.0));
        }
        let ties = win_rate_of_questions(&vec![vec![Label::Equal; 2]; 50]).unwrap();
        assert!(ties.interval_95.0 > 0.45 && ties.interval_95.0 < 0.5, "{ties:?}");
    }
}

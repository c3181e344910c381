//! How far a judge can be trusted: what it does when the answers change places, when one is longer, when one is its own, and
//! when one says nothing.

use crate::battle::{Battle, Winner};
use crate::design::{Design, Taken};
use crate::estimate::Estimate;
use crate::fit::{Penalty, Problem, Ties};
use crate::rate::{Coefficient, DRAWS, STYLE_PENALTY};
use crate::resample::sandwich;
use crate::style::normalised;
use evalscope_core::TextLength;
use evalscope_metrics::stats::Z_95;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;

/// What a judge's verdicts say of the judge.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Meter {
    /// Verdicts, one for each order.
    pub verdicts: u64,
    /// Replies that could not be read.
    pub unread: u64,
    /// Share of the pairs judged in both orders on which both verdicts agree.
    pub swap_consistency: Option<f64>,
    /// Pairs judged in both orders with two verdicts.
    pub swapped_pairs: u64,
    /// Share of wins of whichever answer stood first, less that of the other. A fair judge has 0.
    pub first_slot_excess: Option<f64>,
    /// Half the width of its 95 % interval.
    pub first_slot_half_width_95: Option<f64>,
    /// Share of the decided verdicts that went to the longer answer.
    pub longer_wins: Option<f64>,
    /// What length adds to the log-odds of winning, beside the models' strengths; for one standard deviation.
    pub length_slope: Option<Coefficient>,
    /// What length adds to the score of an answer that is judged by itself; for one standard deviation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_effect: Option<Estimate>,
    /// Share of the decided verdicts in which the judge's own answer won against another, when it took part.
    pub own_wins: Option<f64>,
    /// What the judge gives its own answers above what the other judges give them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_excess: Option<Estimate>,
    /// What an answer without content is given, 0 the lowest score and 1 the highest. A judge that can be trusted gives it 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null_model: Option<Estimate>,
    /// What could not be measured, and why.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub not_measured: IndexMap<String, String>,
}

/// An answer that was judged by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alone {
    /// What the judge gave it; nothing when its verdict could not be read.
    pub score: Option<f64>,
    /// Words of the answer.
    pub words: f64,
}

/// Returns what these battles say of the judge of this name. Lengths are those of `output_a` and `output_b`.
pub fn meter(battles: &[Battle], judge: Option<&str>) -> Meter {
    let words = |text: &str| TextLength::of(text).words as f64;
    let both = |battle: &Battle| Some((words(battle.text("output_a")?), words(battle.text("output_b")?)));
    let lengths: Vec<Option<(f64, f64)>> = battles.iter().map(both).collect();
    meter_of_pairs(battles, &lengths, judge)
}

/// Returns the same, with the words of both answers of each battle.
pub fn meter_of_pairs(battles: &[Battle], words: &[Option<(f64, f64)>], judge: Option<&str>) -> Meter {
    let mut meter = Meter::default();
    let (mut agreeing, mut firsts, mut seconds) = (0, 0, 0);
    let (mut longer, mut unequal, mut own, mut own_all) = (0, 0, 0, 0);
    for (battle, words) in battles.iter().zip(words) {
        let rounds = battle.rounds();
        let read: Vec<_> = rounds.iter().filter(|round| round.winner != Winner::Unknown).collect();
        meter.verdicts += read.len() as u64;
        meter.unread += (rounds.len() - read.len()) as u64;
        if let [one, other] = read.as_slice() {
            meter.swapped_pairs += 1;
            agreeing += u64::from(one.winner == other.winner);
        }
        for round in read {
            let has_a_won = match round.winner {
                Winner::A => true,
                Winner::B => false,
                _ => continue,
            };
            *(if has_a_won != round.is_swapped { &mut firsts } else { &mut seconds }) += 1_u64;
            if let Some((a, b)) = words.filter(|(a, b)| a != b) {
                unequal += 1;
                longer += u64::from(has_a_won == (a > b));
            }
            let is = |model: &str| judge == Some(model);
            if is(&battle.model_a) != is(&battle.model_b) {
                own_all += 1;
                own += u64::from(has_a_won == is(&battle.model_a));
            }
        }
    }
    let share = |part: u64, all: u64| (all > 0).then(|| part as f64 / all as f64);
    meter.swap_consistency = share(agreeing, meter.swapped_pairs);
    let decided = firsts + seconds;
    meter.first_slot_excess = share(firsts, decided).map(|first| 2.0 * first - 1.0);
    meter.first_slot_excess = meter.first_slot_excess.filter(|_| places_change(battles));
    meter.first_slot_half_width_95 = meter.first_slot_excess.map(|excess| half_width(excess, decided as f64));
    meter.longer_wins = share(longer, unequal);
    meter.own_wins = share(own, own_all);
    meter.length_slope = length_slope(battles, words);
    meter.say_what_is_missing(Judged::InPairs);
    meter
}

/// Returns what verdicts on single answers say of a judge.
pub fn meter_of_alone(answers: &[Alone]) -> Meter {
    let read: Vec<(f64, f64)> =
        answers.iter().filter_map(|answer| Some((answer.words, answer.score?))).collect();
    let count = read.len().max(1) as f64;
    let mean = read.iter().map(|(words, _)| words).sum::<f64>() / count;
    let spread = (read.iter().map(|(words, _)| (words - mean).powi(2)).sum::<f64>() / count).sqrt();
    let mut meter = Meter {
        verdicts: read.len() as u64,
        unread: (answers.len() - read.len()) as u64,
        length_effect: Estimate::slope(&read).map(|slope| slope.times(spread)),
        ..Meter::default()
    };
    meter.say_what_is_missing(Judged::Alone);
    meter
}

/// How a judge saw answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judged {
    InPairs,
    Alone,
}

impl Meter {
    /// Puts what is known from elsewhere in its place: what an answer without content was given, and what the judge gave its
    /// own answers above what other judges gave them.
    pub fn with(mut self, null_model: Option<Estimate>, own_excess: Option<Estimate>) -> Meter {
        for (name, known) in [("null_model", null_model), ("own_excess", own_excess)] {
            if known.is_some() {
                self.not_measured.shift_remove(name);
            }
        }
        Meter { null_model, own_excess, ..self }
    }

    fn say_what_is_missing(&mut self, judged: Judged) {
        let alone = "answers are judged one by one";
        let (swap, first, length) = match judged {
            Judged::Alone => (alone, alone, "the answers are too few, or equally long"),
            Judged::InPairs => (
                "no pair was judged in both orders",
                "the same model always stands first, so that a liking for the place looks like one for the model",
                "lengths are not known or equal, or nothing was decided",
            ),
        };
        let has_length = self.length_slope.is_some() || self.length_effect.is_some();
        let missing = [
            ("swap_consistency", self.swap_consistency.is_none(), swap),
            ("first_slot_excess", self.first_slot_excess.is_none(), first),
            ("length_slope", !has_length, length),
            (
                "own_wins",
                judged == Judged::InPairs && self.own_wins.is_none(),
                "the judge is none of the models, as far as is known",
            ),
            ("own_excess", true, "it takes another judge, and answers of this one"),
            ("null_model", true, "the judge was shown no answer without content"),
        ];
        let missing = missing.into_iter().filter(|(_, is_missing, _)| *is_missing);
        self.not_measured = missing.map(|(name, _, why)| (name.to_owned(), why.to_owned())).collect();
    }
}

/// How far the interval of Agresti and Coull reaches from an excess, on its wider side: a judge that took the same place each time
/// may take the other one the next time.
fn half_width(excess: f64, decided: f64) -> f64 {
    let all = decided + Z_95 * Z_95;
    let centre = excess * decided / all;
    (excess - centre).abs() + Z_95 * ((1.0 - centre * centre) / all).sqrt()
}

/// Whether some model stands first against some other, and after it elsewhere.
fn places_change(battles: &[Battle]) -> bool {
    let mut orders: IndexMap<(&str, &str), bool> = IndexMap::new();
    battles.iter().any(|battle| {
        let (a, b) = (battle.model_a.as_str(), battle.model_b.as_str());
        let (pair, is_in_order) = if a <= b { ((a, b), true) } else { ((b, a), false) };
        battle.rounds().iter().any(|round| {
            let first = is_in_order != round.is_swapped;
            *orders.entry(pair).or_insert(first) != first
        })
    })
}

/// The coefficient of (a − b) / (a + b) words, brought to spread 1.
fn length_slope(battles: &[Battle], words: &[Option<(f64, f64)>]) -> Option<Coefficient> {
    let words: Option<Vec<(f64, f64)>> = words.iter().copied().collect();
    let difference = |(a, b): &(f64, f64)| vec![if a + b == 0.0 { 0.0 } else { (a - b) / (a + b) }];
    let values = normalised(words?.iter().map(difference).collect());
    let name = ["length".to_owned()];
    let design = Design::new(
        battles,
        &Taken {
            has_position: false,
            style: Some((&name, &values)),
            by_question: battles.iter().all(|battle| !battle.question_id.is_null()),
        },
    );
    if design.total() == 0.0 || values.iter().all(|value| value[0] == 0.0) {
        return None;
    }
    let draws = if design.is_connected() { 0.0 } else { DRAWS };
    let penalty = Penalty { draws, coefficients: STYLE_PENALTY, free: 0 };
    let problem = Problem { design: &design, ties: Ties::Half, penalty };
    let fit = problem.fit_all();
    let place = design.models.len();
    let half = Z_95 * sandwich(&problem, &fit)?.get(place)?.sqrt();
    let value = *fit.parameters.get(place)?;
    let [name] = name;
    Some(Coefficient { name, value, interval_95: (value - half, value + half) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(one: Winner, other: Winner) -> Battle {
        let battle = Battle::new("a", "b", Winner::A);
        Battle { win: None, win_1: Some(one), win_2: Some(other), ..battle }
    }

    #[test]
    fn a_judge_that_always_takes_the_first_is_found_out() {
        // First is A in round one and B in round two.
        let found = meter(&vec![both(Winner::A, Winner::B); 20], None);
        assert_eq!((found.swap_consistency, found.first_slot_excess), (Some(0.0), Some(1.0)));
        // statsmodels 0.15: proportion_confint(40, 40, method="agresti_coull") begins there; the excess is twice the share, less 1.
        let lowest = 1.0 - found.first_slot_half_width_95.unwrap();
        assert!((lowest - (2.0 * 0.895_603_781_999_753_2 - 1.0)).abs() < 1e-9, "{lowest}");
        let found = meter(&[both(Winner::A, Winner::A), both(Winner::Unknown, Winner::B)], None);
        assert_eq!((found.swap_consistency, found.swapped_pairs, found.unread), (Some(1.0), 1, 1));
    }

    #[test]
    fn what_one_order_cannot_tell_is_said() {
        let found = meter(&vec![Battle::new("a", "b", Winner::A); 9], None);
        assert_eq!((found.swap_consistency, found.first_slot_excess), (None, None));
        assert!(found.not_measured["first_slot_excess"].contains("always stands first"));
        let turned = [Battle::new("a", "b", Winner::A), Battle::new("b", "a", Winner::B)];
        assert_eq!(meter(&turned, None).first_slot_excess, Some(0.0));
    }

    #[test]
    fn length_and_own_answers_are_counted() {
        let long = Battle {
            more: serde_json::json!({"output_a": "one two three", "output_b": "one"})
                .as_object()
                .cloned()
                .unwrap(),
            ..Battle::new("me", "b", Winner::A)
        };
        let found = meter(&[long], Some("me"));
        assert_eq!((found.longer_wins, found.own_wins), (Some(1.0), Some(1.0)));
    }

    #[test]
    fn a_judge_that_likes_length_has_a_slope() {
        let answers = |n: u32| (f64::from(10 + n % 7), f64::from(10 + n % 5));
        let words: Vec<Option<(f64, f64)>> = (0..70).map(|n| Some(answers(n))).collect();
        let battle = |n: u32| {
            let (a, b) = answers(n);
            let longer = if a > b { Winner::A } else { Winner::B };
            Battle::new("a", "b", if n.is_multiple_of(9) { Winner::Tie } else { longer })
        };
        let battles: Vec<Battle> = (0..70).map(battle).collect();
        let slope = meter_of_pairs(&battles, &words, None).length_slope.unwrap();
        assert!(slope.interval_95.0 > 0.0, "{slope:?}");
        let alone: Vec<Alone> =
            (0..20).map(|n| Alone { score: Some(f64::from(n) / 20.0), words: f64::from(n) }).collect();
        let found = meter_of_alone(&alone);
        // Twenty numbers in a row have a spread of √33.25.
        assert!((found.length_effect.unwrap().value - 33.25_f64.sqrt() / 20.0).abs() < 1e-9);
        assert_eq!(found.not_measured["swap_consistency"], "answers are judged one by one");
    }
}

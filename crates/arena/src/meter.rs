//! How far a judge can be trusted: what it does when the answers change places, and when one is longer.

use crate::battle::{Battle, Winner};
use crate::rate::{Coefficient, Z_95};
use crate::style::look;
use crate::{RateOptions, rate};
use serde::Serialize;

/// What a judge's verdicts say of the judge.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
    /// Share of the decided verdicts in which the judge's own answer won against another, when it took part.
    pub own_wins: Option<f64>,
}

/// Returns what these battles say of the judge of this name.
pub fn meter(battles: &[Battle], judge: Option<&str>) -> Meter {
    let mut meter = Meter::default();
    let (mut agreeing, mut firsts, mut seconds) = (0, 0, 0);
    let (mut longer, mut unequal, mut own, mut own_all) = (0, 0, 0, 0);
    for battle in battles {
        let rounds = battle.rounds();
        let read: Vec<_> = rounds.iter().filter(|round| round.winner != Winner::Unknown).collect();
        meter.verdicts += read.len() as u64;
        meter.unread += (rounds.len() - read.len()) as u64;
        if let [one, other] = read.as_slice() {
            meter.swapped_pairs += 1;
            agreeing += u64::from(one.winner == other.winner);
        }
        let words = battle.text("output_a").zip(battle.text("output_b"));
        let words = words.map(|(a, b)| (look(a).words, look(b).words));
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
    meter.first_slot_half_width_95 = meter
        .first_slot_excess
        .map(|excess| Z_95 * ((1.0 - excess * excess).max(0.0) / decided as f64).sqrt());
    meter.longer_wins = share(longer, unequal);
    meter.own_wins = share(own, own_all);
    meter.length_slope = length_slope(battles);
    meter
}

fn length_slope(battles: &[Battle]) -> Option<Coefficient> {
    let rated = rate(battles, &RateOptions { has_style: true, ..RateOptions::default() }).ok()?;
    rated.coefficients.into_iter().find(|found| found.name == "length")
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
        let found = meter(&[both(Winner::A, Winner::A), both(Winner::Unknown, Winner::B)], None);
        assert_eq!((found.swap_consistency, found.swapped_pairs, found.unread), (Some(1.0), 1, 1));
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
}

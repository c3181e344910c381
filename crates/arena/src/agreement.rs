//! How well a judge agrees with people: agreement, Cohen's κ, and on what they differ.

use crate::battle::{Battle, Winner};
use crate::meter::{Meter, meter};
use indexmap::IndexMap;
use serde::Serialize;

/// How well two sets of verdicts on the same pairs agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Agreement {
    /// Pairs of answers on which both have a verdict.
    pub pairs: u64,
    /// Share of them on which both say the same; ties are a verdict.
    pub agreement: f64,
    /// Agreement above what chance alone would give (Cohen 1960); absent where chance gives all.
    pub kappa: Option<f64>,
    /// Of the pairs that both decided.
    pub decided: u64,
    /// Share of those on which both say the same.
    pub agreement_decided: Option<f64>,
    /// How often the first set says what (row) where the other says what (column): first, tie, second.
    pub table: [[u64; 3]; 3],
    /// What the judge's verdicts say of the judge.
    pub judge: Meter,
    /// The same of the labels, to compare with: what they do not share is the judge's.
    pub labels: Meter,
}

/// Returns how well a judge's verdicts agree with labels; nothing when they have no pair in common. A pair that was labelled several
/// times counts with the most frequent label, or as a tie. `judge` is its own name among the models, where it is known.
pub fn agreement(judged: &[Battle], labels: &[Battle], judge: Option<&str>) -> Option<Agreement> {
    let (judged_by_pair, labels_by_pair) = (by_pair(judged), by_pair(labels));
    let mut table = [[0_u64; 3]; 3];
    for (pair, judge) in &judged_by_pair {
        if let Some(label) = labels_by_pair.get(pair) {
            table[*judge][*label] += 1;
        }
    }
    let pairs: u64 = table.iter().flatten().sum();
    if pairs == 0 {
        return None;
    }
    let all = pairs as f64;
    let same: u64 = (0..3).map(|place| table[place][place]).sum();
    let rows = table.map(|row| row.iter().sum::<u64>() as f64 / all);
    let columns = [0, 1, 2].map(|column| table.iter().map(|row| row[column]).sum::<u64>() as f64 / all);
    let chance: f64 = rows.iter().zip(columns).map(|(row, column)| row * column).sum();
    let agreement = same as f64 / all;
    let both_same = table[0][0] + table[2][2];
    let decided = both_same + table[0][2] + table[2][0];
    Some(Agreement {
        pairs,
        agreement,
        kappa: (chance < 1.0).then(|| (agreement - chance) / (1.0 - chance)),
        decided,
        agreement_decided: (decided > 0).then(|| both_same as f64 / decided as f64),
        table,
        judge: meter(judged, judge),
        labels: meter(labels, judge),
    })
}

/// Question and models, in the order of their names, and who won: 0 the first, 1 nobody, 2 the second.
fn by_pair(battles: &[Battle]) -> IndexMap<(String, String, String), usize> {
    let mut votes: IndexMap<(String, String, String), [u32; 3]> = IndexMap::new();
    for battle in battles {
        let is_in_order = battle.model_a <= battle.model_b;
        let winner = if is_in_order { battle.winner() } else { battle.winner().exchanged() };
        let place = match winner {
            Winner::A => 0,
            Winner::Tie | Winner::BothBad => 1,
            Winner::B => 2,
            Winner::Unknown => continue,
        };
        let (one, other) = match is_in_order {
            true => (&battle.model_a, &battle.model_b),
            false => (&battle.model_b, &battle.model_a),
        };
        let pair = (question(battle), one.clone(), other.clone());
        votes.entry(pair).or_default()[place] += 1;
    }
    let most = |votes: [u32; 3]| {
        let highest = votes.iter().copied().max().unwrap_or(0);
        let winners: Vec<usize> = (0..3).filter(|place| votes[*place] == highest).collect();
        if let [only] = winners.as_slice() { *only } else { 1 }
    };
    votes.into_iter().map(|(pair, votes)| (pair, most(votes))).collect()
}

/// The question's id, or its text.
fn question(battle: &Battle) -> String {
    match &battle.question_id {
        serde_json::Value::Null => battle.text("question").unwrap_or_default().to_owned(),
        serde_json::Value::String(id) => id.clone(),
        id => id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn battle(question: u32, a: &str, b: &str, winner: Winner) -> Battle {
        Battle { question_id: question.into(), ..Battle::new(a, b, winner) }
    }

    #[test]
    fn kappa_is_that_of_the_textbook() {
        // 20 both first, 5 and 10 differ, 15 both second: agreement 0.7, chance 0.5, κ 0.4.
        let rows = [
            (Winner::A, Winner::A, 20),
            (Winner::A, Winner::B, 5),
            (Winner::B, Winner::A, 10),
            (Winner::B, Winner::B, 15),
        ];
        let all: Vec<_> = rows.iter().flat_map(|(one, other, often)| vec![(*one, *other); *often]).collect();
        let judged: Vec<Battle> =
            all.iter().zip(0..).map(|((one, _), n)| battle(n, "a", "b", *one)).collect();
        // The labels' pairs stand the other way round.
        let labels: Vec<Battle> =
            all.iter().zip(0..).map(|((_, other), n)| battle(n, "b", "a", other.exchanged())).collect();
        let found = agreement(&judged, &labels, Some("a")).unwrap();
        // Its own answers win 25 of 50, by the labels 30.
        assert_eq!((found.judge.own_wins, found.labels.own_wins), (Some(0.5), Some(0.6)));
        assert_eq!((found.pairs, found.agreement, found.decided), (50, 0.7, 50));
        assert!((found.kappa.unwrap() - 0.4).abs() < 1e-12, "{found:?}");
        assert_eq!(found.table, [[20, 0, 5], [0, 0, 0], [10, 0, 15]]);
        assert!(agreement(&judged, &[], None).is_none());
    }
}

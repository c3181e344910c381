//! Who won how often against whom.

use crate::battle::{Battle, Winner};
use crate::error::Error;
use indexmap::IndexMap;
use serde::Serialize;

/// Wins, losses and ties of a model against the baseline.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Record {
    /// Battles won.
    pub win: u64,
    /// Battles lost.
    pub loss: u64,
    /// Neither; of two rounds that differ too.
    pub tie: u64,
    /// Verdicts that nobody could read; in none of the other counts.
    pub unknown: u64,
}

impl Record {
    /// Battles with a verdict.
    pub fn total(&self) -> u64 {
        self.win + self.loss + self.tie
    }

    /// Share of the battles with a verdict; 0 without one.
    pub fn rate(&self, count: u64) -> f64 {
        if self.total() == 0 { 0.0 } else { count as f64 / self.total() as f64 }
    }

    /// Wins and half the ties, as a share.
    pub fn adjusted_rate(&self) -> f64 {
        if self.total() == 0 {
            return 0.0;
        }
        (self.win as f64 + self.tie as f64 / 2.0) / self.total() as f64
    }

    fn count(&mut self, winner: Winner) {
        match winner {
            Winner::A => self.win += 1,
            Winner::B => self.loss += 1,
            Winner::Tie | Winner::BothBad => self.tie += 1,
            Winner::Unknown => self.unknown += 1,
        }
    }
}

/// Returns the record of every model against all others, by name.
pub fn records(battles: &[Battle]) -> IndexMap<String, Record> {
    let mut records: IndexMap<String, Record> = IndexMap::new();
    for battle in battles {
        let winner = battle.winner();
        records.entry(battle.model_a.clone()).or_default().count(winner);
        records.entry(battle.model_b.clone()).or_default().count(winner.exchanged());
    }
    records.sort_unstable_keys();
    records
}

/// Returns the record of every other model against the baseline. Battles without it are passed over.
pub fn against(battles: &[Battle], baseline: &str) -> Result<IndexMap<String, Record>, Error> {
    let mut records: IndexMap<String, Record> = IndexMap::new();
    for battle in battles {
        match (battle.model_a == baseline, battle.model_b == baseline) {
            (true, false) => {
                records.entry(battle.model_b.clone()).or_default().count(battle.winner().exchanged());
            }
            (false, true) => records.entry(battle.model_a.clone()).or_default().count(battle.winner()),
            _ => {}
        }
    }
    if records.is_empty() {
        let known = self::records(battles).into_keys().collect();
        return Err(Error::UnknownModel { model: baseline.to_owned(), known });
    }
    records.sort_by(|_, one, _, other| other.rate(other.win).total_cmp(&one.rate(one.win)));
    Ok(records)
}

/// Points of the row's model against the column's, and verdicts, for each pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// Wins and half the ties.
    pub points: f64,
    /// Verdicts.
    pub battles: u64,
}

/// Returns what each of these models won against each other; rounds are counted one by one.
pub fn matrix(battles: &[Battle], models: &[String]) -> Vec<Vec<Cell>> {
    let places: IndexMap<&str, usize> =
        models.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
    let mut cells = vec![vec![Cell { points: 0.0, battles: 0 }; models.len()]; models.len()];
    for battle in battles {
        let places = (places.get(battle.model_a.as_str()), places.get(battle.model_b.as_str()));
        let (Some(a), Some(b)) = places else { continue };
        for points in battle.rounds().iter().filter_map(|round| round.winner.points()) {
            let mut add = |row: usize, column: usize, points: f64| {
                cells[row][column].points += points;
                cells[row][column].battles += 1;
            };
            add(*a, *b, points);
            add(*b, *a, 1.0 - points);
        }
    }
    cells
}

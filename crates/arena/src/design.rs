//! Battles as rows of numbers: who met whom, how often each outcome came, and what else told the answers apart.

use crate::battle::{Battle, Winner};
use indexmap::{IndexMap, IndexSet};

/// How often the first model won, nobody, the second.
pub(crate) type Counts = [f64; 3];

/// All that a fit is made of.
pub(crate) struct Design {
    pub models: Vec<String>,
    /// First and second model of each row.
    pub pairs: Vec<(u32, u32)>,
    /// Outcomes of each row.
    pub counts: Vec<Counts>,
    /// What else tells the answers of each row apart, so many numbers a row.
    pub features: Vec<f64>,
    pub feature_names: Vec<String>,
    /// Row, outcome and cluster of each single verdict, for intervals.
    pub verdicts: Vec<(u32, u8, u32)>,
    /// Clusters: verdicts on one question are no independent ones.
    pub clusters: u32,
}

/// What a design takes in.
pub(crate) struct Taken<'a> {
    /// A constant for whoever stands first.
    pub has_position: bool,
    /// Numbers of each battle, first answer against second; one list a battle.
    pub style: Option<(&'a [String], &'a [Vec<f64>])>,
    /// Verdicts on one question belong together.
    pub by_question: bool,
}

impl Design {
    pub fn new(battles: &[Battle], taken: &Taken<'_>) -> Design {
        let mut models: IndexSet<&str> =
            battles.iter().flat_map(|battle| [battle.model_a.as_str(), &battle.model_b]).collect();
        models.sort_unstable();
        let place = |name: &str| models.get_index_of(name).unwrap_or_default() as u32;
        let mut rows: IndexMap<(u32, u32, bool, usize), Counts> = IndexMap::new();
        let mut clusters: IndexSet<String> = IndexSet::new();
        let mut verdicts = Vec::new();
        for (number, battle) in battles.iter().enumerate() {
            let (a, b) = (place(&battle.model_a), place(&battle.model_b));
            for round in battle.rounds() {
                let outcome = match round.winner {
                    Winner::A => 0,
                    Winner::Tie | Winner::BothBad => 1,
                    Winner::B => 2,
                    Winner::Unknown => continue,
                };
                // Rows are shared where nothing tells their battles apart.
                let own = if taken.style.is_some() { number } else { 0 };
                let entry = rows.entry((a, b, taken.has_position && round.is_swapped, own));
                let row = entry.index() as u32;
                entry.or_default()[outcome as usize] += 1.0;
                let cluster = match taken.by_question {
                    true => clusters.insert_full(battle.question_id.to_string()).0 as u32,
                    false => verdicts.len() as u32,
                };
                verdicts.push((row, outcome, cluster));
            }
        }
        let count = if taken.by_question { clusters.len() } else { verdicts.len() } as u32;
        let mut feature_names: Vec<String> = Vec::new();
        feature_names.extend(taken.has_position.then(|| "position".to_owned()));
        feature_names.extend(taken.style.iter().flat_map(|(names, _)| names.iter().cloned()));
        let mut features = Vec::new();
        for (_, _, is_swapped, number) in rows.keys() {
            features.extend(taken.has_position.then_some(if *is_swapped { -1.0 } else { 1.0 }));
            features.extend(taken.style.iter().flat_map(|(_, values)| values[*number].iter().copied()));
        }
        Design {
            models: models.into_iter().map(str::to_owned).collect(),
            pairs: rows.keys().map(|(a, b, ..)| (*a, *b)).collect(),
            counts: rows.into_values().collect(),
            features,
            feature_names,
            verdicts,
            clusters: count,
        }
    }

    /// Numbers that tell the answers of a row apart.
    pub fn features_of(&self, row: usize) -> &[f64] {
        let width = self.feature_names.len();
        &self.features[row * width..(row + 1) * width]
    }

    /// Verdicts in all.
    pub fn total(&self) -> f64 {
        self.counts.iter().flatten().sum()
    }

    /// Whether every model can be reached from every other by wins and ties: only then do finite ratings explain the
    /// battles best.
    pub fn is_connected(&self) -> bool {
        let reaches_all = |forward: bool| {
            let mut beats: Vec<Vec<u32>> = vec![Vec::new(); self.models.len()];
            for ((a, b), counts) in self.pairs.iter().zip(&self.counts) {
                if counts[0] + counts[1] > 0.0 {
                    let (from, to) = if forward { (*a, *b) } else { (*b, *a) };
                    beats[from as usize].push(to);
                }
                if counts[2] + counts[1] > 0.0 {
                    let (from, to) = if forward { (*b, *a) } else { (*a, *b) };
                    beats[from as usize].push(to);
                }
            }
            let mut seen = vec![false; self.models.len()];
            let mut left = vec![0_u32];
            while let Some(model) = left.pop() {
                if !std::mem::replace(&mut seen[model as usize], true) {
                    left.extend(&beats[model as usize]);
                }
            }
            seen.into_iter().all(|is_seen| is_seen)
        };
        self.models.is_empty() || reaches_all(true) && reaches_all(false)
    }
}

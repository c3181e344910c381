//! The win rate of AlpacaEval: preferences between 1 (the baseline) and 2 (the model).

use evalscope_metrics::stats::{mean, standard_error};
use serde::Serialize;

/// A preference where neither was chosen, as older files have it.
const OLD_DRAW: f64 = 0.0;

/// What AlpacaEval reports of one model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WinRate {
    /// Mean preference for the model, in percent.
    pub win_rate: f64,
    /// Its standard error, in percent.
    pub standard_error: Option<f64>,
    /// Preferences above 1.5.
    pub wins: u64,
    /// Preferences of exactly 1.5.
    pub draws: u64,
    /// Preferences counted.
    pub total: u64,
    /// Share of wins and half the draws, in percent.
    pub discrete_win_rate: f64,
}

/// Returns the win rate of preferences as AlpacaEval 2 (`pairwise_to_winrate`) does; nothing for none. 0 is a draw, as in its
/// older files; what is missing or not a number is left out by the caller.
pub fn win_rate(preferences: &[f64]) -> Option<WinRate> {
    let shares: Vec<f64> = preferences
        .iter()
        .map(|preference| if *preference == OLD_DRAW { 0.5 } else { preference - 1.0 })
        .collect();
    if shares.is_empty() {
        return None;
    }
    let count = |is: fn(f64) -> bool| shares.iter().filter(|share| is(**share)).count() as u64;
    let (wins, draws, total) = (count(|share| share > 0.5), count(|share| share == 0.5), shares.len() as u64);
    Some(WinRate {
        win_rate: mean(&shares) * 100.0,
        standard_error: standard_error(&shares).map(|error| error * 100.0),
        wins,
        draws,
        total,
        discrete_win_rate: (wins as f64 + draws as f64 / 2.0) / total as f64 * 100.0,
    })
}

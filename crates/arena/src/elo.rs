//! Elo: ratings that move with every battle.

use crate::battle::{Battle, Winner};
use crate::parallel;
use evalscope_metrics::random::Random;
use indexmap::IndexMap;

/// How Elo counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EloOptions {
    /// How far one battle moves a rating at most.
    pub k: f64,
    /// Where all begin.
    pub initial: f64,
    /// Difference at which the stronger wins ten times as often as the weaker.
    pub scale: f64,
}

impl Default for EloOptions {
    /// EvalScope 0.5's: 32, 1000, 400.
    fn default() -> Self {
        EloOptions { k: 32.0, initial: 1000.0, scale: 400.0 }
    }
}

/// Returns Elo ratings of battles in the order of their time stamps, as EvalScope 0.5 does. Only anonymous battles
/// count; what nobody could read counts for nobody.
pub fn elo(battles: &[Battle], options: &EloOptions) -> IndexMap<String, f64> {
    let (names, mut games) = games(battles);
    games.sort_by(|one, other| one.3.total_cmp(&other.3));
    let ratings = play(names.len(), games.iter(), options);
    names.into_iter().zip(ratings).collect()
}

/// Returns the mean of Elo ratings over so many random orders of the battles, so that the order decides nothing.
pub fn elo_over_orders(
    battles: &[Battle],
    options: &EloOptions,
    orders: usize,
    seed: u64,
) -> IndexMap<String, f64> {
    let (names, games) = games(battles);
    let all = parallel::rounds(orders.max(1), |round| {
        let mut random = Random::of_round(seed, round as u64);
        let mut order: Vec<usize> = (0..games.len()).collect();
        for last in (1..order.len()).rev() {
            order.swap(last, random.below(last as u32 + 1) as usize);
        }
        play(names.len(), order.iter().map(|place| &games[*place]), options)
    });
    let mean = |place: usize| all.iter().map(|ratings| ratings[place]).sum::<f64>() / all.len() as f64;
    names.into_iter().enumerate().map(|(place, name)| (name, mean(place))).collect()
}

/// First model, second, points of the first, time stamp.
type Game = (usize, usize, f64, f64);

fn games(battles: &[Battle]) -> (Vec<String>, Vec<Game>) {
    let mut names: IndexMap<&str, ()> = IndexMap::new();
    let mut games = Vec::new();
    for battle in battles.iter().filter(|battle| battle.anony) {
        let a = names.insert_full(&battle.model_a, ()).0;
        let b = names.insert_full(&battle.model_b, ()).0;
        let rounds = battle.rounds();
        let points = rounds.iter().map(|round| round.winner).filter_map(Winner::points);
        games.extend(points.map(|points| (a, b, points, battle.tstamp)));
    }
    (names.into_keys().map(str::to_owned).collect(), games)
}

fn play<'a>(models: usize, games: impl Iterator<Item = &'a Game>, options: &EloOptions) -> Vec<f64> {
    let mut ratings = vec![options.initial; models];
    for (a, b, points, _) in games {
        let expected = 1.0 / (1.0 + 10_f64.powf((ratings[*b] - ratings[*a]) / options.scale));
        let moved = options.k * (points - expected);
        ratings[*a] += moved;
        ratings[*b] -= moved;
    }
    ratings
}

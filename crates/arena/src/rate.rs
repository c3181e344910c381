//! Ratings of all models of a set of battles, with intervals, ranks and the matrix of win rates.

use crate::battle::{Battle, Winner};
use crate::design::{Design, Taken};
use crate::elo::{EloOptions, elo, elo_over_orders};
use crate::error::Error;
use crate::fit::{Fit, Penalty, Problem, Ties};
use crate::tally::{self, Record};
use crate::{resample, style};
use evalscope_metrics::stats::{Z_95, percentile};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Serialize;

/// Half wins and half losses against an average model where ratings would be infinite without.
pub(crate) const DRAWS: f64 = 1.0;
/// Weight of the style coefficients' penalty, as in `arena-rank` 0.1.1.
pub(crate) const STYLE_PENALTY: f64 = 1.0;
/// Random orders over which Elo is averaged at most, and battles that are played for it in all: what is left to chance
/// in many battles is little.
const ORDERS: usize = 100;
const PLAYED: usize = 2_000_000;

/// How intervals are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intervals {
    /// From the curvature of the likelihood and the scatter of the verdicts, as `arena-rank` does.
    Sandwich,
    /// Between percentiles of the ratings of so many resampled sets of battles.
    Bootstrap(usize),
}

/// How battles are rated.
#[derive(Debug, Clone, PartialEq)]
pub struct RateOptions {
    /// What a tie is.
    pub ties: Ties,
    /// Whether whoever stands first may have an advantage, which is found and taken out.
    pub has_position: bool,
    /// Whether length and markdown are taken out.
    pub has_style: bool,
    /// How intervals are found.
    pub intervals: Intervals,
    /// Whether verdicts on one question are taken together in the intervals.
    pub by_question: bool,
    /// The model that has the rating 1000, or another; otherwise the mean of all has 1000.
    pub anchor: Option<(String, f64)>,
    /// How Elo counts.
    pub elo: EloOptions,
    /// Seed of what is drawn.
    pub seed: u64,
}

impl Default for RateOptions {
    fn default() -> Self {
        RateOptions {
            ties: Ties::Half,
            has_position: false,
            has_style: false,
            intervals: Intervals::Sandwich,
            by_question: true,
            anchor: None,
            elo: EloOptions::default(),
            seed: 42,
        }
    }
}

/// A model's rating.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rating {
    /// The model.
    pub model: String,
    /// 1 and the number of models that are better for certain: whose interval lies above this one's.
    pub rank: usize,
    /// Bradley-Terry, on the scale of Elo: 400 points are odds of ten to one.
    pub rating: f64,
    /// 95 % interval.
    pub interval_95: (f64, f64),
    /// Elo in the order of the time stamps.
    pub elo: f64,
    /// Elo, the mean over random orders.
    pub elo_over_orders: f64,
    /// What it won.
    #[serde(flatten)]
    pub record: Record,
}

/// What else decides battles: position, length, markdown.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Coefficient {
    /// What.
    pub name: String,
    /// In log-odds; of style for one standard deviation.
    pub value: f64,
    /// 95 % interval.
    pub interval_95: (f64, f64),
}

/// Shares of the row's model against the column's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Matrix {
    /// The models, the best first.
    pub models: Vec<String>,
    /// Verdicts of each pair.
    pub battles: Vec<Vec<u64>>,
    /// What the row's model won, ties half; `null` where two never met.
    pub observed: Vec<Vec<Option<f64>>>,
    /// What it should win by the ratings.
    pub predicted: Vec<Vec<f64>>,
}

/// What battles say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rated {
    /// Battles read.
    pub battles: usize,
    /// Verdicts in them that count: one or two a battle.
    pub verdicts: u64,
    /// Verdicts that nobody could read; they count for nobody.
    pub unknown: u64,
    /// The models, the best first.
    pub ratings: Vec<Rating>,
    /// Position and style, where they were asked for.
    pub coefficients: Vec<Coefficient>,
    /// The strength of a tie against two equal models (ν of Davidson), where it was asked for.
    pub tie_strength: Option<f64>,
    /// Win rates of all pairs.
    pub matrix: Matrix,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Rates battles.
pub fn rate(battles: &[Battle], options: &RateOptions) -> Result<Rated, Error> {
    let styles = match options.has_style {
        true => Some(style::features(battles).ok_or_else(|| {
            Error::Nothing("style cannot be taken out: not every battle has `output_a` and `output_b`".into())
        })?),
        false => None,
    };
    let names = style::MEASURES.map(str::to_owned);
    let design = Design::new(
        battles,
        &Taken {
            has_position: options.has_position,
            style: styles.as_ref().map(|values| (names.as_slice(), values.as_slice())),
            by_question: options.by_question && battles.iter().all(|battle| !battle.question_id.is_null()),
        },
    );
    if design.total() == 0.0 {
        return Err(Error::Nothing("there is no battle with a verdict".into()));
    }
    let mut notes = Vec::new();
    let mut penalty =
        Penalty { draws: 0.0, coefficients: STYLE_PENALTY, free: usize::from(options.has_position) };
    if !design.is_connected() {
        penalty.draws = DRAWS;
        notes.push(
            "some models won or lost all, or never met the others: each was given one draw against an average model, without which \
             ratings would be infinite"
                .to_owned(),
        );
    }
    let problem = Problem { design: &design, ties: options.ties, penalty };
    let fit = problem.fit_all();
    let (ends, is_finite) = ends(&problem, &fit, options);
    if !is_finite {
        notes.push("the intervals could not be computed".to_owned());
    }
    put_together(battles, options, &problem, &fit, &ends, notes)
}

/// Both ends of the 95 % interval of every parameter.
fn ends(problem: &Problem<'_>, fit: &Fit, options: &RateOptions) -> (Vec<(f64, f64)>, bool) {
    let unknown = || (vec![(f64::NEG_INFINITY, f64::INFINITY); problem.size()], false);
    let by_sandwich = || {
        let variances = resample::sandwich(problem, fit)?;
        let half = |place: usize| Z_95 * variances[place].sqrt();
        let end = |(place, value): (usize, &f64)| (value - half(place), value + half(place));
        Some(fit.parameters.iter().enumerate().map(end).collect::<Vec<(f64, f64)>>())
    };
    match options.intervals {
        Intervals::Sandwich => by_sandwich().map_or_else(unknown, |ends| (ends, true)),
        Intervals::Bootstrap(rounds) => {
            let drawn = resample::bootstrap(problem, fit, rounds, options.seed);
            let end = |place: usize| {
                let values: Vec<f64> = drawn.iter().map(|parameters| parameters[place]).collect();
                Some((percentile(&values, 0.025)?, percentile(&values, 0.975)?))
            };
            let drawn = (0..problem.size()).map(end).collect::<Option<Vec<(f64, f64)>>>();
            // What all verdicts agree on, all that is drawn of them agrees on.
            let held = if problem.penalty.draws > 0.0 { by_sandwich() } else { drawn.clone() };
            let larger = |(one, other): ((f64, f64), (f64, f64))| (one.0.min(other.0), one.1.max(other.1));
            drawn.zip(held).map_or_else(unknown, |(drawn, held)| {
                (drawn.into_iter().zip(held).map(larger).collect(), true)
            })
        }
    }
}

fn put_together(
    battles: &[Battle],
    options: &RateOptions,
    problem: &Problem<'_>,
    fit: &Fit,
    ends: &[(f64, f64)],
    notes: Vec<String>,
) -> Result<Rated, Error> {
    let design = problem.design;
    let scale = options.elo.scale / std::f64::consts::LN_10;
    let offset = match &options.anchor {
        None => options.elo.initial,
        Some((model, rating)) => {
            let place = design.models.iter().position(|name| name == model);
            let place = place
                .ok_or_else(|| Error::UnknownModel { model: model.clone(), known: design.models.clone() })?;
            rating - fit.parameters[place] * scale
        }
    };
    let orders = (PLAYED / battles.len().max(1)).clamp(1, ORDERS);
    let (by_time, over_orders) =
        (elo(battles, &options.elo), elo_over_orders(battles, &options.elo, orders, options.seed));
    let mut records = tally::records(battles);
    let scaled = |value: f64| value * scale + offset;
    let rank =
        |place: usize| 1 + ends.iter().take(design.models.len()).filter(|end| end.0 > ends[place].1).count();
    let of = |ratings: &IndexMap<String, f64>, model: &str| {
        ratings.get(model).copied().unwrap_or(options.elo.initial)
    };
    let mut ratings: Vec<Rating> = design
        .models
        .iter()
        .enumerate()
        .map(|(place, model)| Rating {
            rank: rank(place),
            rating: scaled(fit.parameters[place]),
            interval_95: (scaled(ends[place].0), scaled(ends[place].1)),
            elo: of(&by_time, model),
            elo_over_orders: of(&over_orders, model),
            record: records.swap_remove(model).unwrap_or_default(),
            model: model.clone(),
        })
        .collect();
    ratings.sort_by(|one, other| other.rating.total_cmp(&one.rating));
    let first = design.models.len();
    let coefficients = design.feature_names.iter().enumerate().map(|(place, name)| Coefficient {
        name: name.clone(),
        value: fit.parameters[first + place],
        interval_95: ends[first + place],
    });
    let unread = |battle: &Battle| {
        battle.rounds().iter().filter(|round| round.winner == Winner::Unknown).count() as u64
    };
    Ok(Rated {
        battles: battles.len(),
        verdicts: design.total() as u64,
        unknown: battles.iter().map(unread).sum(),
        coefficients: coefficients.collect(),
        tie_strength: (options.ties == Ties::Davidson).then(|| fit.parameters[problem.size() - 1].exp()),
        matrix: matrix(battles, &ratings, problem, fit),
        ratings,
        notes,
    })
}

fn matrix(battles: &[Battle], ratings: &[Rating], problem: &Problem<'_>, fit: &Fit) -> Matrix {
    let models: Vec<String> = ratings.iter().map(|rating| rating.model.clone()).collect();
    let cells = tally::matrix(battles, &models);
    let place =
        |model: &String| problem.design.models.iter().position(|name| name == model).unwrap_or_default();
    let strengths: Vec<f64> = models.iter().map(|model| fit.parameters[place(model)]).collect();
    let tie = match problem.ties {
        Ties::Half => 0.0,
        Ties::Davidson => fit.parameters[problem.size() - 1].exp(),
    };
    let share = |difference: f64| {
        let (one, other) = ((difference / 2.0).exp(), (-difference / 2.0).exp());
        (one + tie / 2.0) / (one + tie + other)
    };
    let observed = |cell: &tally::Cell| (cell.battles > 0).then(|| cell.points / cell.battles as f64);
    Matrix {
        battles: cells.iter().map(|row| row.iter().map(|cell| cell.battles).collect()).collect(),
        observed: cells.iter().map(|row| row.iter().map(observed).collect()).collect(),
        predicted: strengths
            .iter()
            .map(|one| strengths.iter().map(|other| share(one - other)).collect())
            .collect(),
        models,
    }
}

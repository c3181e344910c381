//! Bradley-Terry by maximum likelihood: Newton's method, to the last digits.
//!
//! The log-odds that the first answer wins are the difference of the models' strengths, plus what position and style
//! add. Ties count as half a win for each side, or have a strength of their own (Davidson 1970).

use crate::design::{Counts, Design};
use crate::linear::Square;

/// Steps at most. Newton's method needs about six; more only where strengths run off to infinity.
const MAX_STEPS: usize = 60;
/// A gradient this small for each verdict is none.
const TOLERANCE: f64 = 1e-13;

/// What a tie is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ties {
    /// Half a win for each side.
    #[default]
    Half,
    /// An outcome with a strength of its own, the same for all pairs (Davidson 1970).
    Davidson,
}

/// What keeps a fit finite.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Penalty {
    /// Half wins and half losses against an average model that each model is given.
    pub draws: f64,
    /// ½ of this times the squared coefficients, for each verdict.
    pub coefficients: f64,
    /// Coefficients from the first that are free of it: the position effect.
    pub free: usize,
}

/// Strengths in natural units (log-odds), around 0; then the coefficients; then the logarithm of the ties' strength.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fit {
    pub parameters: Vec<f64>,
}

/// A model to be fitted.
pub(crate) struct Problem<'a> {
    pub design: &'a Design,
    pub ties: Ties,
    pub penalty: Penalty,
}

/// What one row says at certain parameters.
pub(crate) struct Row {
    /// Share of the first, of ties, of the second.
    pub shares: [f64; 3],
}

impl Problem<'_> {
    pub fn size(&self) -> usize {
        let ties = usize::from(self.ties == Ties::Davidson);
        self.design.models.len() + self.design.feature_names.len() + ties
    }

    /// The difference of strengths in a row.
    fn difference(&self, row: usize, parameters: &[f64]) -> f64 {
        let (a, b) = self.design.pairs[row];
        let features = self.design.features_of(row).iter();
        let style: f64 = features.zip(&parameters[self.design.models.len()..]).map(|(x, c)| x * c).sum();
        parameters[a as usize] - parameters[b as usize] + style
    }

    pub fn row(&self, row: usize, parameters: &[f64]) -> Row {
        let difference = self.difference(row, parameters);
        let tie = match self.ties {
            Ties::Half => 0.0,
            Ties::Davidson => parameters[self.size() - 1].exp(),
        };
        let shares = match self.ties {
            Ties::Half => {
                let first = 1.0 / (1.0 + (-difference).exp());
                [first, 0.0, 1.0 - first]
            }
            Ties::Davidson => {
                let (first, second) = ((difference / 2.0).exp(), (-difference / 2.0).exp());
                let all = first + second + tie;
                [first / all, tie / all, second / all]
            }
        };
        Row { shares }
    }

    /// The derivative of the log-likelihood of one outcome by the difference, and by the ties' strength.
    pub fn score(&self, row: &Row, outcome: u8) -> (f64, f64) {
        let [first, tie, second] = row.shares;
        let points = [1.0, 0.5, 0.0][outcome as usize];
        match self.ties {
            Ties::Half => (points - first, 0.0),
            Ties::Davidson => {
                (points - (first + 1.0 - second) / 2.0, f64::from(u8::from(outcome == 1)) - tie)
            }
        }
    }

    /// Adds a row's gradient and curvature.
    fn add(&self, number: usize, counts: &Counts, parameters: &[f64], sums: (&mut [f64], &mut Square)) {
        let row = self.row(number, parameters);
        let [first, tie, second] = row.shares;
        let total: f64 = counts.iter().sum();
        if total == 0.0 {
            return;
        }
        let (gradient, curvature) = sums;
        let (mut slope, mut tie_slope) = (0.0, 0.0);
        for outcome in 0..3_u8 {
            let score = self.score(&row, outcome);
            slope += counts[outcome as usize] * score.0;
            tie_slope += counts[outcome as usize] * score.1;
        }
        let bend = total
            * match self.ties {
                Ties::Half => first * second,
                Ties::Davidson => (first + second - (first - second).powi(2)) / 4.0,
            };
        let (a, b) = self.design.pairs[number];
        let (a, b) = (a as usize, b as usize);
        let (low, high) = (a.min(b), a.max(b));
        gradient[a] += slope;
        gradient[b] -= slope;
        curvature.add(a, a, bend);
        curvature.add(b, b, bend);
        curvature.add(high, low, -bend);
        let models = self.design.models.len();
        let features = self.design.features_of(number);
        for (place, x) in features.iter().enumerate() {
            let own = models + place;
            gradient[own] += slope * x;
            curvature.add(own, a, bend * x);
            curvature.add(own, b, -bend * x);
            for (other, y) in features[..=place].iter().enumerate() {
                curvature.add(own, models + other, bend * x * y);
            }
        }
        if self.ties == Ties::Davidson {
            let own = self.size() - 1;
            let cross = -total * tie * (first - second) / 2.0;
            gradient[own] += tie_slope;
            curvature.add(own, own, total * tie * (1.0 - tie));
            curvature.add(own, a, cross);
            curvature.add(own, b, -cross);
            for (place, x) in features.iter().enumerate() {
                curvature.add(own, models + place, cross * x);
            }
        }
    }

    /// Gradient of the penalised log-likelihood and its curvature, turned positive.
    fn slopes(&self, counts: &[Counts], parameters: &[f64]) -> (Vec<f64>, Square) {
        let (mut gradient, mut curvature) = (vec![0.0; self.size()], Square::zero(self.size()));
        for (number, counts) in counts.iter().enumerate() {
            self.add(number, counts, parameters, (&mut gradient, &mut curvature));
        }
        let total: f64 = counts.iter().flatten().sum();
        self.penalise(total, parameters, &mut gradient);
        let models = self.design.models.len();
        if self.penalty.draws > 0.0 {
            for (model, strength) in parameters[..models].iter().enumerate() {
                let share = 1.0 / (1.0 + (-strength).exp());
                curvature.add(model, model, self.penalty.draws * share * (1.0 - share));
            }
        }
        for own in self.coefficients() {
            curvature.add(own, own, total * self.penalty.coefficients);
        }
        (gradient, curvature)
    }

    /// The places of the coefficients that are penalised.
    fn coefficients(&self) -> std::ops::Range<usize> {
        let models = self.design.models.len();
        models + self.penalty.free..models + self.design.feature_names.len()
    }

    /// Adds the gradient of the penalty, for so many verdicts.
    pub fn penalise(&self, total: f64, parameters: &[f64], gradient: &mut [f64]) {
        if self.penalty.draws > 0.0 {
            for (model, strength) in parameters[..self.design.models.len()].iter().enumerate() {
                gradient[model] += self.penalty.draws * (0.5 - 1.0 / (1.0 + (-strength).exp()));
            }
        }
        for own in self.coefficients() {
            gradient[own] -= total * self.penalty.coefficients * parameters[own];
        }
    }

    /// Moves strengths, which are known up to a constant only, to a mean of 0.
    pub fn centre(&self, parameters: &mut [f64]) {
        let models = self.design.models.len();
        let mean = parameters[..models].iter().sum::<f64>() / models.max(1) as f64;
        parameters[..models].iter_mut().for_each(|value| *value -= mean);
    }

    /// The curvature for a step of Newton's method from these parameters, the lower half.
    pub fn held_curvature(&self, parameters: &[f64]) -> Square {
        let (_, mut curvature) = self.slopes(&self.design.counts, parameters);
        self.hold(self.design.total(), &mut curvature);
        curvature
    }

    /// Strengths are only known up to a constant: this holds their sum where it is, and changes nothing else.
    fn hold(&self, total: f64, curvature: &mut Square) {
        let models = self.design.models.len();
        let hold = 1.0_f64.max(total / models as f64);
        for row in 0..models {
            for column in 0..=row {
                curvature.add(row, column, hold / models as f64);
            }
        }
        // A trace, for models that meet nobody in a resampled set.
        (0..curvature.size).for_each(|place| curvature.add(place, place, 1e-9 * hold));
    }

    /// The curvature at these parameters, both halves filled.
    pub fn curvature(&self, parameters: &[f64]) -> Square {
        let (_, mut curvature) = self.slopes(&self.design.counts, parameters);
        for row in 0..curvature.size {
            for column in 0..row {
                curvature.values[column * curvature.size + row] = curvature.row(row)[column];
            }
        }
        curvature
    }

    /// The parameters that explain these counts best, from these on.
    pub fn fit(&self, counts: &[Counts], start: &[f64]) -> Fit {
        let total: f64 = counts.iter().flatten().sum();
        let mut parameters = start.to_vec();
        for _ in 0..MAX_STEPS {
            let (gradient, mut curvature) = self.slopes(counts, &parameters);
            let steepest = gradient.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            if steepest <= TOLERANCE * total.max(1.0) {
                break;
            }
            self.hold(total, &mut curvature);
            let Some(cholesky) = curvature.cholesky() else { break };
            let mut step = gradient;
            cholesky.solve(&mut step);
            // Far from the optimum a full step can overshoot.
            let longest = step.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            let scale = if longest > 1.0 { 1.0 / longest } else { 1.0 };
            parameters.iter_mut().zip(&step).for_each(|(value, step)| *value += scale * step);
        }
        self.centre(&mut parameters);
        Fit { parameters }
    }

    /// The parameters that explain the battles best.
    pub fn fit_all(&self) -> Fit {
        self.fit(&self.design.counts, &vec![0.0; self.size()])
    }
}

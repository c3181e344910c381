//! The knee of a series of loads: from where on more load brings little more throughput, and only longer times.
//!
//! Two straight lines are laid through throughput over load, the first from the origin; the knee is where they meet when
//! the sum of squares is the least. Where the second line is not much flatter than the first, there is no knee: the
//! server is not saturated.

use crate::measure::figures::rounded;
use crate::measure::summary::StageSummary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Loads at least: of fewer, two lines say nothing.
const LEAST: usize = 4;
/// How much of the first line's slope the second has at most.
const FLAT: f64 = 0.5;

/// The knee of a series of loads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Knee {
    /// `parallel` or `rate`.
    pub load: String,
    /// The load at the knee.
    pub at: f64,
    /// Requests per second there, by the lines.
    pub requests_per_s: f64,
    /// The loads between which it lies.
    pub between: (f64, f64),
    /// Slope of the second line divided by that of the first.
    pub flatter: f64,
}

/// The knees of all series of loads of a test. INVALID stages are left out: where they end is the client's limit, and no
/// knee of the server's.
pub fn knees(stages: &[StageSummary]) -> Vec<Knee> {
    let series = |load: &str, value: fn(&StageSummary) -> Option<f64>| {
        let mut points: Vec<(f64, f64)> = Vec::new();
        for stage in stages.iter().filter(|stage| stage.invalid.is_empty()) {
            if let Some(load) = value(stage) {
                points.push((load, stage.throughput.requests_per_s));
            }
        }
        knee(load, &mut points)
    };
    let parallel = |stage: &StageSummary| stage.parallel.filter(|_| !stage.is_open()).map(f64::from);
    [series("parallel", parallel), series("rate", |stage| stage.rate)].into_iter().flatten().collect()
}

fn knee(load: &str, points: &mut Vec<(f64, f64)>) -> Option<Knee> {
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    points.dedup_by(|one, other| one.0 == other.0);
    if points.len() < LEAST {
        return None;
    }
    let fits = (1..points.len() - 1).filter_map(|cut| {
        let (before, after) = points.split_at(cut);
        let first = through_origin(before);
        let (slope, offset) = line(after)?;
        let error = |points: &[(f64, f64)], at: &dyn Fn(f64) -> f64| {
            points.iter().map(|(x, y)| (y - at(*x)).powi(2)).sum::<f64>()
        };
        let error = error(before, &|x| first * x) + error(after, &|x| slope * x + offset);
        Some((error, cut, first, slope, offset))
    });
    let (_, cut, first, slope, offset) = fits.min_by(|one, other| one.0.total_cmp(&other.0))?;
    let flatter = slope / first;
    if !(first > 0.0 && flatter < FLAT) {
        return None;
    }
    let (low, high) = (points[cut - 1].0, points[cut].0);
    // Where the lines meet; noise may move that outside of the loads between which they change.
    let at = (offset / (first - slope)).clamp(low, high);
    Some(Knee {
        load: load.to_owned(),
        at: rounded(at),
        requests_per_s: rounded(slope * at + offset),
        between: (low, high),
        flatter: rounded(flatter),
    })
}

/// Slope of the line through the origin.
fn through_origin(points: &[(f64, f64)]) -> f64 {
    let (up, down) = points.iter().fold((0.0, 0.0), |(up, down), (x, y)| (up + x * y, down + x * x));
    up / down
}

/// Slope and offset.
fn line(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    let (x, y) = (x / count, y / count);
    let squares: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    let products: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    (squares > 0.0).then(|| (products / squares, y - products / squares * x))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(throughput: impl Fn(f64) -> f64) -> Option<Knee> {
        let mut points: Vec<(f64, f64)> =
            [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0].map(|load| (load, throughput(load))).to_vec();
        knee("parallel", &mut points)
    }

    #[test]
    fn the_knee_is_where_more_load_brings_no_more() {
        let knee = found(|load| 10.0 * f64::min(load, 10.0)).unwrap();
        assert!((knee.at - 10.0).abs() < 1e-6 && (knee.requests_per_s - 100.0).abs() < 1e-6, "{knee:?}");
        assert_eq!(knee.between, (8.0, 16.0));
        let noisy = found(|load| 10.0 * f64::min(load, 20.0) * (1.0 + 0.03 * (load * 7.0).sin())).unwrap();
        assert!((16.0..=32.0).contains(&noisy.at), "{noisy:?}");
    }

    #[test]
    fn the_limit_of_the_client_is_no_knee() {
        let stage = |parallel: u32, invalid: &[&str]| {
            let mut stage = crate::truth::tests::stage_of_nothing();
            stage.parallel = Some(parallel);
            stage.throughput.requests_per_s = f64::from(parallel.min(8));
            stage.invalid = invalid.iter().map(|reason| (*reason).to_owned()).collect();
            stage
        };
        let loads = [1, 2, 4, 8, 16, 32];
        assert_eq!(knees(&loads.map(|load| stage(load, &[]))).len(), 1);
        let late: &[&str] = &["late"];
        assert!(knees(&loads.map(|load| stage(load, if load > 8 { late } else { &[] }))).is_empty());
    }

    #[test]
    fn without_saturation_there_is_no_knee() {
        assert_eq!(found(|load| 10.0 * load), None);
        assert_eq!(knee("rate", &mut vec![(1.0, 1.0), (2.0, 1.0), (3.0, 1.0)]), None);
    }
}

//! Makes stages of the lists of loads that a user gives.

use crate::argument::ArgumentError;
use crate::perf::stage;
use evalscope_perf::{Portion, Process, Rate, Shape, Stage, Start};
use std::time::Duration;

/// Requests of a load when nobody says how many or how long, as in EvalScope.
const DEFAULT_NUMBER: u64 = 1000;

/// How gaps between arrivals vary.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Arrivals {
    /// Not at all.
    Constant,
    /// Exponentially.
    #[default]
    Poisson,
    /// By the gamma distribution of this shape.
    Gamma(f64),
}

/// The loads that a user asks for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loads {
    /// Requests in flight, a load each; with rates, their cap.
    pub parallel: Vec<u32>,
    /// Requests per second, a load each.
    pub rate: Vec<f64>,
    /// With rates: no cap whatever `parallel` says.
    pub open: bool,
    /// How gaps vary.
    pub arrivals: Arrivals,
    /// Requests: one number for all loads, or one for each.
    pub number: Vec<u64>,
    /// How long each load lasts.
    pub duration: Option<Duration>,
    /// Not measured at the beginning: requests, a share (`0.1`, `10%`) or a time (`1.5s`).
    pub warm_up: Option<String>,
    /// Not measured at the end.
    pub cool_down: Option<String>,
    /// How long it takes to get to the load; of a closed loop, nothing lets its slots begin a little apart.
    pub ramp: Option<Duration>,
    /// In so many steps; 0 for a straight line.
    pub steps: u32,
    /// Stages as a user writes them; instead of all of the above.
    pub stages: Vec<String>,
    /// A recorded trace is replayed, so many times faster.
    pub speed: Option<f64>,
}

impl Loads {
    /// The stages.
    pub fn stages(&self) -> Result<Vec<Stage>, ArgumentError> {
        if !self.stages.is_empty() {
            return self.stages.iter().map(|text| stage::parse(text)).collect();
        }
        if self.steps > 0 && self.ramp.unwrap_or_default().is_zero() {
            return Err(ArgumentError::new("--ramp-steps divide a ramp, and there is none")
                .with_hint(Some("add `--ramp-up TIME`".into())));
        }
        let shapes = self.shapes()?;
        let numbers = self.numbers(shapes.len())?;
        let stage = |(shape, number)| {
            let whole = (number, self.duration);
            Ok(Stage {
                shape,
                number,
                duration: self.duration,
                warm_up: portion("--warmup-num", self.warm_up.as_deref(), whole)?,
                cool_down: portion("--cooldown-num", self.cool_down.as_deref(), whole)?,
            })
        };
        shapes.into_iter().zip(numbers).map(stage).collect()
    }

    fn shapes(&self) -> Result<Vec<Shape>, ArgumentError> {
        if let Some(speed) = self.speed {
            let cap = self.parallel.first().copied().filter(|_| !self.open);
            return Ok(vec![Shape::Replay { speed, cap }]);
        }
        if self.rate.is_empty() {
            if self.open {
                return Err(ArgumentError::new("--open-loop sends at a rate, and there is none")
                    .with_hint(Some("add `--rate REQUESTS_PER_SECOND`".into())));
            }
            let one = [1];
            let parallel = if self.parallel.is_empty() { &one[..] } else { &self.parallel };
            let start = start(self.ramp, self.steps);
            let closed = |parallel: &u32| Shape::Closed { parallel: *parallel, start };
            return Ok(parallel.iter().map(closed).collect());
        }
        let caps: Vec<Option<u32>> = match self.parallel.as_slice() {
            _ if self.open => vec![None; self.rate.len()],
            [] => vec![None; self.rate.len()],
            [one] => vec![Some(*one); self.rate.len()],
            several if several.len() == self.rate.len() => several.iter().copied().map(Some).collect(),
            several => {
                return Err(ArgumentError::new(format!(
                    "--parallel has {} numbers and --rate {}: with rates it is the cap of each",
                    several.len(),
                    self.rate.len()
                )));
            }
        };
        let process = match self.arrivals {
            Arrivals::Constant => Process::Constant,
            Arrivals::Poisson => Process::Poisson,
            Arrivals::Gamma(shape) => Process::Gamma(shape),
        };
        let open = |(rate, cap): (&f64, Option<u32>)| {
            let ramp = self.ramp.unwrap_or_default();
            let from = if ramp.is_zero() { *rate } else { 0.0 };
            Shape::Open { rate: Rate { rate: *rate, from, ramp, steps: self.steps }, process, cap }
        };
        Ok(self.rate.iter().zip(caps).map(open).collect())
    }

    fn numbers(&self, loads: usize) -> Result<Vec<Option<u64>>, ArgumentError> {
        match self.number.as_slice() {
            [] if self.duration.is_some() || self.speed.is_some() => Ok(vec![None; loads]),
            [] => Ok(vec![Some(DEFAULT_NUMBER); loads]),
            [one] => Ok(vec![Some(*one); loads]),
            several if several.len() == loads => Ok(several.iter().copied().map(Some).collect()),
            several => Err(ArgumentError::new(format!(
                "--number has {} numbers for {loads} loads: give one for all, or one for each",
                several.len()
            ))),
        }
    }
}

/// How the slots of a closed loop begin.
pub fn start(ramp: Option<Duration>, steps: u32) -> Start {
    ramp.map_or(Start::Apart, |time| Start::Over { time, steps })
}

/// The part of a load that is not measured.
pub fn portion(
    flag: &str,
    text: Option<&str>,
    (number, duration): (Option<u64>, Option<Duration>),
) -> Result<Portion, ArgumentError> {
    let Some(text) = text else { return Ok(Portion::NONE) };
    let found = parse_portion(text).map_err(|error| ArgumentError::new(format!("{flag}: {error}")))?;
    Ok(match (found, number, duration) {
        (Given::Count(count), ..) => Portion::Count(count),
        (Given::Time(time), ..) => Portion::Time(time),
        (Given::Share(share), Some(number), _) => Portion::Count((share * number as f64).round() as u64),
        (Given::Share(share), None, Some(time)) => Portion::Time(time.mul_f64(share)),
        (Given::Share(_), None, None) => {
            let message = format!("{flag}: `{text}` is a share of a length that is not known");
            return Err(
                ArgumentError::new(message).with_hint(Some("give a count (20) or a time (10s)".into()))
            );
        }
    })
}

/// A part of a load as it is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Given {
    /// So many requests.
    Count(u64),
    /// So long.
    Time(Duration),
    /// This share of requests, or of the time.
    Share(f64),
}

/// Reads `20` (requests), `10s` (time), `0.1` or `10%` (share).
pub fn parse_portion(text: &str) -> Result<Given, String> {
    let text = text.trim();
    let wrong = || format!("`{text}` is neither a count (20), a time (10s), nor a share below 1 (0.1, 10%)");
    let share = |share: f64| (0.0..1.0).contains(&share).then_some(Given::Share(share)).ok_or_else(wrong);
    if let Some(percent) = text.strip_suffix('%') {
        return percent.trim().parse().map_err(|_| wrong()).and_then(|percent: f64| share(percent / 100.0));
    }
    if let Ok(count) = text.parse() {
        return Ok(Given::Count(count));
    }
    match text.parse() {
        Ok(number) => share(number),
        Err(_) => parse_time(text).map(Given::Time).map_err(|_| wrong()),
    }
}

/// Reads `30` or `30s`, `500ms`, `5m`, `2h`.
pub fn parse_time(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, f64); 4] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let text = text.trim();
    let unit = UNITS.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)));
    let (number, unit) = unit.unwrap_or((text, 1.0));
    let seconds = number.trim().parse::<f64>().ok().map(|number| number * unit);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| format!("`{text}` is no time such as 30s, 500ms or 5m"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loads() -> Loads {
        Loads { number: vec![10], ..Loads::default() }
    }

    #[test]
    fn each_number_in_flight_is_a_load() {
        let stages = Loads { parallel: vec![1, 8], number: vec![10, 80], ..loads() }.stages().unwrap();
        let seen: Vec<(Shape, Option<u64>)> =
            stages.iter().map(|stage| (stage.shape, stage.number)).collect();
        let closed = |parallel| Shape::Closed { parallel, start: Start::Apart };
        assert_eq!(seen, [(closed(1), Some(10)), (closed(8), Some(80))]);
        let burst = Loads { parallel: vec![8], ramp: Some(Duration::ZERO), ..loads() }.stages().unwrap();
        assert_eq!(burst[0].shape, Shape::Closed { parallel: 8, start: Start::AT_ONCE });
        assert_eq!(loads().stages().unwrap()[0].shape, closed(1));
        assert_eq!(Loads::default().stages().unwrap()[0].number, Some(DEFAULT_NUMBER));
    }

    #[test]
    fn with_rates_parallel_is_a_cap() {
        let cap = |parallel: Vec<u32>, open| {
            let stages = Loads { rate: vec![2.0, 4.0], parallel, open, ..loads() }.stages().unwrap();
            stages
                .iter()
                .map(|stage| match stage.shape {
                    Shape::Open { cap, .. } => cap,
                    Shape::Closed { .. } | Shape::Replay { .. } => Some(0),
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(cap(vec![], false), [None, None]);
        assert_eq!(cap(vec![9], false), [Some(9), Some(9)]);
        assert_eq!(cap(vec![8, 9], false), [Some(8), Some(9)]);
        assert_eq!(cap(vec![9], true), [None, None]);
    }

    #[test]
    fn lists_that_do_not_fit_are_refused() {
        assert!(Loads { parallel: vec![1, 2], number: vec![1, 2, 3], ..loads() }.stages().is_err());
        assert!(Loads { rate: vec![1.0], parallel: vec![1, 2], ..loads() }.stages().is_err());
        assert!(Loads { open: true, ..loads() }.stages().is_err());
    }

    #[test]
    fn portions_and_times() {
        assert_eq!(parse_portion("20"), Ok(Given::Count(20)));
        assert_eq!(parse_portion("0.1"), Ok(Given::Share(0.1)));
        assert_eq!(parse_portion("10%"), Ok(Given::Share(0.1)));
        assert_eq!(parse_portion("1.5s"), Ok(Given::Time(Duration::from_millis(1500))));
        for text in ["1.5", "100%", "x", "-1", ""] {
            assert!(parse_portion(text).is_err(), "{text}");
        }
        assert_eq!(parse_time("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_time("2m"), Ok(Duration::from_secs(120)));
        let half = Loads { warm_up: Some("50%".into()), ..loads() }.stages().unwrap();
        assert_eq!(half[0].warm_up, Portion::Count(5));
        let replay = Loads { warm_up: Some("50%".into()), speed: Some(1.0), ..Loads::default() };
        assert!(replay.stages().is_err());
    }
}

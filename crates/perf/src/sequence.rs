//! Runs stages one after the other: those of a list, or those that a search wants.

use crate::error::Error;
use crate::event::Event;
use crate::load::{Before, Gauge, Job, Process, Rate, Shape, Stage, Start};
use crate::measure::{Found, StageSummary};
use crate::plan::{Plan, Search, Sweep};
use crate::search::{Bisect, Loads, Sought, Trial, seek};
use crate::stage_run::{StageRun, Surroundings};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How often a rest looks whether it should end.
const LOOK_UP: Duration = Duration::from_millis(50);
/// Growth of throughput that is one, when the load is doubled.
const GROWTH: f64 = 0.1;
/// Doublings without growth after which a sweep ends: one may be noise.
const FLAT: u32 = 2;
/// Requests at most that are sent one at a time to find out the least rate.
const ONE_BY_ONE: u64 = 20;
/// A trial has at least so many requests, unless fewer were asked for.
const FEW: u64 = 20;
/// A rate that does not keep the goals is divided by so much at most.
const DOWN: f64 = 64.0;
/// So is the speed of a trace, which is replayed in whole.
const SLOWER: f64 = 4.0;
/// Requests of a trial for each one in flight: fewer would measure the beginning and the end only.
const ROUNDS: f64 = 5.0;

/// Stages that are run one after the other.
pub struct Sequence<'a> {
    /// What all of them have around them.
    pub surroundings: Surroundings<'a>,
    /// What all of them need; each has its own stage. In the end it says what all of them sent.
    pub base: Job,
    /// Those that are over.
    pub stages: Vec<StageSummary>,
}

impl Sequence<'_> {
    /// Runs what the plan says: its stages, a search, or a sweep.
    pub fn run(&mut self) -> Result<Option<Found>, Error> {
        match (&self.surroundings.plan.search, self.surroundings.plan.sweep) {
            (Some(search), _) => self.search(search).map(Some),
            (None, Some(Sweep::Parallel { most })) => self.sweep_parallel(most).map(|()| None),
            (None, Some(Sweep::Rate { steps })) => self.sweep_rate(steps).map(|()| None),
            (None, None) => self.run_all().map(|()| None),
        }
    }

    /// Doubles what is in flight until throughput grows no more.
    fn sweep_parallel(&mut self, most: u32) -> Result<(), Error> {
        let template = &self.surroundings.plan.stages[0];
        let Shape::Closed { parallel: mut load, .. } = template.shape else { return Ok(()) };
        let (mut before, mut flat) = (0.0, 0);
        while self.stage(with_load(template, f64::from(load)), 1, None)? {
            let now = self.stages.last().map_or(0.0, |stage| stage.throughput.requests_per_s);
            flat = if now < before * (1.0 + GROWTH) { flat + 1 } else { 0 };
            if flat >= FLAT || load >= most {
                break;
            }
            before = f64::max(before, now);
            load = load.saturating_mul(2).min(most);
        }
        Ok(())
    }

    /// Finds what one request at a time and what a full server come to, then puts on rates between.
    fn sweep_rate(&mut self, steps: u32) -> Result<(), Error> {
        let template = &self.surroundings.plan.stages[0];
        let Shape::Closed { parallel, start } = template.shape else { return Ok(()) };
        let of = Some(steps as usize + 2);
        let one = Stage {
            number: template.number.map(|number| number.min(ONE_BY_ONE)),
            ..with_load(template, 1.0)
        };
        if !self.stage(one, 1, of)? || !self.stage(with_load(template, f64::from(parallel)), 1, of)? {
            return Ok(());
        }
        let rate = |place: usize| self.stages[place].throughput.requests_per_s;
        let (least, most) = (rate(0), rate(1));
        if !(least > 0.0 && most > least) {
            let text = "the sweep ended: more requests at a time brought no more throughput".to_owned();
            (self.surroundings.observer)(Event::Notice(text));
            return Ok(());
        }
        for step in 1..=steps {
            let rate = least + (most - least) * f64::from(step) / f64::from(steps);
            let rate = reached((rate * 100.0).round() / 100.0, start);
            let shape = Shape::Open { rate, process: Process::Poisson, cap: None };
            if !self.stage(from_full_load(Stage { shape, ..template.clone() }), 1, of)? {
                break;
            }
        }
        Ok(())
    }

    /// Runs the stages of the plan, each as often as it says.
    fn run_all(&mut self) -> Result<(), Error> {
        let plan = self.surroundings.plan;
        let repeats = |stage| (1..=plan.repeat).map(move |repeat| (repeat, stage));
        let loads: Vec<(u32, &Stage)> = plan.stages.iter().flat_map(repeats).collect();
        for (repeat, stage) in &loads {
            if !self.stage((*stage).clone(), *repeat, Some(loads.len()))? {
                break;
            }
        }
        Ok(())
    }

    /// Searches the greatest load that keeps the goals.
    fn search(&mut self, search: &Search) -> Result<Found, Error> {
        let template = &self.surroundings.plan.stages[0];
        let (maximize, loads) = match template.shape {
            Shape::Closed { .. } => ("parallel", Loads::Whole),
            Shape::Open { .. } => ("rate", Loads::Any),
            Shape::Replay { .. } => ("speed", Loads::Any),
        };
        let mut bisect = Bisect::new(loads, floor(template, search.least), search.least, search.most);
        let Sought { ended, doubt } = seek(&mut bisect, |load| {
            if !self.stage(with_load(template, load), 1, None)? {
                return Ok::<_, Error>(Trial::Stopped);
            }
            let over = |stage: &StageSummary| Trial::Over {
                name: stage.name.clone(),
                strain: search.slo.strain(stage),
                answered: stage.requests.ok > 0,
                invalid: stage.invalid.first().cloned(),
            };
            Ok(self.stages.last().map_or(Trial::Stopped, over))
        })?;
        let (goals, kept, missed) = (search.slo.to_string(), bisect.kept, bisect.missed);
        Ok(Found { maximize: maximize.into(), goals, kept, missed, ended, doubt })
    }

    /// Runs a stage; whether another may follow.
    fn stage(&mut self, stage: Stage, repeat: u32, of: Option<usize>) -> Result<bool, Error> {
        let stop = self.base.stop.clone();
        if !self.stages.is_empty() {
            self.rest();
        }
        if stop.is_cancelled() {
            return Ok(false);
        }
        let observer = self.surroundings.observer;
        observer(Event::Stage { number: self.stages.len() + 1, of, name: stage.name() });
        let gauge = Arc::new(Gauge::default());
        let before = match stage.shape {
            Shape::Closed { .. } | Shape::Open { .. } => self.base.before,
            // A recorded load is that of its rows, from the first one on.
            Shape::Replay { .. } => Before::default(),
        };
        let job = Job { stage, before, gauge: Arc::clone(&gauge), ..self.base.clone() };
        let summary = StageRun::new(job, repeat, self.surroundings)?.run()?;
        self.base.before.requests += gauge.started.load(Ordering::Relaxed);
        self.base.before.sessions += gauge.sessions.load(Ordering::Relaxed);
        observer(Event::Done(Box::new(summary.clone())));
        self.stages.push(summary);
        Ok(!stop.is_cancelled())
    }

    /// Lets the server rest, unless somebody stops it all.
    fn rest(&self) {
        let end = Instant::now() + self.surroundings.plan.rest;
        while !self.base.stop.is_cancelled() {
            match end.saturating_duration_since(Instant::now()) {
                Duration::ZERO => return,
                left => std::thread::sleep(left.min(LOOK_UP)),
            }
        }
    }
}

/// A rate that is reached as slots begin.
fn reached(rate: f64, start: Start) -> Rate {
    match start {
        Start::Over { time, steps } if !time.is_zero() => Rate { rate, from: 0.0, ramp: time, steps },
        Start::Over { .. } | Start::Apart => Rate::constant(rate),
    }
}

/// What is sent on the way to a load says nothing of it.
fn from_full_load(stage: Stage) -> Stage {
    Stage { warm_up: stage.warm_up.at_least(stage.ramp()), ..stage }
}

/// Below this a search tries nothing: fewer requests than a few would be due, or a trial would take for ever.
fn floor(template: &Stage, first: f64) -> f64 {
    match template.shape {
        Shape::Closed { .. } => 1.0,
        Shape::Open { .. } => {
            let least = template.duration.map_or(0.0, |time| FEW as f64 / time.as_secs_f64());
            (first / DOWN).max(least)
        }
        Shape::Replay { .. } => first / SLOWER,
    }
}

/// The first stage of a search or a sweep.
pub fn first_trial(plan: &Plan) -> Option<Stage> {
    let template = plan.stages.first()?;
    Some(match template.shape {
        Shape::Closed { parallel, .. } => with_load(template, f64::from(parallel)),
        Shape::Open { rate, .. } => with_load(template, rate.rate),
        Shape::Replay { .. } => template.clone(),
    })
}

/// The stage with another load, and with enough requests for it: of a lesser one fewer, as it would take longer.
fn with_load(template: &Stage, load: f64) -> Stage {
    let (shape, in_flight, first) = match template.shape {
        Shape::Closed { start, parallel } => {
            (Shape::Closed { parallel: load as u32, start }, load, f64::from(parallel))
        }
        Shape::Open { rate, process, cap } => {
            (Shape::Open { rate: rate.to(load), process, cap }, load, rate.rate)
        }
        Shape::Replay { cap, speed } => (Shape::Replay { speed: load, cap }, 0.0, speed),
    };
    let enough = (in_flight * ROUNDS).ceil() as u64;
    let number = template.number.map(|number| {
        let part = (number as f64 * (load / first).min(1.0)).ceil() as u64;
        part.max(number.min(FEW)).max(enough)
    });
    from_full_load(Stage { shape, number, ..template.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Portion;

    #[test]
    fn another_load_is_reached_in_the_same_way() {
        let time = Duration::from_secs(30);
        let stage = |shape| Stage {
            shape,
            number: Some(10),
            duration: None,
            warm_up: Portion::NONE,
            cool_down: Portion::NONE,
        };
        let ramp = |rate, from| {
            let rate = Rate { rate, from, ramp: time, steps: 3 };
            stage(Shape::Open { rate, process: Process::Constant, cap: Some(7) })
        };
        assert_eq!(with_load(&ramp(10.0, 0.0), 40.0).shape, ramp(40.0, 0.0).shape);
        assert_eq!(with_load(&ramp(10.0, 2.0), 40.0).shape, ramp(40.0, 8.0).shape);
        let even =
            |rate| stage(Shape::Open { rate: Rate::constant(rate), process: Process::Poisson, cap: None });
        assert_eq!(with_load(&even(10.0), 40.0).shape, even(40.0).shape);
        let start = Start::Over { time, steps: 3 };
        assert_eq!(
            with_load(&stage(Shape::Closed { parallel: 1, start }), 4.0).shape,
            Shape::Closed { parallel: 4, start }
        );
        // What is sent on the way is no part of the figures.
        assert_eq!(with_load(&ramp(10.0, 0.0), 40.0).warm_up, Portion::Time(time));
        assert_eq!(with_load(&even(10.0), 40.0).warm_up, Portion::NONE);
        let warm = Stage { warm_up: Portion::Count(5), ..ramp(10.0, 0.0) };
        assert_eq!(with_load(&warm, 40.0).warm_up, Portion::Both { count: 5, time });
        let closed = |load| with_load(&stage(Shape::Closed { parallel: 1, start }), load).warm_up;
        assert_eq!((closed(1.0), closed(4.0)), (Portion::NONE, Portion::Time(time.mul_f64(2.0 / 3.0))));
        // The rates of a sweep too.
        assert_eq!(reached(40.0, start), Rate { rate: 40.0, from: 0.0, ramp: time, steps: 3 });
        assert_eq!(reached(40.0, Start::Apart), Rate::constant(40.0));
        assert_eq!(reached(40.0, Start::AT_ONCE), Rate::constant(40.0));
    }

    #[test]
    fn less_load_takes_no_longer() {
        let stage = |number, duration: Option<u64>| {
            let shape = Shape::Open { rate: Rate::constant(10.0), process: Process::Poisson, cap: None };
            let (warm_up, cool_down) = (Portion::NONE, Portion::NONE);
            Stage { shape, number, duration: duration.map(Duration::from_secs), warm_up, cool_down }
        };
        let number = |number, load| with_load(&stage(Some(number), None), load).number.unwrap();
        assert_eq!([10.0, 5.0, 0.5, 0.1].map(|load| number(1000, load)), [1000, 500, 50, 20]);
        assert_eq!((number(1000, 400.0), number(8, 0.5)), (2000, 8));
        assert_eq!(floor(&stage(Some(1000), None), 10.0), 10.0 / 64.0);
        assert_eq!(floor(&stage(None, Some(20)), 10.0), 1.0);
        let shape = Shape::Replay { speed: 8.0, cap: None };
        assert_eq!(floor(&Stage { shape, ..stage(None, None) }, 8.0), 2.0);
    }
}

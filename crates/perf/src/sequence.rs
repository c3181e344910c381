//! Runs stages one after the other: those of a list, or those that a search wants.

use crate::error::Error;
use crate::event::Event;
use crate::load::{Gauge, Job, Rate, Shape, Stage};
use crate::measure::{Found, StageSummary};
use crate::plan::Search;
use crate::search::{Bisect, Loads, Trial, seek};
use crate::stage_run::{StageRun, Surroundings};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a rest looks whether it should end.
const LOOK_UP: Duration = Duration::from_millis(50);
/// Requests of a trial for each one in flight: fewer would measure the beginning and the end only.
const ROUNDS: f64 = 5.0;

/// Stages that are run one after the other.
pub struct Sequence<'a> {
    /// What all of them have around them.
    pub surroundings: Surroundings<'a>,
    /// What all of them need; each has its own stage.
    pub base: Job,
    /// Those that are over.
    pub stages: Vec<StageSummary>,
}

impl Sequence<'_> {
    /// Runs the stages of the plan, each as often as it says.
    pub fn run_all(&mut self) -> Result<(), Error> {
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
    pub fn search(&mut self, search: &Search) -> Result<Found, Error> {
        let template = &self.surroundings.plan.stages[0];
        let (maximize, loads) = match template.shape {
            Shape::Closed { .. } => ("parallel", Loads::Whole),
            Shape::Open { .. } => ("rate", Loads::Any),
        };
        let mut bisect = Bisect::new(loads, search.least, search.most);
        let ended = seek(&mut bisect, |load| {
            if !self.stage(with_load(template, load), 1, None)? {
                return Ok::<_, Error>(Trial::Stopped);
            }
            let over = |stage: &StageSummary| Trial::Over {
                name: stage.name.clone(),
                strain: search.slo.strain(stage),
                invalid: stage.invalid.first().cloned(),
            };
            Ok(self.stages.last().map_or(Trial::Stopped, over))
        })?;
        let (goals, kept, missed) = (search.slo.to_string(), bisect.kept, bisect.missed);
        Ok(Found { maximize: maximize.into(), goals, kept, missed, ended })
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
        let job = Job { stage, gauge: Arc::new(Gauge::default()), ..self.base.clone() };
        let summary = StageRun::new(job, repeat, self.surroundings)?.run()?;
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

/// The stage with another load, and with enough requests for it.
fn with_load(template: &Stage, load: f64) -> Stage {
    let (shape, in_flight) = match template.shape {
        Shape::Closed { ramp, .. } => (Shape::Closed { parallel: load as u32, ramp }, load),
        Shape::Open { process, cap, .. } => (Shape::Open { rate: Rate::constant(load), process, cap }, load),
    };
    let enough = (in_flight * ROUNDS).ceil() as u64;
    Stage { shape, number: template.number.map(|number| number.max(enough)), ..template.clone() }
}

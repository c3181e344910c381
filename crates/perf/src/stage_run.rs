//! Runs one stage: the load in its own thread; what answers say is read, counted and written in this one.

use crate::api::Prompt;
use crate::clock::Stamp;
use crate::error::Error;
use crate::event::{Event, Snapshot};
use crate::load::{self, Batch, Driven, Job, Outcome, Shape, Work};
use crate::measure::{Around, Counts, Cpu, Row, StageSummary, Tally, gpus, summarize};
use crate::output::columns::ColumnFile;
use crate::output::database::{self, Beside};
use crate::output::rows::{self, RowFile};
use crate::plan::Plan;
use crate::prompts::Tokenizer;
use crate::readings::{Reading, Readings};
use crate::scrape::Scraper;
use crate::truth;
use evalscope_core::Secrets;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// Batches that may wait for this thread. When it cannot follow, the load loop waits for it, which the
/// self-check sees: better than memory that grows.
const BATCHES: usize = 64;
/// How often progress is told.
const EVERY: Duration = Duration::from_secs(1);

/// What all stages have around them.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The test.
    pub plan: &'a Plan,
    /// Its prompts.
    pub prompts: &'a [Prompt],
    /// Who is told what happens.
    pub observer: &'a dyn Fn(Event),
    /// What servers may not make us show.
    pub secrets: &'a Secrets,
    /// Asks the server for its own figures.
    pub scraper: Option<&'a Scraper>,
}

/// A stage that is being run.
pub struct StageRun<'a> {
    job: Job,
    repeat: u32,
    around: Surroundings<'a>,
    folder: PathBuf,
    rows: RowFile,
    tally: Tally,
    readings: Readings,
    counted: Vec<Option<u64>>,
}

impl<'a> StageRun<'a> {
    /// Makes the stage's folder.
    pub fn new(job: Job, repeat: u32, around: Surroundings<'a>) -> Result<StageRun<'a>, Error> {
        let folder = unused(around.plan.folder.join(folder_name(&job)));
        let rows = RowFile::create(&folder.join("requests.jsonl"))?;
        let counted = vec![None; around.prompts.len()];
        let tally = Tally::new(around.plan.goals, job.stage.shape);
        let keep_text = around.plan.prompts.tokenizer.is_some() || matches!(job.work, Work::Sessions(_));
        let readings = Readings::new(Arc::clone(&around.plan.server.api), keep_text, around.secrets.clone());
        Ok(StageRun { job, repeat, around, folder, rows, tally, readings, counted })
    }

    /// Runs it.
    pub fn run(mut self) -> Result<StageSummary, Error> {
        let cpu = load::cpu_of_process();
        let (sender, batches) = sync_channel(BATCHES);
        let job = self.job.clone();
        let thread = std::thread::Builder::new()
            .name("perf-load".into())
            .spawn(move || load::drive(job, sender))
            .map_err(|error| Error::Thread { reason: error.to_string() })?;
        let mut reading = ReadingTime::new(load::cpu_of_thread);
        let taken = self.take(batches, &mut reading);
        let (beside, reading) = reading.times();
        if taken.is_err() {
            // Rows cannot be written: there is no use in going on.
            self.job.abort.cancel();
        }
        let Ok(driven) = thread.join() else {
            return Err(Error::Thread { reason: "its thread panicked".into() });
        };
        let driven = driven?;
        taken?;
        let cpu = load::cpu_of_process().saturating_sub(cpu);
        self.finish(&driven, Cpu { process: cpu, reading, reading_beside: beside })
    }

    /// Takes batches until there are no more. Nobody can wait for room in the queue afterwards: it is gone.
    fn take(&mut self, batches: Receiver<Batch>, reading: &mut ReadingTime) -> Result<(), Error> {
        let mut told = Told::new(Instant::now());
        loop {
            match batches.recv_timeout(EVERY) {
                Ok(Batch { events, over }) => {
                    reading.goes_on(self.job.gauge.is_over());
                    self.readings.read(&events);
                    // Who waits for an answer is told first: rows take time, and the disk may too.
                    let read = |mut outcome: Outcome| (self.readings.finish(&mut outcome), outcome);
                    let over: Vec<(Reading, Outcome)> = over.into_iter().map(read).collect();
                    for (reading, outcome) in over {
                        self.add(reading, outcome)?;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            if told.at.elapsed() >= EVERY {
                self.tell(&mut told);
            }
        }
    }

    fn add(&mut self, reading: Reading, outcome: Outcome) -> Result<(), Error> {
        let mut row = Row::of(outcome, &reading, self.job.gauge.began());
        self.count_tokens(&mut row, reading.text.as_deref());
        self.tally.add(&row);
        self.rows.add(&row)
    }

    /// Counts here what the server did not.
    fn count_tokens(&mut self, row: &mut Row, text: Option<&str>) {
        let Some(tokenizer) = self.around.plan.prompts.tokenizer.as_ref() else { return };
        let own = self.own_count(self.job.before.requests + row.number, tokenizer);
        match (row.output_tokens, text) {
            (Some(_), _) => row.own_prompt_tokens = own,
            (None, Some(text)) => {
                row.output_tokens = Some(tokenizer.count(text));
                row.prompt_tokens = own;
                row.tokens_counted_here = true;
            }
            (None, None) => {}
        }
    }

    /// Our own count of the prompt with this number of the test, made once. Of conversations there is none: their prompts are not kept.
    fn own_count(&mut self, number: u64, tokenizer: &Tokenizer) -> Option<u64> {
        let place = number.checked_rem(self.around.prompts.len() as u64)? as usize;
        let (prompt, counted) = (self.around.prompts.get(place)?, self.counted.get_mut(place)?);
        Some(*counted.get_or_insert_with(|| tokenizer.count(&prompt.text())))
    }

    fn tell(&self, told: &mut Told) {
        let seconds = told.at.elapsed().as_secs_f64();
        let gauge = &self.job.gauge;
        if gauge.began() == Stamp::default() {
            // Connections are still being made.
            return;
        }
        let finished = gauge.finished.load(Ordering::Relaxed);
        let tokens = self.tally.tokens.output.sum();
        let most = self.job.stage.most();
        (self.around.observer)(Event::Progress(Snapshot {
            seconds: self.job.clock.now().since(gauge.began()) as f64 / 1e9,
            finished,
            failed: self.tally.total() - self.tally.ok(),
            planned: (most < u64::MAX).then_some(most),
            in_flight: gauge.in_flight(),
            requests_per_s: (finished - told.finished) as f64 / seconds,
            tokens_per_s: (tokens - told.tokens) / seconds,
            ttft_p50_ms: middle(&self.tally.times.ttft, 0.5),
            ttft_p99_ms: middle(&self.tally.times.ttft, 0.99),
            tpot_p50_ms: middle(&self.tally.times.tpot, 0.5),
            e2e_p50_ms: middle(&self.tally.times.e2e, 0.5),
        }));
        *told = Told { at: Instant::now(), finished, tokens };
    }

    fn finish(self, driven: &Driven, cpu: Cpu) -> Result<StageSummary, Error> {
        self.rows.finish()?;
        let gauge = &self.job.gauge;
        let around = Around {
            stage: &self.job.stage,
            repeat: self.repeat,
            driven,
            in_words: self.around.plan.server.api.answers_in_words(),
            aborted: if driven.aborted { gauge.in_flight() } else { 0 },
            most_in_flight: gauge.most_in_flight.load(Ordering::Relaxed),
            cpu,
        };
        let mut summary = summarize(&self.tally, &around);
        // What the user ended before anything was measured needs no reason.
        if summary.requests.total > 0 || !self.job.stop.is_cancelled() {
            summary.invalid = truth::reasons(&summary);
        }
        if let Some(scraper) = self.around.scraper {
            summary.server = scraper.between(driven.began, driven.ended);
            summary.gpus = gpus(&summary.server);
        }
        let body = |number: u64| self.job.work.body(self.job.before.requests + number);
        let beside = Beside {
            began: self.job.clock.unix_seconds(driven.began),
            body: &body,
            is_stream: self.around.plan.answers.stream,
        };
        let path = self.folder.join("requests.jsonl");
        let rows = rows::read(&path)?;
        let mut columns = ColumnFile::create(&self.folder.join("requests.parquet"))?;
        database::write(&self.folder.join("benchmark_data.db"), rows, &beside, |row| columns.add(row))?;
        columns.finish()?;
        Ok(summary)
    }
}

/// A percentile of times so far, in milliseconds.
fn middle(times: &Counts, share: f64) -> Option<f64> {
    times.quantile(share).map(|found| found.value / 1000.0)
}

/// CPU time of the thread that reads answers. What it takes when the load is over took nothing from a server.
struct ReadingTime {
    used: fn() -> u64,
    began: u64,
    load_ended: Option<u64>,
}

impl ReadingTime {
    fn new(used: fn() -> u64) -> ReadingTime {
        ReadingTime { used, began: used(), load_ended: None }
    }

    /// More is read now, with the load still on or not.
    fn goes_on(&mut self, is_over: bool) {
        if is_over && self.load_ended.is_none() {
            self.load_ended = Some((self.used)());
        }
    }

    /// What was used beside the load, and in all.
    fn times(&self) -> (u64, u64) {
        let now = (self.used)();
        let since_began = |time: u64| time.saturating_sub(self.began);
        (since_began(self.load_ended.unwrap_or(now)), since_began(now))
    }
}

/// What was told last.
struct Told {
    at: Instant,
    finished: u64,
    tokens: f64,
}

impl Told {
    fn new(now: Instant) -> Told {
        Told { at: now, finished: 0, tokens: 0.0 }
    }
}

/// The folder of a stage, named as EvalScope does.
fn folder_name(job: &Job) -> String {
    let load = match job.stage.shape {
        Shape::Closed { parallel, .. } => format!("parallel_{parallel}"),
        Shape::Open { rate, .. } => format!("rate_{}", rate.rate),
        Shape::Replay { speed, .. } => format!("trace_{speed}"),
    };
    match (job.stage.number, job.stage.duration) {
        (Some(number), _) => format!("{load}_number_{number}"),
        (None, Some(time)) => format!("{load}_duration_{}", time.as_secs_f64()),
        (None, None) => load,
    }
}

/// `path`, with a number behind it when it is taken.
fn unused(path: PathBuf) -> PathBuf {
    let numbered = |number: u32| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!("_{number}"));
        path.with_file_name(name)
    };
    if path.exists() { (2..).map(numbered).find(|path| !path.exists()).unwrap_or(path.clone()) } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn what_is_read_after_the_load_is_not_beside_it() {
        static USED: AtomicU64 = AtomicU64::new(5);
        let mut reading = ReadingTime::new(|| USED.fetch_add(10, Ordering::Relaxed));
        reading.goes_on(false);
        assert_eq!(reading.times(), (10, 10));
        reading.goes_on(true);
        reading.goes_on(true);
        assert_eq!(reading.times(), (20, 30));
    }
}

//! Makes the figures of a stage from its sums.

use super::counts::Z_95;
use crate::class::Class;
use crate::load::{Driven, Shape, Stage, Start};
use crate::measure::counts::Counts;
use crate::measure::figures::{Figures, Values, rounded};
use crate::measure::heat::Histogram;
use crate::measure::parts::{Beginning, Client, Tail, Tokens, Turns};
use crate::measure::summary::{Goodput, Latency, Requests, StageSummary, Steady, Throughput};
use crate::measure::tally::{Due, Tally, Times};
use indexmap::IndexMap;

/// Microseconds in the unit of the figures.
const MICROSECONDS: f64 = 0.001;
/// Percentiles of a tail, the first of which beyond which enough requests lie is judged.
const TAILS: [u64; 3] = [99, 95, 90];
/// Enough for that: one or two may be an accident.
const BEYOND: u64 = 3;

/// What surrounded a stage.
#[derive(Debug, Clone)]
pub struct Around<'a> {
    /// The stage.
    pub stage: &'a Stage,
    /// Which repetition of it, from 1.
    pub repeat: u32,
    /// What the load loop says.
    pub driven: &'a Driven,
    /// Whether answers are words, and so have tokens.
    pub in_words: bool,
    /// Requests that were in flight when the user ended it.
    pub aborted: u64,
    /// Most requests in flight.
    pub most_in_flight: u64,
    /// CPU time that it took, besides that of the load loop.
    pub cpu: Cpu,
}

/// CPU time of a stage, in nanoseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cpu {
    /// Of the whole program.
    pub process: u64,
    /// Of the thread that reads answers and makes rows of them.
    pub reading: u64,
    /// The part of it that was used while the load was on.
    pub reading_beside: u64,
}

/// Makes the figures of a stage; whether they are the server's is not decided here.
pub fn summarize(tally: &Tally, around: &Around<'_>) -> StageSummary {
    let duration = tally.first_s.map_or(0.0, |first| tally.last_s - first);
    let trace_speed = match around.stage.shape {
        Shape::Replay { speed, .. } => Some(speed),
        Shape::Closed { .. } | Shape::Open { .. } => None,
    };
    let (parallel, rate) = match around.stage.shape {
        Shape::Closed { parallel, .. } => (Some(parallel), None),
        Shape::Open { rate, cap, .. } => (cap, Some(rate.rate)),
        Shape::Replay { cap, .. } => (cap, None),
    };
    let output = around.in_words.then(|| tally.tokens.output.sum());
    let tokens = (tally.tokens.unknown == 0).then(|| (tally.tokens.prompt.sum(), output));
    StageSummary {
        name: around.stage.name(),
        parallel,
        rate,
        trace_speed,
        start: around.stage.start().map(beginning),
        repeat: around.repeat,
        invalid: Vec::new(),
        requests: requests(tally, around.aborted),
        duration_s: rounded(duration),
        throughput: throughput(tally.ok(), tokens, duration),
        steady: steady(tally, around),
        goodput: goodput(tally, duration),
        latency: latency(tally),
        tokens: tokens_of(tally),
        client: client(tally, around),
        turns: turns(tally),
        timeline: tally.timeline.seconds(),
        histograms: histograms(tally),
        heat: tally.heat.map(),
        server: Vec::new(),
        gpus: Vec::new(),
    }
}

fn beginning(start: Start) -> Beginning {
    match start {
        Start::Apart => Beginning::Apart,
        Start::AT_ONCE => Beginning::AtOnce,
        Start::Over { .. } => Beginning::Over,
    }
}

fn requests(tally: &Tally, aborted: u64) -> Requests {
    let (total, ok) = (tally.total(), tally.ok());
    let word = |class: &Class| class.word().to_owned();
    Requests {
        total,
        ok,
        failed: total - ok,
        warm_up: tally.warm_up,
        cool_down: tally.cool_down,
        aborted,
        classes: tally.classes.iter().map(|(class, count)| (word(class), *count)).collect(),
        examples: tally.examples.iter().map(|(class, text)| (word(class), text.clone())).collect(),
    }
}

/// `tokens` are those of prompts and, where these are words, of answers, when all are known.
fn throughput(requests: u64, tokens: Option<(f64, Option<f64>)>, seconds: f64) -> Throughput {
    let rate = |number: f64| if seconds > 0.0 { rounded(number / seconds) } else { 0.0 };
    let tokens = tokens.filter(|_| requests > 0);
    Throughput {
        requests_per_s: rate(requests as f64),
        output_tokens_per_s: tokens.and_then(|(_, output)| output).map(rate),
        total_tokens_per_s: tokens.map(|(prompt, output)| rate(prompt + output.unwrap_or(0.0))),
    }
}

fn steady(tally: &Tally, around: &Around<'_>) -> Option<Steady> {
    let sums = &tally.steady.whole;
    let from = around.driven.full_since?.since(around.driven.began) as f64 / 1e9;
    if sums.requests == 0 {
        return None;
    }
    let output = around.in_words.then_some(sums.output_tokens as f64);
    let tokens = (sums.unknown == 0).then_some((sums.prompt_tokens as f64, output));
    Some(Steady {
        from_s: rounded(from),
        to_s: rounded(sums.to_s),
        requests: sums.requests,
        throughput: throughput(sums.requests, tokens, sums.to_s - from),
    })
}

fn goodput(tally: &Tally, seconds: f64) -> Option<Goodput> {
    let goals = tally.goals?;
    let (good, total) = (tally.good as f64, tally.total() as f64);
    if total == 0.0 {
        return None;
    }
    let (share, square) = (good / total, Z_95 * Z_95);
    let scale = 1.0 + square / total;
    let centre = (share + square / (2.0 * total)) / scale;
    let half = Z_95 * (share * (1.0 - share) / total + square / (4.0 * total * total)).sqrt() / scale;
    Some(Goodput {
        goals,
        requests: tally.good,
        share: rounded(share),
        share_interval_95: (rounded((centre - half).max(0.0)), rounded((centre + half).min(1.0))),
        requests_per_s: throughput(tally.good, None, seconds).requests_per_s,
    })
}

fn latency(tally: &Tally) -> Latency {
    let times = &tally.times;
    let one = |counts: &Counts| Figures::of(counts, MICROSECONDS, Values::Independent);
    let many = |counts: &Counts| Figures::of(counts, MICROSECONDS, Values::Dependent);
    Latency {
        ttft_ms: one(&times.ttft),
        tpot_ms: one(&times.tpot),
        chunk_gap_ms: many(&times.gap),
        itl_ms: many(&times.itl),
        e2e_ms: one(&times.e2e),
        ttft_from_schedule_ms: one(&times.ttft_from_schedule),
        e2e_from_schedule_ms: one(&times.e2e_from_schedule),
        first_byte_ms: one(&times.first_byte),
        connect_ms: one(&times.connect),
    }
}

fn tokens_of(tally: &Tally) -> Tokens {
    let tokens = &tally.tokens;
    let one = |counts: &Counts| Figures::of(counts, 1.0, Values::Independent);
    let share = |(part, whole): (u64, u64)| (whole > 0).then(|| rounded(part as f64 / whole as f64));
    Tokens {
        prompt: one(&tokens.prompt),
        output: one(&tokens.output),
        chunks: one(&tokens.chunks),
        per_chunk: share(tokens.in_chunks),
        cached_share: tokens.cached.and_then(share),
        prompt_difference: tokens.difference,
        accepted_share: tokens.guessed.and_then(share),
        accepted_share_by_pieces: by_pieces(tokens.after_first),
        unknown: tokens.unknown,
        counted_here: tokens.counted_here,
    }
}

/// Where a piece is what one step brought, tokens beyond the first of a step were guessed.
fn by_pieces((tokens, pieces): (u64, u64)) -> Option<f64> {
    (pieces > 0 && tokens > pieces).then(|| rounded(1.0 - pieces as f64 / tokens as f64))
}

fn turns(tally: &Tally) -> Option<Turns> {
    let turns = &tally.turns;
    let figures = |counts: &Counts| Figures::of(counts, MICROSECONDS, Values::Independent);
    (turns.turns > 0).then(|| Turns {
        sessions: turns.sessions,
        per_session: rounded(turns.turns as f64 / turns.sessions.max(1) as f64),
        first_ttft_ms: figures(&turns.first_ttft),
        later_ttft_ms: figures(&turns.later_ttft),
    })
}

fn histograms(tally: &Tally) -> IndexMap<String, Histogram> {
    let times = &tally.times;
    let all = [("ttft_ms", &times.ttft), ("itl_ms", &times.itl), ("e2e_ms", &times.e2e)];
    let found = all
        .into_iter()
        .filter_map(|(name, counts)| Some((name.to_owned(), Histogram::of(counts, MICROSECONDS)?)));
    found.collect()
}

/// How much too long the median time to first token may be.
fn ttft_unsure(times: &Times) -> Option<f64> {
    let (most, least) = (times.ttft.quantile(0.5)?, times.ttft_least.quantile(0.5)?);
    Some(rounded((most.value - least.value) * MICROSECONDS))
}

/// The greatest percentile beyond which several requests lie, and how much greater it is in one of these than in the other.
fn tail(with: &Counts, without: &Counts, time: &Counts) -> Option<Tail> {
    let percent = TAILS.into_iter().find(|percent| time.count() * (100 - percent) >= 100 * BEYOND)?;
    let value = |counts: &Counts| Some(counts.quantile(percent as f64 / 100.0)?.value * MICROSECONDS);
    let (percentile, client_ms) = (format!("p{percent}"), rounded(value(with)? - value(without)?));
    Some(Tail { percentile, ms: rounded(value(time)?), client_ms })
}

/// How late requests were, where not most of them followed an answer.
fn due(tally: &Tally) -> Option<&Due> {
    Some(&tally.due).filter(|due| due.late.count() > 0 && due.late.count() >= due.waited)
}

fn client(tally: &Tally, around: &Around<'_>) -> Client {
    let times = &tally.times;
    let figures = |counts: &Counts| Figures::of(counts, MICROSECONDS, Values::Independent);
    let chunks = tally.tokens.chunks.sum();
    let seconds = around.driven.ended.since(around.driven.began) as f64 / 1e9;
    let due = due(tally);
    let share = |part: f64, whole: f64| if whole > 0.0 { rounded(part / whole) } else { 0.0 };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let in_seconds = |nanoseconds: u64| nanoseconds as f64 / 1e9;
    let (loop_cpu, reading_beside) = (in_seconds(around.driven.cpu), in_seconds(around.cpu.reading_beside));
    Client {
        kernel_stamps: times.queued.count() > 0,
        most_in_flight: around.most_in_flight,
        share_of_cycle: rounded(tally.cycle.share()),
        blocked_share: share(in_seconds(around.driven.blocked), seconds),
        client_ms: figures(&times.client),
        late_ms: figures(&times.late),
        late_own_ms: due.and_then(|due| Some(rounded(due.late.quantile(0.5)?.value * MICROSECONDS))),
        late_tail: due.and_then(|due| tail(&due.whole, &due.own, &due.own)),
        queued_ms: figures(&times.queued),
        ttft_unsure_ms: ttft_unsure(times),
        ttft_unsure_tail: tail(&times.ttft, &times.ttft_least, &times.ttft),
        merged_share: share(tally.tokens.merged as f64, chunks),
        loop_lag_p50_ms: around.driven.lag.percentile(0.5),
        loop_lag_p99_ms: around.driven.lag.percentile(0.99),
        shares_machine: around.driven.shares_machine,
        machine_share: share(loop_cpu + reading_beside, seconds * cores as f64),
        machine_busy_share: around.driven.busy.map(rounded),
        loop_cpu_s: rounded(loop_cpu),
        loop_cpu_share: share(loop_cpu, seconds),
        reading_cpu_s: rounded(in_seconds(around.cpu.reading)),
        cpu_s: rounded(in_seconds(around.cpu.process)),
    }
}

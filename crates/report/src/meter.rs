//! Measures calls: tokens, times, money. Needs a few kilobytes, however many calls there are.

use crate::busy::Busy;
use crate::measures::{Cost, Latency, Throughput, Tokens, Usage};
use evalscope_core::{Price, Timing};
use evalscope_metrics::histogram::Histogram;
use evalscope_runs::{Brought, Taken};

/// What calls took so far.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    calls: u64,
    failed: u64,
    cached: u64,
    uncounted: u64,
    tokens: Option<evalscope_core::Usage>,
    /// Samples, repeats counted, with a call whose tokens were counted, and with one that has a time.
    counted: Samples,
    timed: Samples,
    latencies: Histogram,
    first_tokens: Histogram,
    gaps: Histogram,
    rates: Histogram,
    busy: Busy,
}

/// Counts samples whose calls come one after the other.
#[derive(Debug, Clone, Default)]
struct Samples {
    count: u64,
    last: Option<(u64, u32)>,
}

impl Samples {
    fn add(&mut self, sample: (u64, u32)) {
        self.count += u64::from(self.last != Some(sample));
        self.last = Some(sample);
    }
}

impl Meter {
    /// Says that the next call is of another subset.
    pub fn begin_subset(&mut self) {
        (self.counted.last, self.timed.last) = (None, None);
    }

    /// Adds a call. Those of a sample come one after the other.
    pub fn add(&mut self, call: &Taken) {
        self.calls += 1;
        if call.brought == Brought::Failure {
            self.failed += 1;
            return;
        }
        if call.cached {
            self.cached += 1;
            return;
        }
        match call.brought {
            Brought::Reply { usage, timing, .. } => self.add_reply(call, usage, timing),
            Brought::Loglikelihoods => self.uncounted += 1,
            // A program calls no model.
            Brought::Execution(_) | Brought::Failure => {}
        }
    }

    fn add_reply(&mut self, call: &Taken, usage: Option<evalscope_core::Usage>, timing: Timing) {
        let sample = (call.key.index, call.key.repeat);
        match &usage {
            Some(usage) => {
                self.tokens.get_or_insert_default().add(usage);
                self.counted.add(sample);
            }
            None => self.uncounted += 1,
        }
        // A reply that another program wrote down has no time.
        if timing.latency_ms > 0.0 && timing.latency_ms.is_finite() {
            self.timed.add(sample);
            self.latencies.add(timing.latency_ms);
            let end = call.at * 1e3;
            self.busy.add((end - timing.latency_ms) as u64, end as u64);
            self.rates.add(usage.map_or(0.0, |usage| rate(usage.output_tokens, timing)));
        }
        self.first_tokens.add(timing.ttft_ms.unwrap_or(0.0));
        self.gaps.add(timing.itl_ms.unwrap_or(0.0));
    }

    /// Adds the calls of another meter.
    pub fn merge(&mut self, other: &Meter) {
        self.calls += other.calls;
        self.failed += other.failed;
        self.cached += other.cached;
        self.uncounted += other.uncounted;
        if let Some(tokens) = &other.tokens {
            self.tokens.get_or_insert_default().add(tokens);
        }
        self.counted.count += other.counted.count;
        self.timed.count += other.timed.count;
        self.latencies.merge(&other.latencies);
        self.first_tokens.merge(&other.first_tokens);
        self.gaps.merge(&other.gaps);
        self.rates.merge(&other.rates);
        self.busy.merge(&other.busy);
    }

    /// What the calls took, at this price, for so many right answers.
    pub fn usage(&self, price: Option<&Price>, correct: Option<u64>) -> Usage {
        Usage {
            calls: self.calls,
            failed_calls: self.failed,
            cached_calls: self.cached,
            uncounted_calls: self.uncounted,
            tokens: self.tokens(),
            latency: self.latency(),
            throughput: self.throughput(),
            cost: price.map(|price| self.cost(price, correct)),
        }
    }

    fn tokens(&self) -> Option<Tokens> {
        let (tokens, samples) = (self.tokens?, self.counted.count.max(1) as f64);
        Some(Tokens {
            input: tokens.input_tokens,
            output: tokens.output_tokens,
            cached: tokens.cached_tokens,
            reasoning: tokens.reasoning_tokens,
            input_per_sample: tokens.input_tokens as f64 / samples,
            output_per_sample: tokens.output_tokens as f64 / samples,
        })
    }

    fn latency(&self) -> Option<Latency> {
        let (p50_ms, p95_ms) = self.latencies.percentile(0.5).zip(self.latencies.percentile(0.95))?;
        Some(Latency {
            p50_ms,
            p95_ms,
            ttft_p50_ms: self.first_tokens.percentile(0.5),
            ttft_p95_ms: self.first_tokens.percentile(0.95),
            itl_p50_ms: self.gaps.percentile(0.5),
            itl_p95_ms: self.gaps.percentile(0.95),
            stream_tokens_per_s: self.rates.percentile(0.5),
        })
    }

    fn throughput(&self) -> Option<Throughput> {
        let busy_s = Some(self.busy.seconds()).filter(|seconds| *seconds > 0.0)?;
        Some(Throughput {
            busy_s,
            samples_per_s: self.timed.count as f64 / busy_s,
            output_tokens_per_s: self.tokens.map(|tokens| tokens.output_tokens as f64 / busy_s),
        })
    }

    fn cost(&self, price: &Price, correct: Option<u64>) -> Cost {
        let is_unknown = self.tokens.is_none() && self.uncounted + self.failed > 0 && !price.is_free();
        let spent = (!is_unknown).then(|| price.of(&self.tokens.unwrap_or_default()));
        let is_whole = self.cached == 0 && self.uncounted == 0 && self.tokens.is_some();
        let correct = correct.filter(|_| is_whole);
        let per_correct = spent.zip(correct).and_then(|(spent, correct)| spent.divided_by(correct));
        Cost { currency: price.currency.clone(), spent, per_correct }
    }
}

/// Tokens a second of one reply: of a streamed one after its first token.
fn rate(tokens: u64, timing: Timing) -> f64 {
    match timing.ttft_ms {
        Some(first) => tokens.saturating_sub(1) as f64 / (timing.latency_ms - first) * 1e3,
        None => tokens as f64 / timing.latency_ms * 1e3,
    }
}

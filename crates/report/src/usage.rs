//! Adds up tokens and times of the calls in a journal.

use crate::summary::{Latency, Tokens, Usage};
use evalscope_core::{Effect, FinishReason, Isolation, Outcome};
use evalscope_metrics::stats::percentile;
use evalscope_runs::{Error, JournalEntry};

/// Calls so far. Keeps one number a call for the percentiles.
#[derive(Debug, Default)]
pub struct Calls {
    calls: u64,
    failed: u64,
    cached: u64,
    tokens: Option<Tokens>,
    latencies: Vec<f64>,
    first_tokens: Vec<f64>,
    /// Calls that brought a text.
    pub replies: u64,
    /// Of these, cut at the token limit.
    pub cut: u64,
    /// What stood between programs and the host, at its weakest.
    pub isolation: Option<Isolation>,
    /// Samples, repeats counted, all of whose calls so far brought something.
    pub answered: u64,
    /// The last sample seen, and whether a call of it failed.
    last: Option<((u64, u32), bool)>,
}

impl Calls {
    /// Adds a journal's calls.
    pub fn add_all(
        &mut self,
        journal: impl Iterator<Item = Result<JournalEntry, Error>>,
    ) -> Result<(), Error> {
        self.last = None;
        for entry in journal {
            let entry = entry?;
            self.add(&entry);
            self.count_sample(&entry);
        }
        Ok(())
    }

    /// Calls come in the order of samples.
    fn count_sample(&mut self, entry: &JournalEntry) {
        let sample = (entry.key.index, entry.key.repeat);
        let failed = entry.outcome.is_err();
        match &mut self.last {
            Some((last, has_failed)) if *last == sample => {
                self.answered -= u64::from(failed && !*has_failed);
                *has_failed |= failed;
            }
            _ => {
                self.answered += u64::from(!failed);
                self.last = Some((sample, failed));
            }
        }
    }

    fn add(&mut self, entry: &JournalEntry) {
        if let Ok(Outcome::Execution(execution)) = &entry.outcome {
            self.isolation = self.isolation.max(Some(execution.isolation));
        }
        if matches!(entry.effect, Effect::Execute(_)) {
            return;
        }
        self.calls += 1;
        let Ok(outcome) = &entry.outcome else {
            self.failed += 1;
            return;
        };
        self.cached += u64::from(entry.cached);
        let Outcome::Generation(generation) = outcome else { return };
        self.replies += 1;
        let is_cut = generation.completions.iter().any(|one| one.finish == FinishReason::Length);
        self.cut += u64::from(is_cut);
        if entry.cached {
            return;
        }
        if let Some(usage) = generation.usage {
            let tokens = self.tokens.get_or_insert_default();
            tokens.input = tokens.input.saturating_add(usage.input_tokens);
            tokens.output = tokens.output.saturating_add(usage.output_tokens);
        }
        // A reply that another program wrote down has no time.
        self.latencies.extend(Some(generation.timing.latency_ms).filter(|latency| *latency != 0.0));
        self.first_tokens.extend(generation.timing.ttft_ms);
    }

    /// What the calls took.
    pub fn usage(self) -> Usage {
        let percentile = |values: &[f64], share| percentile(values, share).filter(|value| value.is_finite());
        let latency = percentile(&self.latencies, 0.5).zip(percentile(&self.latencies, 0.95)).map(
            |(p50_ms, p95_ms)| Latency { p50_ms, p95_ms, ttft_p50_ms: percentile(&self.first_tokens, 0.5) },
        );
        Usage {
            calls: self.calls,
            failed_calls: self.failed,
            cached_calls: self.cached,
            tokens: self.tokens,
            latency,
        }
    }
}

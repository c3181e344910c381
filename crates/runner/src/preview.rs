//! Shows what a run would ask, without asking.

use crate::act::overridden;
use crate::error::Error;
use crate::plan::PlanOptions;
use evalscope_benchmarks::OpenBenchmark;
use evalscope_core::tokens::{TokenRange, of_prompt};
use evalscope_core::{Effect, Generation, Outcome, Sample, Sampling, Step};
use indexmap::IndexMap;
use std::sync::Arc;

/// What a benchmark would ask.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Preview {
    /// Name with protocol.
    pub benchmark: String,
    /// Samples that would be asked, repeats included, per model.
    pub samples: u64,
    /// Calls that they ask for in their first round, and those that lead a judged conversation on, per model.
    pub calls: u64,
    /// Calls to judges about the replies, at least, per model.
    #[serde(skip_serializing_if = "is_zero")]
    pub judge_calls: u64,
    /// How each model is asked for a reply: the user's sampling over the protocol's over the defaults. Empty where likelihoods are
    /// compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sampling: Vec<Sampling>,
    /// Tokens of these calls for each model, estimated from their texts.
    pub tokens: Vec<TokenEstimate>,
    /// Samples of each subset, repeats not included.
    pub subsets: IndexMap<String, u64>,
    /// Tokens of the calls to each judge, for all models together: what it is told, the replies from none to their limit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub judge_tokens: Vec<TokenEstimate>,
    /// Subsets whose data was not found.
    pub missing: Vec<String>,
    /// The first effect of the first sample.
    pub example: Option<Effect>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Tokens of calls before they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct TokenEstimate {
    /// Of the prompts, estimated.
    pub input: TokenRange,
    /// Of the replies at most, by `max_tokens`; absent when a call has no such limit.
    pub output_at_most: Option<u64>,
}

impl Default for TokenEstimate {
    fn default() -> Self {
        TokenEstimate { input: TokenRange::default(), output_at_most: Some(0) }
    }
}

impl TokenEstimate {
    /// Adds the estimate of other calls.
    pub fn add(&mut self, other: &TokenEstimate) {
        self.input.add(other.input);
        let both = self.output_at_most.zip(other.output_at_most);
        self.output_at_most = both.map(|(one, other)| one.saturating_add(other));
    }
}

/// How a model is asked: its defaults, and what the user wants over the protocol's sampling.
#[derive(Debug, Clone, Default)]
pub struct Asking {
    /// What is used where nobody says.
    pub defaults: Sampling,
    /// The user's.
    pub sampling: Sampling,
}

/// Counts the calls and tokens of every benchmark, for each model as it is asked, and takes the first call as example.
/// Calls nothing.
pub fn preview(
    benchmarks: &[Arc<OpenBenchmark>],
    options: &PlanOptions,
    asking: &[Asking],
    judges: &[Asking],
) -> Result<Vec<Preview>, Error> {
    benchmarks.iter().map(|benchmark| preview_benchmark(benchmark, options, (asking, judges))).collect()
}

fn preview_benchmark(
    benchmark: &OpenBenchmark,
    options: &PlanOptions,
    (asking, judges): (&[Asking], &[Asking]),
) -> Result<Preview, Error> {
    let mut preview = Preview {
        benchmark: benchmark.protocol().name().to_owned(),
        samples: 0,
        calls: 0,
        judge_calls: 0,
        sampling: Vec::new(),
        tokens: vec![TokenEstimate::default(); asking.len()],
        judge_tokens: Vec::new(),
        subsets: IndexMap::new(),
        missing: benchmark.missing_subsets(),
        example: None,
    };
    for subset in benchmark.subsets().iter().filter(|subset| benchmark.is_available(subset)) {
        let mut count = 0;
        for sample in benchmark.samples(subset, options.seed, options.limit)? {
            let sample = sample?;
            count += 1;
            preview.samples += u64::from(options.repeats);
            let judge_calls = benchmark.protocol().judge_calls(&sample, u64::from(options.repeats));
            preview.judge_calls += judge_calls;
            if judge_calls > 0 {
                let verdicts = verdicts(benchmark, &sample)?;
                preview.add_follow_ups(&verdicts.replies, u64::from(options.repeats), asking);
                if !judges.is_empty() {
                    preview.add_verdicts(&verdicts, u64::from(options.repeats), (asking, judges));
                }
            }
            if let Step::Need(effects) = benchmark.protocol().step(&sample, &[])? {
                preview.add(effects, u64::from(options.repeats), asking);
            }
        }
        preview.subsets.insert(subset.clone(), count);
    }
    Ok(preview)
}

/// Rounds after which a benchmark that asks for no verdict is given up.
const MOST_ROUNDS: u32 = 4;

/// What judges would be asked about empty replies, behind the calls that brought them.
struct Verdicts {
    replies: Vec<Effect>,
    /// Each behind whether it only tries the judge.
    asked: Vec<(bool, Effect)>,
}

fn verdicts(benchmark: &OpenBenchmark, sample: &Sample) -> Result<Verdicts, Error> {
    let mut found = Verdicts { replies: Vec::new(), asked: Vec::new() };
    let mut seen = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let Step::Need(effects) = benchmark.protocol().step(sample, &seen)? else { break };
        if effects.iter().any(|effect| effect.judge().is_some()) {
            let is_probe = |effect: &Effect| benchmark.protocol().is_probe(sample, effect);
            found.asked = effects.into_iter().map(|effect| (is_probe(&effect), effect)).collect();
            break;
        }
        seen.extend(effects.iter().map(|_| Outcome::Generation(Generation::default())));
        found.replies.extend(effects);
    }
    Ok(found)
}

impl Preview {
    /// Adds the calls behind the first one, which tell again what was replied before.
    fn add_follow_ups(&mut self, replies: &[Effect], repeats: u64, asking: &[Asking]) {
        for (place, effect) in replies.iter().enumerate().skip(1) {
            self.calls += repeats;
            for (sum, asking) in self.tokens.iter_mut().zip(asking) {
                let before = replies.iter().take(place);
                let told: u64 = before.map(|reply| most_output(reply, asking).unwrap_or_default()).sum();
                let mut input = of_prompt(effect).times(repeats);
                input.high = input.high.saturating_add(told.saturating_mul(repeats));
                let output_at_most = most_output(effect, asking).map(|tokens| tokens.saturating_mul(repeats));
                sum.add(&TokenEstimate { input, output_at_most });
            }
        }
    }

    /// Adds what each judge would be asked about the replies of all models.
    fn add_verdicts(&mut self, verdicts: &Verdicts, repeats: u64, (asking, judges): (&[Asking], &[Asking])) {
        self.judge_tokens.resize(judges.len(), TokenEstimate::default());
        for model in asking {
            // A reply without a limit is counted as none: nobody knows.
            let longest: u64 =
                verdicts.replies.iter().map(|effect| most_output(effect, model).unwrap_or_default()).sum();
            for (is_probe, effect) in &verdicts.asked {
                let (repeats, longest) = if *is_probe { (1, 0) } else { (repeats, longest) };
                let Some(place) = effect.judge().map(|judge| judge as usize) else { continue };
                let (Some(sum), Some(judge)) = (self.judge_tokens.get_mut(place), judges.get(place)) else {
                    continue;
                };
                let mut input = of_prompt(effect).times(repeats);
                input.high = input.high.saturating_add(longest.saturating_mul(repeats));
                let output_at_most = most_output(effect, judge).map(|tokens| tokens.saturating_mul(repeats));
                sum.add(&TokenEstimate { input, output_at_most });
            }
        }
    }

    fn add(&mut self, effects: Vec<Effect>, repeats: u64, asking: &[Asking]) {
        self.calls += effects.len() as u64 * repeats;
        for effect in &effects {
            let input = of_prompt(effect).times(repeats);
            for (sum, asking) in self.tokens.iter_mut().zip(asking) {
                let output_at_most = most_output(effect, asking).map(|tokens| tokens.saturating_mul(repeats));
                sum.add(&TokenEstimate { input, output_at_most });
            }
        }
        if self.example.is_none() {
            self.example = effects.into_iter().next();
            if let Some(Effect::Generate(request)) = &self.example {
                let of = |model: &Asking| overridden(&model.defaults, &request.sampling, &model.sampling);
                self.sampling = asking.iter().map(of).collect();
            }
        }
    }
}

/// Tokens of a reply at most, when they are limited. A comparison by likelihood has none.
fn most_output(effect: &Effect, asking: &Asking) -> Option<u64> {
    let Effect::Generate(request) = effect else { return Some(0) };
    overridden(&asking.defaults, &request.sampling, &asking.sampling).most_output()
}

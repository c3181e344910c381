//! Compares a benchmark of two runs, sample by sample.

use super::align::{Aligned, align};
use super::excerpt::excerpts;
use super::found::{BenchmarkDiff, Example, Part, SampleCounts, SubsetCounts};
use super::pair::Pair;
use super::scores::Scores;
use crate::error::Error;
use crate::judges::Judges;
use evalscope_core::manifest::shows_same;
use evalscope_core::{Content, Effect, Input, Message, Outcome, Score};
use evalscope_runs::{JournalEntry, JournalReader, Review, ReviewReader, RunFolder, SampleRef, Verdict};
use indexmap::IndexSet;

/// Compares all subsets of a benchmark; `limit` examples of each kind at most.
pub fn benchmark(a: &RunFolder, b: &RunFolder, pair: &Pair, limit: usize) -> Result<BenchmarkDiff, Error> {
    let judges = judges(a, &pair.model.0, &pair.benchmark.0).zip(judges(b, &pair.model.1, &pair.benchmark.1));
    let scores = Scores::of(judges.map(|(a, b)| [a, b]));
    let mut comparing = Comparing { limit, found: BenchmarkDiff::default(), scores };
    for subset in subsets(a, b, pair) {
        let left = Side::open(a, &pair.model.0, &pair.benchmark.0, subset)?;
        let right = Side::open(b, &pair.model.1, &pair.benchmark.1, subset)?;
        comparing.subset(subset, left, right)?;
    }
    let mut found = comparing.found;
    comparing.scores.into_diff(&mut found.scores);
    (found.model_a, found.model_b) = pair.model.clone();
    (found.benchmark_a, found.benchmark_b) = pair.benchmark.clone();
    Ok(found)
}

/// The judges of a benchmark.
fn judges(folder: &RunFolder, model: &str, benchmark: &str) -> Option<Judges> {
    let plan = folder.plan();
    let model = plan.models.iter().find(|planned| planned.id == model)?;
    let planned = plan.benchmarks.iter().find(|planned| planned.name == benchmark)?;
    Some(Judges::of(model, planned))
}

/// The subsets of both plans, A's first.
fn subsets<'a>(a: &'a RunFolder, b: &'a RunFolder, pair: &Pair) -> IndexSet<&'a String> {
    let of = |folder: &'a RunFolder, name: &str| {
        let benchmark = folder.plan().benchmarks.iter().find(|benchmark| benchmark.name == name);
        benchmark.into_iter().flat_map(|benchmark| benchmark.subsets.keys()).collect::<Vec<_>>()
    };
    of(a, &pair.benchmark.0).into_iter().chain(of(b, &pair.benchmark.1)).collect()
}

/// A subset of one run; absent when its plan does not have it.
struct Side(Option<(JournalReader, ReviewReader)>);

impl Side {
    fn open(folder: &RunFolder, model: &str, benchmark: &str, subset: &str) -> Result<Side, Error> {
        let planned = folder.plan().benchmarks.iter().find(|planned| planned.name == benchmark);
        if planned.is_none_or(|planned| !planned.subsets.contains_key(subset)) {
            return Ok(Side(None));
        }
        let journal = folder.read_journal(model, benchmark, subset)?;
        Ok(Side(Some((journal, folder.read_reviews(model, benchmark, subset)?))))
    }

    fn samples(&mut self) -> Result<Vec<SampleRef>, Error> {
        Ok(match &mut self.0 {
            Some((journal, _)) => journal.samples()?,
            None => Vec::new(),
        })
    }

    /// Calls and review of a sample.
    fn read(&mut self, index: u64, repeat: u32) -> Result<(Vec<JournalEntry>, Option<Review>), Error> {
        Ok(match &mut self.0 {
            Some((journal, reviews)) => (journal.calls(index, repeat)?, reviews.find(index, repeat)?),
            None => (Vec::new(), None),
        })
    }
}

struct Comparing {
    limit: usize,
    found: BenchmarkDiff,
    scores: Scores,
}

impl Comparing {
    fn subset(&mut self, subset: &str, mut a: Side, mut b: Side) -> Result<(), Error> {
        let mut counts = SubsetCounts { subset: subset.to_owned(), ..SubsetCounts::default() };
        let (aligned, only_in_b) = align(a.samples()?, b.samples()?);
        counts.samples.only_in_b = only_in_b;
        for sample in aligned {
            let Some(place) = sample.b else {
                counts.samples.only_in_a += 1;
                continue;
            };
            counts.samples.both += 1;
            let left = a.read(sample.a.index, sample.a.repeat)?;
            let right = b.read(place, sample.a.repeat)?;
            self.sample(&mut counts, &sample, left, right);
        }
        self.scores.end_subset();
        let SampleCounts { both, only_in_a, only_in_b } = counts.samples;
        let total = &mut self.found.samples;
        (total.both, total.only_in_a, total.only_in_b) =
            (total.both + both, total.only_in_a + only_in_a, total.only_in_b + only_in_b);
        if !counts.is_equal() {
            self.found.subsets.push(counts);
        }
        Ok(())
    }

    fn sample(
        &mut self,
        counts: &mut SubsetCounts,
        sample: &Aligned,
        a: (Vec<JournalEntry>, Option<Review>),
        b: (Vec<JournalEntry>, Option<Review>),
    ) {
        let place = Place { subset: &counts.subset, sample, limit: self.limit };
        if place.note(&mut self.found.prompts, same_prompts(&a.0, &b.0), || (prompts(&a.0), prompts(&b.0))) {
            counts.prompts += 1;
        }
        let (reply_a, reply_b) = (replies(&a.0), replies(&b.0));
        let same = reply_a == reply_b;
        if place.note(&mut self.found.responses, same, || (reply_a, reply_b)) {
            counts.responses += 1;
        }
        let cluster = a.1.as_ref().and_then(|review| review.cluster.clone());
        let (Some(a), Some(b)) = (a.1.as_ref().and_then(scored), b.1.as_ref().and_then(scored)) else {
            return;
        };
        if place.note(&mut self.found.extractions, a.answer == b.answer, || (answer(a), answer(b))) {
            counts.extractions += 1;
        }
        let values = self.scores.add((sample.a.index, cluster.as_deref()), a, b);
        let same = values.is_none_or(|(one, other)| one.to_bits() == other.to_bits());
        if place.note(&mut self.found.scores.part, same, || (verdict(a), verdict(b))) {
            counts.scores += 1;
        }
    }
}

/// Where a difference was found.
struct Place<'a> {
    subset: &'a str,
    sample: &'a Aligned,
    limit: usize,
}

impl Place<'_> {
    /// Counts a comparison, and keeps it as an example while there are few. Whether it differs.
    fn note(&self, part: &mut Part, same: bool, texts: impl FnOnce() -> (String, String)) -> bool {
        part.of += 1;
        if same {
            return false;
        }
        part.differ += 1;
        if part.examples.len() < self.limit {
            let (a, b) = texts();
            let (at, a, b) = excerpts(&a, &b);
            let (subset, id) = (self.subset.to_owned(), self.sample.a.id.clone());
            let (index, repeat) = (self.sample.a.index, self.sample.a.repeat);
            part.examples.push(Example { subset, id, index, repeat, at, a, b });
        }
        true
    }
}

fn same_prompts(a: &[JournalEntry], b: &[JournalEntry]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(one, other)| shows_same(&one.effect, &other.effect))
}

/// All that a sample showed the model.
fn prompts(calls: &[JournalEntry]) -> String {
    let texts: Vec<String> = calls.iter().map(|call| prompt(&call.effect)).collect();
    texts.join("\n")
}

fn prompt(effect: &Effect) -> String {
    match effect {
        Effect::Generate(request) => {
            let mut text = match &request.input {
                Input::Text(text) => text.clone(),
                Input::Chat(messages) => messages
                    .iter()
                    .map(|message| format!("{}: {}", json(&message.role).trim_matches('"'), said(message)))
                    .collect::<Vec<_>>()
                    .join("\n"),
            };
            if !request.tools.is_empty() {
                text.push_str(&format!("\ntools: {}", json(&request.tools)));
            }
            text
        }
        Effect::Loglikelihood(request) => {
            format!("{}\n{}", request.prefix_text(), request.continuations.join("\n"))
        }
        // It is made from a reply, which is compared itself.
        Effect::Execute(_) => String::new(),
    }
}

/// A message's text, or all of it as JSON when it is more than text.
fn said(message: &Message) -> String {
    match &message.content {
        Content::Text(text) if message.tool_calls.is_empty() => text.clone(),
        _ => json(message),
    }
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// All that a model answered in a sample, times apart.
fn replies(calls: &[JournalEntry]) -> String {
    let texts: Vec<String> = calls.iter().map(reply).collect();
    texts.join("\n")
}

fn reply(call: &JournalEntry) -> String {
    match &call.outcome {
        Err(failure) => format!("(the call failed: {})", json(&failure.kind).trim_matches('"')),
        Ok(Outcome::Loglikelihoods(scores)) => {
            scores.iter().map(|score| score.sum.to_string()).collect::<Vec<_>>().join(", ")
        }
        Ok(Outcome::Execution(execution)) => execution.verdict.word().into(),
        Ok(Outcome::Generation(generation)) => {
            let mut texts: Vec<String> = Vec::new();
            for completion in &generation.completions {
                texts.extend(completion.reasoning.clone());
                texts.push(completion.text.clone());
                texts.extend((!completion.tool_calls.is_empty()).then(|| json(&completion.tool_calls)));
            }
            texts.join("\n")
        }
    }
}

fn scored(review: &Review) -> Option<&Score> {
    match &review.verdict {
        Verdict::Scored(score) => Some(score),
        Verdict::Failed(_) => None,
    }
}

fn answer(score: &Score) -> String {
    score.answer.clone().unwrap_or_else(|| "(none)".into())
}

/// The score of a sample with what led to it.
fn verdict(score: &Score) -> String {
    let value = score.main().map_or_else(|| "–".into(), |(_, value)| value.to_string());
    format!("{value} (answer {}; target {})", answer(score), score.targets.join(" | "))
}

//! A multiple-choice question in another mode than the protocol's own: the same prompt where it shows the options,
//! another way to find out which one is chosen.

use super::reasoning::after_reasoning;
use super::{audit, lettered};
use crate::departure::Departure;
use crate::error::Error;
use crate::protocol::Protocol;
use crate::schema::Over;
use evalscope_core::{
    ChoiceMode, ContinuationTokens, Effect, GenerateRequest, LoglikelihoodRequest, Outcome, Sample, Score,
    Step,
};
use evalscope_metrics::extract::{Extractor, Reply};
use evalscope_metrics::first_token;
use indexmap::IndexMap;
use serde_json::{Value, json};

/// Alternatives to the first token that are asked for: as many as OpenAI's protocols give.
const CHAT_ALTERNATIVES: u32 = 20;
const TEXT_ALTERNATIVES: u32 = 5;

/// The option that was chosen, and where its letter stands in the reply.
type Chosen = Option<(String, Option<(usize, usize)>)>;

pub(super) fn step(
    protocol: &Protocol,
    departure: Departure,
    sample: &Sample,
    seen: &[Outcome],
) -> Result<Step<Score>, Error> {
    let labels = labels(protocol, sample);
    let Some(outcome) = seen.first() else {
        return Ok(Step::Need(vec![effect(protocol, departure, sample, &labels)?]));
    };
    let chosen = match (departure.mode, outcome) {
        (ChoiceMode::Loglikelihood, outcome) => likeliest(outcome, &labels),
        (ChoiceMode::TopLogprobs, Outcome::Generation(generation)) => {
            let choices = generation.extra.get("choices").unwrap_or(&Value::Null);
            let found = first_token::of_labels(&choices[0]["logprobs"], &labels);
            highest(found.into_iter(), &labels)
        }
        (ChoiceMode::Constrained(constraint), Outcome::Generation(generation)) => {
            constraint.chosen(generation.text(), &labels).map(|label| (label.clone(), None))
        }
        (ChoiceMode::Generate, Outcome::Generation(generation)) => {
            written(generation.text(), &labels, protocol.parts.letter)
        }
        _ => None,
    };
    // Of a single token there is nothing to read.
    let is_reply = matches!(departure.mode, ChoiceMode::Generate | ChoiceMode::Constrained(_));
    let reply = outcome.as_generation().filter(|_| is_reply);
    let audit = reply.map(|reply| audit::of(protocol, sample, &labels, reply));
    Ok(Step::Done(Score { audit, ..score(protocol, sample, chosen) }))
}

/// The letters that stand for the options.
fn labels(protocol: &Protocol, sample: &Sample) -> Vec<String> {
    match protocol.loglikelihood() {
        Some(section) if section.over == Over::Letters => section.letters.clone(),
        _ => protocol.labels(sample),
    }
}

fn effect(
    protocol: &Protocol,
    departure: Departure,
    sample: &Sample,
    labels: &[String],
) -> Result<Effect, Error> {
    let input = lettered::input(protocol, departure, sample)?;
    let mut sampling = protocol.sampling().clone();
    match departure.mode {
        ChoiceMode::Loglikelihood => {
            return Ok(Effect::Loglikelihood(LoglikelihoodRequest {
                prefix: vec![lettered::text(&input)],
                continuations: labels.iter().map(|label| format!(" {label}")).collect(),
                tokens: ContinuationTokens::InContext,
            }));
        }
        ChoiceMode::TopLogprobs if departure.is_chat => {
            sampling.extra_body.insert("logprobs".into(), json!(true));
            sampling.extra_body.insert("top_logprobs".into(), json!(CHAT_ALTERNATIVES));
        }
        ChoiceMode::TopLogprobs => {
            sampling.extra_body.insert("logprobs".into(), json!(TEXT_ALTERNATIVES));
        }
        ChoiceMode::Constrained(constraint) => sampling.extra_body.extend(constraint.fields(labels)),
        ChoiceMode::Generate => {}
    }
    Ok(Effect::Generate(GenerateRequest::new(input, sampling)))
}

fn likeliest(outcome: &Outcome, labels: &[String]) -> Chosen {
    let scores = outcome.as_loglikelihoods().unwrap_or(&[]);
    highest(scores.iter().map(|score| Some(score.sum)), labels)
}

/// The label with the highest value; the first of equals, nothing when none has a value.
fn highest(values: impl Iterator<Item = Option<f64>>, labels: &[String]) -> Chosen {
    let mut best: Option<(f64, &String)> = None;
    for (value, label) in values.zip(labels) {
        if let Some(value) = value.filter(|value| best.is_none_or(|(most, _)| *value > most)) {
            best = Some((value, label));
        }
    }
    best.map(|(_, label)| (label.clone(), None))
}

/// The label that a free reply names, reasoning before it left out.
fn written(reply: &str, labels: &[String], letter: &Extractor) -> Chosen {
    let start = after_reasoning(reply);
    let found = (letter.run)(&Reply { text: &reply[start..], labels, choices: &[], targets: 1 })?;
    // EvalScope 0.5's rules find an empty text where they find nothing.
    let is_letter = !found.text.is_empty();
    is_letter.then(|| (found.text, found.span.map(|(from, to)| (from + start, to + start))))
}

fn score(protocol: &Protocol, sample: &Sample, chosen: Chosen) -> Score {
    let is_right = chosen.as_ref().is_some_and(|(label, _)| sample.targets.contains(label));
    let value = f64::from(u8::from(is_right));
    let values: IndexMap<String, f64> =
        protocol.metrics.iter().map(|metric| (metric.name.clone(), value)).collect();
    Score {
        values,
        answer_span: chosen.as_ref().and_then(|(_, span)| *span),
        answer: chosen.map(|(label, _)| label),
        targets: sample.targets.clone(),
        explanation: None,
        audit: None,
        judged: None,
    }
}

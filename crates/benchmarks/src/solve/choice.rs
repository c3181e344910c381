//! Asks how likely each of several continuations is and scores the likeliest.

use crate::compile::MetricKind;
use crate::error::Error;
use crate::protocol::Protocol;
use crate::schema::{LoglikelihoodSection, Over};
use crate::template::letter;
use evalscope_core::{ContinuationScore, Effect, LoglikelihoodRequest, Outcome, Sample, Score, Step, Value};
use evalscope_metrics::score::{ChoiceInput, ChoiceVerdict};
use indexmap::IndexMap;
use minijinja::Value as Jinja;

pub(super) fn step(
    protocol: &Protocol,
    section: &LoglikelihoodSection,
    sample: &Sample,
    seen: &[Outcome],
) -> Result<Step<Score>, Error> {
    if seen.is_empty() {
        return Ok(Step::Need(requests(protocol, section, sample)?));
    }
    let scores: Vec<ContinuationScore> =
        seen.iter().filter_map(Outcome::as_loglikelihoods).flatten().cloned().collect();
    Ok(Step::Done(score(protocol, section, sample, &scores)?))
}

/// One request for all continuations, or one for each when each has a prompt of its own.
fn requests(
    protocol: &Protocol,
    section: &LoglikelihoodSection,
    sample: &Sample,
) -> Result<Vec<Effect>, Error> {
    let continuations = texts(protocol, section, sample, "continuation", protocol.parts.continuation)?;
    let effect = |prompt: String, continuations: Vec<String>| {
        Effect::Loglikelihood(LoglikelihoodRequest {
            prefix: segments(prompt, sample.shots.last()),
            continuations,
            tokens: section.tokens,
        })
    };
    if section.prompt_per_choice {
        let prompts = texts(protocol, section, sample, "prompt", Some(protocol.parts.prompt))?;
        let pairs = prompts.into_iter().zip(continuations);
        return Ok(pairs.map(|(prompt, continuation)| effect(prompt, vec![continuation])).collect());
    }
    let context = protocol.full_context(sample)?;
    let prompt = protocol.render("prompt", protocol.parts.prompt, &context)?;
    Ok(vec![effect(prompt, continuations)])
}

/// The prompt, cut after its last few-shot example: what comes before is the same for many samples.
fn segments(prompt: String, last_shot: Option<&String>) -> Vec<String> {
    let border = last_shot
        .filter(|shot| !shot.trim().is_empty())
        .and_then(|shot| prompt.find(shot.trim_end()).map(|at| at + shot.trim_end().len()))
        .filter(|border| *border < prompt.len());
    match border {
        Some(border) => vec![prompt[..border].to_owned(), prompt[border..].to_owned()],
        None => vec![prompt],
    }
}

/// What the continuations stand for: letters, or the sample's options.
fn choices<'a>(section: &'a LoglikelihoodSection, sample: &'a Sample) -> &'a [String] {
    match section.over {
        Over::Letters => &section.letters,
        Over::Choices => &sample.choices,
    }
}

/// Each choice through a template that sees it as `choice`.
fn texts(
    protocol: &Protocol,
    section: &LoglikelihoodSection,
    sample: &Sample,
    part: &str,
    template: Option<usize>,
) -> Result<Vec<String>, Error> {
    let choices = choices(section, sample);
    let Some(handle) = template else { return Ok(choices.to_vec()) };
    let mut context = protocol.context(sample);
    choices
        .iter()
        .map(|choice| {
            context.insert("choice".to_owned(), Jinja::from(choice.as_str()));
            protocol.render(part, handle, &Jinja::from_pairs(context.clone()))
        })
        .collect()
}

fn score(
    protocol: &Protocol,
    section: &LoglikelihoodSection,
    sample: &Sample,
    scores: &[ContinuationScore],
) -> Result<Score, Error> {
    let measured = match protocol.parts.measured {
        Some(handle) => texts(protocol, section, sample, "measured", Some(handle))?,
        None => texts(protocol, section, sample, "continuation", protocol.parts.continuation)?
            .into_iter()
            .map(|text| text.strip_prefix(' ').map(str::to_owned).unwrap_or(text))
            .collect(),
    };
    let correct = correct(section, sample);
    if scores.len() != measured.len() || correct.len() != measured.len() {
        let message =
            format!("{} continuations, {} scores, {} marks", measured.len(), scores.len(), correct.len());
        return Err(protocol.template_error("score", message));
    }
    let context = Jinja::from_pairs(protocol.context(sample));
    let mut values = IndexMap::new();
    let mut answer: Option<Option<usize>> = None;
    for metric in &protocol.metrics {
        let MetricKind::Choice { metric: function, range } = &metric.kind else { continue };
        let (from, to) = match range {
            None => (0, scores.len()),
            Some((from, to)) => {
                let bound = |handle: usize| -> Result<usize, Error> {
                    let value = protocol.expressions.eval(handle, &context);
                    let value = value.map_err(|message| protocol.template_error("score", message))?;
                    Ok(value.as_usize().unwrap_or(scores.len()).min(scores.len()))
                };
                let (from, to) = (bound(*from)?, bound(*to)?);
                if from > to {
                    let message = format!("the range of {} begins at {from} and ends at {to}", metric.name);
                    return Err(protocol.template_error("score", message));
                }
                (from, to)
            }
        };
        let ChoiceVerdict { value, chosen } = (function.run)(&ChoiceInput {
            scores: &scores[from..to],
            choices: &measured[from..to],
            correct: &correct[from..to],
        });
        values.insert(metric.name.clone(), value);
        answer.get_or_insert(chosen.map(|index| index + from));
    }
    Ok(Score {
        values,
        answer: answer.flatten().map(|index| label(section, index)),
        answer_span: None,
        targets: sample.targets.clone(),
        explanation: None,
        audit: None,
        judged: None,
    })
}

/// Which continuations are right: the field `correct` when the sample has it, else those that the targets name.
fn correct(section: &LoglikelihoodSection, sample: &Sample) -> Vec<bool> {
    if let Some(Value::List(flags)) = sample.fields.get("correct") {
        return flags
            .iter()
            .map(|flag| matches!(flag, Value::Bool(true)) || flag.as_int() == Some(1))
            .collect();
    }
    (0..choices(section, sample).len()).map(|index| sample.targets.contains(&label(section, index))).collect()
}

fn label(section: &LoglikelihoodSection, index: usize) -> String {
    match section.over {
        Over::Letters => section.letters.get(index).cloned().unwrap_or_default(),
        Over::Choices => letter(index),
    }
}

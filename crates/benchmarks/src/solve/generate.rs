//! Asks for one reply, finds the answer in it and scores it.

use super::audit;
use super::reasoning::after_reasoning;
use crate::compile::{Metric, MetricKind};
use crate::error::Error;
use crate::extract::{Extraction, LazySample};
use crate::protocol::Protocol;
use crate::schema::{AskSection, GenerateSection};
use evalscope_core::{
    Effect, GenerateRequest, Generation, Input, Message, Outcome, Role, Sample, Sampling, Score, Step, Value,
};
use evalscope_metrics::extract::{Answer, Reply};
use evalscope_metrics::python::{trim, trim_start};
use indexmap::IndexMap;
use minijinja::Value as Jinja;
use std::cell::LazyCell;

pub(super) fn step(protocol: &Protocol, sample: &Sample, seen: &[Outcome]) -> Result<Step<Score>, Error> {
    match seen.first() {
        None => Ok(Step::Need(vec![request(protocol, sample)?])),
        Some(outcome) => {
            let generation = outcome.as_generation();
            let score = score(protocol, sample, generation.map_or("", Generation::text))?;
            let audit = generation.map(|reply| audit::of(protocol, sample, &protocol.labels(sample), reply));
            Ok(Step::Done(Score { audit, ..score }))
        }
    }
}

pub(super) fn request(protocol: &Protocol, sample: &Sample) -> Result<Effect, Error> {
    let context = protocol.full_context(sample)?;
    let prompt = protocol.render("prompt", protocol.parts.prompt, &context)?;
    let raw = matches!(&protocol.section.ask, Some(AskSection::Generate(GenerateSection { raw: true, .. })));
    let input = if raw {
        Input::Text(prompt)
    } else {
        let mut messages = Vec::new();
        if let Some(handle) = protocol.parts.system {
            let system = protocol.render("system", handle, &context)?;
            if !system.is_empty() {
                messages.push(Message::system(system));
            }
        }
        match conversation(protocol, sample)? {
            Some(given) => messages.extend(given),
            None => {
                messages.extend(turns(protocol, sample));
                messages.push(Message::user(prompt));
            }
        }
        Input::Chat(messages)
    };
    Ok(Effect::Generate(GenerateRequest::new(input, sampling(protocol, sample)?)))
}

/// The protocol's sampling, with the temperature of the sample where it has one of its own.
fn sampling(protocol: &Protocol, sample: &Sample) -> Result<Sampling, Error> {
    let mut sampling = protocol.sampling().clone();
    if let Some(AskSection::Generate(GenerateSection { temperature_field: Some(field), .. })) =
        &protocol.section.ask
    {
        let temperature = sample.fields.get(field).and_then(number).ok_or_else(|| {
            protocol.template_error("ask", format!("`{field}` of {} is no temperature", sample.id))
        })?;
        sampling.temperature = Some(temperature);
    }
    Ok(sampling)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        other => other.as_int().map(|number| number as f64),
    }
}

/// What the user says after the first reply, and all that was said before; nothing where one reply is all.
pub(super) fn follow_up(
    protocol: &Protocol,
    sample: &Sample,
    reply: &str,
) -> Result<Option<(Effect, String)>, Error> {
    let Some(handle) = protocol.parts.follow_up else { return Ok(None) };
    let Effect::Generate(mut first) = request(protocol, sample)? else { return Ok(None) };
    let said = protocol.render("follow_up", handle, &protocol.full_context(sample)?)?;
    if let Input::Chat(messages) = &mut first.input {
        messages.push(Message::new(Role::Assistant, reply));
        messages.push(Message::user(said.clone()));
    }
    Ok(Some((Effect::Generate(first), said)))
}

/// The examples before the prompt, where they are turns: what the user says and what the model replies, one after the
/// other.
fn turns<'a>(protocol: &Protocol, sample: &'a Sample) -> impl Iterator<Item = Message> + 'a {
    let texts: &[String] = if protocol.shots_are_turns { &sample.shots } else { &[] };
    let roles = [Role::User, Role::Assistant].into_iter().cycle();
    texts.iter().zip(roles).map(|(text, role)| Message::new(role, text.as_str()))
}

/// The conversation that the row itself holds in the field `messages`: it takes the place of the prompt.
fn conversation(protocol: &Protocol, sample: &Sample) -> Result<Option<Vec<Message>>, Error> {
    let Some(Value::List(given)) = sample.fields.get("messages") else { return Ok(None) };
    let message = |value: &Value| -> Option<Message> {
        let fields = value.as_object()?;
        let content = fields.get("content")?.as_str()?;
        let role = match fields.get("role")?.as_str()? {
            "system" => Role::System,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            _ => return None,
        };
        Some(Message::new(role, content))
    };
    let messages: Option<Vec<Message>> = given.iter().map(message).collect();
    messages.map(Some).ok_or_else(|| {
        let message = format!("`messages` of {} needs `role` and `content` in each", sample.id);
        protocol.template_error("messages", message)
    })
}

/// A reply as extraction sees it: without the reasoning before it.
pub(super) struct Extracting<'a> {
    protocol: &'a Protocol,
    context: LazySample<'a>,
    sample: &'a Sample,
    labels: Vec<String>,
    answer_start: usize,
    reply: &'a str,
}

impl<'a> Extracting<'a> {
    pub fn new(protocol: &'a Protocol, sample: &'a Sample, reply: &'a str) -> Extracting<'a> {
        let answer_start = after_reasoning(reply);
        Extracting {
            protocol,
            context: LazyCell::new(Box::new(|| Jinja::from_pairs(protocol.context(sample)))),
            sample,
            labels: protocol.labels(sample),
            answer_start,
            reply: &reply[answer_start..],
        }
    }

    /// The answer, with its place in the whole reply.
    pub fn answer(&self, extraction: &Extraction) -> Result<Option<Answer>, Error> {
        let found = if extraction.is_empty() {
            let text = trim(self.reply);
            let start = self.reply.len() - trim_start(self.reply).len();
            Some(Answer { text: text.to_owned(), span: Some((start, start + text.len())) })
        } else {
            let reply = Reply {
                text: self.reply,
                labels: &self.labels,
                choices: &self.sample.choices,
                targets: self.sample.targets.len(),
            };
            extraction
                .run(&reply, &self.context, &self.protocol.expressions)
                .map_err(|message| self.protocol.template_error("extract", message))?
        };
        let place = |(from, to)| (from + self.answer_start, to + self.answer_start);
        Ok(found.map(|Answer { text, span }| Answer { text, span: span.map(place) }))
    }
}

fn score(protocol: &Protocol, sample: &Sample, reply: &str) -> Result<Score, Error> {
    score_by(protocol, &protocol.metrics, sample, reply)
}

/// The score by these metrics.
pub(super) fn score_by(
    protocol: &Protocol,
    metrics: &[Metric],
    sample: &Sample,
    reply: &str,
) -> Result<Score, Error> {
    let extracting = Extracting::new(protocol, sample, reply);
    let shared = extracting.answer(&protocol.parts.extraction)?;
    let mut values = IndexMap::new();
    let mut main: Option<Option<Answer>> = None;
    for metric in metrics {
        let MetricKind::Text { metric: function, extraction } = &metric.kind else { continue };
        let answer = match extraction {
            Some(own) => extracting.answer(own)?,
            None => shared.clone(),
        };
        // No answer is a wrong answer: the model was asked and did not give one.
        let value = match &answer {
            Some(answer) => (function.run)(&answer.text, &sample.targets),
            None => function.without_answer(&sample.targets),
        };
        values.insert(metric.name.clone(), value);
        main.get_or_insert(answer);
    }
    let answer = main.flatten();
    Ok(Score {
        values,
        answer_span: answer.as_ref().and_then(|answer| answer.span),
        answer: answer.map(|answer| answer.text),
        targets: sample.targets.clone(),
        explanation: None,
        audit: None,
        judged: None,
    })
}

//! The requests and responses of a sample in lm-eval's form: `arguments` and `resps`.

use crate::answered::{Answered, Part};
use crate::calls::{self, Reply};
use evalscope_core::{
    Completion, ContinuationScore, Effect, FinishReason, GenerateRequest, Generation, Input, Message,
    Outcome, Sampling,
};
use evalscope_runs::Verdict;
use serde_json::{Map, Value, json};

/// What stands in a line for the requests of a sample.
pub struct Requests {
    pub arguments: Value,
    /// One for each request, each a list of repeats.
    pub resps: Value,
}

/// The requests of a sample.
pub fn to_json(sample: &Answered) -> Requests {
    let mut arguments = Map::new();
    let mut resps = Vec::new();
    if let (Some(comparison), Some(call)) = (sample.comparison(), sample.call()) {
        let prefix = comparison.prefix_text();
        let scores = call.outcome.as_ref().ok().and_then(Outcome::as_loglikelihoods).unwrap_or_default();
        for (place, continuation) in comparison.continuations.iter().enumerate() {
            arguments.insert(format!("gen_args_{place}"), json!({"arg_0": prefix, "arg_1": continuation}));
            resps.extend(scores.get(place).map(|score| json!([[text(score.sum), truth(score.is_greedy)]])));
        }
    } else if let Some(request) = sample.request() {
        arguments.insert(
            "gen_args_0".into(),
            json!({"arg_0": context(&request.input), "arg_1": settings(request)}),
        );
        let replies = sample.generation().map(|generation| {
            generation.completions.iter().map(|completion| completion.text.as_str()).collect::<Vec<_>>()
        });
        resps.extend(replies.map(|replies| json!(replies)));
    }
    Requests { arguments: arguments.into(), resps: resps.into() }
}

/// lm-eval writes a conversation as a list of one text, which is JSON.
fn context(input: &Input) -> Value {
    match input {
        Input::Text(text) => text.as_str().into(),
        Input::Chat(messages) => {
            let plain: Vec<Value> = messages
                .iter()
                .map(|message| json!({"role": message.role, "content": message.text()}))
                .collect();
            json!([Value::from(plain).to_string()])
        }
    }
}

fn settings(request: &GenerateRequest) -> Value {
    let Sampling { max_tokens, temperature, top_p, stop, .. } = &request.sampling;
    let mut settings = json!({"until": stop});
    for (name, value) in
        [("max_gen_toks", json!(max_tokens)), ("temperature", json!(temperature)), ("top_p", json!(top_p))]
    {
        if !value.is_null() {
            settings[name] = value;
        }
    }
    settings
}

/// Numbers and truths are texts in this form, as Python writes them.
fn text(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "inf".into() } else { "-inf".into() };
    }
    if number.is_nan() { "nan".into() } else { format!("{number:?}") }
}

fn truth(truth: bool) -> &'static str {
    if truth { "True" } else { "False" }
}

/// Adds the calls that a line tells of.
pub fn add_calls(sample: &mut Answered, part: &Part, line: &Value) {
    let arguments: Vec<&Value> = match &line["arguments"] {
        Value::Object(fields) => fields.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    let resps = line["resps"].as_array().map_or(&[][..], Vec::as_slice);
    if arguments.is_empty() {
        return;
    }
    let pairs: Vec<(&Value, &str)> =
        arguments.iter().filter_map(|args| Some((argument(args, 0), argument(args, 1).as_str()?))).collect();
    if pairs.len() == arguments.len() && pairs.len() == resps.len() {
        compare(sample, part, &pairs, resps);
        return;
    }
    for (place, args) in arguments.iter().enumerate() {
        generate(sample, part, args, resps.get(place));
    }
}

/// `arg_0`, or the first of a list, as older versions wrote.
fn argument(args: &Value, place: usize) -> &Value {
    match args {
        Value::Array(items) => items.get(place).unwrap_or(&Value::Null),
        fields => &fields[format!("arg_{place}").as_str()],
    }
}

/// Continuations of one text are one comparison.
fn compare(sample: &mut Answered, part: &Part, pairs: &[(&Value, &str)], resps: &[Value]) {
    let is_one = pairs.iter().all(|(context, _)| context == &pairs[0].0);
    let groups: Vec<std::ops::Range<usize>> = if is_one {
        std::iter::once(0..pairs.len()).collect()
    } else {
        (0..pairs.len()).map(|at| at..at + 1).collect()
    };
    for group in groups {
        let continuations =
            pairs[group.clone()].iter().map(|(_, text)| (*text).to_owned()).collect::<Vec<_>>();
        let scores: Option<Vec<ContinuationScore>> = resps[group.clone()]
            .iter()
            .zip(&continuations)
            .map(|(resp, text)| likelihood(resp, text))
            .collect();
        let Some(scores) = scores else { continue };
        let effect = calls::comparison(&plain(pairs[group.start].0), continuations);
        calls::add(sample, part, Reply::new(effect, Ok(Outcome::Loglikelihoods(scores))));
    }
}

fn likelihood(resp: &Value, continuation: &str) -> Option<ContinuationScore> {
    // [["-1.5", "False"]], or without the list of repeats.
    let pair = if resp[0].is_array() { &resp[0] } else { resp };
    let sum = pair[0].as_f64().or_else(|| pair[0].as_str()?.parse().ok())?;
    let is_greedy = pair[1].as_bool().unwrap_or_else(|| pair[1].as_str() == Some("True"));
    let bytes = u32::try_from(continuation.len()).unwrap_or(u32::MAX);
    // How many tokens they were is not in the file.
    Some(ContinuationScore { sum, per_token: Vec::new(), is_greedy, tokens: 0, bytes })
}

fn generate(sample: &mut Answered, part: &Part, args: &Value, resps: Option<&Value>) {
    let replies: Vec<&str> = match resps {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(text)) => vec![text],
        _ => Vec::new(),
    };
    let failure = match &sample.verdict {
        Some(Verdict::Failed(failure)) => Some(failure.clone()),
        _ => None,
    };
    if replies.is_empty() && failure.is_none() {
        return;
    }
    let settings = argument(args, 1);
    let sampling = Sampling {
        max_tokens: settings["max_gen_toks"].as_u64().and_then(|tokens| u32::try_from(tokens).ok()),
        temperature: settings["temperature"].as_f64(),
        top_p: settings["top_p"].as_f64(),
        stop: serde_json::from_value(settings["until"].clone()).unwrap_or_default(),
        ..Sampling::default()
    };
    let effect = Effect::Generate(GenerateRequest::new(input(argument(args, 0)), sampling));
    // Why a reply ended is not in the file.
    let completion = |text: &&str| Completion {
        text: (*text).to_owned(),
        finish: FinishReason::Other(String::new()),
        ..Completion::default()
    };
    let generation =
        Generation { completions: replies.iter().map(completion).collect(), ..Generation::default() };
    let outcome = failure.map_or(Ok(Outcome::Generation(generation)), Err);
    calls::add(sample, part, Reply::new(effect, outcome));
}

fn input(context: &Value) -> Input {
    let text = plain(context);
    match serde_json::from_str::<Vec<Message>>(&text) {
        Ok(messages) if !messages.is_empty() => Input::Chat(messages),
        _ => Input::Text(text),
    }
}

/// A context, which is a text or a list of one.
fn plain(context: &Value) -> String {
    let text = context.as_str().or_else(|| context[0].as_str());
    text.map_or_else(|| context.to_string(), str::to_owned)
}

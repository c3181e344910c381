//! A sample of an Inspect log, written and read.

use super::scores;
use crate::answered::{Answered, Part};
use crate::calls::{self, Reply};
use crate::messages;
use crate::numbers;
use crate::words;
use evalscope_core::{Completion, Generation, Input, Message, Outcome, Role, Score, Timing, Usage};
use evalscope_runs::Verdict;
use serde_json::{Map, Value, json};

/// Characters of the input in a summary at most.
const SUMMARY_INPUT: usize = 1000;

/// The sample under an id of the log.
pub fn to_json(part: &Part, sample: &Answered, id: &str, epoch: u64) -> Value {
    let shown = sample.messages();
    let mut all: Vec<Value> = shown.iter().map(messages::to_json).collect();
    let input = match shown.as_slice() {
        [one] if one.role == Role::User && all[0]["content"].is_string() => all[0]["content"].clone(),
        [] => "".into(),
        _ => json!(all),
    };
    let reply = sample.generation().and_then(|generation| generation.completions.first());
    all.extend(reply.map(messages::reply));
    let mut json = json!({
        "id": id,
        "epoch": epoch,
        "input": input,
        "target": sample.targets,
        "messages": all,
        "output": output(part, sample),
        "scores": sample.score().map(score_fields).unwrap_or_default(),
        "metadata": metadata(part, sample),
        "store": {},
        "events": [],
        "model_usage": sample.usage().map(|usage| json!({(part.model.as_str()): usage_json(usage)})).unwrap_or(json!({})),
        "attachments": {},
    });
    if let Some(latency) = sample.latency_ms() {
        json["total_time"] = (latency / 1e3).into();
    }
    if let Some(failure) = sample.failure() {
        let text = format!("{}: {}", words::name(&failure.kind), failure.message);
        json["error"] = json!({"message": text, "traceback": text, "traceback_ansi": text});
    }
    json
}

/// What stands of a sample in `summaries.json`.
pub fn summary(sample: &Value) -> Value {
    let input = match &sample["input"] {
        Value::String(text) => text.as_str(),
        list => list.as_array().and_then(|list| list.last()?["content"].as_str()).unwrap_or_default(),
    };
    let mut summary = json!({
        "id": sample["id"],
        "epoch": sample["epoch"],
        "input": input.chars().take(SUMMARY_INPUT).collect::<String>(),
        "target": sample["target"],
        "metadata": {"subset": sample["metadata"]["subset"], "id": sample["metadata"]["id"]},
        "scores": sample["scores"],
        "model_usage": sample["model_usage"],
        "completed": true,
        "message_count": sample["messages"].as_array().map_or(0, Vec::len),
    });
    if let Some(time) = sample["total_time"].as_f64() {
        summary["total_time"] = time.into();
    }
    if let Some(message) = sample["error"]["message"].as_str() {
        summary["error"] = message.into();
    }
    summary
}

fn score_fields(score: &Score) -> Value {
    let one = |value: &f64| {
        json!({
            "value": numbers::to_json(*value),
            "answer": score.answer,
            "explanation": score.explanation,
        })
    };
    score.values.iter().map(|(metric, value)| (metric.clone(), one(value))).collect::<Map<_, _>>().into()
}

fn metadata(part: &Part, sample: &Answered) -> Value {
    let mut metadata = json!({
        "subset": part.subset,
        "index": sample.index,
        "repeat": sample.repeat,
        "id": sample.id,
        "category": sample.category,
    });
    if let Some(cluster) = &sample.cluster {
        metadata["cluster"] = cluster.as_str().into();
    }
    if let Some(audit) = sample.score().and_then(|score| score.audit.as_ref()) {
        metadata["audit"] = json!(audit);
    }
    if let Some(judged) = sample.score().and_then(|score| score.judged.as_ref()) {
        metadata["judged"] = json!(judged);
    }
    if let Some(failure) = sample.failure() {
        metadata["error"] = json!({"kind": failure.kind, "message": failure.message});
    }
    if let (Some(comparison), Some(Ok(Outcome::Loglikelihoods(scores)))) =
        (sample.comparison(), sample.call().map(|call| &call.outcome))
    {
        let pair = |(text, score): (&String, &evalscope_core::ContinuationScore)| json!({"continuation": text, "sum": numbers::to_json(score.sum), "is_greedy": score.is_greedy});
        metadata["loglikelihoods"] = comparison.continuations.iter().zip(scores).map(pair).collect();
    }
    metadata
}

fn output(part: &Part, sample: &Answered) -> Value {
    let Some(generation) = sample.generation() else {
        return json!({"model": part.model, "choices": [], "completion": ""});
    };
    let choice = |completion: &Completion| {
        json!({
            "message": messages::reply(completion),
            "stop_reason": words::known_stop_reason(&completion.finish),
        })
    };
    let mut output = json!({
        "model": generation.served_model.as_deref().unwrap_or(&part.model),
        "choices": generation.completions.iter().map(choice).collect::<Vec<_>>(),
        "completion": generation.text(),
    });
    if let Some(usage) = sample.usage() {
        output["usage"] = usage_json(usage);
    }
    if let Some(latency) = sample.latency_ms() {
        output["time"] = (latency / 1e3).into();
    }
    output
}

fn usage_json(usage: Usage) -> Value {
    let mut json = json!({
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens.saturating_add(usage.output_tokens),
    });
    for (name, tokens) in
        [("input_tokens_cache_read", usage.cached_tokens), ("reasoning_tokens", usage.reasoning_tokens)]
    {
        if let Some(tokens) = tokens {
            json[name] = tokens.into();
        }
    }
    json
}

/// Reads what Inspect wrote of a sample; its place in the run is for the caller to say.
pub fn from_json(json: &Value, place: Answered, part: &Part) -> Answered {
    let mut sample = place;
    sample.targets = match &json["target"] {
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        other => other.as_str().map(str::to_owned).into_iter().collect(),
    };
    sample.verdict = verdict(json, &sample.targets);
    let output = &json["output"];
    let choices = output["choices"].as_array().map_or(&[][..], Vec::as_slice);
    let mut shown: Vec<Message> =
        json["messages"].as_array().into_iter().flatten().filter_map(messages::from_json).collect();
    if !choices.is_empty() && shown.last().is_some_and(|last| last.role == Role::Assistant) {
        shown.pop();
    }
    let outcome = match &sample.verdict {
        _ if !choices.is_empty() => Ok(Outcome::Generation(generation(output, choices))),
        Some(Verdict::Failed(failure)) if !shown.is_empty() => Err(failure.clone()),
        // A comparison of likelihoods, which Inspect has no form for, or nothing.
        _ => return sample,
    };
    let effect = calls::question(Input::Chat(shown));
    calls::add(&mut sample, part, Reply::new(effect, outcome));
    sample
}

fn verdict(json: &Value, targets: &[String]) -> Option<Verdict> {
    let values = scores::values(&json["scores"]);
    if !values.is_empty() {
        let first = json["scores"].as_object().and_then(|scores| scores.values().next());
        let text = |field: &str| first.and_then(|score| score[field].as_str()).map(str::to_owned);
        return Some(Verdict::Scored(Score {
            values,
            answer: text("answer"),
            answer_span: None,
            targets: targets.to_vec(),
            explanation: text("explanation"),
            audit: serde_json::from_value(json["metadata"]["audit"].clone()).unwrap_or_default(),
            judged: serde_json::from_value(json["metadata"]["judged"].clone()).unwrap_or_default(),
        }));
    }
    let ours = &json["metadata"]["error"];
    let message = ours["message"].as_str().or_else(|| json["error"]["message"].as_str())?;
    Some(Verdict::Failed(words::failure(ours["kind"].as_str(), message)))
}

fn generation(output: &Value, choices: &[Value]) -> Generation {
    let completion = |choice: &Value| {
        messages::completion(&choice["message"], choice["stop_reason"].as_str().unwrap_or_default())
    };
    let usage = &output["usage"];
    let counted = usage["input_tokens"].as_u64().zip(usage["output_tokens"].as_u64());
    Generation {
        completions: choices.iter().map(completion).collect(),
        usage: counted.map(|(input, out)| Usage {
            cached_tokens: usage["input_tokens_cache_read"].as_u64(),
            reasoning_tokens: usage["reasoning_tokens"].as_u64(),
            ..Usage::new(input, out)
        }),
        timing: Timing { latency_ms: output["time"].as_f64().unwrap_or(0.0) * 1e3, ..Timing::default() },
        served_model: output["model"].as_str().map(str::to_owned),
        extra: Map::new(),
    }
}

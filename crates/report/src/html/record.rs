//! One sample as the page shows it.

use super::clip::{Clipped, clip};
use crate::verdict::Kind;
use evalscope_core::{
    CallFailure, Effect, Execution, FinishReason, Generation, Input, LoglikelihoodRequest, Outcome,
};
use evalscope_runs::{JournalEntry, Review, Verdict};
use serde_json::{Map, Value, json};

/// Continuations of a call in the page at most.
const MAX_CONTINUATIONS: usize = 50;
/// Messages of a call in the page at most; the last ones.
const MAX_MESSAGES: usize = 40;

/// The sample as JSON. `benchmark` is its place in the summary.
pub fn record(benchmark: usize, review: &Review, kind: Kind, calls: &[JournalEntry]) -> Value {
    let mut record = Map::new();
    let mut set = |name: &str, value: Value| record.insert(name.to_owned(), value);
    set("benchmark", json!(benchmark));
    set("subset", json!(review.subset));
    set("index", json!(review.index));
    set("repeat", json!(review.repeat));
    set("id", json!(clip(&review.sample_id).text));
    set("verdict", json!(kind.word()));
    set("targets", texts(&review.targets));
    if let Some(category) = &review.category {
        set("category", json!(category));
    }
    match &review.verdict {
        Verdict::Failed(failure) => {
            set("error", error(failure));
        }
        Verdict::Scored(score) => {
            set("values", json!(score.values));
            if let Some(answer) = &score.answer {
                set("answer", json!(clip(answer).text));
            }
            if let Some(explanation) = &score.explanation {
                set("explanation", json!(clip(explanation).text));
            }
            let reply = calls.last().and_then(reply).map(clip);
            if let Some(span) = span(reply.as_ref(), score.answer_span) {
                set("span", span);
            }
        }
    }
    set("calls", calls.iter().map(call).collect());
    Value::Object(record)
}

fn span(reply: Option<&Clipped>, answer: Option<(usize, usize)>) -> Option<Value> {
    let (from, to) = reply?.units(answer?)?;
    Some(json!([from, to]))
}

fn texts(texts: &[String]) -> Value {
    texts.iter().map(|text| Value::from(clip(text).text)).collect()
}

fn error(failure: &CallFailure) -> Value {
    json!({
        "kind": failure.kind,
        "message": clip(&failure.message).text,
        "status": failure.status,
        "attempts": failure.attempts,
    })
}

fn reply(entry: &JournalEntry) -> Option<&str> {
    entry.outcome.as_ref().ok()?.as_generation().map(Generation::text)
}

fn call(entry: &JournalEntry) -> Value {
    let mut call = Map::new();
    asked(&entry.effect, &mut call);
    match &entry.outcome {
        Err(failure) => {
            call.insert("error".into(), error(failure));
        }
        Ok(Outcome::Generation(generation)) => generated(generation, &mut call),
        Ok(Outcome::Loglikelihoods(scores)) => {
            if let Effect::Loglikelihood(request) = &entry.effect {
                call.insert("continuations".into(), continuations(request, scores));
            }
        }
        Ok(Outcome::Execution(execution)) => executed(execution, &mut call),
    }
    Value::Object(call)
}

fn asked(effect: &Effect, call: &mut Map<String, Value>) {
    match effect {
        Effect::Generate(request) => match &request.input {
            Input::Chat(messages) => {
                let last = &messages[messages.len().saturating_sub(MAX_MESSAGES)..];
                let json = |message: &evalscope_core::Message| json!({"role": message.role, "content": clip(&message.text()).text});
                call.insert("messages".into(), last.iter().map(json).collect());
            }
            Input::Text(text) => {
                call.insert("prompt".into(), clip(text).text.into());
            }
        },
        Effect::Loglikelihood(request) => {
            call.insert("prompt".into(), clip(&request.prefix_text()).text.into());
        }
        Effect::Execute(request) => {
            call.insert("prompt".into(), clip(&request.program).text.into());
        }
    }
}

/// A program's end stands where a reply stands.
fn executed(execution: &Execution, call: &mut Map<String, Value>) {
    let written = [execution.stdout.as_str(), execution.stderr.as_str()].join("\n");
    let reply = json!({"text": clip(written.trim()).text, "finish": execution.verdict.word()});
    call.insert("replies".into(), Value::Array(vec![reply]));
    call.insert("latency_ms".into(), json!(execution.wall_s * 1e3));
}

fn generated(generation: &Generation, call: &mut Map<String, Value>) {
    let replies = generation.completions.iter().map(|completion| {
        let mut reply = json!({"text": clip(&completion.text).text, "finish": finish(&completion.finish)});
        if let Some(reasoning) = &completion.reasoning {
            reply["reasoning"] = clip(reasoning).text.into();
        }
        reply
    });
    call.insert("replies".into(), replies.collect());
    call.insert("latency_ms".into(), json!(generation.timing.latency_ms));
    if let Some(ttft) = generation.timing.ttft_ms {
        call.insert("ttft_ms".into(), json!(ttft));
    }
    if let Some(usage) = generation.usage {
        call.insert("tokens".into(), json!([usage.input_tokens, usage.output_tokens]));
    }
}

fn finish(reason: &FinishReason) -> &str {
    match reason {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
        FinishReason::ToolCalls => "tool calls",
        FinishReason::ContentFilter => "content filter",
        FinishReason::Other(word) => word,
    }
}

fn continuations(request: &LoglikelihoodRequest, scores: &[evalscope_core::ContinuationScore]) -> Value {
    let pairs = request.continuations.iter().zip(scores).take(MAX_CONTINUATIONS);
    let json = |(text, score): (&String, &evalscope_core::ContinuationScore)| json!({"text": clip(text).text, "sum": score.sum, "tokens": score.tokens, "greedy": score.is_greedy});
    pairs.map(json).collect()
}

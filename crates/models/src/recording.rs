//! Reads recorded replies from JSON lines: those of a run's `predictions/`, or plain ones.

use crate::json::{self, Fields};
use crate::reasoning;
use evalscope_core::{
    Completion, ContinuationScore, FinishReason, Generation, Input, Message, ToolCall, Usage, digest,
};
use serde_json::Value;

/// Fields that may hold a reply as text.
const TEXTS: [&str; 6] = ["response", "output", "completion", "reply", "text", "prediction"];
/// What stands for floats that JSON has no number for.
const WORDS: [(&str, f64); 3] =
    [("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY), ("NaN", f64::NAN)];

/// One recorded call: what was asked, by its digest, and what came.
pub struct Recorded {
    /// Of the conversation, the prompt, or prefix and continuations.
    pub asked: String,
    /// What came.
    pub came: Came,
}

/// What came of a call.
pub enum Came {
    /// Text.
    Reply(Generation),
    /// One score for each continuation.
    Scores(Vec<ContinuationScore>),
}

/// The digest of a conversation or of raw text.
pub fn asked_for_text(input: &Input) -> String {
    digest(input)
}

/// The digest of a prefix and its continuations; how the prefix is cut does not matter.
pub fn asked_for_scores(prefix: &str, continuations: &[String]) -> String {
    digest(&(prefix, continuations))
}

/// Reads a line; none when the call had failed, so that there is nothing to replay, and for a program, which is run again.
pub fn read(line: &str) -> Result<Option<Recorded>, String> {
    let fields: Fields =
        json::from_bytes(line.as_bytes()).map_err(|error| format!("no JSON object ({error})"))?;
    if fields.get("error").is_some_and(|error| !error.is_null()) {
        return Ok(None);
    }
    if fields.contains_key("execute") {
        return Ok(None);
    }
    let recorded = match (fields.get("prefix"), fields.get("continuations")) {
        (Some(prefix), Some(continuations)) => {
            let texts = |value: &Value| serde_json::from_value::<Vec<String>>(value.clone());
            let wrong = |_| "`prefix` and `continuations` must be lists of texts".to_owned();
            let (prefix, continuations) =
                (texts(prefix).map_err(wrong)?, texts(continuations).map_err(wrong)?);
            let asked = asked_for_scores(&prefix.concat(), &continuations);
            Recorded { asked, came: Came::Scores(scores(fields)?) }
        }
        _ => Recorded { asked: asked_for_text(&input(&fields)?), came: Came::Reply(reply(fields)?) },
    };
    Ok(Some(recorded))
}

fn input(fields: &Fields) -> Result<Input, String> {
    match (fields.get("messages"), fields.get("prompt")) {
        (Some(messages), _) => serde_json::from_value::<Vec<Message>>(messages.clone())
            .map(Input::Chat)
            .map_err(|error| format!("`messages` is no conversation: {error}")),
        (None, Some(Value::String(prompt))) => Ok(Input::Text(prompt.clone())),
        _ => Err("it has neither `messages` nor a `prompt`, so no request can be matched with it".into()),
    }
}

fn reply(mut fields: Fields) -> Result<Generation, String> {
    if let Some(Value::Object(output)) = fields.shift_remove("model_output") {
        return journaled(output);
    }
    let text = TEXTS.iter().find_map(|name| Some(fields.get(*name)?.as_str()?.to_owned()));
    let text = text.ok_or_else(|| format!("it has no `model_output` and no text in {}", TEXTS.join(", ")))?;
    let (reasoning, text) = reasoning::split(text);
    let completions = vec![Completion { text, reasoning, ..Completion::default() }];
    Ok(Generation { completions, ..Generation::default() })
}

/// A reply in the form of `predictions/`. Its times are left out: nothing is measured here.
fn journaled(mut output: Fields) -> Result<Generation, String> {
    let choices = json::take_list(&mut output, "choices").unwrap_or_default();
    let completions: Vec<Completion> =
        choices.into_iter().map(|choice| completion(json::fields(choice))).collect();
    if completions.is_empty() {
        return Err("`model_output` has no `choices`".into());
    }
    let usage = output.get("usage").cloned().and_then(|usage| serde_json::from_value::<Usage>(usage).ok());
    Ok(Generation {
        completions,
        usage,
        served_model: json::take_name(&mut output, "model"),
        extra: json::take_fields(&mut output, "extra"),
        ..Generation::default()
    })
}

fn completion(mut choice: Fields) -> Completion {
    let mut message = json::take_fields(&mut choice, "message");
    let calls = json::take_list(&mut message, "tool_calls").unwrap_or_default();
    let tool_calls: Vec<ToolCall> =
        calls.into_iter().filter_map(|call| serde_json::from_value(call).ok()).collect();
    let text = json::take_text(&mut message, "content");
    let refusal = json::take_name(&mut message, "refusal");
    // As with a reply that has just come: what calls tools or has a text was not withheld.
    let refusal = refusal.filter(|_| text.trim().is_empty() && tool_calls.is_empty());
    let (text, finish) = match refusal {
        Some(refusal) => (refusal, FinishReason::ContentFilter),
        None => (text, finish(&json::take_text(&mut choice, "stop_reason"))),
    };
    Completion { text, reasoning: json::take_name(&mut message, "reasoning_content"), tool_calls, finish }
}

/// Why the reply ended.
fn finish(word: &str) -> FinishReason {
    match word {
        "stop" | "" => FinishReason::Stop,
        "max_tokens" => FinishReason::Length,
        "model_length" => FinishReason::Context,
        "tool_calls" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        other => FinishReason::Other(other.strip_prefix("other:").unwrap_or(other).to_owned()),
    }
}

fn scores(mut fields: Fields) -> Result<Vec<ContinuationScore>, String> {
    let lines = json::take_list(&mut fields, "loglikelihoods").ok_or("it has no `loglikelihoods`")?;
    lines.into_iter().map(|line| score(json::fields(line))).collect()
}

fn score(mut line: Fields) -> Result<ContinuationScore, String> {
    let per_token = json::take_list(&mut line, "per_token").unwrap_or_default();
    let per_token = per_token.iter().map(float).collect::<Option<Vec<f64>>>();
    let sum = line.get("sum").and_then(float).ok_or("a log-likelihood has no `sum`")?;
    let mut count = |name| json::take_count(&mut line, name).and_then(|count| u32::try_from(count).ok());
    let (tokens, bytes) = (count("tokens").unwrap_or(0), count("bytes").unwrap_or(0));
    let is_greedy = line.get("is_greedy").and_then(Value::as_bool).unwrap_or(false);
    Ok(ContinuationScore { sum, per_token: per_token.unwrap_or_default(), is_greedy, tokens, bytes })
}

fn float(value: &Value) -> Option<f64> {
    let word = || WORDS.iter().find(|(word, _)| value.as_str() == Some(word)).map(|(_, float)| *float);
    value.as_f64().or_else(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replied(line: &str) -> (String, Generation) {
        match read(line).unwrap().unwrap() {
            Recorded { asked, came: Came::Reply(reply) } => (asked, reply),
            Recorded { came: Came::Scores(_), .. } => panic!("these are scores"),
        }
    }

    #[test]
    fn plain_and_journaled_lines_say_the_same() {
        let plain = r#"{"messages": [{"role": "user", "content": "a"}], "response": "<think>hm</think>b"}"#;
        let journaled = r#"{"index": 0, "messages": [{"role": "user", "content": "a"}], "model_output":
            {"choices": [{"message": {"role": "assistant", "content": "b", "reasoning_content": "hm"},
                          "stop_reason": "stop"}], "latency_ms": 3.0}, "at": 1.0}"#;
        assert_eq!(replied(plain), replied(journaled));
        let asked = asked_for_text(&Input::Chat(vec![Message::user("a")]));
        assert_eq!(replied(plain).0, asked);
        let (asked, reply) = replied(r#"{"prompt": "a", "output": "b"}"#);
        assert_eq!((asked, reply.text()), (asked_for_text(&Input::Text("a".into())), "b"));
    }

    #[test]
    fn a_refusal_is_the_reply() {
        let line = r#"{"prompt": "a", "model_output": {"choices": [{"message": {"content": null, "refusal": "No."},
                      "stop_reason": "stop"}]}}"#;
        let reply = replied(&line.replace('\n', "")).1;
        assert_eq!((reply.text(), &reply.completions[0].finish), ("No.", &FinishReason::ContentFilter));
    }

    #[test]
    fn a_refusal_leaves_reasoning_and_calls() {
        let line = |more: &str| {
            format!(
                r#"{{"prompt": "a", "model_output": {{"choices": [{{"message": {{"content": "", "refusal": "No.",
                "reasoning_content": "hm"{more}}}, "stop_reason": "tool_calls"}}]}}}}"#
            )
        };
        let of = |more: &str| replied(&line(more)).1.completions.remove(0);
        let refused = of("");
        assert_eq!((refused.text.as_str(), refused.reasoning.as_deref()), ("No.", Some("hm")));
        let calls = of(r#", "tool_calls": [{"id": "1", "name": "look", "arguments": "{}"}]"#);
        assert_eq!((calls.text.as_str(), calls.tool_calls.len()), ("", 1));
        assert_eq!(calls.finish, FinishReason::ToolCalls);
    }

    #[test]
    fn what_cannot_be_matched_is_said() {
        for (line, part) in [
            ("[]", "no JSON object"),
            (r#"{"response": "b"}"#, "neither `messages` nor a `prompt`"),
            (r#"{"prompt": "a"}"#, "no text in response, output"),
            (r#"{"messages": [{"role": "king"}], "text": ""}"#, "`messages` is no conversation"),
            (r#"{"prompt": "a", "model_output": {"choices": []}}"#, "no `choices`"),
            (r#"{"prefix": "a", "continuations": ["b"]}"#, "must be lists"),
        ] {
            let Err(said) = read(line) else { panic!("{line} was accepted") };
            assert!(said.contains(part), "{line}: {said}");
        }
        assert!(
            read(r#"{"execute": {"program": "a"}, "execution": {"verdict": "passed"}}"#).unwrap().is_none()
        );
        assert!(read(r#"{"prompt": "a", "error": {"kind": "timeout"}}"#).unwrap().is_none());
    }

    #[test]
    fn scores_are_read_infinities_included() {
        let line = r#"{"prefix": ["a", "b"], "continuations": ["c"], "loglikelihoods":
            [{"sum": "-Infinity", "per_token": [-1.5, "-Infinity"], "is_greedy": true, "tokens": 2, "bytes": 1}]}"#;
        let Recorded { asked, came: Came::Scores(scores) } = read(line).unwrap().unwrap() else {
            panic!("this is text")
        };
        assert_eq!(asked, asked_for_scores("ab", &["c".to_owned()]));
        assert_eq!(scores[0].per_token, [-1.5, f64::NEG_INFINITY]);
        assert_eq!((scores[0].sum, scores[0].tokens, scores[0].bytes), (f64::NEG_INFINITY, 2, 1));
    }
}

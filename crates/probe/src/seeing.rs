//! What single replies show: streams, counts, limits, stops, seeds, log-probabilities.

use crate::findings::Seen;
use crate::questions::{MAX_TOKENS, Reply, Subject, odd_words};
use evalscope_core::{CallFailure, Constraint, FailureKind, FinishReason, Generation};
use serde_json::Value;

/// Whether something is so, and what says so.
pub type Found = (Seen, String);

/// Reasoning and answer of the first reply.
pub fn whole_text(generation: &Generation) -> String {
    let completion = generation.completions.first();
    let reasoning = completion.and_then(|reply| reply.reasoning.as_deref()).unwrap_or_default();
    format!("{reasoning}{}", generation.text())
}

/// What cannot be told, and why.
pub fn unknown(why: impl Into<String>) -> Found {
    (Seen::Unknown, why.into())
}

/// What a failed call says of the field that set it apart from the first one, which was answered: a refusal says no,
/// anything else may have other reasons.
pub fn failed(failure: &CallFailure) -> Found {
    match failure.kind {
        FailureKind::BadRequest | FailureKind::Unsupported => {
            (Seen::No, format!("refused: {}", failure.message))
        }
        _ => unknown(failure.message.clone()),
    }
}

/// Whether a reply came as a stream.
pub fn stream(reply: Option<&Reply>) -> Found {
    match reply {
        None => unknown("not asked"),
        Some(Err(failure)) => failed(failure),
        Some(Ok(generation)) => {
            let counted = if generation.usage.is_some() { "counts" } else { "does not count" };
            match generation.timing.ttft_ms {
                Some(ms) => (
                    Seen::Yes,
                    format!("the first piece came after {ms:.0} ms; the stream {counted} its tokens"),
                ),
                None => (Seen::No, "a stream was asked for, and the reply came in one piece".to_owned()),
            }
        }
    }
}

/// Whether tokens are counted.
pub fn usage(first: &Generation) -> Found {
    match first.usage {
        Some(usage) if usage.input_tokens > 0 => {
            (Seen::Yes, format!("{} tokens in, {} out", usage.input_tokens, usage.output_tokens))
        }
        Some(_) => (Seen::No, "the count of the prompt is 0 or missing".to_owned()),
        None => (Seen::No, "the reply has no counts".to_owned()),
    }
}

/// Whether the reply ended at `max_tokens`; where tokens are not counted, words are: each has one token at least.
pub fn max_tokens(first: &Generation) -> Found {
    let limit = u64::from(MAX_TOKENS);
    let words = whole_text(first).split_whitespace().count() as u64;
    let counted = first.usage.map(|usage| usage.output_tokens).filter(|count| *count > 0);
    let (count, unit) = counted.map_or((words, "words"), |count| (count, "tokens"));
    let unit = if count == 1 { unit.trim_end_matches('s') } else { unit };
    let came = format!("max_tokens {limit} asked, {count} {unit} came");
    let is_cut = matches!(first.completions.first(), Some(reply) if matches!(reply.finish, FinishReason::Length | FinishReason::Context));
    match (count > limit, is_cut || (counted.is_some() && count == limit)) {
        (true, _) => (Seen::No, came),
        (false, true) => (Seen::Yes, came),
        (false, false) => unknown(format!("{came}: the reply ended by itself")),
    }
}

/// Whether the reply ended at a text of `stop`, which is a word of the first reply.
pub fn stop(first: &Generation, word: Option<&str>, reply: Option<&Reply>) -> Found {
    let (word, reply) = match (word, reply) {
        (Some(word), Some(Ok(generation))) => (word, generation),
        (Some(_), Some(Err(failure))) => return failed(failure),
        _ => return unknown("the first reply has no word to stop at"),
    };
    let text = reply.text();
    match text.find(word) {
        Some(at) if text[at + word.len()..].trim().is_empty() => {
            (Seen::Yes, format!("the reply ended at `{word}`, and the word is kept"))
        }
        Some(_) => (Seen::No, format!("the reply goes on after `{word}`, at which it was to stop")),
        None if first.text().starts_with(text.trim_end()) && text.len() < first.text().len() => {
            (Seen::Yes, format!("the reply ended before `{word}`"))
        }
        None => unknown(format!("the second reply took another way and has no `{word}`")),
    }
}

/// Whether two draws with one seed are the same.
pub fn seed(first: &Generation, draws: &[&Reply], differing: bool) -> Found {
    let texts: Vec<String> = match draws.iter().map(|draw| draw.as_ref()).collect::<Result<Vec<_>, _>>() {
        Ok(draws) => draws.into_iter().map(whole_text).collect(),
        Err(failure) => return failed(failure),
    };
    let [one, other] = texts.as_slice() else { return unknown("not asked") };
    if one.is_empty() && other.is_empty() {
        return unknown("the draws have no text");
    }
    match (one == other, *one == whole_text(first)) {
        (true, true) => unknown("draws at temperature 1 are the answer at temperature 0"),
        (true, false) => (Seen::Yes, "two draws with one seed are the same".to_owned()),
        (false, _) if differing => unknown("two draws with one seed differ, as do answers at temperature 0"),
        (false, _) => (Seen::No, "two draws with one seed differ".to_owned()),
    }
}

/// Whether log-probabilities came.
pub fn logprobs(subject: &Subject, reply: Option<&Reply>) -> Found {
    let generation = match reply {
        None => return unknown(format!("not asked: {} has another name for them", subject.provider)),
        Some(Err(failure)) => return failed(failure),
        Some(Ok(generation)) => generation,
    };
    let lists = log_probabilities(generation);
    let has_numbers = |name: &str, number: fn(&Value) -> Option<f64>| {
        lists[name].as_array().is_some_and(|list| list.iter().any(|entry| number(entry).is_some()))
    };
    let (chat, text) = (
        has_numbers("content", |entry| entry["logprob"].as_f64()),
        has_numbers("token_logprobs", Value::as_f64),
    );
    match chat || text {
        true => (Seen::Yes, "the reply came with log-probabilities".to_owned()),
        false => (Seen::No, "they were asked for and did not come".to_owned()),
    }
}

/// Whether a reply was held to be one of two odd words.
pub fn constrained(subject: &Subject, constraint: Constraint, reply: Option<&Reply>) -> Found {
    match reply {
        None => unknown(format!("not asked: {} has another name for it", subject.provider)),
        Some(Err(failure)) => failed(failure),
        Some(Ok(generation)) => match constraint.chosen(generation.text(), &odd_words()) {
            Some(word) => (Seen::Yes, format!("the reply was held to two words and is `{word}`")),
            None => (Seen::No, "the reply was to be one of two words and is neither".to_owned()),
        },
    }
}

/// The object `logprobs` of the first choice.
pub fn log_probabilities(generation: &Generation) -> &Value {
    const NONE: &Value = &Value::Null;
    generation.extra.get("choices").and_then(|choices| choices.get(0)?.get("logprobs")).unwrap_or(NONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::{Completion, Usage};
    use serde_json::json;

    fn said(text: &str, finish: FinishReason, output: Option<u64>) -> Generation {
        Generation {
            completions: vec![Completion { text: text.into(), finish, ..Completion::default() }],
            usage: output.map(|output| Usage::new(9, output)),
            ..Generation::default()
        }
    }

    fn stopped(text: &str) -> Reply {
        Ok(said(text, FinishReason::Stop, None))
    }

    #[test]
    fn a_limit_is_kept_broken_or_not_met() {
        let seen = |finish, output, text: &str| max_tokens(&said(text, finish, output)).0;
        assert_eq!(seen(FinishReason::Length, Some(32), "a"), Seen::Yes);
        assert_eq!(seen(FinishReason::Stop, Some(32), "a"), Seen::Yes);
        assert_eq!(seen(FinishReason::Stop, Some(33), "a"), Seen::No);
        assert_eq!(seen(FinishReason::Stop, Some(5), "a"), Seen::Unknown);
        assert_eq!(seen(FinishReason::Stop, None, &"a ".repeat(33)), Seen::No);
        assert_eq!(seen(FinishReason::Length, None, "a b"), Seen::Yes);
        let evidence = max_tokens(&said("a", FinishReason::Length, Some(32))).1;
        assert_eq!(evidence, "max_tokens 32 asked, 32 tokens came");
    }

    #[test]
    fn a_stop_is_kept_broken_or_not_met() {
        let first = said("He went down to the sea", FinishReason::Length, None);
        let seen = |text: &str| stop(&first, Some("down"), Some(&stopped(text))).0;
        assert_eq!(seen("He went "), Seen::Yes);
        assert_eq!(seen("He went"), Seen::Yes);
        assert_eq!(seen("He went down"), Seen::Yes);
        assert_eq!(seen("He went down to the sea"), Seen::No);
        assert_eq!(seen("She stayed"), Seen::Unknown);
        assert_eq!(stop(&first, None, None).0, Seen::Unknown);
        let refused = Err(CallFailure::new(FailureKind::BadRequest, "no `stop` here"));
        assert_eq!(stop(&first, Some("down"), Some(&refused)).0, Seen::No);
        let late = Err(CallFailure::new(FailureKind::Timeout, "late"));
        assert_eq!(stop(&first, Some("down"), Some(&late)).0, Seen::Unknown);
    }

    #[test]
    fn a_seed_is_judged_only_where_draws_are_draws() {
        let first = said("greedy", FinishReason::Stop, None);
        let seen =
            |one: &str, other: &str, differing| seed(&first, &[&stopped(one), &stopped(other)], differing).0;
        assert_eq!(seen("x", "x", false), Seen::Yes);
        assert_eq!(seen("x", "y", false), Seen::No);
        assert_eq!(seen("x", "y", true), Seen::Unknown);
        assert_eq!(seen("greedy", "greedy", false), Seen::Unknown);
        assert_eq!(seen("", "", false), Seen::Unknown);
    }

    #[test]
    fn log_probabilities_are_found_in_both_forms() {
        let subject = crate::template::tests::subject("openai_chat", true);
        let seen = |choice: Value| {
            let mut generation = said("a", FinishReason::Stop, None);
            generation.extra.insert("choices".into(), json!([choice]));
            logprobs(&subject, Some(&Ok(generation))).0
        };
        assert_eq!(seen(json!({"logprobs": {"content": [{"token": "a", "logprob": -0.5}]}})), Seen::Yes);
        assert_eq!(seen(json!({"logprobs": {"token_logprobs": [null, -0.5]}})), Seen::Yes);
        assert_eq!(seen(json!({"logprobs": null})), Seen::No);
        assert_eq!(seen(json!({"logprobs": {"content": []}})), Seen::No);
        assert_eq!(logprobs(&subject, None).0, Seen::Unknown);
    }
}

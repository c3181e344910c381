//! From the first question to the findings, against a made-up endpoint.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its set-up fails")]

use evalscope_core::{CallFailure, Completion, FailureKind, FinishReason, Generation, Input, Timing, Usage};
use evalscope_model_api::Capabilities;
use evalscope_probe::{Findings, Name, Next, Nondeterminism, Question, Reply, Seen, Subject, step};

const STORY: &str =
    "The old fisherman walked slowly along the empty beach and found a strange machine of brass";

fn subject(provider: &str) -> Subject {
    let capabilities = Capabilities {
        text: false,
        max_context: Some(4096),
        ..Capabilities::of_replies(1, "a chat endpoint scores no text that it did not write")
    };
    Subject { provider: provider.into(), capabilities }
}

/// Asks until there is nothing more to ask; the endpoint is shown the place of each question.
fn probe(subject: &Subject, endpoint: impl Fn(usize, &Question) -> Reply) -> (Findings, usize) {
    let mut replies = Vec::new();
    loop {
        match step(subject, &replies) {
            Next::Done(findings) => return (*findings, replies.len()),
            Next::Ask(questions) => {
                assert!(!questions.is_empty(), "it asks for nothing and is not done");
                for question in &questions {
                    replies.push(endpoint(replies.len(), question));
                }
            }
        }
    }
}

/// What a server with a ChatML template, streams, stops and seeds says.
fn good(question: &Question) -> Generation {
    let sampling = &question.request.sampling;
    let Input::Chat(messages) = &question.request.input else { panic!("a conversation is wanted") };
    let limit = sampling.max_tokens.unwrap() as usize;
    let told = match sampling.seed {
        Some(seed) => format!("{seed} {STORY}"),
        None => STORY.to_owned(),
    };
    let end = sampling.stop.iter().filter_map(|stop| told.find(stop.as_str())).min();
    let words: u64 = messages.iter().map(|message| message.text().split_whitespace().count() as u64).sum();
    Generation {
        completions: vec![Completion {
            text: told[..end.unwrap_or(told.len())].to_owned(),
            finish: if end.is_some() { FinishReason::Stop } else { FinishReason::Length },
            ..Completion::default()
        }],
        usage: Some(Usage::new(words + 5 * messages.len() as u64 + 3, limit as u64)),
        timing: Timing { ttft_ms: question.stream.then_some(12.0), ..Timing::default() },
        ..Generation::default()
    }
}

fn seen(findings: &Findings, name: Name) -> Seen {
    findings.get(name).unwrap().seen
}

#[test]
fn a_good_endpoint_is_known_after_a_dozen_calls() {
    let (findings, calls) = probe(&subject("openai_chat"), |_, question| Ok(good(question)));
    assert!((8..=14).contains(&calls) && findings.calls as usize == calls, "{calls}");
    for name in [Name::Stream, Name::Usage, Name::MaxTokens, Name::Stop, Name::Seed, Name::ChatTemplate] {
        assert_eq!(seen(&findings, name), Seen::Yes, "{name:?} in {findings:#?}");
    }
    assert_eq!(seen(&findings, Name::AddedText), Seen::No);
    assert_eq!(findings.nondeterminism, Some(Nondeterminism { repeats: 4, differing: 0 }));
    assert_eq!(findings.max_context, Some(4096));
}

#[test]
fn answers_that_differ_are_counted() {
    let (findings, _) = probe(&subject("openai_chat"), |place, question| {
        let mut reply = good(question);
        if place == 3 {
            reply.completions[0].text = STORY.replace("old", "young");
        }
        Ok(reply)
    });
    assert_eq!(findings.nondeterminism, Some(Nondeterminism { repeats: 4, differing: 1 }));
}

#[test]
fn replies_without_text_tell_nothing_of_determinism() {
    let (findings, _) = probe(&subject("openai_chat"), |_, question| {
        let mut reply = good(question);
        reply.completions[0].text.clear();
        Ok(reply)
    });
    assert_eq!(findings.nondeterminism, None);
    assert_eq!((seen(&findings, Name::Stop), seen(&findings, Name::Seed)), (Seen::Unknown, Seen::Unknown));
}

#[test]
fn failures_are_unknown_and_refusals_are_no() {
    for (kind, word, calls) in [
        (FailureKind::Timeout, Seen::Unknown, 14),
        (FailureKind::Server, Seen::Unknown, 14),
        (FailureKind::BadRequest, Seen::No, 14),
        // What is refused by the protocol is not sent: two draws.
        (FailureKind::Unsupported, Seen::No, 12),
    ] {
        let (findings, _) =
            probe(&subject("openai_chat"), |_, question| match question.request.sampling.seed {
                Some(_) => Err(CallFailure::new(kind, "not\nso")),
                None => Ok(good(question)),
            });
        assert_eq!((seen(&findings, Name::Seed), findings.calls), (word, calls), "{kind:?}");
        assert!(findings.get(Name::Seed).unwrap().evidence.ends_with("not so"));
        assert_eq!(seen(&findings, Name::Stop), Seen::Yes);
    }
}

#[test]
fn an_endpoint_that_does_not_answer_is_asked_once() {
    let failure = CallFailure::new(FailureKind::Unauthorized, "wrong key");
    let (findings, calls) = probe(&subject("openai_chat"), |_, _| Err(failure.clone()));
    assert_eq!((calls, findings.calls), (1, 1));
    assert_eq!(findings.failure.as_deref(), Some("wrong key"));
    assert!(findings.findings.iter().all(|finding| finding.seen != Seen::Yes));
}

#[test]
fn a_field_of_openai_s_is_sent_to_openai_s_protocols_only() {
    let fields = |provider: &str| {
        let count = std::cell::Cell::new(0);
        let (findings, _) = probe(&subject(provider), |_, question| {
            count.set(count.get() + question.request.sampling.extra_body.len());
            Ok(good(question))
        });
        (count.get(), seen(&findings, Name::Logprobs))
    };
    assert_eq!(fields("openai_chat"), (7, Seen::No));
    assert_eq!(fields("anthropic"), (0, Seen::Unknown));
}

#[test]
fn findings_are_read_as_they_were_written() {
    let (findings, _) = probe(&subject("openai_chat"), |_, question| Ok(good(question)));
    let text = serde_json::to_string(&findings).unwrap();
    assert_eq!(serde_json::from_str::<Findings>(&text).unwrap(), findings);
}

//! Whatever a run writes down is read back equal, bit for bit.

use crate::support::{BENCHMARK, MODEL, SUBSET, create};
use evalscope_core::{
    Addressee, Audit, CallFailure, Completion, Content, ContinuationScore, ContinuationTokens, Effect,
    ExecuteRequest, FailureKind, FinishReason, GenerateRequest, Generation, Image, Input, JudgeVote,
    JudgedReply, Limits, LoglikelihoodRequest, Message, Oddity, Outcome, Part, Readings, Role, Sampling,
    Score, Shown, TextLength, Timing, Tool, ToolCall, Usage,
};
use evalscope_runs::{CallKey, JournalEntry, Review, Verdict};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Any float that equals itself.
fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("equals itself", |float| !float.is_nan()),
        Just(f64::NEG_INFINITY),
        Just(-0.0),
        -1e3..1e3,
    ]
}

fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |float| float.is_finite())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        Just("stop".to_owned()),
        Just("other:stop".to_owned()),
        Just("a\n\"\u{2028}日本".to_owned())
    ]
}

fn fields() -> impl Strategy<Value = serde_json::Map<String, serde_json::Value>> {
    let value = prop_oneof![
        any::<i64>().prop_map(serde_json::Value::from),
        finite().prop_map(serde_json::Value::from),
        text().prop_map(serde_json::Value::from),
        Just(serde_json::json!({"deep": [null, true]})),
    ];
    vec((text(), value), 0..3).prop_map(|pairs| pairs.into_iter().collect())
}

fn sampling() -> impl Strategy<Value = Sampling> {
    (option::of(any::<u32>()), option::of(finite()), option::of(any::<u64>()), vec(text(), 0..3), fields())
        .prop_map(|(max_tokens, temperature, seed, stop, extra_body)| Sampling {
            max_tokens,
            temperature,
            seed,
            stop,
            extra_body,
            ..Sampling::default()
        })
}

fn tool_call() -> impl Strategy<Value = ToolCall> {
    (text(), text(), text()).prop_map(|(id, name, arguments)| ToolCall { id, name, arguments })
}

fn tool() -> impl Strategy<Value = Tool> {
    (text(), text(), fields()).prop_map(|(name, description, fields)| Tool {
        name,
        description,
        parameters: fields.into(),
    })
}

fn effect() -> impl Strategy<Value = Effect> {
    let role = prop_oneof![Just(Role::System), Just(Role::User), Just(Role::Assistant), Just(Role::Tool)];
    let part = prop_oneof![
        text().prop_map(|text| Part::Text { text }),
        text().prop_map(|url| Part::Image { image: Image::Url(url) }),
    ];
    let content = prop_oneof![text().prop_map(Content::Text), vec(part, 0..3).prop_map(Content::Parts),];
    let message = (role, content, vec(tool_call(), 0..2), option::of(text())).prop_map(
        |(role, content, tool_calls, tool_call_id)| Message { role, content, tool_calls, tool_call_id },
    );
    let input = prop_oneof![vec(message, 0..3).prop_map(Input::Chat), text().prop_map(Input::Text)];
    let tokens = prop_oneof![Just(ContinuationTokens::InContext), Just(ContinuationTokens::LastAlone)];
    prop_oneof![
        (input, sampling(), vec(tool(), 0..2), option::of(0_u32..3)).prop_map(
            |(input, sampling, tools, judge)| {
                let to = judge.map_or(Addressee::Evaluated, Addressee::Judge);
                Effect::Generate(GenerateRequest { input, sampling, tools, to })
            }
        ),
        (vec(text(), 0..3), vec(text(), 0..3), tokens).prop_map(|(prefix, continuations, tokens)| {
            Effect::Loglikelihood(LoglikelihoodRequest { prefix, continuations, tokens })
        }),
    ]
}

fn generation() -> impl Strategy<Value = Generation> {
    let finish = prop_oneof![
        Just(FinishReason::Stop),
        Just(FinishReason::Length),
        Just(FinishReason::Context),
        Just(FinishReason::ToolCalls),
        Just(FinishReason::ContentFilter),
        text().prop_map(FinishReason::Other),
    ];
    let completion = (text(), option::of(text()), vec(tool_call(), 0..2), finish)
        .prop_map(|(text, reasoning, tool_calls, finish)| Completion { text, reasoning, tool_calls, finish });
    let count = option::of(any::<u64>());
    let usage = (any::<u64>(), any::<u64>(), count.clone(), count).prop_map(
        |(input_tokens, output_tokens, cached_tokens, reasoning_tokens)| Usage {
            input_tokens,
            output_tokens,
            cached_tokens,
            reasoning_tokens,
        },
    );
    let timing = (float(), option::of(float()), option::of(float()))
        .prop_map(|(latency_ms, ttft_ms, itl_ms)| Timing { latency_ms, ttft_ms, itl_ms });
    (vec(completion, 0..3), option::of(usage), timing, option::of(text()), fields()).prop_map(
        |(completions, usage, timing, served_model, extra)| Generation {
            completions,
            usage,
            timing,
            served_model,
            extra,
        },
    )
}

fn audit() -> impl Strategy<Value = Audit> {
    let readings = any::<(bool, bool, bool)>().prop_map(|(strict, lenient, differ)| Readings {
        strict,
        lenient,
        differ,
    });
    let oddity = proptest::sample::select(vec![Oddity::Empty, Oddity::Truncated, Oddity::Refused]);
    (option::of(readings), vec(oddity, 0..3)).prop_map(|(readings, oddities)| Audit { readings, oddities })
}

fn failure() -> impl Strategy<Value = CallFailure> {
    let kind = prop_oneof![
        Just(FailureKind::Timeout),
        Just(FailureKind::RateLimited),
        Just(FailureKind::EngineDied)
    ];
    (kind, text(), option::of(any::<u16>()), any::<u32>(), option::of(finite())).prop_map(
        |(kind, message, status, attempts, retry_after_s)| CallFailure {
            kind,
            message,
            status,
            attempts,
            retry_after_s,
        },
    )
}

fn outcome() -> impl Strategy<Value = Result<Outcome, CallFailure>> {
    let score = (float(), vec(float(), 0..3), any::<bool>(), any::<u32>(), any::<u32>()).prop_map(
        |(sum, per_token, is_greedy, tokens, bytes)| ContinuationScore {
            sum,
            per_token,
            is_greedy,
            tokens,
            bytes,
        },
    );
    prop_oneof![
        generation().prop_map(|generation| Ok(Outcome::Generation(generation))),
        vec(score, 0..3).prop_map(|scores| Ok(Outcome::Loglikelihoods(scores))),
        failure().prop_map(Err),
    ]
}

pub fn entry() -> impl Strategy<Value = JournalEntry> {
    let key = (any::<u64>(), any::<u32>(), any::<u32>()).prop_map(|(index, repeat, call)| CallKey {
        index,
        repeat,
        call,
    });
    (key, text(), text(), text(), effect(), outcome(), float(), any::<bool>()).prop_map(
        |(key, sample_id, digest, model, effect, outcome, at, cached)| JournalEntry {
            key,
            sample_id,
            digest,
            model,
            effect,
            outcome,
            at,
            cached,
        },
    )
}

fn judged() -> impl Strategy<Value = JudgedReply> {
    let length = || any::<(u64, u64)>().prop_map(|(words, characters)| TextLength { words, characters });
    let shown = prop_oneof![Just(Shown::Alone), Just(Shown::First), Just(Shown::Second)];
    let vote = (any::<u32>(), any::<u32>(), shown, any::<bool>(), option::of(finite())).prop_map(
        |(judge, repeat, shown, is_null_model, share)| JudgeVote {
            judge,
            repeat,
            shown,
            is_null_model,
            share,
        },
    );
    (length(), option::of(length()), vec(vote, 0..3)).prop_map(|(reply, other, votes)| JudgedReply {
        reply,
        other,
        votes,
    })
}

fn review() -> impl Strategy<Value = Review> {
    let score = (
        vec((text(), float()), 0..3),
        option::of(text()),
        option::of(any::<(usize, usize)>()),
        vec(text(), 0..3),
        option::of(text()),
        option::of(audit()),
        option::of(judged()),
    )
        .prop_map(|(values, answer, answer_span, targets, explanation, audit, judged)| Score {
            values: values.into_iter().collect(),
            answer,
            answer_span,
            targets,
            explanation,
            audit,
            judged: judged.map(Box::new),
        });
    let verdict = prop_oneof![score.prop_map(Verdict::Scored), failure().prop_map(Verdict::Failed)];
    let kinds = (option::of(text()), option::of(text()));
    (any::<u64>(), any::<u32>(), text(), text(), kinds, vec(text(), 0..3), verdict).prop_map(
        |(index, repeat, sample_id, subset, (category, cluster), targets, verdict)| Review {
            index,
            repeat,
            sample_id,
            subset,
            category,
            cluster,
            targets,
            verdict,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn journal_entries_come_back_equal(entries in vec(entry(), 1..4)) {
        let place = tempfile::tempdir().unwrap();
        let folder = create(place.path());
        let journal = folder.journal(MODEL, BENCHMARK, SUBSET).unwrap();
        entries.iter().for_each(|entry| journal.append(entry).unwrap());
        let again = folder.journal(MODEL, BENCHMARK, SUBSET).unwrap();
        for entry in &entries {
            let recorded = again.recorded(&entry.key).unwrap().unwrap();
            prop_assert_eq!((&recorded.digest, &recorded.outcome), (&entry.digest, &entry.outcome));
        }
        let mut sorted = entries.clone();
        sorted.sort_by_key(|entry| entry.key);
        let read: Vec<_> =
            folder.read_journal(MODEL, BENCHMARK, SUBSET).unwrap().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(read, sorted);
    }

    #[test]
    fn reviews_come_back_equal(reviews in vec(review(), 1..4)) {
        let place = tempfile::tempdir().unwrap();
        let folder = create(place.path());
        let mut writer = folder.reviews(MODEL, BENCHMARK, SUBSET).unwrap();
        reviews.iter().for_each(|review| writer.append(review).unwrap());
        writer.finish().unwrap();
        let mut sorted = reviews.clone();
        sorted.sort_by_key(|review| (review.index, review.repeat));
        let read: Vec<_> =
            folder.read_reviews(MODEL, BENCHMARK, SUBSET).unwrap().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(read, sorted);
    }
}

#[test]
fn long_input_of_a_program_is_shortened_once_and_stays_apart_from_another() {
    let line = |stdin: String| {
        let mut entry = crate::support::entry(0, "x");
        let (language, program) = ("python".to_owned(), String::new());
        entry.effect =
            Effect::Execute(ExecuteRequest { language, program, stdin, limits: Limits::default() });
        entry.to_line().unwrap()
    };
    let whole = |length: usize| line("é".repeat(length / 2));
    assert_eq!(JournalEntry::from_line(&whole(10_000)).unwrap().to_line().unwrap(), whole(10_000));
    assert!(whole(10_000).len() > 10_000 && !String::from_utf8(whole(10_000)).unwrap().contains("digest "));
    let long = |end: &str| line(format!("{}{end}", "é".repeat(10_000)));
    let (one, other) = (long("a"), long("b"));
    assert!(one.len() < 11_000);
    assert_ne!(one, other, "they differ at their end only");
    let read = JournalEntry::from_line(&one).unwrap();
    assert_eq!(read.to_line().unwrap(), one, "what was shortened is not shortened again");
}

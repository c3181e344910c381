//! What the parent makes of a worker's logits is what they say, however little room there is.

use crate::model::{context, facts, options, replies, scores, with};
use crate::toy;
use evalscope_core::{Input, Message};
use evalscope_engine_llama::open;
use evalscope_engine_llama::protocol::Facts;
use evalscope_model_api::{Model, Prompt};
use futures::future::join_all;

fn ids(text: &str) -> Vec<u32> {
    std::iter::once(toy::BOS).chain(text.bytes().map(u32::from)).collect()
}

/// The log-probability of a continuation, computed directly.
fn expected(prefix: &str, continuation: &str) -> f64 {
    let mut tokens = ids(prefix);
    let mut sum = 0.0;
    for token in continuation.bytes().map(u32::from) {
        let row = toy::logits(&tokens);
        let total: f64 = row.iter().map(|logit| f64::from(*logit).exp()).sum();
        sum += f64::from(row[token as usize]) - total.ln();
        tokens.push(token);
    }
    sum
}

/// The most likely text, computed directly.
fn greedy(prompt: &str, count: usize) -> String {
    let mut tokens = ids(prompt);
    let mut text = String::new();
    for _ in 0..count {
        let row = toy::logits(&tokens);
        let best = (0..row.len()).rev().max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
        tokens.push(best as u32);
        text.push(best as u8 as char);
    }
    text
}

/// Many requests at once, with shared and unlike beginnings, scored and written.
async fn agrees(model: &dyn Model) {
    let continuations = [" one", " two and more", " three", " f"];
    let prefix = |index: usize| format!("shared beginning {} q{index}", index % 3);
    let asked = (0..24).map(|index| async move {
        let context = context();
        let scored = model.loglikelihood(&scores(&prefix(index), &continuations), &context).await.unwrap();
        for (score, continuation) in scored.iter().zip(continuations) {
            let expected = expected(&prefix(index), continuation);
            assert!((score.sum - expected).abs() < 1e-4, "{index} {continuation}: {} {expected}", score.sum);
        }
    });
    let written = (0..12).map(|index| async move {
        let prompt = format!("write {index}");
        let reply = model.generate(&replies(&prompt, 20, 5), &context()).await.unwrap();
        assert_eq!(reply.completions.len(), 5);
        for completion in &reply.completions {
            assert_eq!(completion.text, greedy(&prompt, 20), "{index}");
        }
    });
    futures::join!(join_all(asked), join_all(written));
}

#[tokio::test]
async fn logits_become_the_scores_and_texts_that_they_say() {
    let (_folder, model) = with(Facts { cells: 4096, sequences: 200, ..facts() });
    agrees(model.as_ref()).await;
}

#[tokio::test]
async fn little_room_changes_nothing() {
    for (cells, sequences) in [(256, 16), (100, 5), (64, 2), (64, 3), (64, 200)] {
        let (_folder, model) = with(Facts { cells, sequences, ..facts() });
        agrees(model.as_ref()).await;
    }
}

#[tokio::test]
async fn models_that_cannot_be_cut_are_not() {
    let (_folder, model) = with(Facts { cuts: false, cells: 512, ..facts() });
    agrees(model.as_ref()).await;
}

#[tokio::test]
async fn several_workers_share_the_work() {
    let (_folder, mut options) = options(&serde_json::to_string(&facts()).unwrap());
    options.workers = Some(3);
    let model = open(options).unwrap();
    agrees(model.as_ref()).await;
}

#[tokio::test]
async fn one_that_needs_all_the_room_gets_it() {
    let (_folder, model) = with(Facts { cells: 64, ..facts() });
    // The kept prompt of the first leaves no room for the second.
    for prompt in ["first", "second"] {
        let long = prompt.repeat(6);
        let reply = model.generate(&replies(&long, 60, 3), &context()).await.unwrap();
        let room = 64 - ids(&long).len();
        assert_eq!(reply.completions[2].text, greedy(&long, room));
    }
}

#[tokio::test]
async fn text_conversations_and_whole_texts_work_as_with_the_other_engine() {
    let (_folder, model) = with(facts());
    assert_eq!(model.tokenize("ab").await.unwrap(), [97, 98]);
    let mut request = replies("", 10, 1);
    request.input = Input::Chat(vec![Message::user("hello")]);
    assert_eq!(model.generate(&request, &context()).await.unwrap().text(), greedy("hello\n", 10));
    let text = model.score_text(&Prompt::Tokens(ids("abc")), 1, 0, &context()).await.unwrap();
    let sum: f64 = text.tokens.iter().filter_map(|token| token.logprob).sum();
    assert!((sum - expected("", "abc")).abs() < 1e-4);
    let rolling = model.loglikelihood_rolling("abc", &context()).await.unwrap();
    assert!((rolling.sum - expected("", "abc")).abs() < 1e-4);
    let too_long = model.generate(&replies(&"x".repeat(64), 5, 1), &context()).await.unwrap_err();
    assert_eq!(too_long.kind, evalscope_core::FailureKind::ContextTooLong);
}

#[tokio::test]
async fn what_prompts_share_is_computed_once_also_when_it_is_little() {
    let (folder, model) = with(Facts { cells: 4096, sequences: 200, ..facts() });
    let passes = folder.path().join("passes");
    std::fs::write(&passes, "").unwrap();
    let prompts: Vec<String> =
        (b'a'..b'i').map(|last| format!("nineteen letters...{}", last as char)).collect();
    let model = &model;
    let asked = prompts
        .iter()
        .map(|prompt| async move { model.loglikelihood(&scores(prompt, &["x"]), &context()).await.unwrap() });
    join_all(asked).await;
    let passes = std::fs::read_to_string(passes).unwrap();
    let counts: Vec<usize> = passes.split_whitespace().map(|count| count.parse().unwrap()).collect();
    // The first has 21 tokens, and the other seven one of their own each.
    assert_eq!(counts.iter().sum::<usize>(), 21 + 7, "{passes}");
}

#[test]
fn identity_and_notices_say_what_decides() {
    let (folder, mut options) = options(&serde_json::to_string(&Facts { bits: 4.5, ..facts() }).unwrap());
    options.mode = evalscope_engine_llama::protocol::Mode::Fast;
    let model = open(options).unwrap();
    let identity = model.identity();
    assert_eq!(identity["mode"], "fast");
    assert_eq!(identity["file"], "model.gguf");
    assert_eq!((identity["gpu_layers"].as_str(), identity["workers"].as_str()), ("all that fit", "1"));
    assert!(identity["engine"].starts_with("evalscope-engine-llama"));
    assert_eq!(identity["sha256"].len(), 64);
    // Log-probabilities depend on which prefixes are kept.
    assert!(identity.contains_key("prefixes"));
    assert!(model.capabilities().notices[0].contains("fewer than 16 bits"));
    drop(folder);
}

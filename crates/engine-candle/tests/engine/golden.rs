//! SmolLM2 against a reference in 64-bit floats (`vectors/smollm2.json` says which).

use crate::calls::{chat, choices, context, greedy, open, score, write};
use crate::smollm2;
use evalscope_core::{FinishReason, Message};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../vectors/smollm2.json")).unwrap()
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn assert_close(ours: f64, reference: &Value, most: f64, what: &str) {
    let reference = reference.as_f64().unwrap();
    assert!((ours - reference).abs() < most, "{what}: {ours} and not {reference}");
}

#[tokio::test]
async fn tokens_are_those_of_the_reference() {
    let Some(path) = smollm2::path() else { return };
    let model = open(&path, |_| {});
    for case in vectors()["tokens"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let ids = model.tokenize(text).await.unwrap();
        assert_eq!(serde_json::json!(ids), case["ids"], "{text:?}");
    }
}

#[tokio::test]
async fn log_probabilities_are_those_of_the_reference() {
    let Some(path) = smollm2::path() else { return };
    let model = open(&path, |_| {});
    let vectors = vectors();
    let text = vectors["text"]["text"].as_str().unwrap();
    let (first, rest) = text.split_at(3);
    let ours = &score(model.as_ref(), &choices(&[first], &[rest])).await[0];
    let reference = vectors["text"]["logprobs"].as_array().unwrap();
    assert_eq!(ours.per_token.len(), reference.len());
    for (index, (ours, reference)) in ours.per_token.iter().zip(reference).enumerate() {
        assert_close(*ours, reference, 1e-4, &format!("token {index}"));
    }
}

#[tokio::test]
async fn choices_are_scored_as_by_the_reference() {
    let Some(path) = smollm2::path() else { return };
    let model = open(&path, |_| {});
    let vectors = vectors();
    let case = &vectors["choices"];
    let request = choices(&[case["context"].as_str().unwrap()], &texts(&case["continuations"]));
    let scores = score(model.as_ref(), &request).await;
    for (ours, reference) in scores.iter().zip(case["scores"].as_array().unwrap()) {
        assert_close(ours.sum, &reference["sum"], 1e-3, "sum");
        assert_eq!(serde_json::json!(ours.is_greedy), reference["is_greedy"]);
        assert_eq!(ours.tokens as usize, reference["ids"].as_array().unwrap().len());
        for (ours, reference) in ours.per_token.iter().zip(reference["per_token"].as_array().unwrap()) {
            assert_close(*ours, reference, 1e-4, "token");
        }
    }
    let empty = &vectors["empty"];
    let alone = choices(&[], &[empty["continuation"].as_str().unwrap()]);
    assert_close(score(model.as_ref(), &alone).await[0].sum, &empty["sum"], 1e-4, "empty prefix");
    let rolling =
        model.loglikelihood_rolling(empty["continuation"].as_str().unwrap(), &context()).await.unwrap();
    assert_close(rolling.sum, &empty["sum"], 1e-4, "rolling");
}

#[tokio::test]
async fn greedy_replies_are_those_of_the_reference() {
    let Some(path) = smollm2::path() else { return };
    let model = open(&path, |_| {});
    for case in vectors()["greedy"].as_array().unwrap() {
        let reply = write(model.as_ref(), case["prompt"].as_str().unwrap(), greedy(24)).await.unwrap();
        assert_eq!(reply.text(), case["text"].as_str().unwrap());
    }
}

#[tokio::test]
async fn chats_are_laid_out_and_answered_as_by_the_reference() {
    let Some(path) = smollm2::path() else { return };
    let model = open(&path, |_| {});
    for case in vectors()["chat"].as_array().unwrap() {
        let prompt = case["prompt"].as_str().unwrap();
        let messages: Vec<Message> = serde_json::from_value(case["messages"].clone()).unwrap();
        let reply = chat(model.as_ref(), &messages, greedy(24)).await.unwrap();
        assert_eq!(reply.text(), case["text"].as_str().unwrap());
        let input = case["ids"].as_array().unwrap().len() as u64;
        assert_eq!(reply.usage.unwrap().input_tokens, input, "{prompt}");
        let raw = write(model.as_ref(), prompt, greedy(24)).await.unwrap();
        assert_eq!((raw.text(), raw.usage), (reply.text(), reply.usage));
        let has_default = prompt.contains("You are a helpful AI assistant named SmolLM");
        assert_eq!(has_default, messages[0].role != evalscope_core::Role::System);
    }
}

#[tokio::test]
async fn a_chat_ends_with_its_end_token() {
    let Some(path) = smollm2::path() else { return };
    let model = open(&path, |_| {});
    let reply = chat(model.as_ref(), &[Message::user("What is the capital of France?")], greedy(64)).await;
    let reply = reply.unwrap();
    assert_eq!(reply.completions[0].finish, FinishReason::Stop);
    assert_eq!(reply.text(), "The capital of France is Paris.");
}

//! What clients of OpenAI's API send and expect beside the question.

use crate::parrot::{ask, post, start};
use serde_json::{Value, json};

#[tokio::test]
async fn what_asks_for_nothing_is_taken() {
    let address = start(None).await;
    let user = json!([{"role": "user", "content": "hi"}]);
    for more in [
        json!({"response_format": {"type": "text"}, "modalities": ["text"], "service_tier": "auto"}),
        json!({"tools": [], "tool_choice": "none", "parallel_tool_calls": true, "functions": null}),
        json!({"stream": null, "stream_options": null, "logprobs": null, "top_logprobs": null, "stop": null}),
        json!({"n": 2, "best_of": 2, "logit_bias": {}, "top_k": -1, "safety_identifier": "me", "suffix": ""}),
        json!({"response_format": {}, "modalities": [], "tool_choice": "", "function_call": false}),
        json!({"stream_options": {"include_usage": true, "include_obfuscation": false}, "max_tokens": null}),
    ] {
        let mut request = more.clone();
        request["messages"] = user.clone();
        let (status, answer) = post(address, "/v1/chat/completions", &request).await;
        assert_eq!(status, 200, "{more}: {answer}");
    }
    let request = json!({"messages": user, "max_tokens": 3, "max_completion_tokens": 5, "top_k": 7});
    let (_, answer) = post(address, "/v1/chat/completions", &request).await;
    assert_eq!(answer["choices"][0]["message"]["content"], "hi tSome(1.0) mSome(5) kSome(7) []");
}

#[tokio::test]
async fn messages_are_taken_as_clients_keep_them() {
    let address = start(None).await;
    let answered = json!({"role": "assistant", "content": "b", "refusal": null, "annotations": [], "audio": null,
                          "function_call": null, "tool_calls": null});
    let messages = json!([{"role": "developer", "content": "a", "name": "x"}, answered,
                          {"role": "user", "content": [{"type": "text", "text": "c"}]}]);
    let (status, answer) = post(address, "/v1/chat/completions", &json!({"messages": messages})).await;
    assert_eq!(status, 200, "{answer}");
    let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(text.starts_with("System:aAssistant:bUser:c"), "{text}");
    let image = json!([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]);
    for (content, word) in [
        (image, "sees no images"),
        (json!([{"type": "input_audio"}]), "`input_audio`"),
        (json!([{"text": "a"}]), "`type`"),
        (json!(5), "text or a list of parts"),
        (Value::Null, "no `content`"),
    ] {
        let request = json!({"messages": [{"role": "user", "content": content}]});
        let (status, answer) = post(address, "/v1/chat/completions", &request).await;
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(status == 400 && message.contains(word), "{status} {message}");
    }
    let called = json!([{"role": "assistant", "content": null, "tool_calls": [{"id": "a"}]}]);
    let (status, answer) = post(address, "/v1/chat/completions", &json!({"messages": called})).await;
    assert!(status == 400 && answer.to_string().contains("`tool_calls`"), "{answer}");
}

#[tokio::test]
async fn a_chat_template_is_told_what_it_is_to_be_told() {
    let address = start(None).await;
    let request = json!({"messages": [{"role": "user", "content": "extra"}],
                         "chat_template_kwargs": {"enable_thinking": false}});
    let (_, answer) = post(address, "/v1/chat/completions", &request).await;
    let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(text.contains("chat_template_kwargs") && text.contains("enable_thinking"), "{answer}");
    let request = json!({"prompt": "extra", "chat_template_kwargs": {"enable_thinking": false}});
    assert_eq!(post(address, "/v1/completions", &request).await.0, 400);
}

#[tokio::test]
async fn each_call_without_a_seed_draws_anew() {
    let address = start(None).await;
    let text = async |request: Value| {
        let (_, answer) = post(address, "/v1/completions", &request).await;
        let choices = answer["choices"].as_array().unwrap();
        choices.iter().map(|choice| choice["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let two = text(json!({"prompt": ["seed", "seed"]})).await;
    assert!(two[0].contains("Some(") && two[0] != two[1], "{two:?}");
    assert_ne!(text(json!({"prompt": "seed"})).await, text(json!({"prompt": "seed"})).await);
    assert_eq!(text(json!({"prompt": "seed", "seed": 7})).await, ["seed Some(7)"]);
}

#[tokio::test]
async fn an_answer_has_one_name_and_no_other_has_it() {
    let address = start(None).await;
    let request = json!({"messages": [{"role": "user", "content": "hi"}], "stream": true, "n": 2,
                         "stream_options": {"include_usage": true}});
    let streamed = async || {
        let (_, body) = ask(address, "POST /v1/chat/completions", &request.to_string()).await;
        let events = body.lines().filter_map(|line| line.strip_prefix("data: {"));
        events.map(|event| serde_json::from_str(&format!("{{{event}")).unwrap()).collect::<Vec<Value>>()
    };
    let (one, other) = (streamed().await, streamed().await);
    assert!(one.iter().all(|event| event["id"] == one[0]["id"] && event["created"] == one[0]["created"]));
    assert_ne!(one[0]["id"], other[0]["id"]);
    // Each reply says once who speaks, and before anything else.
    let roles: Vec<&Value> =
        one.iter().filter(|event| event["choices"][0]["delta"].get("role").is_some()).collect();
    assert_eq!((roles.len(), &one[0]["choices"][0]["delta"]["role"]), (2, &json!("assistant")));
    assert_eq!((&one[1]["choices"][0]["index"], &one[1]["usage"]), (&json!(1), &Value::Null));
    let text = |index: usize| -> String {
        let choices = one.iter().map(|event| &event["choices"][0]).filter(|choice| choice["index"] == index);
        choices.filter_map(|choice| choice["delta"]["content"].as_str()).collect()
    };
    assert!(text(0) == text(1) && text(0).starts_with("hi t"), "{}", text(0));
    let plain = json!({"prompt": "hi"});
    let (_, one) = post(address, "/v1/completions", &plain).await;
    let (_, other) = post(address, "/v1/completions", &plain).await;
    assert_ne!(one["id"], other["id"]);
}

#[tokio::test]
async fn a_model_is_found_by_its_name() {
    let address = start(None).await;
    let (status, body) = ask(address, "GET /v1/models/parrot", "").await;
    let model: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &model["id"], &model["object"]), (200, &json!("parrot"), &json!("model")));
    let (status, body) = ask(address, "GET /v1/models/org%2Fowl", "").await;
    assert!(status == 404 && body.contains("`org/owl`") && body.contains("model_not_found"), "{body}");
    assert_eq!(ask(address, "GET /v1/models/org/owl", "").await.0, 404);
}

#[tokio::test]
async fn health_says_when_the_engine_has_died() {
    let address = start(None).await;
    assert_eq!(post(address, "/v1/completions", &json!({"prompt": "die"})).await.0, 500);
    let (status, body) = ask(address, "GET /health", "").await;
    assert!(status == 503 && body.contains("died"), "{status} {body}");
    // Another engine of the same model may live.
    assert_eq!(post(address, "/v1/completions", &json!({"prompt": "a"})).await.0, 200);
    assert_eq!(ask(address, "GET /health", "").await.0, 200);
}

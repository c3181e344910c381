//! What is said of a field that holds something else than it may.

use crate::parrot::{ask, post, start};
use serde_json::{Value, json};

#[tokio::test]
async fn a_field_of_the_wrong_kind_is_named_with_what_it_may_hold() {
    let address = start(None).await;
    let number = "a whole number from 0 to 4294967295 is wanted";
    for (field, value, message) in [
        ("max_tokens", json!(-1), format!("`max_tokens` is -1, and {number}")),
        ("max_tokens", json!(2.5), format!("`max_tokens` is 2.5, and {number}")),
        ("n", json!("2"), format!("`n` is \"2\", and {number}")),
        ("temperature", json!("hot"), "`temperature` is \"hot\", and a number is wanted".to_owned()),
        ("seed", json!("x".repeat(50)), "`seed` is a text, and a whole number is wanted".to_owned()),
        ("stop", json!(5), "`stop` is 5, and a text or a list of texts is wanted".to_owned()),
        ("stream", json!([]), "`stream` is a list, and true or false is wanted".to_owned()),
        ("stream_options", json!(true), "`stream_options` is true, and an object is wanted".to_owned()),
        ("model", json!({}), "`model` is an object, and a text is wanted".to_owned()),
        ("best_of", json!(3), "`best_of` can only be `n` here, which is 1, not 3".to_owned()),
    ] {
        let mut request = json!({"messages": [{"role": "user", "content": "hi"}], "prompt": null});
        request[field] = value;
        let (status, answer) = post(address, "/v1/chat/completions", &request).await;
        let error =
            json!({"message": message, "type": "invalid_request_error", "param": field, "code": null});
        assert_eq!((status, &answer["error"]), (400, &error));
    }
}

#[tokio::test]
async fn what_stands_deeper_and_what_is_missing_is_named_too() {
    let address = start(None).await;
    let user = json!([{"role": "user", "content": "hi"}]);
    for (path, request, field) in [
        (
            "chat/completions",
            json!({"messages": user, "stream_options": {"include_usage": 1}}),
            "stream_options.include_usage",
        ),
        ("chat/completions", json!({"messages": user, "stream_options": {"more": 1}}), "stream_options.more"),
        ("chat/completions", json!({"messages": [user[0], {"role": "robot"}]}), "messages[1].role"),
        ("chat/completions", json!({"messages": [{"content": "hi"}]}), "messages[0].role"),
        ("chat/completions", json!({"messages": ["hi"]}), "messages[0]"),
        ("chat/completions", json!({"messages": "hi"}), "messages"),
        ("chat/completions", json!({"prompt": "hi"}), "messages"),
        ("completions", json!({"messages": user}), "prompt"),
        ("completions", json!({"prompt": [1, "a"]}), "prompt"),
        ("completions", json!({"prompt": "a", "logprobs": true}), "logprobs"),
        ("embeddings", json!({"input": [1]}), "input"),
        ("embeddings", json!({"input": "a", "encoding_format": "hex"}), "encoding_format"),
    ] {
        let (status, answer) = post(address, &format!("/v1/{path}"), &request).await;
        assert_eq!((status, &answer["error"]["param"]), (400, &json!(field)), "{request}: {answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(&format!("`{field}`")), "{answer}");
    }
    for (body, word) in
        [("[1]", "a list, and a JSON object is wanted"), ("{", "not valid JSON"), ("", "not valid JSON")]
    {
        let (status, answer) = ask(address, "POST /v1/completions", body).await;
        assert!(status == 400 && answer.contains(word), "{status} {answer}");
    }
}

#[tokio::test]
async fn a_request_of_another_type_is_refused() {
    let address = start(None).await;
    // A page elsewhere may send texts here, and no JSON.
    let head = "POST /v1/completions HTTP/1.1\r\nContent-Type: text/plain\r\nX-Rest:";
    let (status, answer) = ask(address, head, r#"{"prompt": "a"}"#).await;
    assert!(status == 400 && answer.contains("application/json"), "{status} {answer}");
}

#[tokio::test]
async fn a_long_request_is_read_like_others() {
    let address = start(None).await;
    let messages: Vec<Value> =
        (0..2000).map(|_| json!({"role": "user", "content": "hello, and goodbye"})).collect();
    let (status, answer) = post(address, "/v1/chat/completions", &json!({"messages": messages})).await;
    assert_eq!(status, 200, "{answer}");
    let request = json!({"messages": messages, "n": "x"}).to_string();
    let (status, answer) = ask(address, "POST /v1/chat/completions", &request).await;
    assert!(status == 400 && answer.contains("`n`"), "{status} {answer}");
}

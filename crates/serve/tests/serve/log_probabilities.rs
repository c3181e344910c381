//! Log-probabilities of given text and of replies, in both forms.

use crate::parrot::{LAST, ask, post, start};
use serde_json::{Value, json};

#[tokio::test]
async fn given_text_has_log_probabilities() {
    let address = start(None).await;
    let request =
        json!({"prompt": [[4, 5], [6]], "echo": true, "logprobs": 1, "max_tokens": 1, "temperature": 0});
    let (status, answer) = post(address, "/v1/completions", &request).await;
    assert_eq!(status, 200, "{answer}");
    let expected = json!({
        "tokens": ["<4>", "<5>", "n"], "token_logprobs": [null, -5.0, -0.5],
        "top_logprobs": [null, {"x": -0.5, "<5>": -5.0}, {"n": -0.5}], "text_offset": [0, 3, 6],
    });
    assert_eq!(answer["choices"][0]["logprobs"], expected);
    assert_eq!(answer["choices"][1]["text"], "<6>n");
    assert_eq!(answer["choices"][1]["finish_reason"], "length");
}

#[tokio::test]
async fn a_token_that_ends_the_text_is_scored_and_no_part_of_it() {
    let address = start(None).await;
    let asked = |more: Value| {
        let mut request =
            json!({"prompt": [4, LAST], "echo": true, "logprobs": 1, "max_tokens": 1, "temperature": 0});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        async move { post(address, "/v1/completions", &request).await.1["choices"][0].clone() }
    };
    let choice = asked(json!({})).await;
    let text = format!("<4><{LAST}>");
    assert_eq!((&choice["text"], &choice["finish_reason"]), (&json!(text), &json!("stop")));
    assert_eq!(choice["logprobs"]["token_logprobs"], json!([null, -f64::from(LAST), -0.5]));
    // Where texts end a reply, it has to be written.
    let choice = asked(json!({"stop": ["x"]})).await;
    assert!(choice["text"].as_str().unwrap().contains("tSome"), "{choice}");
}

#[tokio::test]
async fn a_token_after_a_full_context_is_refused_whether_it_is_drawn_or_scored() {
    let address = start(None).await;
    for (letters, max_tokens, expected) in [(20, 0, 200), (20, 1, 400), (19, 1, 200)] {
        let request = json!({"prompt": "a".repeat(letters), "echo": true, "logprobs": 1, "temperature": 0,
                             "max_tokens": max_tokens});
        let (status, answer) = post(address, "/v1/completions", &request).await;
        assert_eq!(status, expected, "{letters} + {max_tokens}: {answer}");
        if status == 400 {
            assert_eq!(answer["error"]["code"], "context_length_exceeded");
        }
    }
}

#[tokio::test]
async fn replies_have_log_probabilities_in_both_forms() {
    let address = start(None).await;
    let request = json!({"prompt": [7, 8], "logprobs": 1, "temperature": 0});
    let (status, answer) = post(address, "/v1/completions", &request).await;
    assert_eq!(status, 200, "{answer}");
    let how = " tSome(0.0) mSome(16) kNone []";
    assert_eq!(answer["choices"][0]["text"], format!("[7, 8]{how}"));
    let expected = json!({
        "tokens": ["[7, 8]", how], "token_logprobs": [-0.25, -0.25],
        "top_logprobs": [{"!": -0.125, "[7, 8]": -0.25}, {"!": -0.125, how: -0.25}], "text_offset": [0, 6],
    });
    assert_eq!(answer["choices"][0]["logprobs"], expected);
    let user = json!([{"role": "user", "content": "hi"}]);
    let request = json!({"messages": user, "logprobs": true, "top_logprobs": 1, "n": 2});
    let (_, answer) = post(address, "/v1/chat/completions", &request).await;
    let expected = json!({"token": "hi", "logprob": -0.25, "bytes": [104, 105],
                          "top_logprobs": [{"token": "!", "logprob": -0.125, "bytes": [33]}]});
    assert_eq!(answer["choices"][1]["logprobs"]["content"][0], expected);
    let (_, answer) =
        post(address, "/v1/chat/completions", &json!({"messages": user, "logprobs": false})).await;
    assert_eq!(answer["choices"][0]["logprobs"], Value::Null);
}

#[tokio::test]
async fn given_text_and_what_follows_it_are_one_list() {
    let address = start(None).await;
    let request = json!({"prompt": "ab", "echo": true, "logprobs": 0, "max_tokens": 5});
    let (status, answer) = post(address, "/v1/completions", &request).await;
    assert_eq!(status, 200, "{answer}");
    let choice = &answer["choices"][0];
    let how = " tSome(1.0) mSome(5) kNone []";
    assert_eq!(choice["text"], format!("abab{how}"), "the prompt as it was sent");
    assert_eq!(choice["logprobs"]["tokens"], json!(["<97>", "<98>", "ab", how]));
    assert_eq!(choice["logprobs"]["token_logprobs"], json!([null, -98.0, -0.25, -0.25]));
    assert_eq!(choice["logprobs"]["top_logprobs"][2], json!({"ab": -0.25}));
    assert_eq!(choice["logprobs"]["text_offset"], json!([0, 0, 2, 4]));
    let (_, bare) =
        post(address, "/v1/completions", &json!({"prompt": "ab", "echo": true, "max_tokens": 5})).await;
    assert_eq!(bare["choices"][0]["text"], choice["text"], "with log-probabilities and without");
    let (_, answer) =
        post(address, "/v1/completions", &json!({"prompt": [5], "echo": true, "temperature": 0})).await;
    assert_eq!(answer["choices"][0]["text"], "<5>[5] tSome(0.0) mSome(16) kNone []");
}

#[tokio::test]
async fn streams_carry_them_too() {
    let address = start(None).await;
    let events = async |path: &str, request: Value| -> Vec<Value> {
        let (status, body) = ask(address, &format!("POST {path}"), &request.to_string()).await;
        assert_eq!(status, 200, "{body}");
        let events = body.lines().filter_map(|line| line.strip_prefix("data: {"));
        events.map(|event| serde_json::from_str(&format!("{{{event}")).unwrap()).collect()
    };
    let request = json!({"prompt": "abc", "logprobs": 0, "stream": true, "n": 2});
    let texts = events("/v1/completions", request).await;
    let of_second: Vec<&Value> =
        texts.iter().map(|event| &event["choices"][0]).filter(|choice| choice["index"] == 1).collect();
    assert_eq!(of_second[1]["logprobs"]["text_offset"], json!([3]));
    assert_eq!(of_second[1]["logprobs"]["token_logprobs"], json!([-0.25]));
    assert_eq!(of_second[2]["finish_reason"], "length");
    let request = json!({"prompt": "bytes", "logprobs": 0, "stream": true});
    let in_pieces: Vec<Value> = (events("/v1/completions", request).await.iter())
        .filter_map(|event| event["choices"][0]["logprobs"]["text_offset"].get(0).cloned())
        .collect();
    let (_, whole) = post(address, "/v1/completions", &json!({"prompt": "bytes", "logprobs": 0})).await;
    assert_eq!(json!(in_pieces), whole["choices"][0]["logprobs"]["text_offset"]);
    assert_eq!(json!(in_pieces), json!([0, 1, 1, 2]));
    let user = json!([{"role": "user", "content": "hi"}]);
    let request = json!({"messages": user, "logprobs": true, "stream": true});
    let pieces = events("/v1/chat/completions", request).await;
    assert_eq!(pieces[1]["choices"][0]["logprobs"]["content"][0]["bytes"], json!([104, 105]));
}

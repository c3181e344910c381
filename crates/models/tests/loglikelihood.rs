//! Log-likelihoods through echoed prompts, against a toy whose numbers are known.

mod support;

use evalscope_core::{ContinuationTokens, FailureKind, LoglikelihoodRequest};
use evalscope_testserver::{Echo, Fault, toy};
use support::{completions, context, echoing, scoring};

/// Sum, greediness and count of the toy's tokens behind `skipped` ones.
fn known(text: &str, skipped: usize) -> (f64, bool, u32) {
    let tokens = toy::tokens(text);
    let pairs = || tokens.windows(2).skip(skipped - 1);
    let sum = pairs().map(|pair| toy::logprob(pair[0], pair[1])).sum();
    let is_greedy = pairs().all(|pair| toy::rival(pair[0], pair[1]).is_none());
    (sum, is_greedy, pairs().count() as u32)
}

#[tokio::test]
async fn scores_are_those_of_the_continuation_s_tokens() {
    let server = echoing();
    let model = completions(&server);
    // The prefix ends with a space, which belongs to the continuation.
    let choices = ["red", "blue and green", "红 色"];
    let scores = model.loglikelihood(&scoring("The sky is ", &choices), &context()).await.unwrap();
    for (choice, score) in choices.iter().zip(&scores) {
        let (sum, is_greedy, tokens) = known(&format!("The sky is {choice}"), 3);
        assert!((score.sum - sum).abs() < 1e-12, "{choice}");
        assert_eq!((score.is_greedy, score.tokens, score.bytes), (is_greedy, tokens, choice.len() as u32));
        assert_eq!(score.per_token.len() as u32, tokens);
    }
    assert_eq!(server.calls(), 3, "one call a continuation");
}

#[tokio::test]
async fn both_kinds_of_greediness_occur_and_are_told_apart() {
    let server = echoing();
    let model = completions(&server);
    let words: Vec<String> = (0..20).map(|n| format!(" w{n}")).collect();
    let choices: Vec<&str> = words.iter().map(String::as_str).collect();
    let scores = model.loglikelihood(&scoring("The sky is", &choices), &context()).await.unwrap();
    let greedy: Vec<bool> = scores.iter().map(|score| score.is_greedy).collect();
    let expected: Vec<bool> = words.iter().map(|word| toy::rival(" is", word).is_none()).collect();
    assert_eq!(greedy, expected);
    assert!(greedy.contains(&true) && greedy.contains(&false));
}

#[tokio::test]
async fn what_is_asked_is_what_servers_take() {
    let server = echoing();
    server.record();
    completions(&server).loglikelihood(&scoring("a b", &[" c"]), &context()).await.unwrap();
    assert_eq!(
        server.seen()[0].json(),
        serde_json::json!({"model": "m", "prompt": "a b c", "max_tokens": 1, "temperature": 0, "echo": true,
                           "logprobs": 1})
    );
}

#[tokio::test]
async fn a_token_across_the_border_belongs_to_the_continuation() {
    let server = echoing();
    let scores = completions(&server).loglikelihood(&scoring("The sk", &["y is"]), &context()).await.unwrap();
    assert_eq!((scores[0].sum, scores[0].tokens), (known("The sky is", 1).0, 2));
}

#[tokio::test]
async fn the_last_token_alone_can_be_scored() {
    let server = echoing();
    let request =
        LoglikelihoodRequest { tokens: ContinuationTokens::LastAlone, ..scoring("The sky", &[" is blue"]) };
    let scores = completions(&server).loglikelihood(&request, &context()).await.unwrap();
    assert_eq!((scores[0].sum, scores[0].tokens), (toy::logprob(" is", " blue"), 1));
}

#[tokio::test]
async fn a_start_token_changes_no_score() {
    let server = echoing();
    let model = completions(&server);
    let request = scoring("The sky is", &[" blue", " red"]);
    let plain = model.loglikelihood(&request, &context()).await.unwrap();
    server.echo(Echo::WithStartToken);
    assert_eq!(model.loglikelihood(&request, &context()).await.unwrap(), plain);
    // Only with a start token has the first token of a text a number.
    let scores = model.loglikelihood(&scoring("", &["The sky"]), &context()).await.unwrap();
    assert_eq!(scores[0].sum, toy::logprob("<s>", "The") + toy::logprob("The", " sky"));
    server.echo(Echo::Honoured);
    let failure = model.loglikelihood(&scoring("", &["The sky"]), &context()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
}

#[tokio::test]
async fn parts_of_characters_are_counted() {
    let server = echoing();
    server.echo(Echo::BrokenCharacters);
    let model = completions(&server);
    // Each character outside ASCII comes back as three replacement signs.
    let scores = model.loglikelihood(&scoring("天 is", &[" blue", " 红", " red"]), &context()).await.unwrap();
    assert_eq!(scores.iter().map(|score| score.tokens).collect::<Vec<_>>(), [1, 4, 1]);
    assert_eq!(scores[0].sum, toy::logprob(" is", " blue"));
    assert_eq!(server.calls(), 4, "the prefix is counted once");
}

#[tokio::test]
async fn nothing_follows_for_certain() {
    let server = echoing();
    let scores =
        completions(&server).loglikelihood(&scoring("The sky", &["", " is"]), &context()).await.unwrap();
    assert_eq!((scores[0].sum, scores[0].is_greedy, scores[0].tokens), (0.0, true, 0));
    assert_eq!(server.calls(), 1);
}

#[tokio::test]
async fn one_failed_continuation_fails_the_request() {
    let server = echoing();
    server.fail_when("The sky is red", 400);
    let request = scoring("The sky is", &[" blue", " red"]);
    let failure = completions(&server).loglikelihood(&request, &context()).await.unwrap_err();
    assert_eq!((failure.kind, failure.status), (FailureKind::BadRequest, Some(400)));
}

#[tokio::test]
async fn passing_failures_are_tried_again() {
    let server = echoing();
    server.script([Fault::status(503), Fault::json("{}")]);
    completions(&server).loglikelihood(&scoring("The sky is", &[" blue"]), &context()).await.unwrap();
    assert_eq!(server.calls(), 3);
}

//! Log-likelihoods: which tokens are scored, and refusals.

use crate::calls::{choices, context, open, score};
use crate::tiny::{BOS, CONTEXT, Tiny};
use evalscope_core::{ContinuationTokens, FailureKind, LoglikelihoodRequest};
use evalscope_model_api::{Model, Prompt};
use std::sync::Arc;

fn tiny(file: Tiny) -> (tempfile::TempDir, Arc<dyn Model>) {
    let folder = tempfile::tempdir().unwrap();
    let model = open(&file.write(folder.path()), |_| {});
    (folder, model)
}

#[tokio::test]
async fn trailing_space_of_the_prefix_moves_to_the_continuation() {
    let (_folder, model) = tiny(Tiny::default());
    let moved = score(model.as_ref(), &choices(&["ab "], &["the"])).await;
    let direct = score(model.as_ref(), &choices(&["ab"], &[" the"])).await;
    assert_eq!(moved[0].per_token, direct[0].per_token);
    assert_eq!(moved[0].tokens, 1);
    assert_eq!((moved[0].bytes, direct[0].bytes), (3, 4));
}

#[tokio::test]
async fn segments_do_not_change_a_score() {
    let (_folder, model) = tiny(Tiny::default());
    let whole = score(model.as_ref(), &choices(&["one two three"], &[" x", " yz"])).await;
    let parts = score(model.as_ref(), &choices(&["one t", "wo ", "three"], &[" x", " yz"])).await;
    assert_eq!(whole, parts);
}

#[tokio::test]
async fn a_text_is_scored_behind_the_token_that_prompts_begin_with() {
    let (_folder, model) = tiny(Tiny::default());
    let ids = model.tokenize("abc").await.unwrap();
    let scored = async |prompt: Prompt| model.score_text(&prompt, 1, 0, &context()).await.unwrap().tokens;
    let of_text = scored(Prompt::Text("abc".into())).await;
    let begun = std::iter::once(BOS).chain(ids.iter().copied().filter(|id| *id != BOS)).collect();
    let of_tokens = scored(Prompt::Tokens(begun)).await;
    let numbers = |tokens: &[evalscope_model_api::ScoredToken]| {
        tokens.iter().map(|token| (token.bytes.clone(), token.logprob)).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&of_text), numbers(&of_tokens));
    assert_eq!(
        (of_text[0].bytes.as_slice(), of_text[0].logprob, of_text.len()),
        (b"<s>".as_slice(), None, 4)
    );
}

#[tokio::test]
async fn last_alone_scores_one_token() {
    let (_folder, model) = tiny(Tiny::default());
    let request = LoglikelihoodRequest {
        tokens: ContinuationTokens::LastAlone,
        ..choices(&["Answer: "], &["A", "B", "the C"])
    };
    let scores = score(model.as_ref(), &request).await;
    assert!(scores.iter().all(|score| score.tokens == 1 && score.sum < 0.0));
    assert_ne!(scores[0].sum, scores[1].sum);
}

#[tokio::test]
async fn probabilities_of_all_next_bytes_sum_to_one() {
    for tied in [true, false] {
        let (_folder, model) = tiny(Tiny { tied, ..Tiny::default() });
        // Every token that is no control token, as text; two control tokens are missing.
        let letters: Vec<String> = (0x21..0x7fu8).map(|byte| char::from(byte).to_string()).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        let scores = score(model.as_ref(), &choices(&["a"], &letters)).await;
        let sum: f64 = scores.iter().map(|score| score.per_token[0].exp()).sum();
        assert!(sum > 0.01 && sum < 1.0, "{sum}");
        assert!(scores.iter().filter(|score| score.is_greedy).count() <= 1);
    }
}

#[tokio::test]
async fn a_text_is_scored_in_windows() {
    let (_folder, model) = tiny(Tiny::default());
    let text: String = (0..700).map(|index| char::from(b'a' + (index * 7 % 26) as u8)).collect();
    let rolling = model.loglikelihood_rolling(&text, &context()).await.unwrap();
    let tokens = model.tokenize(&text).await.unwrap().len() as u64;
    assert_eq!((rolling.tokens, rolling.bytes), (tokens, 700));
    assert!(tokens > 2 * CONTEXT && rolling.sum < 0.0);
    let empty = model.loglikelihood_rolling("", &context()).await.unwrap();
    assert_eq!((empty.tokens, empty.sum), (0, 0.0));
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let (_folder, model) = tiny(Tiny::default());
    let request = choices(&[&"z".repeat(CONTEXT as usize)], &[" x"]);
    let failure = model.loglikelihood(&request, &context()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::ContextTooLong);
    let request = choices(&["a"], &[""]);
    let failure = model.loglikelihood(&request, &context()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
}

#[tokio::test]
async fn sentencepiece_joins_by_score_and_spells_the_rest_in_bytes() {
    let (_folder, model) = tiny(Tiny { sentencepiece: true, ..Tiny::default() });
    // 258 "th", 259 "the", 260 "▁the", 261 "in", 262 "er", 263 "▁", then t h e i n r.
    assert_eq!(model.tokenize("the").await.unwrap(), [260]);
    assert_eq!(model.tokenize("in the").await.unwrap(), [263, 261, 260]);
    assert_eq!(model.tokenize("é").await.unwrap(), [263, 0xc3, 0xa9]);
    assert_eq!(model.tokenize("<s>the</s>").await.unwrap(), [256, 260, 257]);
}

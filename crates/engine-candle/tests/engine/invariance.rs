//! The same bits alone and among others, on one and two threads, with and without the prefix cache and guesses.

use crate::calls::{choices, greedy, open, score, write};
use crate::smollm2;
use crate::tiny::Tiny;
use evalscope_core::{ContinuationScore, LoglikelihoodRequest, Sampling};
use evalscope_model_api::Model;
use futures::future::join_all;
use std::path::Path;

/// Requests that share prefixes, and some that do not.
fn requests(words: usize) -> Vec<LoglikelihoodRequest> {
    let shots: String = (0..words).map(|word| format!("the {word}th thing in here; ")).collect();
    (0..16)
        .map(|index| {
            let own = format!("Question {index}: {} Answer:", "other ".repeat(index));
            let prefix = if index % 3 == 0 { vec![own] } else { vec![shots.clone(), own] };
            LoglikelihoodRequest {
                prefix,
                continuations: vec![" A".into(), " the end of it".into(), " B and then more".into()],
                tokens: Default::default(),
            }
        })
        .collect()
}

fn bits(scores: &[ContinuationScore]) -> Vec<u64> {
    scores.iter().flat_map(|score| score.per_token.iter().map(|value| value.to_bits())).collect()
}

async fn scores_alone(model: &dyn Model, requests: &[LoglikelihoodRequest]) -> Vec<Vec<u64>> {
    let mut all = Vec::new();
    for request in requests {
        all.push(bits(&score(model, request).await));
    }
    all
}

async fn scores_together(model: &dyn Model, requests: &[LoglikelihoodRequest]) -> Vec<Vec<u64>> {
    join_all(requests.iter().map(|request| async { bits(&score(model, request).await) })).await
}

async fn replies(model: &dyn Model, prompts: usize, sampling: &Sampling) -> Vec<String> {
    let reply = |index: usize| async move {
        let prompt = format!("Number {index} of the list is{}", " a thing in".repeat(index));
        write(model, &prompt, sampling.clone()).await.unwrap().text().to_owned()
    };
    join_all((0..prompts).map(reply)).await
}

async fn check(path: &Path, words: usize, tokens: u32) {
    let requests = requests(words);
    let plain = open(path, |options| {
        options.threads = Some(1);
        options.prefix_cache = false;
        options.prompt_lookup = false;
        options.max_batch = 1;
    });
    let expected = scores_alone(plain.as_ref(), &requests).await;
    let warm = Sampling { temperature: Some(0.8), seed: Some(3), ..greedy(tokens) };
    let cold = greedy(tokens);
    let texts = replies(plain.as_ref(), 6, &cold).await;
    let drawn = replies(plain.as_ref(), 6, &warm).await;
    for threads in [1, 2] {
        let model = open(path, |options| options.threads = Some(threads));
        let (together, others) =
            futures::join!(scores_together(model.as_ref(), &requests), replies(model.as_ref(), 6, &cold));
        assert_eq!(together, expected, "together, {threads} threads");
        assert_eq!(others, texts, "beside scores, {threads} threads");
        // Now the prefixes are cached.
        assert_eq!(scores_together(model.as_ref(), &requests).await, expected, "cached, {threads} threads");
        assert_eq!(scores_alone(model.as_ref(), &requests[..4]).await, expected[..4]);
        assert_eq!(replies(model.as_ref(), 6, &warm).await, drawn, "seeded, {threads} threads");
    }
}

#[tokio::test]
async fn a_tiny_model_gives_the_same_bits_in_any_company() {
    let folder = tempfile::tempdir().unwrap();
    check(&Tiny::default().write(folder.path()), 4, 40).await;
}

#[tokio::test]
async fn smollm2_gives_the_same_bits_in_any_company() {
    let Some(path) = smollm2::path() else { return };
    check(&path, 12, 48).await;
}

#[tokio::test]
async fn prompts_are_cut_into_pieces_without_a_trace() {
    let folder = tempfile::tempdir().unwrap();
    let model = open(&Tiny::default().write(folder.path()), |_| {});
    // More than one pass of 256 rows, scored from the first token and from the last.
    let text: String = (0..280).map(|index| char::from(b'a' + (index % 23) as u8)).collect();
    let whole = &score(model.as_ref(), &choices(&[&text[..1]], &[&text[1..]])).await[0];
    for border in [30, 32, 100, 257, 279] {
        let part = &score(model.as_ref(), &choices(&[&text[..border]], &[&text[border..]])).await[0];
        let tail = &whole.per_token[whole.per_token.len() - part.per_token.len()..];
        assert_eq!(part.per_token, tail, "from {border}");
    }
}

//! Replies token by token: their log-probabilities, prompts of token ids, and pieces.

use crate::calls::{context, greedy, open};
use crate::tiny::{BOS, CONTEXT, Tiny};
use evalscope_core::{FailureKind, FinishReason, GenerateRequest, Input, Sampling};
use evalscope_model_api::{
    Beginning, CallContext, Model, Overflow, Piece, Prompt, ScoredToken, WriteRequest, Written,
};
use std::sync::{Arc, Mutex};

fn tiny() -> (tempfile::TempDir, Arc<dyn Model>) {
    let folder = tempfile::tempdir().unwrap();
    let model = open(&Tiny::default().write(folder.path()), |_| {});
    (folder, model)
}

fn after(prompt: Prompt, sampling: Sampling, likely: Option<usize>) -> WriteRequest {
    WriteRequest { beginning: Beginning::Prompt(prompt), sampling, likely }
}

async fn written(model: &dyn Model, request: &WriteRequest) -> Written {
    model.write(request, None, &context()).await.unwrap()
}

/// The id of a token of the tiny model.
async fn id(model: &dyn Model, bytes: &[u8]) -> u32 {
    match bytes {
        [byte] => u32::from(*byte),
        bytes => model.tokenize(std::str::from_utf8(bytes).unwrap()).await.unwrap()[0],
    }
}

fn joined(tokens: &[ScoredToken]) -> Vec<u8> {
    tokens.iter().flat_map(|token| token.bytes.clone()).collect()
}

fn warm() -> Sampling {
    Sampling { temperature: Some(1.5), seed: Some(5), repetition_penalty: Some(1.3), ..greedy(24) }
}

#[tokio::test]
async fn a_reply_has_the_log_probabilities_that_its_tokens_have_as_given_text() {
    let (_folder, model) = tiny();
    let prompt = vec![BOS, 97, 98, 99];
    let reply = written(model.as_ref(), &after(Prompt::Tokens(prompt.clone()), warm(), Some(3))).await;
    let [tokens] = reply.tokens.as_slice() else { panic!("one reply") };
    assert_eq!(reply.generation.completions[0].text, String::from_utf8_lossy(&joined(tokens)));
    let mut ids = prompt.clone();
    for token in tokens {
        ids.push(id(model.as_ref(), &token.bytes).await);
    }
    let given = model.score_text(&Prompt::Tokens(ids), 3, 0, &context()).await.unwrap();
    assert_eq!(tokens.as_slice(), &given.tokens[prompt.len()..]);
    assert!(tokens.len() > 20 && tokens.iter().any(|token| token.likely[0].bytes != token.bytes));
}

#[tokio::test]
async fn a_text_that_goes_on_keeps_the_space_that_its_tokens_begin_with() {
    let folder = tempfile::tempdir().unwrap();
    let file = Tiny { sentencepiece: true, ..Tiny::default() };
    let model = open(&file.write(folder.path()), |_| {});
    let mut spaces = 0;
    for seed in 0..40 {
        let sampling = Sampling { seed: Some(seed), ..warm() };
        let written =
            written(model.as_ref(), &after(Prompt::Text("the".into()), sampling.clone(), Some(0))).await;
        let text = &written.generation.completions[0].text;
        let shown: Vec<_> = written.tokens[0].iter().filter(|token| token.bytes != b"<s>").cloned().collect();
        assert_eq!(*text, String::from_utf8_lossy(&joined(&shown)));
        // Evaluations get it as transformers decodes a reply alone.
        let request = GenerateRequest::new(Input::Text("the".into()), sampling);
        let alone = model.generate(&request, &context()).await.unwrap().completions.remove(0).text;
        assert_eq!(alone, text.strip_prefix(' ').unwrap_or(text));
        spaces += usize::from(text.starts_with(' '));
    }
    assert!(spaces > 0, "no reply began with a space");
}

#[tokio::test]
async fn token_ids_are_gone_on_from_as_their_text_is() {
    let (_folder, model) = tiny();
    let of_text = written(model.as_ref(), &after(Prompt::Text("abc".into()), warm(), Some(0))).await;
    let of_ids =
        written(model.as_ref(), &after(Prompt::Tokens(vec![BOS, 97, 98, 99]), warm(), Some(0))).await;
    assert_eq!(of_text.tokens, of_ids.tokens);
    assert_eq!(of_ids.generation.usage.unwrap().input_tokens, 4);
    // They are taken as they are.
    let bare = written(model.as_ref(), &after(Prompt::Tokens(vec![97, 98, 99]), warm(), None)).await;
    assert_eq!((bare.generation.usage.unwrap().input_tokens, bare.tokens[0].len()), (3, 0));
    for ids in [vec![], vec![97, 100_000]] {
        let failure =
            model.write(&after(Prompt::Tokens(ids), warm(), None), None, &context()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadRequest);
    }
}

#[tokio::test]
async fn an_empty_prompt_is_what_the_model_begins_with() {
    let folder = tempfile::tempdir().unwrap();
    for adds_bos in [true, false] {
        let model = open(&Tiny { adds_bos, ..Tiny::default() }.write(folder.path()), |_| {});
        let empty = Prompt::Text(String::new());
        let given = model.score_text(&empty, 1, 0, &context()).await.unwrap();
        assert_eq!(joined(&given.tokens), b"<s>");
        let written = written(model.as_ref(), &after(empty, greedy(1), Some(1))).await;
        assert_eq!(written.tokens[0][0].likely, given.next);
    }
}

#[tokio::test]
async fn pieces_of_several_replies_are_the_replies() {
    let (_folder, model) = tiny();
    let free = written(model.as_ref(), &after(Prompt::Text("abc".into()), warm(), None)).await;
    let text = &free.generation.completions[0].text;
    let stop: String = text.chars().skip(text.chars().count() / 2).take(2).collect();
    let sampling = Sampling { n: Some(3), stop: vec![stop.clone()], ..warm() };
    let shown = Arc::new(Mutex::new(vec![(String::new(), Vec::new()); 3]));
    let sink = shown.clone();
    let on_piece = Arc::new(move |piece: Piece| {
        let (text, tokens) = &mut sink.lock().unwrap()[piece.reply];
        text.push_str(&piece.text);
        tokens.extend(piece.tokens);
    });
    let request = after(Prompt::Text("abc".into()), sampling, Some(1));
    let reply = model.write(&request, Some(on_piece), &context()).await.unwrap();
    for (index, (text, tokens)) in shown.lock().unwrap().iter().enumerate() {
        assert_eq!(*text, reply.generation.completions[index].text);
        assert_eq!(*tokens, reply.tokens[index]);
        // The token in which the stop text begins may have begun before it.
        assert!(String::from_utf8_lossy(&joined(tokens)).starts_with(text.as_str()));
    }
    let cut = &reply.generation.completions[0];
    assert_eq!((&cut.finish, text.find(&stop)), (&FinishReason::Stop, Some(cut.text.len())));
    assert!(reply.tokens[0].len() < 24, "the stop text's own tokens are none of the reply");
}

#[tokio::test]
async fn more_tokens_than_the_context_has_left_are_refused_where_they_are_to_be() {
    let (_folder, model) = tiny();
    let most = CONTEXT as u32 - 4;
    let asked = |tokens| after(Prompt::Text("abc".into()), greedy(tokens), None);
    assert!(model.write(&asked(most + 1), None, &context()).await.is_ok());
    let strict = CallContext { overflow: Overflow::Refuse, ..context() };
    assert!(model.write(&asked(most), None, &strict).await.is_ok());
    // A full context is taken where nothing is to follow it.
    let full = Prompt::Tokens(vec![97; CONTEXT as usize]);
    assert!(model.write(&after(full.clone(), greedy(0), None), None, &strict).await.is_ok());
    assert!(model.score_text(&full, 1, 0, &strict).await.is_ok());
    let longer = Prompt::Tokens(vec![97; CONTEXT as usize + 1]);
    for (given, new, told) in [(&full, 1, "300, and its reply may have 1"), (&longer, 0, "has 301")] {
        let failure = model.score_text(given, 1, new, &strict).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::ContextTooLong);
        assert!(
            failure.message.contains("context length is 300") && failure.message.ends_with(told),
            "{failure}"
        );
    }
    for sampling in [greedy(1), Sampling { max_tokens: None, ..greedy(1) }] {
        let failure = model.write(&after(full.clone(), sampling, None), None, &strict).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::ContextTooLong);
    }
    let failure = model.write(&asked(most + 1), None, &strict).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::ContextTooLong);
    assert!(
        failure.message.contains("context length is 300") && failure.message.contains("297"),
        "{failure}"
    );
}

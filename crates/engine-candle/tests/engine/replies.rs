//! Replies: stops, limits, seeds, streaming, cancelling, the beginning-of-text token.

use crate::calls::{chat, context, greedy, open, write};
use crate::tiny::{BOS, CONTEXT, Tiny};
use evalscope_core::{
    Content, FailureKind, FinishReason, GenerateRequest, Generation, Image, Input, Message, Part, Role,
    Sampling,
};
use evalscope_engine_candle::{EngineOptions, GivenTemplate};
use evalscope_model_api::{CallContext, Model, Overflow};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn tiny(change: impl FnOnce(&mut Tiny)) -> (tempfile::TempDir, Arc<dyn Model>) {
    let folder = tempfile::tempdir().unwrap();
    let mut file = Tiny::default();
    change(&mut file);
    let model = open(&file.write(folder.path()), |_| {});
    (folder, model)
}

async fn input_tokens(model: &dyn Model, input: Input) -> u64 {
    let request = GenerateRequest::new(input, greedy(1));
    model.generate(&request, &context()).await.unwrap().usage.unwrap().input_tokens
}

#[tokio::test]
async fn a_reply_ends_at_its_limit() {
    let (_folder, model) = tiny(|_| {});
    let reply = write(model.as_ref(), "abc", greedy(7)).await.unwrap();
    assert_eq!(reply.completions[0].finish, FinishReason::Length);
    assert_eq!(reply.usage.unwrap().output_tokens, 7);
    let nothing = write(model.as_ref(), "abc", greedy(0)).await.unwrap();
    assert_eq!((nothing.text(), &nothing.completions[0].finish), ("", &FinishReason::Length));
}

#[tokio::test]
async fn a_stop_cuts_the_text_before_it() {
    let (_folder, model) = tiny(|_| {});
    let warm = Sampling { temperature: Some(1.5), seed: Some(5), ..greedy(60) };
    let whole = write(model.as_ref(), "abc", warm.clone()).await.unwrap().text().to_owned();
    let letters: Vec<char> = whole.chars().collect();
    let stop: String = letters[letters.len() / 2..letters.len() / 2 + 3].iter().collect();
    let before = whole.find(&stop).unwrap();
    let sampling = Sampling { stop: vec!["never there".into(), stop], ..warm };
    let cut = write(model.as_ref(), "abc", sampling).await.unwrap();
    assert_eq!(cut.text(), &whole[..before]);
    assert_eq!(cut.completions[0].finish, FinishReason::Stop);
}

#[tokio::test]
async fn a_reply_stops_at_a_control_token_that_is_named() {
    let (_folder, model) = tiny(|_| {});
    // One token in 263 is this one, and no text shows it.
    let warm = Sampling { temperature: Some(2.0), seed: Some(5), n: Some(16), ..greedy(200) };
    let free = write(model.as_ref(), "abc", warm.clone()).await.unwrap();
    let stopped = write(model.as_ref(), "abc", Sampling { stop: vec!["<s>".into()], ..warm }).await.unwrap();
    let mut cut = 0;
    for (free, stopped) in free.completions.iter().zip(&stopped.completions) {
        assert!(
            free.text.starts_with(stopped.text.trim_end_matches('\u{fffd}')) && !free.text.contains("<s>")
        );
        if stopped.text.len() < free.text.len() {
            assert_eq!(stopped.finish, FinishReason::Stop);
            cut += 1;
        }
    }
    assert!(cut > 0);
}

#[tokio::test]
async fn a_streamed_reply_is_the_reply() {
    let (_folder, model) = tiny(|_| {});
    let shown = Arc::new(Mutex::new(String::new()));
    let sink = shown.clone();
    let mut listening = context();
    listening.on_text = Some(Arc::new(move |piece: &str| sink.lock().unwrap().push_str(piece)));
    let sampling = Sampling { temperature: Some(1.5), seed: Some(5), stop: vec!["e".into()], ..greedy(60) };
    let request = GenerateRequest::new(Input::Text("abc".into()), sampling);
    let reply = model.generate(&request, &listening).await.unwrap();
    assert_eq!(*shown.lock().unwrap(), reply.text());
    assert!(!reply.text().contains('e'));
}

#[tokio::test]
async fn several_replies_differ_and_repeat() {
    let (_folder, model) = tiny(|_| {});
    let sampling = Sampling { temperature: Some(1.0), n: Some(3), seed: Some(1), ..greedy(20) };
    let first = write(model.as_ref(), "abc", sampling.clone()).await.unwrap();
    assert_eq!(first.completions.len(), 3);
    assert_ne!(first.completions[0].text, first.completions[1].text);
    let again = write(model.as_ref(), "abc", sampling.clone()).await.unwrap();
    assert_eq!(first.completions, again.completions);
    let one = write(model.as_ref(), "abc", Sampling { n: None, ..sampling }).await.unwrap();
    assert_eq!(one.completions[0], first.completions[0]);
}

#[tokio::test]
async fn a_prompt_begins_once() {
    let (_folder, model) = tiny(|_| {});
    assert_eq!(input_tokens(model.as_ref(), Input::Text("abc".into())).await, 4);
    assert_eq!(input_tokens(model.as_ref(), Input::Text("<s>abc".into())).await, 4);
    // The template writes the token itself, and `er` is one token: `<s>[us er] x\n[assistant]`.
    assert_eq!(input_tokens(model.as_ref(), Input::Chat(vec![Message::user("x")])).await, 20);
    let (_folder, without) = tiny(|file| file.adds_bos = false);
    assert_eq!(input_tokens(without.as_ref(), Input::Text("abc".into())).await, 3);
    assert_eq!(input_tokens(without.as_ref(), Input::Text(String::new())).await, 1);
    assert_eq!(without.tokenize("<s>").await.unwrap(), [BOS]);
}

#[tokio::test]
async fn a_prompt_that_does_not_fit_is_refused_and_never_cut() {
    let (_folder, model) = tiny(|_| {});
    let most = CONTEXT as usize;
    let failure = write(model.as_ref(), &"a".repeat(most - 1), greedy(5)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::ContextTooLong);
    assert!(failure.message.contains("300"), "{failure}");
    let reply = write(model.as_ref(), &"a".repeat(most - 4), greedy(50)).await.unwrap();
    assert_eq!(reply.usage.unwrap().output_tokens, 3);
    assert_eq!(reply.completions[0].finish, FinishReason::Context);
    let free = write(model.as_ref(), &"a".repeat(most - 4), Sampling::default()).await.unwrap();
    assert_eq!(free.completions[0].finish, FinishReason::Context);
    // Three tokens are left, and three are asked for.
    let reply = write(model.as_ref(), &"a".repeat(most - 4), greedy(3)).await.unwrap();
    assert_eq!(reply.completions[0].finish, FinishReason::Length);
}

#[tokio::test]
async fn a_request_for_more_than_the_context_has_left_is_refused_where_that_is_wished() {
    let (_folder, model) = tiny(|_| {});
    let refusing = CallContext { overflow: Overflow::Refuse, ..context() };
    let ask = |max_tokens: Option<u32>| {
        let sampling = Sampling { max_tokens, ..greedy(1) };
        GenerateRequest::new(Input::Text("a".repeat(CONTEXT as usize - 4)), sampling)
    };
    let failure = model.generate(&ask(Some(4)), &refusing).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::ContextTooLong);
    assert!(failure.message.contains("297") && failure.message.contains("300"), "{failure}");
    assert!(model.generate(&ask(Some(3)), &refusing).await.is_ok());
    assert!(model.generate(&ask(None), &refusing).await.is_ok());
}

#[tokio::test]
async fn where_more_is_refused_the_context_is_what_there_is_memory_for() {
    let folder = tempfile::tempdir().unwrap();
    // Four blocks of 32 tokens, and not five.
    let narrow = |options: &mut EngineOptions| options.kv_bytes = Some(13 << 13);
    let model = open(&Tiny::default().write(folder.path()), narrow);
    assert_eq!((model.capabilities().max_context, model.most_tokens()), (Some(CONTEXT), Some(128)));
    let refusing = CallContext { overflow: Overflow::Refuse, ..context() };
    let ask = async |letters: usize, max_tokens: Option<u32>| {
        let sampling = Sampling { max_tokens, ..greedy(1) };
        let request = GenerateRequest::new(Input::Text("a".repeat(letters)), sampling);
        model.generate(&request, &refusing).await
    };
    // The prompt begins with one token more.
    let free = ask(120, None).await.unwrap();
    assert_eq!((free.usage.unwrap().output_tokens, &free.completions[0].finish), (7, &FinishReason::Context));
    assert!(ask(120, Some(7)).await.is_ok() && ask(127, Some(0)).await.is_ok());
    for (letters, max_tokens) in [(120, Some(8)), (127, Some(1)), (127, None), (128, Some(0))] {
        let failure = ask(letters, max_tokens).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::ContextTooLong);
        assert!(failure.message.contains("length is 128"), "{failure}");
    }
}

#[test]
fn memory_for_no_token_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = EngineOptions::new(Tiny::default().write(folder.path()));
    options.kv_bytes = Some(1);
    let refused = evalscope_engine_candle::open(options).err().unwrap().to_string();
    assert!(refused.contains("kv_gib") && refused.contains("room for no token"), "{refused}");
}

#[tokio::test]
async fn less_memory_for_keys_and_values_changes_no_reply() {
    let folder = tempfile::tempdir().unwrap();
    let path = Tiny::default().write(folder.path());
    // 128 tokens.
    let narrow = open(&path, |options| options.kv_bytes = Some(4 << 14));
    let wide = open(&path, |_| {});
    assert_eq!(narrow.capabilities().notices.len(), 1);
    assert!(wide.capabilities().notices.is_empty());
    let sampling = Sampling { temperature: Some(1.0), n: Some(9), seed: Some(1), ..greedy(40) };
    let asked = ["abc", "xyz"].map(|prompt| (prompt, sampling.clone()));
    let both = |model: Arc<dyn Model>| {
        let asked = asked.clone();
        async move {
            let replies =
                asked.map(|(prompt, sampling)| async { write(model.as_ref(), prompt, sampling).await });
            futures::future::join_all(replies).await.into_iter().map(|reply| reply.unwrap().completions)
        }
    };
    assert!(both(narrow.clone()).await.eq(both(wide).await));
    let failure = write(narrow.as_ref(), &"a".repeat(150), greedy(5)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::ContextTooLong);
}

#[tokio::test]
async fn a_call_can_be_cancelled_and_can_run_out_of_time() {
    let (_folder, model) = tiny(|_| {});
    let request = GenerateRequest::new(Input::Text("abc".into()), Sampling::default());
    let cancelled = context();
    cancelled.cancel.cancel();
    let failure = model.generate(&request, &cancelled).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Cancelled);
    let hasty = CallContext::with_timeout(Duration::ZERO);
    let long = GenerateRequest { sampling: Sampling { n: Some(500), ..greedy(290) }, ..request.clone() };
    assert_eq!(model.generate(&long, &hasty).await.unwrap_err().kind, FailureKind::Timeout);
    assert!(write(model.as_ref(), "abc", greedy(3)).await.is_ok());
}

#[tokio::test]
async fn a_running_call_can_be_cancelled() {
    let (_folder, model) = tiny(|_| {});
    let mut listening = context();
    let cancel = listening.cancel.clone();
    listening.on_text = Some(Arc::new(move |_: &str| cancel.cancel()));
    let request = GenerateRequest::new(Input::Text("abc".into()), greedy(200));
    let failure = model.generate(&request, &listening).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Cancelled);
    assert!(write(model.as_ref(), "abc", greedy(3)).await.is_ok());
}

#[tokio::test]
async fn a_chat_needs_a_template_and_takes_a_given_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = Tiny { template: None, ..Tiny::default() }.write(folder.path());
    let bare = open(&path, |_| {});
    assert!(!bare.capabilities().chat);
    let failure = chat(bare.as_ref(), &[Message::user("x")], greedy(1)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unsupported);
    let given = open(&path, |options| options.chat_template = Some("{{ messages[0].content }}".into()));
    assert!(given.capabilities().chat);
    assert_eq!(input_tokens(given.as_ref(), Input::Chat(vec![Message::user("xy")])).await, 3);
    assert_ne!(given.identity()["chat_template"], bare.identity()["chat_template"]);
}

#[tokio::test]
async fn a_request_can_speak_to_the_template() {
    let template = "{{ messages[0].content }}{% if enable_thinking is false %}<none>{% endif %}";
    let (_folder, model) = tiny(|file| file.template = Some(template));
    let ask = |wishes: serde_json::Value, input: Input| {
        let mut sampling = greedy(1);
        sampling.extra_body.insert("chat_template_kwargs".into(), wishes);
        let (request, model) = (GenerateRequest::new(input, sampling), model.clone());
        async move { model.generate(&request, &context()).await }
    };
    let chat = || Input::Chat(vec![Message::user("xy")]);
    let tokens = |reply: Generation| reply.usage.unwrap().input_tokens;
    let plain = input_tokens(model.as_ref(), chat()).await;
    let off = ask(serde_json::json!({"enable_thinking": false}), chat()).await.unwrap();
    assert_eq!(tokens(off), plain + 6);
    let on = ask(serde_json::json!({"enable_thinking": true}), chat()).await.unwrap();
    assert_eq!(tokens(on), plain);
    for (wishes, input) in [
        (serde_json::json!({"messages": []}), chat()),
        (serde_json::json!(3), chat()),
        (serde_json::json!({"enable_thinking": false}), Input::Text("xy".into())),
    ] {
        assert_eq!(ask(wishes, input).await.unwrap_err().kind, FailureKind::BadRequest);
    }
}

#[tokio::test]
async fn a_name_that_the_template_does_not_read_is_refused() {
    let says = |wish: &str| {
        let mut sampling = greedy(1);
        sampling.extra_body.insert("chat_template_kwargs".into(), serde_json::json!({wish: false}));
        sampling
    };
    let template = "{% set tone = tone | default('dry') %}{{ messages[0].content ~ tone }}{% if enable_thinking %}!{% endif %}";
    let (_folder, model) = tiny(|file| file.template = Some(template));
    let talk = [Message::user("xy")];
    for known in ["enable_thinking", "tone"] {
        assert!(model.check_sampling(&says(known)).is_ok());
        assert!(chat(model.as_ref(), &talk, says(known)).await.is_ok());
    }
    let early = model.check_sampling(&says("enable_thinkin")).unwrap_err();
    let late = chat(model.as_ref(), &talk, says("enable_thinkin")).await.unwrap_err();
    assert_eq!((early.kind, &early.message), (FailureKind::BadRequest, &late.message));
    assert!(early.message.contains("`enable_thinkin`; it reads `enable_thinking`, `tone`"), "{early:?}");
    // Where what is read cannot be told, nothing is refused.
    let (_folder, model) = tiny(|file| {
        file.template = Some("{% with tone = tone %}{{ messages[0].content }}{{ tone }}{% endwith %}");
    });
    assert!(model.check_sampling(&says("enable_thinkin")).is_ok());
}

#[tokio::test]
async fn what_every_request_would_be_refused_for_is_refused_before_any() {
    let (_folder, model) = tiny(|file| file.template = Some("{{ messages[0].content }}{{ tone }}"));
    let talk = [Message::user("xy")];
    let says = |field: &str, value: serde_json::Value| {
        let mut sampling = greedy(1);
        sampling.extra_body.insert(field.into(), value);
        sampling
    };
    let wishes = |value: serde_json::Value| says("chat_template_kwargs", value);
    let refused = [
        wishes(serde_json::json!([])),
        wishes(serde_json::json!("x")),
        wishes(serde_json::json!({"messages": []})),
        wishes(serde_json::json!({"add_generation_prompt": false})),
        says("logit_bias", serde_json::json!({})),
        Sampling { repetition_penalty: Some(0.0), ..greedy(1) },
        Sampling { temperature: Some(-1.0), ..greedy(1) },
    ];
    for sampling in refused {
        let early = model.check_sampling(&sampling).unwrap_err();
        let late = chat(model.as_ref(), &talk, sampling).await.unwrap_err();
        assert_eq!((early.kind, &early.message), (FailureKind::BadRequest, &late.message));
    }
    for taken in [wishes(serde_json::Value::Null), wishes(serde_json::json!({"tone": "dry"})), greedy(1)] {
        assert!(model.check_sampling(&taken).is_ok());
        assert!(chat(model.as_ref(), &talk, taken).await.is_ok());
    }
    let (_folder, bare) = tiny(|file| file.template = None);
    assert!(bare.check_sampling(&wishes(serde_json::json!({"tone": "dry"}))).is_err());
    assert!(bare.check_sampling(&wishes(serde_json::json!({}))).is_ok());
}

#[tokio::test]
async fn what_ends_a_turn_of_a_given_layout_ends_a_reply_to_a_conversation() {
    let folder = tempfile::tempdir().unwrap();
    let path = Tiny::default().write(folder.path());
    let given = |stops: &[String]| {
        let source = "{{ messages[0].content }}".to_owned();
        let template = GivenTemplate { source, stops: stops.to_vec() };
        open(&path, |options| options.chat_template = Some(template))
    };
    let warm = Sampling { temperature: Some(1.5), seed: Some(5), ..greedy(60) };
    let free = given(&[]);
    let whole = chat(free.as_ref(), &[Message::user("abc")], warm.clone()).await.unwrap().text().to_owned();
    let letters: Vec<char> = whole.chars().collect();
    let stop: String = letters[letters.len() / 2..letters.len() / 2 + 3].iter().collect();
    let before = whole.find(&stop).unwrap();
    let stopped = given(&[stop]);
    let cut = chat(stopped.as_ref(), &[Message::user("abc")], warm.clone()).await.unwrap();
    assert_eq!((cut.text(), &cut.completions[0].finish), (&whole[..before], &FinishReason::Stop));
    assert_eq!(write(stopped.as_ref(), "abc", warm).await.unwrap().text(), whole);
    assert!(
        stopped.identity().contains_key("template_stops") && !free.identity().contains_key("template_stops")
    );
}

#[tokio::test]
async fn a_token_of_a_given_layout_ends_a_reply_to_a_conversation() {
    let folder = tempfile::tempdir().unwrap();
    let path = Tiny::default().write(folder.path());
    let given = |stops: &[&str]| {
        let source = "{{ messages[0].content }}".to_owned();
        let stops = stops.iter().map(|stop| (*stop).to_owned()).collect();
        open(&path, |options| options.chat_template = Some(GivenTemplate { source, stops }))
    };
    // One token in 263 is this one.
    let warm = Sampling { temperature: Some(2.0), seed: Some(5), n: Some(16), ..greedy(200) };
    let (free, ending, talk) = (given(&[]), given(&["<s>"]), [Message::user("abc")]);
    let whole = chat(free.as_ref(), &talk, warm.clone()).await.unwrap().completions;
    let ended = chat(ending.as_ref(), &talk, warm.clone()).await.unwrap().completions;
    let mut cut = 0;
    for (whole, ended) in whole.iter().zip(&ended) {
        assert!(whole.text.starts_with(ended.text.trim_end_matches('\u{fffd}')));
        if ended.text.len() < whole.text.len() {
            assert_eq!(ended.finish, FinishReason::Stop);
            cut += 1;
        }
    }
    assert!(cut > 0);
    // A text that is gone on with has no turns.
    assert_eq!(write(ending.as_ref(), "abc", warm).await.unwrap().completions, whole);
}

#[tokio::test]
async fn parts_of_text_are_one_text_and_images_and_tools_are_refused() {
    let (_folder, model) = tiny(|file| file.template = Some("{{ messages[0].content }}"));
    let text = |text: &str| Part::Text { text: text.into() };
    let said = |parts: Vec<Part>| Message { content: Content::Parts(parts), ..Message::user("") };
    assert_eq!(
        input_tokens(model.as_ref(), Input::Chat(vec![said(vec![text("x"), text("y")])])).await,
        input_tokens(model.as_ref(), Input::Chat(vec![Message::user("xy")])).await,
    );
    let image = Part::Image { image: Image::Url("data:image/png;base64,AA==".into()) };
    let failure = chat(model.as_ref(), &[said(vec![text("x"), image])], greedy(1)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unsupported);
    assert!(failure.message.contains("sees no images"), "{failure}");
    let answer = Message { tool_call_id: Some("1".into()), ..Message::new(Role::Tool, "x") };
    let failure = chat(model.as_ref(), &[answer], greedy(1)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unsupported);
    assert!(failure.message.contains("calls no tools"), "{failure}");
}

#[tokio::test]
async fn nonsense_is_a_bad_request() {
    let (_folder, model) = tiny(|_| {});
    let sampling = Sampling { temperature: Some(-1.0), ..greedy(1) };
    assert_eq!(write(model.as_ref(), "a", sampling).await.unwrap_err().kind, FailureKind::BadRequest);
    let mut sampling = greedy(1);
    sampling.extra_body.insert("guided_json".into(), serde_json::json!({}));
    assert_eq!(write(model.as_ref(), "a", sampling).await.unwrap_err().kind, FailureKind::BadRequest);
}

#[tokio::test]
async fn identity_names_the_file_and_no_folder() {
    let (folder, model) = tiny(|_| {});
    let identity = model.identity();
    assert_eq!(identity["file"], "tiny.gguf");
    assert_eq!(identity["sha256"].len(), 64);
    let path = folder.path().to_string_lossy().into_owned();
    assert!(identity.values().all(|value| !value.contains(&path)), "{identity:?}");
}

#[tokio::test]
async fn a_long_prompt_stops_nobody_and_is_refused_unread_where_its_bytes_say_so() {
    let (_folder, model) = tiny(|_| {});
    // Tokens of the file are short, so that so many letters are too many whatever they are.
    let failure = write(model.as_ref(), &"a".repeat(1 << 20), greedy(5)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::ContextTooLong);
    assert!(failure.message.contains("at least"), "{failure}");
    // While a text is tokenized, the thread of others goes on.
    let text = "ab ".repeat(100_000);
    let mut tokens = std::pin::pin!(model.tokenize(&text));
    assert!(futures::poll!(tokens.as_mut()).is_pending(), "it was tokenized here");
    assert!(tokens.await.unwrap().len() > 1000);
}

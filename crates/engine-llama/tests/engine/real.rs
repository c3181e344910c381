//! llama.cpp itself beside our own engine, in builds with the feature `llama`. `EVALSCOPE_TEST_MODEL` and
//! `EVALSCOPE_TEST_MODEL_F32` name SmolLM2 as it is published and with weights in 32 bits. `scripts/llama.sh` builds it, makes
//! them and runs these tests.

use crate::model::{context, replies, scores};
use crate::tiny::Tiny;
use evalscope_core::{ContinuationScore, Diagnose, Kind, Sampling};
use evalscope_engine_candle::EngineOptions;
use evalscope_engine_llama::protocol::Mode;
use evalscope_engine_llama::{LlamaOptions, open};
use evalscope_model_api::Model;
use futures::future::join_all;
use std::path::PathBuf;
use std::sync::Arc;

/// How far log-probabilities of the two engines may lie apart with weights in 32 bits.
pub const APART: f64 = 1e-4;

pub fn named(variable: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests find binaries and models through the environment")]
    let path = std::env::var_os(variable);
    path.map(PathBuf::from)
}

/// How a model is opened with llama.cpp; absent in builds without it.
pub fn with_llama(model: impl Into<PathBuf>) -> Option<LlamaOptions> {
    // Cargo names the worker in all builds, and makes it in those with the feature.
    let worker = cfg!(feature = "llama").then_some(option_env!("CARGO_BIN_EXE_evalscope-llama-worker"))??;
    let mut options = LlamaOptions::new(model, worker);
    options.max_context = Some(2048);
    options.workers = Some(1);
    options.threads = Some(1);
    Some(options)
}

pub fn f32_model() -> Option<LlamaOptions> {
    with_llama(named("EVALSCOPE_TEST_MODEL_F32")?)
}

fn own(options: &LlamaOptions) -> Arc<dyn Model> {
    evalscope_engine_candle::open(EngineOptions::new(&options.path)).unwrap()
}

pub const SHOTS: &str = "Question: Which gas do plants take in?\nAnswer: carbon dioxide\n\nQuestion: What is frozen water \
                     called?\nAnswer: ice\n\nQuestion: ";
pub const ASKED: [(&str, [&str; 4]); 4] = [
    (
        "What is the capital of France?\nAnswer:",
        [" Paris", " London", " Berlin, which is in Germany", " a city"],
    ),
    ("How many legs has a spider?\nAnswer:", [" eight", " six", " four legs and two wings", " 8"]),
    ("Which planet is the largest?\nAnswer:", [" Jupiter", " Saturn", " the Earth", " Mars, the red planet"]),
    ("天空是什么颜色？\nAnswer:", [" 蓝色", " 红色", " blue", " green"]),
];
pub const PROMPTS: [&str; 4] = [
    "Once upon a time, in a village by the sea,",
    "The three laws of motion are:\n1.",
    "def fibonacci(n):\n",
    "Q: What is 17 + 25?\nA:",
];

async fn all_scores(model: &dyn Model) -> Vec<ContinuationScore> {
    let asked = ASKED.iter().map(|(question, options)| scores(&format!("{SHOTS}{question}"), options));
    let asked: Vec<_> = asked.collect();
    let answers = join_all(
        asked.iter().map(|request| async move { model.loglikelihood(request, &context()).await.unwrap() }),
    );
    answers.await.into_iter().flatten().collect()
}

/// The largest distance between log-probabilities of tokens.
fn distance(one: &[ContinuationScore], other: &[ContinuationScore]) -> f64 {
    assert_eq!(one.len(), other.len());
    let pairs = one.iter().zip(other).flat_map(|(one, other)| {
        assert_eq!(one.per_token.len(), other.per_token.len());
        one.per_token.iter().zip(&other.per_token)
    });
    pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f64::max)
}

#[tokio::test]
async fn log_probabilities_of_both_engines_agree_with_weights_in_32_bits() {
    let Some(options) = f32_model() else { return };
    let own = own(&options);
    let llama = open(options).unwrap();
    let (own_scores, llama_scores) = (all_scores(own.as_ref()).await, all_scores(llama.as_ref()).await);
    let apart = distance(&own_scores, &llama_scores);
    println!("strict, both engines: {apart:.1e} apart at most");
    assert!(apart < APART, "{apart}");
    let greedy =
        |scores: &[ContinuationScore]| scores.iter().map(|score| score.is_greedy).collect::<Vec<_>>();
    assert_eq!(greedy(&own_scores), greedy(&llama_scores));
    let text = PROMPTS.join("\n");
    let own_rolling = own.loglikelihood_rolling(&text, &context()).await.unwrap();
    let rolling = llama.loglikelihood_rolling(&text, &context()).await.unwrap();
    assert_eq!(rolling.tokens, own_rolling.tokens);
    assert!((rolling.sum - own_rolling.sum).abs() < APART * rolling.tokens as f64);
}

#[tokio::test]
async fn greedy_and_seeded_texts_of_both_engines_are_equal_with_weights_in_32_bits() {
    let Some(options) = f32_model() else { return };
    let own = own(&options);
    let llama = open(options).unwrap();
    for prompt in PROMPTS {
        let mut request = replies(prompt, 48, 1);
        let expected = own.generate(&request, &context()).await.unwrap();
        assert_eq!(llama.generate(&request, &context()).await.unwrap().text(), expected.text(), "{prompt}");
        request.sampling.temperature = Some(0.8);
        request.sampling.seed = Some(7);
        request.sampling.n = Some(2);
        let texts = |reply: evalscope_core::Generation| {
            reply.completions.into_iter().map(|completion| completion.text).collect::<Vec<_>>()
        };
        let expected = texts(own.generate(&request, &context()).await.unwrap());
        assert_eq!(texts(llama.generate(&request, &context()).await.unwrap()), expected, "{prompt}");
    }
}

#[tokio::test]
async fn penalties_cuts_and_stops_are_the_same_in_both_engines() {
    let Some(options) = f32_model() else { return };
    let own = own(&options);
    let llama = open(options).unwrap();
    let warm = Sampling { temperature: Some(0.9), seed: Some(11), ..Sampling::default() };
    let ways = [
        Sampling { repetition_penalty: Some(1.3), temperature: Some(0.0), ..Sampling::default() },
        Sampling { frequency_penalty: Some(0.7), presence_penalty: Some(0.4), ..warm.clone() },
        Sampling { top_k: Some(20), top_p: Some(0.9), ..warm.clone() },
        Sampling { min_p: Some(0.1), ..warm.clone() },
        Sampling { stop: vec![".".into(), "\n".into()], ..warm },
    ];
    for (prompt, way) in PROMPTS.iter().flat_map(|prompt| ways.iter().map(move |way| (prompt, way))) {
        let mut request = replies(prompt, 32, 1);
        request.sampling = Sampling { max_tokens: Some(32), ..way.clone() };
        let expected = own.generate(&request, &context()).await.unwrap();
        let reply = llama.generate(&request, &context()).await.unwrap();
        assert_eq!(reply.completions, expected.completions, "{prompt}: {way:?}");
    }
}

#[tokio::test]
async fn strict_scores_depend_on_neither_company_nor_threads_nor_kept_prefixes() {
    let Some(options) = f32_model() else { return };
    let together = all_scores(open(options.clone()).unwrap().as_ref()).await;
    let mut alone_options = options.clone();
    alone_options.max_batch = 1;
    alone_options.prefix_cache = false;
    let alone = all_scores(open(alone_options).unwrap().as_ref()).await;
    let mut two = options;
    two.threads = Some(2);
    let two_threads = all_scores(open(two).unwrap().as_ref()).await;
    println!(
        "strict: alone {:.1e}, two threads {:.1e}",
        distance(&alone, &together),
        distance(&two_threads, &together)
    );
    assert!(distance(&alone, &together) < APART);
    assert!(distance(&two_threads, &together) < APART);
}

#[tokio::test]
async fn tokens_of_both_engines_are_the_same() {
    let Some(options) = f32_model() else { return };
    let own = own(&options);
    let llama = open(options).unwrap();
    let odd = [
        "",
        " ",
        "\n\n a\tb",
        "<|im_start|>user\nhi<|im_end|>",
        "don't 1234 été 日本語 🙂",
        "<|im_start",
        "a  b   c",
    ];
    for text in odd.into_iter().chain(PROMPTS).chain([SHOTS]) {
        assert_eq!(llama.tokenize(text).await.unwrap(), own.tokenize(text).await.unwrap(), "{text:?}");
    }
    assert_eq!(llama.identity()["chat_template"], own.identity()["chat_template"]);
}

#[tokio::test]
async fn quantised_weights_run_in_both_modes() {
    let Some(options) = named("EVALSCOPE_TEST_MODEL").and_then(with_llama) else { return };
    for mode in Mode::ALL {
        let mut options = options.clone();
        options.mode = mode;
        let model = open(options).unwrap();
        assert!(model.capabilities().notices[0].contains("fewer than 16 bits"));
        let scored = all_scores(model.as_ref()).await;
        // Paris before London, in any mode.
        assert!(scored[0].sum > scored[1].sum);
        assert!(!model.generate(&replies(PROMPTS[0], 16, 1), &context()).await.unwrap().text().is_empty());
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_worker_has_given_up_what_it_does_not_need_and_can_be_killed() {
    use crate::falls::workers;
    let folder = tempfile::tempdir().unwrap();
    let Some(mut options) = with_llama(Tiny::default().write(folder.path())) else { return };
    options.environment = vec![(crate::model::MARK.into(), folder.path().into())];
    options.max_context = None;
    let model = open(options).unwrap();
    let before = model.loglikelihood(&scores("good", &[" one"]), &context()).await.unwrap();
    for role in ["compute", "vocabulary"] {
        for pid in workers(folder.path(), role) {
            let status = std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).unwrap();
            assert!(status.contains("\nSeccomp:\t2") && status.contains("\nNoNewPrivs:\t1"), "{status}");
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        }
    }
    assert!(model.loglikelihood(&scores("good", &[" one"]), &context()).await.is_err());
    // The text was not read, so nothing was computed either.
    let next = model.loglikelihood(&scores("good", &[" one"]), &context()).await;
    let next =
        if next.is_err() { model.loglikelihood(&scores("good", &[" one"]), &context()).await } else { next };
    assert_eq!(next.unwrap(), before);
}

/// Opens the bytes as a model, and asks it something when it opens.
async fn try_bytes(bytes: &[u8]) -> Option<bool> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.gguf");
    std::fs::write(&path, bytes).unwrap();
    let mut options = with_llama(path)?;
    options.max_context = None;
    match open(options) {
        Ok(model) => Some(model.loglikelihood(&scores("good", &[" one"]), &context()).await.is_ok()),
        Err(error) => {
            assert!(matches!(error.kind(), Kind::Data | Kind::User), "{error}");
            Some(false)
        }
    }
}

#[tokio::test]
async fn a_cut_or_flipped_file_is_an_error_and_no_crash() {
    let bytes = Tiny::default().bytes();
    let Some(whole) = try_bytes(&bytes).await else { return };
    assert!(whole);
    assert_eq!(try_bytes(b"GGUF").await, Some(false));
    for cut in [100, 4000, bytes.len() / 2, bytes.len() - 64] {
        assert_eq!(try_bytes(&bytes[..cut]).await, Some(false), "cut at {cut}");
    }
    for at in (8..6000).step_by(211) {
        let mut broken = bytes.clone();
        broken[at] ^= 0x80;
        // Some flips leave a sound file, or one that computes something else: all that counts is that we are still here.
        let _ = try_bytes(&broken).await;
    }
}

//! Both engines against what llama.cpp gave once (`vectors/llama_cpp.json` says which version): so every run of the tests
//! compares the own engine with llama.cpp, which takes long to build. `scripts/llama.sh` asks llama.cpp itself again.

use crate::model::{context, replies, scores};
use crate::real::{APART, ASKED, PROMPTS, SHOTS, f32_model, named, with_llama};
use crate::tiny::Tiny;
use evalscope_engine_candle::EngineOptions;
use evalscope_engine_llama::{LlamaOptions, open};
use evalscope_model_api::Model;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What llama.cpp gave.
#[derive(Serialize, Deserialize)]
struct Vectors {
    made_by: String,
    models: BTreeMap<String, Answers>,
}

/// What a model gives.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Answers {
    /// Log-probabilities of the tokens of each continuation.
    scores: Vec<Vec<f64>>,
    /// Whether each is what the model would write.
    is_greedy: Vec<bool>,
    /// What it writes.
    replies: Vec<String>,
}

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/llama_cpp.json");
const SMOLLM2: &str = "SmolLM2-135M-Instruct in 32 bits";
const STORY: &str = " stood a small house. In it lived an old fisher and his daughter, who mended the nets in winter and \
                     sold 1,250 herrings a week in summer. \"Nobody,\" he used to say, \"has ever counted the waves.\"";

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../vectors/llama_cpp.json")).unwrap()
}

/// Families whose activations llama.cpp looks up in a table of 16 bits (Gemma's) are not among them: they lie 2e-3 apart.
fn made_up() -> Vec<(&'static str, Tiny)> {
    let family = |architecture, experts| Tiny { architecture, experts, ..Tiny::default() };
    vec![
        ("made-up llama", Tiny::default()),
        ("made-up llama with SentencePiece", Tiny { sentencepiece: true, tied: false, ..Tiny::default() }),
        ("made-up mixtral", family("llama", 4)),
        ("made-up qwen2", family("qwen2", 0)),
        ("made-up qwen3", family("qwen3", 0)),
        ("made-up qwen3moe", family("qwen3moe", 5)),
        ("made-up phi3", family("phi3", 0)),
    ]
}

async fn of_smollm2(model: &dyn Model) -> Answers {
    let asked = ASKED.iter().map(|(question, options)| (format!("{SHOTS}{question}"), options.to_vec()));
    let story = ("Far in the north, where the river meets the sea,".to_owned(), vec![STORY]);
    answers(model, asked.chain([story]).collect(), &PROMPTS, 48).await
}

async fn of_made_up(model: &dyn Model) -> Answers {
    let asked = vec![
        ("the winter in the".to_owned(), vec![" north", " other thing is there", "\n", "été 天"]),
        ("in".to_owned(), vec![STORY]),
    ];
    answers(model, asked, &["the", "0 1 2 3\n", "When the rain was over, there"], 40).await
}

async fn answers(
    model: &dyn Model,
    asked: Vec<(String, Vec<&str>)>,
    prompts: &[&str],
    tokens: u32,
) -> Answers {
    let mut answers = Answers { scores: Vec::new(), is_greedy: Vec::new(), replies: Vec::new() };
    for (prefix, continuations) in asked {
        for score in model.loglikelihood(&scores(&prefix, &continuations), &context()).await.unwrap() {
            answers.scores.push(score.per_token);
            answers.is_greedy.push(score.is_greedy);
        }
    }
    for prompt in prompts {
        let reply = model.generate(&replies(prompt, tokens, 1), &context()).await.unwrap();
        answers.replies.push(reply.text().to_owned());
    }
    answers
}

/// Compares; the largest distance between log-probabilities.
fn compare(name: &str, ours: &Answers, expected: &Answers) -> f64 {
    assert_eq!(ours.scores.len(), expected.scores.len(), "{name}");
    let mut apart = 0f64;
    for (ours, expected) in ours.scores.iter().zip(&expected.scores) {
        assert_eq!(ours.len(), expected.len(), "{name}");
        for (ours, expected) in ours.iter().zip(expected) {
            let distance = (ours - expected).abs();
            assert!(distance < APART, "{name}: {ours} and not {expected}");
            apart = apart.max(distance);
        }
    }
    assert_eq!(ours.is_greedy, expected.is_greedy, "{name}");
    assert_eq!(ours.replies, expected.replies, "{name}");
    apart
}

fn own(path: &Path) -> std::sync::Arc<dyn Model> {
    evalscope_engine_candle::open(EngineOptions::new(path)).unwrap()
}

#[tokio::test]
async fn the_own_engine_gives_what_llama_cpp_gave_with_made_up_models() {
    let vectors = vectors();
    let folder = tempfile::tempdir().unwrap();
    for (name, tiny) in made_up() {
        let model = own(&tiny.write(folder.path()));
        compare(name, &of_made_up(model.as_ref()).await, &vectors.models[name]);
    }
    assert_eq!(vectors.models.len(), made_up().len() + 1);
}

#[tokio::test]
async fn the_own_engine_gives_what_llama_cpp_gave_with_smollm2() {
    let Some(path) = named("EVALSCOPE_TEST_MODEL") else { return };
    compare(SMOLLM2, &of_smollm2(own(&path).as_ref()).await, &vectors().models[SMOLLM2]);
}

#[test]
fn the_vectors_are_of_the_version_that_is_built() {
    let made_by = vectors().made_by;
    let pinned = include_str!("../../Cargo.toml").lines().filter(|line| line.starts_with("llama-cpp-"));
    let source = include_str!("../../src/llama.rs");
    let said = source.lines().find(|line| line.starts_with("const BINDING")).unwrap();
    let mut pins = 0;
    for line in pinned {
        let version = line.split_once("\"=").and_then(|(_, rest)| rest.split_once('"')).unwrap().0;
        let name = line.split_whitespace().next().unwrap();
        assert!(
            made_by.contains(&format!("{name} {version}")),
            "{name} {version}: run scripts/llama.sh --write"
        );
        assert!(said.contains(&format!("{name} {version}")), "{name} {version}: {said}");
        pins += 1;
    }
    assert_eq!(pins, 2);
}

/// Shortens log-probabilities to what is looked at.
fn rounded(mut answers: Answers) -> Answers {
    let round = |number: &mut f64| *number = (*number * 1e7).round() / 1e7;
    answers.scores.iter_mut().flatten().for_each(round);
    answers
}

#[tokio::test]
async fn real_llama_cpp_gives_what_it_gave() {
    let Some(options) = f32_model() else { return };
    let folder = tempfile::tempdir().unwrap();
    let smollm2 = open(options).unwrap();
    let made_by = smollm2.identity()["build"].clone();
    let mut models = BTreeMap::from([(SMOLLM2.to_owned(), of_smollm2(smollm2.as_ref()).await)]);
    for (name, tiny) in made_up() {
        let options = with_llama(tiny.write(folder.path()))
            .map(|options| LlamaOptions { max_context: None, ..options });
        let model = open(options.unwrap()).unwrap();
        models.insert(name.to_owned(), of_made_up(model.as_ref()).await);
    }
    if named("EVALSCOPE_WRITE_VECTORS").is_some() {
        let models = models.into_iter().map(|(name, answers)| (name, rounded(answers))).collect();
        write(&Vectors { made_by: format!("llama.cpp in {made_by}; mode strict, one thread"), models });
        return;
    }
    let vectors = vectors();
    for (name, answers) in &models {
        let apart = compare(name, answers, &vectors.models[name]);
        println!("llama.cpp and its vectors, {name}: {apart:.1e} apart at most");
    }
}

/// Writes the vectors, a continuation in each line.
fn write(vectors: &Vectors) {
    let mut text = serde_json::to_string_pretty(vectors).unwrap();
    while let Some(place) = text.find(",\n          ") {
        text.replace_range(place..place + 12, ", ");
    }
    for (long, short) in [("[\n          ", "["), ("\n        ]", "]")] {
        text = text.replace(long, short);
    }
    std::fs::write(PathBuf::from(FILE), text + "\n").unwrap();
}

//! SmolLM2 written back from its GGUF file to a folder: the same tokens, scores and replies, bit for bit.

use super::made_up::{Format, Tensor, tokenizer_json, write_tensors};
use crate::decoder::{GgufWeights, Weights};
use crate::gguf::{Metadata, read_header};
use crate::{EngineOptions, open};
use evalscope_core::{GenerateRequest, Input, LoglikelihoodRequest, Message, Sampling};
use evalscope_model_api::{CallContext, Model};
use serde_json::json;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Duration;

const HEAD: usize = 64;
const NAMES: [(&str, &str); 9] = [
    ("attn_norm", "input_layernorm"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_output", "self_attn.o_proj"),
    ("ffn_norm", "post_attention_layernorm"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
];

fn model_file() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests find the model file through the environment")]
    let path = std::env::var_os("EVALSCOPE_TEST_MODEL");
    path.map(PathBuf::from)
}

/// The name that transformers gives a tensor.
fn name_in_folder(name: &str) -> String {
    match name {
        "token_embd.weight" => "model.embed_tokens.weight".into(),
        "output_norm.weight" => "model.norm.weight".into(),
        _ => {
            let mut parts = name.splitn(3, '.').skip(1);
            let (layer, part) = (parts.next().unwrap(), parts.next().unwrap().trim_end_matches(".weight"));
            let known = NAMES.iter().find(|(own, _)| *own == part).unwrap().1;
            format!("model.layers.{layer}.{known}.weight")
        }
    }
}

/// Puts the two dimensions of each pair into the two halves of a head again.
fn halves(rows: Vec<f32>, columns: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(rows.len());
    for head in rows.chunks(HEAD * columns) {
        for half in 0..2 {
            for pair in 0..HEAD / 2 {
                out.extend_from_slice(&head[(2 * pair + half) * columns..][..columns]);
            }
        }
    }
    out
}

fn write_folder(file: &Path, folder: &Path) {
    let length = std::fs::metadata(file).unwrap().len();
    let header = read_header(BufReader::new(File::open(file).unwrap()), length).ok().unwrap();
    let weights = GgufWeights::plain(file.to_owned(), header.tensors);
    let mut tensors: Vec<Tensor> = Vec::new();
    for (name, info) in &weights.tensors {
        let shape: Vec<usize> = info.shape.iter().map(|size| *size as usize).collect();
        let mut values = weights.read(name, &shape).ok().unwrap();
        if name.contains("attn_q.") || name.contains("attn_k.") {
            values = halves(values, shape[0]);
        }
        tensors.push((name_in_folder(name), shape.into_iter().rev().collect(), values));
    }
    write_tensors(&folder.join("model.safetensors"), &tensors, Format::F32);
    write_small(&header.metadata, folder);
}

fn write_small(metadata: &Metadata, folder: &Path) {
    let count = |key: &str| metadata.count(key).ok().unwrap().unwrap();
    let number = |key: &str| metadata.number(key).ok().unwrap().unwrap();
    let config = json!({
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": count("llama.embedding_length"),
        "intermediate_size": count("llama.feed_forward_length"),
        "num_hidden_layers": count("llama.block_count"),
        "num_attention_heads": count("llama.attention.head_count"),
        "num_key_value_heads": count("llama.attention.head_count_kv"),
        "max_position_embeddings": count("llama.context_length"),
        "rope_theta": number("llama.rope.freq_base"),
        "rms_norm_eps": number("llama.attention.layer_norm_rms_epsilon"),
        "hidden_act": "silu",
        "tie_word_embeddings": true,
        "eos_token_id": count("tokenizer.ggml.eos_token_id"),
    });
    let tokens = metadata.texts("tokenizer.ggml.tokens").ok().unwrap().unwrap();
    let merges = metadata.texts("tokenizer.ggml.merges").ok().unwrap().unwrap();
    let kinds = metadata.integers("tokenizer.ggml.token_type").ok().unwrap().unwrap();
    let special: Vec<(u32, String)> = (0u32..)
        .zip(tokens.iter().zip(kinds))
        .filter(|(_, (_, kind))| **kind == 3)
        .map(|(id, (text, _))| (id, text.clone()))
        .collect();
    let text = |key: &str| tokens[count(key) as usize].clone();
    let of_tokenizer = json!({
        "bos_token": text("tokenizer.ggml.bos_token_id"),
        "eos_token": {"content": text("tokenizer.ggml.eos_token_id")},
        "chat_template": metadata.text("tokenizer.chat_template").ok().unwrap().unwrap(),
    });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    std::fs::write(folder.join("tokenizer_config.json"), of_tokenizer.to_string()).unwrap();
    std::fs::write(folder.join("tokenizer.json"), tokenizer_json(tokens, merges, &special, true)).unwrap();
}

async fn reply(model: &dyn Model, input: Input) -> String {
    let sampling = Sampling { max_tokens: Some(24), temperature: Some(0.0), ..Sampling::default() };
    let context = CallContext::with_timeout(Duration::from_secs(600));
    let reply = model.generate(&GenerateRequest::new(input, sampling), &context).await.unwrap();
    reply.text().to_owned()
}

#[tokio::test]
async fn smollm2_as_a_folder_is_smollm2_as_a_file() {
    let Some(file) = model_file() else { return };
    let folder = tempfile::tempdir().unwrap();
    write_folder(&file, folder.path());
    let of_file = open(EngineOptions::new(&file)).unwrap();
    let of_folder = open(EngineOptions::new(folder.path())).unwrap();
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("../../vectors/smollm2.json")).unwrap();
    for case in vectors["tokens"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        assert_eq!(json!(of_folder.tokenize(text).await.unwrap()), case["ids"], "{text:?}");
    }
    let request = LoglikelihoodRequest {
        prefix: vec!["Question: What is the capital of France?\nAnswer:".into()],
        continuations: vec![" Paris".into(), " London, the city".into()],
        tokens: Default::default(),
    };
    let context = CallContext::with_timeout(Duration::from_secs(600));
    let scores = of_file.loglikelihood(&request, &context).await.unwrap();
    assert_eq!(of_folder.loglikelihood(&request, &context).await.unwrap(), scores);
    for input in [Input::Text("Once upon a time".into()), Input::Chat(vec![Message::user("Name a colour.")])]
    {
        assert_eq!(reply(of_folder.as_ref(), input.clone()).await, reply(of_file.as_ref(), input).await);
    }
}

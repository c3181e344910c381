//! Families in GGUF files against the same weights in a folder: the same logits, bit for bit.
//!
//! The file is written as the converters of llama.cpp do it: rows of Llama's queries and keys in pairs, norms of Gemma with
//! the one that they are added to, Phi-3's attention and gates in one tensor each, the experts of a layer too.

use super::golden::{cases, logits, tensors, write};
use super::made_up::Format;
use super::shards::Shards;
use super::weights::FolderWeights;
use crate::config::{DecoderConfig, Json, Pairs, family};
use crate::decoder::{Decoder, GgufWeights, Weights};
use crate::gguf::read_header;
use serde_json::Value;
use std::io::BufReader;
use std::path::Path;

const IDS: [u32; 14] = [7, 3, 41, 0, 19, 3, 7, 22, 40, 11, 2, 2, 33, 47];
/// Names of the cases, and of the families in GGUF files.
const FAMILIES: [(&str, &str); 9] = [
    ("LlamaForCausalLM", "llama"),
    ("MixtralForCausalLM", "llama"),
    ("Qwen2ForCausalLM", "qwen2"),
    ("Qwen3ForCausalLM", "qwen3"),
    ("Qwen3MoeForCausalLM", "qwen3moe"),
    ("Phi3ForCausalLM", "phi3"),
    ("GemmaForCausalLM", "gemma"),
    ("Gemma2ForCausalLM", "gemma2"),
    ("Gemma3ForCausalLM", "gemma3"),
];

/// A tensor: name, sizes with the fastest first, numbers.
type Stored = (String, Vec<usize>, Vec<f32>);

fn with_length(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

fn key(name: &str, kind: u32, value: &[u8]) -> Vec<u8> {
    [&with_length(name), kind.to_le_bytes().as_slice(), value].concat()
}

/// A GGUF file of 32-bit floats.
fn file(keys: &[Vec<u8>], tensors: &[Stored]) -> Vec<u8> {
    let mut out = b"GGUF".to_vec();
    out.extend(3u32.to_le_bytes());
    out.extend((tensors.len() as u64).to_le_bytes());
    out.extend((keys.len() as u64).to_le_bytes());
    keys.iter().for_each(|key| out.extend(key));
    let mut offset = 0u64;
    for (name, shape, values) in tensors {
        out.extend(with_length(name));
        out.extend((shape.len() as u32).to_le_bytes());
        shape.iter().for_each(|size| out.extend((*size as u64).to_le_bytes()));
        out.extend(0u32.to_le_bytes());
        out.extend(offset.to_le_bytes());
        offset += (values.len() as u64 * 4).next_multiple_of(32);
    }
    for (_, _, values) in tensors {
        out.resize(out.len().next_multiple_of(32), 0);
        values.iter().for_each(|value| out.extend(value.to_le_bytes()));
    }
    out.resize(out.len().next_multiple_of(32), 0);
    out
}

/// The metadata of this shape.
fn keys(name: &str, config: &DecoderConfig, json: &Value) -> Vec<Vec<u8>> {
    let named = |key: &str| format!("{name}.{key}");
    let count = |suffix: &str, value: usize| key(&named(suffix), 10, &(value as u64).to_le_bytes());
    let number = |suffix: &str, value: f64| key(&named(suffix), 12, &value.to_le_bytes());
    let mut keys = vec![
        key("general.architecture", 8, &with_length(name)),
        count("block_count", config.layers.len()),
        count("context_length", json["max_position_embeddings"].as_u64().unwrap() as usize),
        count("embedding_length", config.width),
        count("feed_forward_length", config.feed_forward),
        count("attention.head_count", config.heads),
        count("attention.head_count_kv", config.kv_heads),
        count("attention.key_length", config.head_width),
        count("attention.value_length", config.head_width),
        number("attention.layer_norm_rms_epsilon", config.norm_epsilon),
    ];
    let mut copy = |from: &[&str], to: &str| {
        let found = from.iter().find_map(|path| json.pointer(path).and_then(Value::as_f64));
        keys.extend(found.map(|value| number(to, value)));
    };
    let rope = ["/rope_theta", "/rope_parameters/rope_theta", "/rope_parameters/full_attention/rope_theta"];
    copy(&rope, "rope.freq_base");
    copy(&["/rope_local_base_freq", "/rope_parameters/sliding_attention/rope_theta"], "rope.freq_base_swa");
    copy(&["/attn_logit_softcapping"], "attn_logit_softcapping");
    copy(&["/final_logit_softcapping"], "final_logit_softcapping");
    if let Some(window) = config.layers.iter().find_map(|layer| layer.window) {
        keys.push(count("attention.sliding_window", window));
    }
    if let Some(experts) = config.experts {
        keys.push(count("expert_count", experts.count));
        keys.push(count("expert_used_count", experts.used));
        keys.push(count("expert_feed_forward_length", experts.width));
    }
    if is_long(json) {
        keys.push(count("rope.scaling.original_context_length", config.context));
        keys.push(number("rope.scaling.attn_factor", config.rotations[0].factor));
    }
    keys
}

fn shape(name: &str, config: &DecoderConfig, vocabulary: usize) -> Vec<usize> {
    let part = name.strip_prefix("blk.").map_or(name, |rest| rest.split_once('.').unwrap().1);
    let of_expert = part.strip_prefix("expert.").map(|rest| rest.split_once('.').unwrap().1);
    let inner = match (of_expert, config.experts) {
        (Some(_), Some(experts)) => experts.width,
        _ => config.feed_forward,
    };
    let part = of_expert.unwrap_or(part);
    let (width, query, kv) = (config.width, config.query_width(), config.kv_width());
    match part {
        "token_embd.weight" | "output.weight" => vec![width, vocabulary],
        "attn_q.weight" => vec![width, query],
        "attn_k.weight" | "attn_v.weight" => vec![width, kv],
        "attn_q.bias" => vec![query],
        "attn_k.bias" | "attn_v.bias" => vec![kv],
        "attn_output.weight" => vec![query, width],
        "attn_q_norm.weight" | "attn_k_norm.weight" => vec![config.head_width],
        "ffn_gate.weight" | "ffn_up.weight" => vec![width, inner],
        "ffn_down.weight" => vec![inner, width],
        "ffn_gate_inp.weight" => vec![width, config.experts.unwrap().count],
        _ => vec![width],
    }
}

/// Puts the two halves of each head into pairs, as the converters do for Llama.
fn in_pairs(rows: &[f32], columns: usize, head: usize) -> Vec<f32> {
    let pair = |head_rows: &[f32]| -> Vec<f32> {
        let row = |index: usize| head_rows[index * columns..(index + 1) * columns].to_vec();
        (0..head / 2).flat_map(|index| [row(index), row(index + head / 2)].concat()).collect()
    };
    rows.chunks(head * columns).flat_map(pair).collect()
}

/// What stands in a file for these weights.
fn stored(weights: &FolderWeights, config: &DecoderConfig, family: &str) -> Vec<Stored> {
    let vocabulary = weights.vocabulary().unwrap();
    let mut all: Vec<Stored> = Vec::new();
    for name in weights.names() {
        let shape = shape(name, config, vocabulary);
        let mut values = weights.read(name, &shape).unwrap();
        let turned = name.contains("attn_q.") || name.contains("attn_k.");
        if family == "llama" && turned {
            let columns = if shape.len() == 2 { shape[0] } else { 1 };
            values = in_pairs(&values, columns, config.head_width);
        }
        all.push((name.to_owned(), shape, values));
    }
    for layer in 0..config.layers.len() {
        if family == "phi3" {
            pack(&mut all, layer, &["attn_q", "attn_k", "attn_v"], "attn_qkv");
            pack(&mut all, layer, &["ffn_gate", "ffn_up"], "ffn_up");
        }
        for part in ["ffn_gate", "ffn_up", "ffn_down"].iter().filter(|_| config.experts.is_some()) {
            stack(&mut all, &format!("blk.{layer}"), part);
        }
    }
    all
}

/// Puts a matrix of each expert of a layer into one tensor.
fn stack(all: &mut Vec<Stored>, layer: &str, part: &str) {
    let mut stacked = (format!("{layer}.{part}_exps.weight"), Vec::new(), Vec::new());
    for expert in 0.. {
        let name = format!("{layer}.expert.{expert}.{part}.weight");
        let Some(place) = all.iter().position(|(known, _, _)| *known == name) else { break };
        let (_, shape, values) = all.remove(place);
        stacked.1 = vec![shape[0], shape[1], expert + 1];
        stacked.2.extend(values);
    }
    // Some layers of Qwen3's have no experts.
    all.extend(Some(stacked).filter(|(_, shape, _)| !shape.is_empty()));
}

/// Whether positions are stretched by a divisor for each frequency.
fn is_long(config: &Value) -> bool {
    config["rope_scaling"]["type"] == "longrope"
}

/// The divisors of frequencies for texts up to the original context, and for those beyond.
fn divisors(config: &Value) -> Vec<Stored> {
    let one = |name: &str, key: &str| {
        let values: Vec<f32> = serde_json::from_value(config["rope_scaling"][key].clone()).unwrap();
        (format!("rope_factors_{name}.weight"), vec![values.len()], values)
    };
    vec![one("long", "long_factor"), one("short", "short_factor")]
}

/// Puts tensors into one, the rows of one behind those of the other.
fn pack(all: &mut Vec<Stored>, layer: usize, parts: &[&str], whole: &str) {
    let mut packed = (format!("blk.{layer}.{whole}.weight"), vec![0, 0], Vec::new());
    for part in parts {
        let name = format!("blk.{layer}.{part}.weight");
        let place = all.iter().position(|(known, _, _)| *known == name).unwrap();
        let (_, shape, values) = all.remove(place);
        packed.1 = vec![shape[0], packed.1[1] + shape[1]];
        packed.2.extend(values);
    }
    all.push(packed);
}

/// Whether positions are stretched, or only some layers slide, in a way that files of these families do not have.
fn says_more_than_a_file(config: &Value) -> bool {
    (config["rope_scaling"].is_object() && !is_long(config)) || config["use_sliding_window"] == true
}

fn decoder_of_file(path: &Path, family: &str) -> Decoder {
    let length = std::fs::metadata(path).unwrap().len();
    let header = read_header(BufReader::new(std::fs::File::open(path).unwrap()), length).unwrap();
    let config = DecoderConfig::of_gguf(family, &header.metadata).unwrap().unwrap();
    let weights = GgufWeights::new(path.to_owned(), header.tensors, family, &config);
    Decoder::load(config, &weights).unwrap()
}

#[test]
fn families_have_the_same_logits_in_a_file_as_in_a_folder() {
    let cases = cases();
    for (class, name) in FAMILIES {
        let mut tried = 0;
        for mut case in cases.iter().filter(|case| case["config"]["architectures"][0] == class).cloned() {
            if says_more_than_a_file(&case["config"]) {
                continue;
            }
            // Files do not say it; heads have the width that the queries are divided by.
            let fields = case["config"].as_object_mut().unwrap();
            for unsaid in
                ["query_pre_attn_scalar", "layer_types", "sliding_window_pattern", "_sliding_window_pattern"]
            {
                fields.remove(unsaid);
            }
            let json = Json(case["config"].as_object().unwrap());
            let config = family(class).unwrap().read(json).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let shards = Shards::open(write(folder.path(), &tensors(&case), Format::F32)).unwrap();
            let family = family(class).unwrap();
            let promised = family.promised(json).unwrap();
            let weights = FolderWeights::new(shards, family.layout(json), &config, &promised).unwrap();
            let path = folder.path().join("model.gguf");
            let mut tensors = stored(&weights, &config, name);
            if is_long(&case["config"]) {
                tensors.extend(divisors(&case["config"]));
            }
            let bytes = file(&keys(name, &config, &case["config"]), &tensors);
            std::fs::write(&path, bytes).unwrap();
            let expects_pairs = if name == "llama" { Pairs::Neighbours } else { Pairs::Halves };
            let of_file = decoder_of_file(&path, name);
            assert_eq!(of_file.config().pairs, expects_pairs);
            assert_eq!(of_file.config().context, config.context);
            let of_folder = Decoder::load(config, &weights).unwrap();
            assert!(logits(&of_file, &IDS) == logits(&of_folder, &IDS), "{name}: {}", case["name"]);
            tried += 1;
        }
        assert!(tried > 0, "no case of {name}");
    }
}

#[test]
fn each_sixth_layer_of_gemma_3_sees_all_and_turns_by_the_other_base() {
    let cases = cases();
    let case = cases.iter().find(|case| case["name"] == "gemma3").unwrap();
    let json = Json(case["config"].as_object().unwrap());
    let mut config = family("Gemma3ForCausalLM").unwrap().read(json).unwrap();
    config.layers = vec![config.layers[0]; 7];
    let bytes = file(&keys("gemma3", &config, &case["config"]), &[]);
    let header = read_header(bytes.as_slice(), bytes.len() as u64).unwrap();
    let read = DecoderConfig::of_gguf("gemma3", &header.metadata).unwrap().unwrap();
    let sees_all: Vec<bool> = read.layers.iter().map(|layer| layer.window.is_none()).collect();
    assert_eq!(sees_all, [false, false, false, false, false, true, false]);
    let rotations: Vec<Option<usize>> = read.layers.iter().map(|layer| layer.rotation).collect();
    assert_eq!((rotations[5], rotations[6]), (Some(0), Some(1)));
    assert_eq!(read.rotations, config.rotations);
}

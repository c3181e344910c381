//! Writes model folders for tests.

use serde_json::{Map, Value, json};
use std::path::Path;

/// A tensor: name, shape (slowest size first), numbers.
pub(crate) type Tensor = (String, Vec<usize>, Vec<f32>);

/// How numbers are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    F32,
    F16,
    Bf16,
}

/// Uniform in −0.5 … 0.5, as `benches/families/families.py` makes them: a function of the name.
pub(crate) fn numbers(name: &str, count: usize) -> Vec<f32> {
    let seed = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325u64, |seed, byte| (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (1..=count as u64)
        .map(|index| {
            let mut z = seed.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            (z >> 40) as f32 / (1 << 24) as f32 - 0.5
        })
        .collect()
}

/// Writes a safetensors file.
pub(crate) fn write_tensors(path: &Path, tensors: &[Tensor], format: Format) {
    let mut header = Map::new();
    let mut data = Vec::new();
    for (name, shape, values) in tensors {
        let start = data.len();
        for value in values {
            match format {
                Format::F32 => data.extend(value.to_le_bytes()),
                Format::F16 => data.extend(half::f16::from_f32(*value).to_le_bytes()),
                Format::Bf16 => data.extend(half::bf16::from_f32(*value).to_le_bytes()),
            }
        }
        let dtype = match format {
            Format::F32 => "F32",
            Format::F16 => "F16",
            Format::Bf16 => "BF16",
        };
        let entry = json!({"dtype": dtype, "shape": shape, "data_offsets": [start, data.len()]});
        header.insert(name.clone(), entry);
    }
    let mut header = Value::Object(header).to_string();
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    std::fs::write(path, bytes).unwrap();
}

/// A byte-level `tokenizer.json` of these tokens.
pub(super) fn tokenizer_json(
    tokens: &[String],
    merges: &[String],
    special: &[(u32, String)],
    digits: bool,
) -> String {
    let vocabulary: Map<String, Value> =
        tokens.iter().enumerate().map(|(id, token)| (token.clone(), json!(id))).collect();
    let added: Vec<Value> = special
        .iter()
        .map(|(id, text)| {
            json!({"id": id, "content": text, "single_word": false, "lstrip": false, "rstrip": false,
                   "normalized": false, "special": true})
        })
        .collect();
    let byte_level =
        json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    let mut steps = vec![byte_level.clone()];
    if digits {
        steps.insert(0, json!({"type": "Digits", "individual_digits": true}));
    }
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added, "normalizer": null,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": steps}, "post_processor": null,
        "decoder": byte_level,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                  "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                  "vocab": vocabulary, "merges": merges}
    })
    .to_string()
}

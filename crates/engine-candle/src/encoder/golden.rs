//! Small encoders against transformers (`vectors/encoders.json` says which versions), and a whole folder.

use super::forward::Encoder;
use super::load::load;
use crate::config::{EncoderConfig, Json};
use crate::folder::{Format, Shards, Tensor, numbers, write_tensors};
use crate::gguf::Fault;
use crate::options::EngineOptions;
use evalscope_core::FailureKind;
use evalscope_model_api::{CallContext, Embeddings, Model};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../vectors/encoders.json")).unwrap()
}

/// The weights of a model, as `benches/families/encoders.py` makes them.
fn tensors(case: &Value) -> Vec<Tensor> {
    let of = |entry: &Value| {
        let name = entry[0].as_str().unwrap();
        let shape: Vec<usize> = serde_json::from_value(entry[1].clone()).unwrap();
        let is_norm = name.contains("LayerNorm") && name.ends_with("weight");
        let number = |unit: f32| if is_norm { 1.0 + unit * 0.25 } else { unit * 0.625 };
        let values = numbers(name, shape.iter().product()).into_iter().map(number).collect();
        (name.to_owned(), shape, values)
    };
    case["tensors"].as_array().unwrap().iter().map(of).collect()
}

fn read(case: &Value, tensors: &[Tensor]) -> Result<Encoder, Fault> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    write_tensors(&path, tensors, Format::F32);
    let config = case["config"].as_object().unwrap();
    let architecture = config["architectures"][0].as_str().unwrap();
    load(&EncoderConfig::read(Json(config), architecture)?, &Shards::open(vec![path]).unwrap())
}

fn texts(vectors: &Value) -> Vec<Vec<u32>> {
    serde_json::from_value(vectors["texts"].clone()).unwrap()
}

/// The first row, the last, and the mean.
fn picked(rows: &[f32], width: usize) -> Vec<Vec<f32>> {
    let count = (rows.len() / width) as f32;
    let mean = (0..width).map(|at| rows.iter().skip(at).step_by(width).sum::<f32>() / count).collect();
    vec![rows[..width].to_vec(), rows[rows.len() - width..].to_vec(), mean]
}

#[test]
fn every_encoder_has_the_rows_of_transformers() {
    let vectors = vectors();
    for case in vectors["cases"].as_array().unwrap() {
        let encoder = read(case, &tensors(case)).unwrap_or_else(|_| panic!("{}", case["name"]));
        let width = encoder.config().width;
        for (text, expected) in texts(&vectors).iter().zip(case["rows"].as_array().unwrap()) {
            let ours = picked(&encoder.rows(&[text]), width);
            let expected: Vec<Vec<f32>> = serde_json::from_value(expected.clone()).unwrap();
            for (ours, reference) in ours.iter().flatten().zip(expected.iter().flatten()) {
                assert!((ours - reference).abs() < 1e-5, "{}: {ours} and not {reference}", case["name"]);
            }
        }
    }
}

#[test]
fn a_text_has_the_same_bits_alone_and_among_others() {
    let vectors = vectors();
    let texts = texts(&vectors);
    let all: Vec<&[u32]> = texts.iter().map(Vec::as_slice).collect();
    let case = &vectors["cases"][0];
    let encoder = read(case, &tensors(case)).unwrap_or_else(|_| panic!());
    let alone: Vec<f32> = all.iter().flat_map(|text| encoder.rows(&[text])).collect();
    assert!(encoder.rows(&all) == alone);
}

#[test]
fn what_an_encoder_would_leave_out_is_refused() {
    let vectors = vectors();
    let case = &vectors["cases"][0];
    let with = |name: &str| {
        let mut tensors = tensors(case);
        tensors.push((name.to_owned(), vec![32], vec![0.0; 32]));
        read(case, &tensors)
    };
    assert!(with("pooler.dense.bias").is_ok() && with("cls.predictions.bias").is_ok());
    for name in
        ["encoder.layer.3.output.dense.bias", "encoder.layer.0.crossattention.bias", "classifier.bias"]
    {
        assert!(matches!(with(name), Err(Fault::Unknown(_))), "{name}");
    }
    let mut less = tensors(case);
    less.retain(|(name, _, _)| name != "encoder.layer.1.output.dense.bias");
    assert!(matches!(read(case, &less), Err(Fault::Nonsense(_))));
    let mut other = case.clone();
    other["config"]["position_embedding_type"] = json!("relative_key");
    assert!(matches!(read(&other, &tensors(case)), Err(Fault::Unknown(_))));
}

/// A folder as sentence-transformers has them, with the words `a` to `z`.
fn write_folder(folder: &Path, pooling: Value) {
    let vectors = vectors();
    let case = &vectors["cases"][0];
    write_tensors(&folder.join("model.safetensors"), &tensors(case), Format::F32);
    let words = ["[PAD]", "[UNK]", "[CLS]", "[MASK]", "[SEP]"].map(str::to_owned).into_iter();
    let words = words.chain(('a'..='z').map(String::from)).chain(('a'..='m').map(|c| format!("##{c}")));
    let words: serde_json::Map<String, Value> =
        words.enumerate().map(|(id, word)| (word, json!(id))).collect();
    let piece = |id: &str, kind: u8| json!({"SpecialToken": {"id": id, "type_id": kind}});
    let special = |id: &str, number: u8| json!({"id": id, "ids": [number], "tokens": [id]});
    let tokenizer = json!({
        "version": "1.0", "padding": {"strategy": {"Fixed": 20}, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
        "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
        "added_tokens": [], "pre_tokenizer": {"type": "BertPreTokenizer"}, "decoder": null,
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true},
        "post_processor": {"type": "TemplateProcessing",
            "single": [piece("[CLS]", 0), {"Sequence": {"id": "A", "type_id": 0}}, piece("[SEP]", 0)],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"[CLS]": special("[CLS]", 2), "[SEP]": special("[SEP]", 4)}},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": words},
    });
    let modules = json!([
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]);
    std::fs::create_dir(folder.join("1_Pooling")).unwrap();
    for (name, value) in [
        ("config.json", &case["config"]),
        ("tokenizer.json", &tokenizer),
        ("modules.json", &modules),
        ("1_Pooling/config.json", &pooling),
        ("sentence_bert_config.json", &json!({"max_seq_length": 8, "do_lower_case": false})),
    ] {
        std::fs::write(folder.join(name), value.to_string()).unwrap();
    }
}

fn embed(model: &Arc<dyn Model>, texts: &[&str]) -> Result<Embeddings, evalscope_core::CallFailure> {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(model.embed(&texts, &CallContext::with_timeout(Duration::from_secs(60))))
}

#[test]
fn a_folder_of_sentence_transformers_gives_vectors() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), json!({"pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true}));
    let model = crate::open(EngineOptions::new(folder.path())).unwrap();
    assert_eq!(model.identity()["pooling"], "mean, normalised");
    let seen = crate::inspect(folder.path()).unwrap();
    assert_eq!((seen.refusal, seen.shape.map(|shape| (shape.context, shape.layers))), (None, Some((24, 3))));
    let capabilities = model.capabilities();
    assert!(capabilities.embed && !capabilities.text && capabilities.max_context == Some(8));
    // The tokenizer puts marks around a text; what the file says of padding and cutting is not done.
    let found = embed(&model, &["A b ab", "z", ""]).unwrap();
    assert_eq!(found.tokens, 6 + 3 + 2);
    let case = &vectors()["cases"][0];
    let encoder = read(case, &tensors(case)).unwrap_or_else(|_| panic!());
    let mut mean = picked(&encoder.rows(&[&[2, 5, 6, 5, 32, 4]]), 32).pop().unwrap();
    let length = mean.iter().map(|value| value * value).sum::<f32>().sqrt();
    mean.iter_mut().for_each(|value| *value /= length);
    let differs = found.vectors[0].iter().zip(&mean).any(|(ours, expected)| (ours - expected).abs() > 1e-6);
    assert!(!differs && found.vectors.len() == 3);
    assert_eq!(embed(&model, &["z"]).unwrap().vectors[0], found.vectors[1]);
    let mut with_keys = EngineOptions::new(folder.path());
    with_keys.kv_bytes = Some(1 << 30);
    let refused = crate::open(with_keys).err().unwrap().to_string();
    assert!(refused.starts_with("kv_gib: "), "{refused}");
    let long = embed(&model, &["a b c d e f g"]).unwrap_err();
    assert_eq!((long.kind, long.message.contains("9 tokens")), (FailureKind::ContextTooLong, true));
}

#[test]
fn a_kind_of_pooling_that_is_not_computed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), json!({"pooling_mode_weightedmean_tokens": true}));
    let error = crate::open(EngineOptions::new(folder.path())).err().unwrap().to_string();
    assert!(error.contains("pooling_mode_weightedmean_tokens"), "{error}");
}

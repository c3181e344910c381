//! Folders that are broken, cut, or made to hurt: an error each, never a panic or a huge allocation.

use super::made_up::{Format, Tensor, numbers, tokenizer_json, write_tensors};
use crate::{EngineOptions, Error, open};
use evalscope_core::Diagnose;
use serde_json::{Value, json};
use std::path::Path;

const VOCABULARY: usize = 256;
const WIDTH: usize = 8;

fn tensors() -> Vec<Tensor> {
    let mut shapes: Vec<(String, Vec<usize>)> = vec![
        ("model.embed_tokens.weight".into(), vec![VOCABULARY, WIDTH]),
        ("model.norm.weight".into(), vec![WIDTH]),
    ];
    let of_layer: [(&str, Vec<usize>); 9] = [
        ("input_layernorm", vec![WIDTH]),
        ("self_attn.q_proj", vec![WIDTH, WIDTH]),
        ("self_attn.k_proj", vec![4, WIDTH]),
        ("self_attn.v_proj", vec![4, WIDTH]),
        ("self_attn.o_proj", vec![WIDTH, WIDTH]),
        ("post_attention_layernorm", vec![WIDTH]),
        ("mlp.gate_proj", vec![12, WIDTH]),
        ("mlp.up_proj", vec![12, WIDTH]),
        ("mlp.down_proj", vec![WIDTH, 12]),
    ];
    shapes.extend(of_layer.map(|(part, shape)| (format!("model.layers.0.{part}.weight"), shape)));
    let tensor = |(name, shape): (String, Vec<usize>)| {
        let values = numbers(&name, shape.iter().product());
        (name, shape, values)
    };
    shapes.into_iter().map(tensor).collect()
}

fn config() -> Value {
    json!({
        "architectures": ["LlamaForCausalLM"], "hidden_size": WIDTH, "intermediate_size": 12,
        "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1,
        "max_position_embeddings": 64, "tie_word_embeddings": true, "eos_token_id": 0,
    })
}

/// A model folder that works, with a byte-level vocabulary of letters.
fn write(folder: &Path) {
    write_tensors(&folder.join("model.safetensors"), &tensors(), Format::F32);
    std::fs::write(folder.join("config.json"), config().to_string()).unwrap();
    let tokens: Vec<String> = ('!'..='~').chain('¡'..='¬').map(String::from).collect();
    std::fs::write(folder.join("tokenizer.json"), tokenizer_json(&tokens, &[], &[], false)).unwrap();
}

fn opened(folder: &Path) -> Result<(), Error> {
    let mut options = EngineOptions::new(folder);
    options.threads = Some(1);
    open(options).map(|_| ())
}

/// Breaks one file in many ways; says how often that was an error.
fn errors(folder: &Path, file: &str, broken: impl Iterator<Item = Vec<u8>>) -> usize {
    let path = folder.join(file);
    let whole = std::fs::read(&path).unwrap();
    let mut errors = 0;
    for bytes in broken {
        std::fs::write(&path, bytes).unwrap();
        errors += usize::from(opened(folder).is_err());
    }
    std::fs::write(&path, whole).unwrap();
    assert!(opened(folder).is_ok());
    errors
}

fn flipped(bytes: &[u8], step: usize, most: usize) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len().min(most)).step_by(step).flat_map(move |at| {
        [0, 3, 7].map(|bit| {
            let mut broken = bytes.to_vec();
            broken[at] ^= 1 << bit;
            broken
        })
    })
}

#[test]
fn cut_and_flipped_files_are_errors_and_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    for (file, step) in [("model.safetensors", 11), ("config.json", 3), ("tokenizer.json", 23)] {
        let bytes = std::fs::read(folder.path().join(file)).unwrap();
        // Of the weights only the header can be wrong.
        let header = if file == "model.safetensors" { 1_100 } else { usize::MAX };
        let cuts = (0..bytes.len()).step_by(bytes.len() / 40 + 1).map(|cut| bytes[..cut].to_vec());
        assert_eq!(
            errors(folder.path(), file, cuts),
            (0..bytes.len()).step_by(bytes.len() / 40 + 1).count(),
            "{file}"
        );
        assert!(errors(folder.path(), file, flipped(&bytes, step, header)) > 20, "{file}");
    }
}

#[test]
fn lying_configurations_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let lies = ["hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"];
    let values = [json!(0), json!(-1), json!(7), json!(1u64 << 19), json!(u64::MAX), json!("8"), json!([8])];
    let broken =
        lies.iter().flat_map(|key| values.iter().map(move |value| (key, value))).map(|(key, value)| {
            let mut config = config();
            config[*key] = value.clone();
            config.to_string().into_bytes()
        });
    assert_eq!(errors(folder.path(), "config.json", broken), lies.len() * values.len());
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let mut other = config();
    other["architectures"] = json!(["MambaForCausalLM"]);
    std::fs::write(folder.path().join("config.json"), other.to_string()).unwrap();
    let error = opened(folder.path()).unwrap_err();
    assert!(error.to_string().contains("`MambaForCausalLM`"), "{error}");
    let hint = error.hint().unwrap();
    assert!(hint.contains("Qwen3ForCausalLM") && hint.contains("vLLM"), "{hint}");
    std::fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    assert!(matches!(opened(folder.path()).unwrap_err(), Error::NoWeights { .. }));
    std::fs::write(folder.path().join("pytorch_model.bin"), b"pickle").unwrap();
    let error = opened(folder.path()).unwrap_err();
    assert!(error.to_string().contains("pickle") && error.hint().unwrap().contains("safetensors"), "{error}");
}

#[test]
fn tensors_that_are_missing_or_too_many_are_told_by_their_own_names() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let told = |layers: usize, tensors: &[Tensor]| {
        let mut config = config();
        config["num_hidden_layers"] = json!(layers);
        std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
        write_tensors(&folder.path().join("model.safetensors"), tensors, Format::F32);
        opened(folder.path()).unwrap_err().to_string()
    };
    let error = told(2, &tensors());
    assert!(
        error.contains("`model.layers.1.")
            && error.contains("`config.json` says that the number of layers is 2"),
        "{error}"
    );
    let next = |(name, shape, values): Tensor| (name.replace("layers.0", "layers.1"), shape, values);
    let more: Vec<Tensor> = tensors().into_iter().chain(tensors().into_iter().skip(2).map(next)).collect();
    let error = told(1, &more);
    assert!(
        error.contains("`model.layers.1.")
            && error.contains("`config.json` says that the number of layers is 1"),
        "{error}"
    );
    // Of several names that a weight may have, the one that others of the file have.
    let packed = |(name, shape, values): Tensor| match name.contains("gate_proj") {
        true => {
            (name.replace("gate_proj", "gate_up_proj"), vec![24, WIDTH], [values.clone(), values].concat())
        }
        false => (name, shape, values),
    };
    let without = |tensor: &Tensor| !tensor.0.contains("up_proj.");
    let packed: Vec<Tensor> =
        tensors().into_iter().filter(|tensor| !tensor.0.contains(".up_proj")).map(packed).collect();
    let others = packed.iter().skip(2).cloned().map(next).filter(without);
    let error = told(2, &packed.iter().cloned().chain(others).collect::<Vec<_>>());
    assert!(error.contains("`model.layers.1.mlp.gate_up_proj.weight` are missing"), "{error}");
}

#[test]
fn what_the_configuration_says_of_the_files_is_there_or_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let told = |architecture: &str, key: &str, value: Value| {
        let mut config = config();
        config["architectures"] = json!([architecture]);
        config[key] = value;
        std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
        opened(folder.path()).map_err(|error| error.to_string())
    };
    let refused = |architecture: &str, key: &str, value: Value, parts: &[&str]| {
        let error = told(architecture, key, value).unwrap_err();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    };
    let llama = "LlamaForCausalLM";
    refused(llama, "tie_word_embeddings", json!(false), &["`lm_head.weight` are missing"]);
    // Absent it means no, but in the families that are made to be tied.
    refused(llama, "tie_word_embeddings", Value::Null, &["`lm_head.weight` are missing"]);
    assert_eq!(told("GemmaForCausalLM", "tie_word_embeddings", Value::Null), Ok(()));
    let bias = "`model.layers.0.self_attn.q_proj.bias` are missing";
    refused(llama, "attention_bias", json!(true), &[bias]);
    refused("Qwen2ForCausalLM", "attention_bias", json!(false), &[bias]);
    assert_eq!(told("MistralForCausalLM", "attention_bias", json!(true)), Ok(()));
    refused(llama, "mlp_bias", json!(true), &["`mlp_bias`"]);
    refused(llama, "vocab_size", json!(257), &["`model.embed_tokens.weight` has 256 rows", "257 tokens"]);
    // Embeddings are filled up to a round number.
    assert_eq!(told(llama, "vocab_size", json!(250)), Ok(()));
}

#[test]
fn an_index_says_which_files_count() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("consolidated.safetensors"), b"the same once more").unwrap();
    assert!(opened(folder.path()).is_ok());
    let index = |name: &str| {
        let index = json!({"weight_map": {"model.norm.weight": name}});
        std::fs::write(at("model.safetensors.index.json"), index.to_string()).unwrap();
    };
    // As in transformers, the whole file counts before an index, which may be of an earlier version.
    index("absent.safetensors");
    assert!(opened(folder.path()).is_ok());
    std::fs::rename(at("model.safetensors"), at("weights.safetensors")).unwrap();
    index("weights.safetensors");
    assert!(opened(folder.path()).is_ok());
    index("../elsewhere.safetensors");
    assert!(opened(folder.path()).unwrap_err().to_string().contains("weight_map"));
    index("absent.safetensors");
    assert!(opened(folder.path()).unwrap_err().to_string().contains("absent.safetensors"));
}

#[test]
fn pointers_adapters_and_wrong_ends_are_told_as_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write(folder.path());
    let refused = |part: &str, hint: &str| {
        let error = opened(folder.path()).unwrap_err();
        let hinted = error.hint().unwrap_or_default();
        assert!(error.to_string().contains(part) && hinted.contains(hint), "{error}: {hinted}");
    };
    for ends in [json!("<|im_end|>"), json!(99_999_999)] {
        std::fs::write(at("generation_config.json"), json!({"eos_token_id": ends}).to_string()).unwrap();
        refused("/generation_config.json: malformed model file: `eos_token_id` is ", "");
    }
    std::fs::remove_file(at("generation_config.json")).unwrap();
    // An adapter beside the weights changes nothing, and is said; by itself it is no model.
    std::fs::write(at("adapter_config.json"), "{}").unwrap();
    std::fs::write(at("adapter_model.safetensors"), "no weights").unwrap();
    let mut options = EngineOptions::new(folder.path());
    options.threads = Some(1);
    let notices = open(options).unwrap().capabilities().notices;
    assert!(
        notices.iter().any(|notice| notice.contains("`adapter_config.json` is not taken")),
        "{notices:?}"
    );
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n";
    std::fs::write(at("model.safetensors"), pointer).unwrap();
    refused("/model.safetensors: malformed model file: it is a pointer of Git LFS", "");
    let gguf = tempfile::tempdir().unwrap();
    std::fs::write(gguf.path().join("a.gguf"), pointer).unwrap();
    assert!(opened(gguf.path()).unwrap_err().to_string().contains("`git lfs pull`"));
    let file = opened(&at("model.safetensors")).unwrap_err();
    assert!(file.hint().unwrap().contains("give the folder"), "{file}");
    std::fs::remove_file(at("model.safetensors")).unwrap();
    refused("adapter (LoRA)", "merge it");
    std::fs::remove_file(at("config.json")).unwrap();
    refused("adapter (LoRA)", "merge it");
}

#[test]
fn what_a_folder_is_is_shown_also_where_it_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write(folder.path());
    std::fs::write(at("chat_template.jinja"), "{{ messages }}").unwrap();
    let shown = || crate::inspect(folder.path()).unwrap();
    assert_eq!(shown().refusal, None);
    for broken in ["", "[]", "{"] {
        std::fs::write(at("generation_config.json"), broken).unwrap();
        let shown = shown();
        assert_eq!(shown.architecture.as_deref(), Some("LlamaForCausalLM"));
        assert!(shown.template.is_some() && shown.refusal.unwrap().contains("/generation_config.json: "));
    }
    std::fs::remove_file(at("generation_config.json")).unwrap();
    std::fs::write(at("chat_template.jinja"), "{% if %}").unwrap();
    assert!(shown().refusal.unwrap().contains("the chat template cannot be read"));
    let mut nameless = config();
    nameless["architectures"] = Value::Null;
    nameless["model_type"] = json!("llama");
    std::fs::write(at("config.json"), nameless.to_string()).unwrap();
    let shown = shown();
    assert_eq!(shown.architecture.as_deref(), Some("llama"));
    assert!(shown.refusal.unwrap().contains("`architectures` is missing"));
}

//! Small models of every family against transformers (`vectors/families.json` says which versions).

use super::made_up::{Format, Tensor, numbers, write_tensors};
use super::shards::Shards;
use super::weights::FolderWeights;
use crate::config::{Json, family, text_part};
use crate::decoder::{Decoder, KvTable, Segment};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Models of every family.
pub(super) fn cases() -> Vec<Value> {
    vectors()["cases"].as_array().unwrap().clone()
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../vectors/families.json")).unwrap()
}

/// The weights of a model.
pub(super) fn tensors(case: &Value) -> Vec<Tensor> {
    let norm_base = case["norm_base"].as_f64().unwrap() as f32;
    let of = |entry: &Value| {
        let name = entry[0].as_str().unwrap();
        let shape: Vec<usize> = serde_json::from_value(entry[1].clone()).unwrap();
        let is_norm = name.contains("norm") && shape.len() == 1;
        let number = |unit: f32| if is_norm { norm_base + unit * 0.25 } else { unit * 0.625 };
        let values = numbers(name, shape.iter().product()).into_iter().map(number).collect();
        (name.to_owned(), shape, values)
    };
    case["tensors"].as_array().unwrap().iter().map(of).collect()
}

fn decoder(config: &Value, files: Vec<PathBuf>) -> Decoder {
    let text_part = text_part(config.as_object().unwrap());
    let json = Json(text_part.as_ref().unwrap_or(config.as_object().unwrap()));
    let family = family(config["architectures"][0].as_str().unwrap()).unwrap();
    let shape = family.read(json).unwrap();
    let shards = Shards::open(files).unwrap();
    let promised = family.promised(json).unwrap();
    let weights = FolderWeights::new(shards, family.layout(json), &shape, &promised).unwrap();
    Decoder::load(shape, &weights).unwrap()
}

/// Logits after each token, computed in pieces.
pub(super) fn logits(decoder: &Decoder, tokens: &[u32]) -> Vec<Vec<f32>> {
    let mut kv = KvTable::default();
    let mut rows = Vec::new();
    for tokens in tokens.chunks(9) {
        let logits = decoder.forward(&mut [Segment { kv: &mut kv, tokens, logits_from: 0 }]);
        rows.extend(logits.rows().map(<[f32]>::to_vec));
    }
    rows
}

/// Writes them into a folder.
pub(super) fn write(folder: &Path, tensors: &[Tensor], format: Format) -> Vec<PathBuf> {
    let path = folder.join("model.safetensors");
    write_tensors(&path, tensors, format);
    vec![path]
}

#[test]
fn every_family_has_the_logits_of_transformers() {
    let vectors = vectors();
    let ids: Vec<u32> = serde_json::from_value(vectors["ids"].clone()).unwrap();
    let picked: Vec<usize> = serde_json::from_value(vectors["rows"].clone()).unwrap();
    let mut wrong = Vec::new();
    for case in vectors["cases"].as_array().unwrap() {
        let folder = tempfile::tempdir().unwrap();
        let files = write(folder.path(), &tensors(case), Format::F32);
        let rows = logits(&decoder(&case["config"], files), &ids);
        let mut largest = 0f64;
        for (row, expected) in picked.iter().zip(case["logits"].as_array().unwrap()) {
            let expected = expected.as_array().unwrap();
            assert_eq!(rows[*row].len(), expected.len());
            for (ours, reference) in rows[*row].iter().zip(expected) {
                let difference = (f64::from(*ours) - reference.as_f64().unwrap()).abs();
                // `max` would pass over what is no number.
                largest = if difference.is_nan() { f64::INFINITY } else { largest.max(difference) };
            }
        }
        if largest >= 1e-4 {
            wrong.push(format!("{}: {largest}", case["name"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn formats_and_shards_give_the_same_bits() {
    let vectors = vectors();
    let case = &vectors["cases"][0];
    for format in [Format::F16, Format::Bf16] {
        let folder = tempfile::tempdir().unwrap();
        let mut tensors = tensors(case);
        for value in tensors.iter_mut().flat_map(|(_, _, values)| values) {
            // Eight bits of mantissa fit into both formats.
            *value = half::bf16::from_f32(*value).to_f32();
            *value = half::f16::from_f32(*value).to_f32();
        }
        let whole =
            logits(&decoder(&case["config"], write(folder.path(), &tensors, Format::F32)), &[1, 2, 3]);
        let (first, second) = tensors.split_at(tensors.len() / 2);
        let files = vec![folder.path().join("a.safetensors"), folder.path().join("b.safetensors")];
        write_tensors(&files[0], first, format);
        write_tensors(&files[1], second, format);
        assert!(logits(&decoder(&case["config"], files), &[1, 2, 3]) == whole);
    }
}

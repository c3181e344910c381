//! Tokenizers of model folders.

use super::{SmallFiles, Tokenizer, VocabularyFile};
use crate::gguf::Fault;
use serde_json::{Value, json};

const MODEL: &[u8] = include_bytes!("../../vectors/sentencepiece.model");

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../vectors/sentencepiece.json")).unwrap()
}

fn of_model(bytes: &[u8], small: &SmallFiles, size: usize) -> Result<Tokenizer, Fault> {
    Tokenizer::of_folder(&VocabularyFile::SentencePiece(bytes.to_vec()), small, size)
}

fn small(tokenizer: Value, config: Value) -> SmallFiles {
    let object = |value: Value| value.as_object().unwrap().clone();
    SmallFiles { tokenizer: object(tokenizer), config: object(config), ..SmallFiles::default() }
}

#[test]
fn tokens_are_those_of_sentencepiece() {
    let vectors = vectors();
    let size = vectors["size"].as_u64().unwrap() as usize;
    let tokenizer = of_model(MODEL, &small(json!({"bos_token": "<s>"}), json!({})), size).unwrap();
    for case in vectors["cases"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        assert_eq!(json!(tokenizer.encode(text).unwrap()), case["ids"], "{text:?}");
        let mut stream = tokenizer.stream();
        tokenizer.encode(text).unwrap().iter().for_each(|id| tokenizer.add_to(&mut stream, *id));
        stream.finish();
        assert_eq!(stream.text(), text);
    }
    assert_eq!(tokenizer.encode_prompt("a").unwrap(), [1, 259]);
}

#[test]
fn added_tokens_stand_over_the_pieces_and_end_replies() {
    let files = json!({
        "bos_token": {"content": "<s>"}, "add_bos_token": false,
        "added_tokens_decoder": {"360": {"content": "<|im_end|>", "special": true}},
    });
    let tokenizer = of_model(MODEL, &small(files, json!({"eos_token_id": [2, 361]})), 362).unwrap();
    assert_eq!(tokenizer.encode_prompt("a<|im_end|>").unwrap(), [259, 360]);
    assert_eq!([2, 360, 361, 259].map(|id| tokenizer.is_end(id)), [true, true, true, false]);
    let beyond = of_model(MODEL, &small(json!({}), json!({"eos_token_id": 400})), 362);
    assert!(matches!(beyond, Err(Fault::Nonsense(reason)) if reason.contains("400")));
}

#[test]
fn cut_and_flipped_models_never_panic_and_unigram_is_refused_by_name() {
    let none = SmallFiles::default();
    for at in (0..MODEL.len()).step_by(13) {
        let _ = of_model(&MODEL[..at], &none, 360);
        let mut broken = MODEL.to_vec();
        broken[at] ^= 0x81;
        let _ = of_model(&broken, &none, 360);
    }
    assert!(matches!(of_model(&[], &none, 360), Err(Fault::Unknown(what)) if what.contains("unigram")));
    assert!(matches!(of_model(MODEL, &none, 359), Err(Fault::Nonsense(reason)) if reason.contains("360")));
}

#[test]
fn a_prompt_begins_as_tokenizer_json_says_and_once() {
    let added = |id: u32, text: &str| {
        json!({"id": id, "content": text, "single_word": false, "lstrip": false, "rstrip": false,
               "normalized": false, "special": true})
    };
    let byte_level =
        json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    let begins = json!({
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {"<s>": {"id": "<s>", "ids": [2], "tokens": ["<s>"]}},
    });
    let file = json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null,
        "added_tokens": [added(2, "<s>"), added(3, "<image>")], "pre_tokenizer": byte_level,
        "post_processor": begins, "decoder": byte_level,
        "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []},
    });
    let read = |size| {
        let file = VocabularyFile::Json(file.to_string().into_bytes());
        Tokenizer::of_folder(&file, &SmallFiles::default(), size)
    };
    let tokenizer = read(3).unwrap();
    assert_eq!(tokenizer.encode_prompt("ab").unwrap(), [2, 0, 1]);
    assert_eq!(tokenizer.encode_prompt("<s>ab").unwrap(), [2, 0, 1]);
    // There are no logits for the fourth token.
    assert!(!tokenizer.encode("<image>").unwrap().contains(&3));
    assert!(matches!(read(1), Err(Fault::Nonsense(reason)) if reason.contains("vocabulary of 1")));
}

#[test]
fn a_vocabulary_knows_its_own_size_and_has_a_limit() {
    let none = SmallFiles::default();
    assert_eq!(VocabularyFile::SentencePiece(MODEL.to_vec()).size(&none).ok(), Some(360));
    let of = |added: u64| {
        let file = json!({"added_tokens": [{"id": added}], "model": {"vocab": {"a": 0, "b": 4}}});
        VocabularyFile::Json(file.to_string().into_bytes()).size(&none)
    };
    assert_eq!(of(2).ok(), Some(5));
    assert_eq!(of(7).ok(), Some(8));
    assert!(matches!(of(u64::MAX), Err(Fault::Nonsense(reason)) if reason.contains("4000000")));
}

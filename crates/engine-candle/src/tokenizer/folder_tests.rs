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

#[test]
fn tokenizer_json_decides_what_a_prompt_begins_with_as_in_transformers() {
    let vectors: Value = serde_json::from_str(include_str!("../../vectors/bos.json")).unwrap();
    let text = vectors["text"].as_str().unwrap();
    let mut notices = 0;
    for case in vectors["cases"].as_array().unwrap() {
        let file = &vectors["files"][case["file"].as_str().unwrap()];
        let file = VocabularyFile::Json(file.to_string().into_bytes());
        let small = small(case["settings"].clone(), json!({"model_type": case["model_type"]}));
        let tokenizer = Tokenizer::of_folder(&file, &small, 8).unwrap();
        let ids = json!(tokenizer.encode_prompt(text).unwrap());
        assert_eq!(ids, case["ids"], "{}: {}", case["file"], case["settings"]);
        let begins = case["ids"][0] == 1;
        let notice = tokenizer.unheard_bos(&file, &small);
        let is_unheard = case["settings"]["add_bos_token"].as_bool().is_some_and(|wanted| wanted != begins);
        assert_eq!(notice.is_some(), is_unheard, "{notice:?}");
        notices += usize::from(is_unheard);
    }
    assert_eq!(notices, 16);
}

#[test]
fn chatglm_adds_tokens_behind_its_pieces_and_begins_with_two_of_them() {
    let files = small(json!({}), json!({"architectures": ["ChatGLMModel"], "eos_token_id": 2}));
    let tokenizer = of_model(MODEL, &files, 400).unwrap();
    // 360 pieces, so `[MASK]` is 360, as it is 64789 in ChatGLM3.
    assert_eq!(tokenizer.encode_prompt("a").unwrap(), [361, 363, 259]);
    assert_eq!(tokenizer.encode_prompt("[gMASK]sop<|user|>").unwrap(), [361, 363, 366]);
    assert_eq!([2, 364, 366, 367, 368].map(|id| tokenizer.is_end(id)), [true, false, true, false, true]);
    let plain =
        of_model(MODEL, &small(json!({}), json!({"architectures": ["LlamaForCausalLM"]})), 400).unwrap();
    assert!(!plain.encode_prompt("[gMASK]sop").unwrap().contains(&361));
    for text in ["people philosophy sophisticated", "sop eop [MASK] [gMASK] [sMASK]", " a[gMASK]sop"] {
        let as_text = plain.encode(text).unwrap();
        assert_eq!(tokenizer.encode(text).unwrap(), as_text, "{text}");
        assert_eq!(tokenizer.encode_prompt(text).unwrap(), [&[361, 363], &as_text[..]].concat(), "{text}");
        // As templates write the beginning, once.
        let begun = format!("[gMASK]sop{text}");
        assert_eq!(tokenizer.encode_prompt(&begun).unwrap(), [&[361, 363], &as_text[..]].concat(), "{text}");
    }
}

#[test]
fn chatglms_tokens_are_those_behind_the_pieces_also_where_a_piece_reads_the_same() {
    // One more piece: text `sop`, score 0, normal.
    let mut model = MODEL.to_vec();
    model.extend([0x0a, 10, 0x0a, 3, b's', b'o', b'p', 0x15, 0, 0, 0, 0]);
    let files = small(json!({}), json!({"architectures": ["ChatGLMModel"], "eos_token_id": 2}));
    let tokenizer = of_model(&model, &files, 400).unwrap();
    assert_eq!(tokenizer.encode_prompt("a").unwrap(), [362, 364, 259]);
    assert!([367, 369].iter().all(|id| tokenizer.is_end(*id)) && !tokenizer.is_end(366));
    // Without room for them nothing is begun with.
    assert!(!of_model(&model, &files, 364).unwrap().encode_prompt("a").unwrap().contains(&362));
}

#[test]
fn a_list_of_tiktoken_is_refused_by_name() {
    for list in ["IQ== 0\nIg== 1\n", "YWJj 17"] {
        let refused = of_model(list.as_bytes(), &SmallFiles::default(), 400);
        assert!(matches!(refused, Err(Fault::Unknown(what)) if what.contains("tiktoken")), "{list:?}");
    }
    let other = of_model(b"no list at all", &SmallFiles::default(), 400);
    assert!(!matches!(other, Err(Fault::Unknown(what)) if what.contains("tiktoken")));
}

/// A `tokenizer.json` of byte pairs that knows all bytes, and `the ` as one token.
fn byte_pairs() -> Value {
    let mut vocab: serde_json::Map<String, Value> = super::byte_alphabet::letters()
        .enumerate()
        .map(|(id, letter)| (letter.to_string(), json!(id)))
        .collect();
    for (id, token) in ["th", "the", "theĠ"].iter().enumerate() {
        vocab.insert((*token).to_owned(), json!(256 + id));
    }
    let byte_level =
        json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false});
    json!({
        "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "added_tokens": [],
        "pre_tokenizer": byte_level, "post_processor": null, "decoder": byte_level,
        "model": {"type": "BPE", "vocab": vocab, "merges": [["t", "h"], ["th", "e"], ["the", "Ġ"]]},
    })
}

/// The same kind of file in the manner of SentencePiece.
fn with_byte_fallback() -> Value {
    let mut vocab: serde_json::Map<String, Value> =
        (0..=255u8).map(|byte| (format!("<0x{byte:02X}>"), json!(byte))).collect();
    for (id, token) in ["▁", "▁▁", "▁▁▁▁", "u"].iter().enumerate() {
        vocab.insert((*token).to_owned(), json!(256 + id));
    }
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "pre_tokenizer": null,
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        "post_processor": null, "decoder": null,
        "model": {"type": "BPE", "vocab": vocab, "merges": [["▁", "▁"], ["▁▁", "▁▁"]], "unk_token": "u",
                  "fuse_unk": true, "byte_fallback": true},
    })
}

#[test]
fn no_text_has_fewer_tokens_than_its_bytes_allow() {
    let read = |file: &Value, size| {
        let file = VocabularyFile::Json(file.to_string().into_bytes());
        Tokenizer::of_folder(&file, &SmallFiles::default(), size).unwrap()
    };
    let mut composing = byte_pairs();
    composing["normalizer"] = json!({"type": "Sequence", "normalizers": [{"type": "NFC"}]});
    let of_pieces = of_model(MODEL, &small(json!({}), json!({})), 360).unwrap();
    let spaces = with_byte_fallback();
    let mut letters = composing.clone();
    letters["model"]["vocab"].as_object_mut().unwrap().retain(|_, id| id.as_u64() < Some(256));
    letters["model"]["merges"] = json!([]);
    let all = [read(&byte_pairs(), 259), read(&letters, 256), read(&spaces, 260), of_pieces];
    for tokenizer in all {
        for text in
            ["", "the the the the ", "e\u{301}\u{1fef}\u{390}", "\u{212a}\u{3b9}\u{308}\u{301}", "▁▁▁▁ ▁    "]
        {
            let text = text.repeat(20);
            let (fewest, tokens) = (tokenizer.fewest_tokens(&text), tokenizer.encode(&text).unwrap().len());
            assert!(fewest <= tokens, "{text}: {fewest} and {tokens}");
        }
    }
    let text = "the ".repeat(100);
    // Bytes without a token are left out.
    let mut few = byte_pairs();
    few["model"]["vocab"].as_object_mut().unwrap().remove("x");
    assert_eq!(read(&few, 259).fewest_tokens(&"x".repeat(400)), 0);
    assert_eq!(read(&few, 259).fewest_tokens(&text), 100);
    assert_eq!(read(&byte_pairs(), 259).fewest_tokens(&text), 100);
    assert_eq!(read(&composing, 259).fewest_tokens(&text), 100);
    assert_eq!(read(&spaces, 260).fewest_tokens(&" ".repeat(400)), 100);
}

#[test]
fn of_a_tokenizer_that_may_leave_things_out_nothing_is_certain() {
    let certain = |change: &dyn Fn(&mut Value)| {
        let mut file = byte_pairs();
        change(&mut file);
        super::fewest::kept(&file).is_some()
    };
    assert!(certain(&|_| {}));
    assert!(!certain(&|file| file["normalizer"] = json!({"type": "NFKC"})));
    assert!(!certain(&|file| file["normalizer"] = json!({"type": "Strip"})));
    assert!(!certain(&|file| file["pre_tokenizer"] = json!({"type": "WhitespaceSplit"})));
    assert!(!certain(&|file| file["added_tokens"] = json!([{"content": "<x>", "lstrip": true}])));
    assert!(!certain(&|file| file["model"]["type"] = json!("Unigram")));
}

//! `evalscope models`: what lies on the machine, what a model is, and what its template makes of a conversation.

use crate::local::model;
use crate::support::Place;
use serde_json::Value;

#[test]
fn a_built_in_template_is_rendered_without_a_model() {
    let place = Place::new();
    let conversation = r#"[{"role": "user", "content": "Hi"}]"#;
    let template = ["models", "template", "--template-type", "chatglm3"];
    let rendered = [template.as_slice(), &["--conversation", conversation]].concat();
    assert_eq!(place.run(&rendered).expect(0).out, "[gMASK]sop<|user|>\n Hi<|assistant|>\n");
    let source = [template.as_slice(), &["--source"]].concat();
    assert!(place.run(&source).expect(0).out.contains("{% for message in messages %}"));
    let json = [source.as_slice(), &["--json"]].concat();
    let json: Value = serde_json::from_str(&place.run(&json).expect(0).out).unwrap();
    assert!(json["template"].as_str().unwrap().contains("{% for message in messages %}"));
    let file = place.write("talk.json", &format!("{{\"messages\": {conversation}}}"));
    let from_file = [template.as_slice(), &["--conversation", file.to_str().unwrap(), "--json"]].concat();
    let json: Value = serde_json::from_str(&place.run(&from_file).expect(0).out).unwrap();
    assert_eq!(json["prompt"], "[gMASK]sop<|user|>\n Hi<|assistant|>\n");
}

#[test]
fn a_template_sees_the_same_day_unless_another_is_given() {
    let place = Place::new();
    let template = ["models", "template", "--template-type", "{{ strftime_now('%d %b %Y') }}"];
    assert_eq!(place.run(&template).expect(0).out, "26 Jul 2024\n");
    let other = [template.as_slice(), &["--model-args", "template_date=2026-11-30"]].concat();
    assert_eq!(place.run(&other).expect(0).out, "30 Nov 2026\n");
}

#[test]
fn what_makes_no_sense_is_one_clear_error() {
    let place = Place::new();
    let template = ["models", "template", "--template-type", "chatglm4"];
    place.run(&template).clear_error(2, &["--template-type", "chatglm4", "did you mean"]);
    place.run(&["models", "template", "--template-type", ""]).clear_error(2, &["give a file, Jinja text"]);
    let refused = ["models", "template", "--template-type", "{{ raise_exception('no') }}"];
    place.run(&refused).clear_error(2, &["the chat template refuses", "no"]);
    let nonsense = ["models", "template", "--template-type", "qwen", "--conversation", "[nonsense"];
    place.run(&nonsense).clear_error(2, &["--conversation"]);
    for empty in ["{}", "{\"messages\": null}"] {
        let empty = ["models", "template", "--template-type", "qwen", "--conversation", empty];
        place.run(&empty).clear_error(2, &["--conversation", "`messages`"]);
    }
    let no_day =
        ["models", "template", "--template-type", "qwen", "--model-args", "template_date=2024-02-30"];
    place.run(&no_day).clear_error(2, &["`template_date`", "2024-02-30"]);
    place.run(&["models", "list", "no-such-folder"]).clear_error(2, &["no folder `no-such-folder`"]);
    let unused = ["models", "template", "--template-type", "qwen", "--model-args", "context=5"];
    place.run(&unused).clear_error(2, &["`context` has no effect"]);
    let nowhere = place.run(&["models", "pull", "org/name", "--hub", "local"]);
    let nowhere = nowhere.clear_error(2, &["`--hub modelscope`"]);
    assert!(!nowhere.err.contains("looking for"), "{}", nowhere.err);
    place.run(&["models", "pull", "gsm8k"]).clear_error(2, &["no model `gsm8k`", "evalscope data pull"]);
}

#[test]
fn models_of_folders_are_listed() {
    let place = Place::new();
    place.write("own/one/config.json", "{}");
    place.write("own/one/model.safetensors", "12345");
    place.write("own/two/a.gguf", "123");
    let listed = place.run(&["models", "list", "own", "--json"]).expect(0).out;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let seen: Vec<_> =
        listed.as_array().unwrap().iter().map(|model| (&model["format"], &model["bytes"])).collect();
    assert_eq!(seen, [(&"safetensors".into(), &5.into()), (&"gguf".into(), &3.into())]);
    assert!(place.run(&["models", "list", "own"]).expect(0).out.contains("own/one"));
}

#[test]
fn the_small_model_is_shown_and_its_template_rendered() {
    let Some(model) = model() else { return };
    let place = Place::new();
    let shown = place.run(&["models", "show", &model, "--json"]).expect(0).out;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["architecture"], "llama");
    assert_eq!((&shown["shape"]["layers"], &shown["shape"]["context"]), (&30.into(), &8192.into()));
    assert_eq!(shown["parameters"], 134_515_008);
    assert!(shown["refusal"].is_null() && shown["has_chat_template"] == true, "{shown}");
    let text = place.run(&["models", "show", &model]).expect(0).out;
    assert!(text.contains("knows its family, shape and tokenizer"), "{text}");
    let prompt = place.run(&["models", "template", &model]).expect(0).out;
    assert!(prompt.starts_with("<|im_start|>system\nAnswer briefly.<|im_end|>\n"), "{prompt}");
}

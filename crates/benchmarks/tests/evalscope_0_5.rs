//! The prompts of the protocol `evalscope-0.5`, against checksums that EvalScope 0.5.2's own functions gave.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its set-up fails")]

use evalscope_benchmarks::{DatasetArgs, Library, OpenBenchmark};
use evalscope_core::{Effect, Input, Limit, Step};
use evalscope_data::{CacheRoots, Hub, Store, StoreOptions};
use md5::{Digest, Md5};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A data set made for one test, and a store in which the reference's package lies when there is one.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        for (name, text) in files {
            let path = place.folder.path().join("data").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        place
    }

    fn open(&self, reference: &str, arguments: serde_json::Value) -> OpenBenchmark {
        let mut arguments = DatasetArgs::from_json(&arguments).unwrap();
        arguments.local_path = Some(self.folder.path().join("data"));
        let protocol = Arc::new(Library::builtin().unwrap().resolve(reference, &arguments).unwrap());
        protocol.open(&self.store()).unwrap_or_else(|error| panic!("{reference}: {error}"))
    }

    fn store(&self) -> Store {
        let cache = self.folder.path().join("cache");
        let roots = CacheRoots {
            evalscope: cache.clone(),
            modelscope: cache.join("modelscope"),
            huggingface: cache.join("huggingface"),
        };
        Store::new(StoreOptions {
            hub: Hub::Local,
            dataset_dir: None,
            cache: roots,
            offline: true,
            modelscope_endpoint: String::new(),
            huggingface_endpoint: String::new(),
            modelscope_token: None,
            huggingface_token: None,
            pip: PathBuf::from("pip"),
            watch: Default::default(),
        })
        .unwrap()
    }

    /// Puts files of the reference's package where the store keeps them. `false` when the package is not here.
    fn with_package(&self, files: &[&str]) -> bool {
        #[expect(clippy::disallowed_methods, reason = "tests are told where the reference's package lies")]
        let Some(package) = std::env::var_os("EVALSCOPE_TEST_ASSETS") else { return false };
        for file in files {
            let to = self.folder.path().join("cache/packages/evalscope-0.5.2").join(file);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(Path::new(&package).join(file), to).unwrap();
        }
        true
    }
}

/// The text before the continuations, or the user's message, of the first sample of `subset`.
fn prompt(open: &OpenBenchmark, subset: &str) -> String {
    let sample = open.samples(subset, 42, Some(Limit::Count(1))).unwrap().next().unwrap().unwrap();
    match open.protocol().step(&sample, &[]).unwrap() {
        Step::Need(effects) => match &effects[0] {
            Effect::Loglikelihood(request) => request.prefix_text(),
            Effect::Generate(request) => match &request.input {
                Input::Chat(messages) => messages[0].text().into_owned(),
                Input::Text(text) => text.clone(),
            },
            Effect::Execute(_) => panic!("a program is run before anything is asked"),
        },
        Step::Done(_) => panic!("nothing is asked"),
    }
}

#[track_caller]
fn check(text: &str, characters: usize, md5: &str) {
    let digest: String = Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((text.chars().count(), digest.as_str()), (characters, md5), "{text:?}");
}

fn shots(count: u64) -> serde_json::Value {
    if count == 0 {
        serde_json::json!({ "few_shot_num": 0 })
    } else {
        serde_json::json!({ "few_shot_num": count, "few_shot_random": false })
    }
}

#[test]
fn mmlu() {
    let place = Place::new(&[
        ("abstract_algebra_test.csv", "lost,1,2,3,4,A\n2+2=?,3,4,5,6,B\n"),
        ("abstract_algebra_dev.csv", "lost,1,2,3,4,A\n1+1=?,1,2,3,4,B\n1+2=?,1,2,3,4,C\n"),
    ]);
    let open = |count: u64| {
        let mut arguments = shots(count);
        arguments["subset_list"] = serde_json::json!(["abstract_algebra"]);
        place.open("mmlu@evalscope-0.5", arguments)
    };
    check(&prompt(&open(0), "abstract_algebra"), 152, "b8a5dd63142808d7eac2e69e8ef0e090");
    check(&prompt(&open(2), "abstract_algebra"), 227, "918157a6c1f4b704968013677369623c");
}

#[test]
fn ceval() {
    let place = Place::new(&[
        ("computer_network_val.csv", "id,question,A,B,C,D,answer\n0,2+2=____,3,4,5,6,B\n"),
        ("computer_network_dev.csv", "id,question,A,B,C,D,answer,explanation\n0,1+1=____,3,4,5,6,A,x\n"),
    ]);
    let open = |count: u64| {
        let mut arguments = shots(count);
        arguments["subset_list"] = serde_json::json!(["computer_network"]);
        place.open("ceval@evalscope-0.5", arguments)
    };
    check(&prompt(&open(0), "computer_network"), 69, "f2f68c70f435c7f8f171eab8e75788b3");
    check(&prompt(&open(1), "computer_network"), 106, "ffd065452ba75ecc8e8751b853287c8e");
}

#[test]
fn arc() {
    let line = |question: &str, answer: &str| {
        format!(
            "{{\"id\":\"q\",\"question\":{{\"stem\":\"{question}\",\"choices\":[{{\"text\":\"3\",\"label\":\"A\"}},\
             {{\"text\":\"4\",\"label\":\"B\"}},{{\"text\":\"5\",\"label\":\"C\"}},{{\"text\":\"6\",\"label\":\"D\"}}]}},\
             \"answerKey\":\"{answer}\"}}\n"
        )
    };
    let place = Place::new(&[
        ("ARC-Challenge/ARC-Challenge-Test.jsonl", &line("2+2=?", "B")),
        ("ARC-Challenge/ARC-Challenge-Train.jsonl", &line("2+2=?", "B")),
    ]);
    let open = |mut arguments: serde_json::Value| {
        arguments["subset_list"] = serde_json::json!(["ARC-Challenge"]);
        place.open("arc@evalscope-0.5", arguments)
    };
    check(&prompt(&open(shots(0)), "ARC-Challenge"), 33, "b863c76b0c9f97cf6737c554b91e32af");
    check(&prompt(&open(shots(1)), "ARC-Challenge"), 70, "3facc3e371a92df2ec8cd60992786df3");
    let with_template = serde_json::json!({"few_shot_num": 0, "prompt_template": "TEMPLATE"});
    check(&prompt(&open(with_template), "ARC-Challenge"), 42, "2a7cb7031241a421485bc56adabe2f81");
}

#[test]
fn gsm8k() {
    let place = Place::new(&[("test.jsonl", "{\"question\":\"Q?\",\"answer\":\"x #### 1\"}\n")]);
    check(
        &prompt(&place.open("gsm8k@evalscope-0.5", shots(0)), "main"),
        20,
        "4f5256c9fd0473b6d2eca2584ce04b10",
    );
    if place.with_package(&["evalscope/benchmarks/gsm8k/gsm8k_adapter.py"]) {
        let open = place.open("gsm8k@evalscope-0.5", serde_json::json!({}));
        check(&prompt(&open, "main"), 4618, "b4db2ad4c4bd6d729d6fda71eceae696");
    }
}

#[test]
fn bbh() {
    let data = "{\"examples\":[{\"input\":\"True and False is\",\"target\":\"False\"}]}";
    let place = Place::new(&[("boolean_expressions.json", data)]);
    let subset = serde_json::json!(["boolean_expressions"]);
    let open = place.open("bbh@evalscope-0.5", serde_json::json!({"few_shot_num": 0, "subset_list": subset}));
    check(&prompt(&open, "boolean_expressions"), 102, "66217a01eda7e28a2bfb35a9e4dc0c85");
    if place.with_package(&["evalscope/benchmarks/bbh/cot_prompts/boolean_expressions.txt"]) {
        let open = place.open("bbh@evalscope-0.5", serde_json::json!({"subset_list": subset}));
        check(&prompt(&open, "boolean_expressions"), 1882, "45915455b62af42091857b491ef19c5c");
    }
}

#[test]
fn truthful_qa() {
    let line = "{\"question\":\"Why?\",\"mc1_targets\":{\"choices\":[\"a\",\"b\"],\"labels\":[1,0]},\
                \"mc2_targets\":{\"choices\":[\"a\",\"c\",\"b\"],\"labels\":[1,1,0]}}\n";
    let place = Place::new(&[("multiple_choice/validation-0.jsonl", line)]);
    if place.with_package(&["evalscope/benchmarks/truthful_qa/truthful_qa_adapter.py"]) {
        let open = place.open("truthful_qa@evalscope-0.5", serde_json::json!({}));
        check(&prompt(&open, "multiple_choice"), 586, "ec6c4c324a4e83bc42dbb306f59e03ba");
    }
}

#[test]
fn cmmlu() {
    let place = Place::new(&[
        ("test/college_law.csv", ",Question,A,B,C,D,Answer\n0,2+2=?,3,4,5,6,B\n"),
        ("dev/college_law.csv", ",Question,A,B,C,D,Answer\n0,1+1=?,1,2,3,4,B\n"),
    ]);
    let open = |count: u64| {
        let mut arguments = shots(count);
        arguments["subset_list"] = serde_json::json!(["college_law"]);
        place.open("cmmlu@evalscope-0.5", arguments)
    };
    check(&prompt(&open(0), "college_law"), 93, "fc50c878b4e123ab57b84c72b3b9da21");
    check(&prompt(&open(1), "college_law"), 130, "f9773e37cff5bb01b638f1da40008753");
}

#[test]
fn race() {
    let line = "{\"example_id\":\"x\",\"article\":\"ART\",\"question\":\"Q _ ?\",\"options\":[\"a\",\"b\",\"c\",\"d\"],\
                \"answer\":\"C\"}\n";
    let place = Place::new(&[("high/test.jsonl", line), ("high/train.jsonl", line)]);
    let open = |count: u64| {
        let mut arguments = shots(count);
        arguments["subset_list"] = serde_json::json!(["high"]);
        place.open("race@evalscope-0.5", arguments)
    };
    check(&prompt(&open(0), "high"), 196, "f203a8cafb3ef42b3395a917c029349a");
    check(&prompt(&open(1), "high"), 256, "516fc45bd4fe015b35a42944b8c5bb68");
}

#[test]
fn competition_math() {
    let line = "{\"problem\":\"P?\",\"level\":\"Level 1\",\"solution\":\"$\\\\boxed{1}$\"}\n";
    let place = Place::new(&[("test.jsonl", line)]);
    let subset = serde_json::json!(["Level 1"]);
    let zero = serde_json::json!({"few_shot_num": 0, "subset_list": subset});
    let open = place.open("competition_math@evalscope-0.5", zero);
    check(&prompt(&open, "Level 1"), 22, "fa915846b9db6f1e2526e2b9d2e99eef");
    if place.with_package(&["evalscope/benchmarks/competition_math/competition_math_adapter.py"]) {
        let open = place.open("competition_math@evalscope-0.5", serde_json::json!({"subset_list": subset}));
        check(&prompt(&open, "Level 1"), 1872, "e7fbad5c1307f19f9fea1c88b5936211");
    }
}

#[test]
fn trivia_qa() {
    let line = "{\"question\":\"Who?\",\"answer\":{\"aliases\":[\"X\"],\"normalized_aliases\":[\"x\"]}}\n";
    let place = Place::new(&[("rc.wikipedia/validation.jsonl", line), ("rc.wikipedia/train.jsonl", line)]);
    let open = |count: u64| place.open("trivia_qa@evalscope-0.5", shots(count));
    check(&prompt(&open(0), "rc.wikipedia"), 73, "5cf1a8d0d8c3c41d618ece50ddeee2c7");
    check(&prompt(&open(1), "rc.wikipedia"), 99, "b93f592e56eff594a2a1fcfc94fefd4c");
}

#[test]
fn hellaswag() {
    let line = "{\"ind\":1,\"activity_label\":\"Removing ice\",\"ctx_a\":\"A man writes [header] over snow.\",\
                \"ctx_b\":\"then\",\"endings\":[\" he runs [title] away\",\"  she  waits.\"],\"label\":\"0\"}\n";
    let place = Place::new(&[("hellaswag_validation.jsonl", line)]);
    let open = place.open("hellaswag@evalscope-0.5", serde_json::json!({}));
    let sample = open.samples("default", 42, None).unwrap().next().unwrap().unwrap();
    let Step::Need(effects) = open.protocol().step(&sample, &[]).unwrap() else { panic!("nothing is asked") };
    let Effect::Loglikelihood(request) = &effects[0] else { panic!("no log-likelihood is asked for") };
    assert_eq!(request.prefix_text(), "Removing ice: A man writes over snow. Then");
    assert_eq!(request.continuations, [" he runs. away", " she waits."]);
}

/// One generator shuffles every subset in turn: vectors of `Random(42)` on two lists of five.
#[test]
fn order_goes_over_all_subsets() {
    let rows = "lost,1,2,3,4,A\n0,1,2,3,4,A\n1,1,2,3,4,A\n2,1,2,3,4,A\n3,1,2,3,4,A\n4,1,2,3,4,A\n";
    let place = Place::new(&[("anatomy_test.csv", rows), ("astronomy_test.csv", rows)]);
    let subsets = serde_json::json!(["anatomy", "astronomy"]);
    let open =
        place.open("mmlu@evalscope-0.5", serde_json::json!({"few_shot_num": 0, "subset_list": subsets}));
    let order = |subset: &str, limit: Option<Limit>| -> String {
        let samples: Vec<_> = open.samples(subset, 42, limit).unwrap().map(Result::unwrap).collect();
        samples.iter().map(|sample| sample.question.as_str()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(order("anatomy", None), "3 1 2 4 0");
    assert_eq!(order("astronomy", None), "3 2 0 4 1");
    assert_eq!(order("astronomy", Some(Limit::Count(2))), "3 2", "the limit comes after the shuffle");
}

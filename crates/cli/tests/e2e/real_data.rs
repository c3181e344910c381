//! Real benchmark data, where it lies beside the checkout: every built-in benchmark reads it and asks.

use crate::support::server::Server;
use crate::support::{Place, files_below, only_run};
use std::path::PathBuf;

fn data() -> Option<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    folder.is_dir().then(|| folder.canonicalize().expect("it is there").display().to_string())
}

const BENCHMARKS: [&str; 15] = [
    "gsm8k",
    "arc",
    "mmlu",
    "ceval",
    "hellaswag",
    "cmmlu",
    "winogrande",
    "piqa",
    "commonsense_qa",
    "boolq",
    "aime24",
    "aime25",
    "cmath",
    "math_500",
    "agieval",
];

#[test]
fn every_benchmark_reads_its_real_data() {
    let Some(data) = data() else { return };
    let (place, server) = (Place::new(), Server::start(|_| "ANSWER: A 答案：A \\boxed{1}".into()));
    let url = server.url();
    let mut arguments = vec!["eval", "--model", "m", "--api-url", &url, "--datasets"];
    arguments.extend(BENCHMARKS);
    arguments.extend([
        "bbh",
        "--dataset-hub",
        "local",
        "--dataset-dir",
        &data,
        "--allow-missing",
        "--limit",
        "2",
    ]);
    let ran = place.run(&arguments).expect(0);
    for name in BENCHMARKS {
        assert!(ran.out.contains(name), "{name} is not in:\n{}", ran.out);
    }
    assert!(ran.err.contains("without data"), "missing subsets are named:\n{}", ran.err);
    let files = files_below(&only_run(&place).join("predictions"));
    // gsm8k 1, arc 2, mmlu 45 of 57, ceval 42 of 52, hellaswag 1, bbh 20 of 27, cmmlu 67, cmath 6, math_500 5,
    // agieval 15 of 21, and one each of the other six.
    assert_eq!(files.len(), 210);
}

#[test]
fn missing_subsets_are_an_error_unless_allowed() {
    let Some(data) = data() else { return };
    let place = Place::new();
    place
        .run(&["eval", "--datasets", "ceval", "--dataset-hub", "local", "--dataset-dir", &data])
        .clear_error(3, &["ceval", "10 of 52", "--allow-missing"]);
}

#[test]
fn a_dry_run_counts_every_call_of_the_real_benchmarks() {
    let Some(data) = data() else { return };
    let place = Place::new();
    let ran = place
        .run(&[
            "eval",
            "--datasets",
            "gsm8k",
            "hellaswag@evalscope-0.5",
            "--dataset-hub",
            "local",
            "--dataset-dir",
            &data,
            "--dry-run",
        ])
        .expect(0);
    assert!(ran.out.contains("gsm8k@evalscope-1.14: 1,319 samples, 1,319 calls"), "{}", ran.out);
    assert!(ran.out.contains("hellaswag@evalscope-0.5: 10,042 samples, 10,042 calls"), "{}", ran.out);
}

/// Letters that a model gave for 135 questions, with the keys beside them: ours must be the file's own share of hits.
#[test]
fn replies_of_another_program_score_as_its_own_keys_say() {
    let Some(data) = data() else { return };
    let file = format!("{data}/replays/mmlu_fedllm_checkpoint-0/anatomy.csv");
    let Ok(rows) = std::fs::read_to_string(&file) else { return };
    let row_is_right = |row: &str| {
        let cells: Vec<&str> = row.split(',').collect();
        cells[2].bytes().next() == Some(b'A' + cells[1].parse::<u8>().unwrap())
    };
    let rows: Vec<bool> = rows.lines().skip(1).map(row_is_right).collect();
    let share = rows.iter().filter(|is_right| **is_right).count() as f64 / rows.len() as f64;
    let args = format!("{{\"mmlu\": {{\"local_path\": \"{data}/mmlu\", \"subset_list\": [\"anatomy\"]}}}}");
    let arguments =
        ["score", &file, "--datasets", "mmlu", "--dataset-args", &args, "--index-column", "index"];
    let ran =
        Place::new().run(&[&arguments[..], &["--prediction-column", "completion_tail", "--json"]].concat());
    let summary: serde_json::Value = serde_json::from_str(&ran.expect(0).out).unwrap();
    let score = summary["benchmarks"][0]["score"].as_f64().unwrap();
    assert!((score - share).abs() < 1e-9, "{score} is not {share}");
}

/// Benchmarks whose whole test split lies beside the checkout.
const WHOLE: [&str; 16] = [
    "aime24",
    "aime25",
    "arc",
    "boolq",
    "cmmlu",
    "commonsense_qa",
    "gsm8k",
    "hellaswag",
    "humaneval",
    "lambada",
    "math_500",
    "mbpp",
    "minerva_math",
    "openbookqa",
    "piqa",
    "winogrande",
];

#[test]
fn declared_numbers_of_samples_are_those_of_the_data() {
    let Some(data) = data() else { return };
    let place = Place::new();
    let mut arguments =
        vec!["eval", "--dry-run", "--json", "--model", "m", "--api-url", "http://127.0.0.1:1/v1"];
    arguments.extend(["--dataset-hub", "local", "--dataset-dir", &data, "--offline", "--datasets"]);
    arguments.extend(WHOLE);
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let found = json(&place.run(&arguments).expect(0).out);
    let listed = json(&place.run(&["benchmarks", "list", "--json"]).expect(0).out);
    for (place, name) in WHOLE.iter().enumerate() {
        let subsets = found["benchmarks"][place]["subsets"].as_object().unwrap();
        let there: u64 = subsets.values().filter_map(serde_json::Value::as_u64).sum();
        let entry = listed.as_array().unwrap().iter().find(|entry| entry["name"] == *name).unwrap();
        assert_eq!(entry["samples"], there, "{name}");
    }
}

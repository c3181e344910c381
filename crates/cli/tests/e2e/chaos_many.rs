//! Many benchmarks and several models at once against flaky endpoints: what healthy ones give, and nothing else.

use crate::support::outcome::{Outcome, answered};
use crate::support::server::Server;
use crate::support::{Place, Ran};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Replies that some extractor of each benchmark finds an answer in: which one, the question decides.
fn reply(asked: &str) -> String {
    let number = asked.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let letter = ['A', 'B', 'C', 'D'][number as usize % 4];
    let number = number % 50;
    format!(
        "So the answer is ({letter}). 答案：{letter} \\boxed{{{number}}}\n#### {number}\nANSWER: {letter}"
    )
}

/// Two models at one endpoint, of which one streams.
fn models(server: &Server, eval_type: &str) -> [String; 2] {
    [("streaming", true), ("whole", false)].map(|(name, stream)| {
        let patience = json!({"stream": stream, "retries": 20, "retry_interval": 0.01, "attempt_timeout": 1});
        let id = json!({"model": name, "api_url": server.url(), "eval_type": eval_type});
        let mut model = id;
        model["generation_config"] = patience;
        model.to_string()
    })
}

/// Runs the same against a healthy endpoint and a flaky one, looks at the endpoints included, and compares what came out.
fn compare(eval_type: &str, prepare: impl Fn(&Place), words: &[&str]) -> usize {
    let server = Server::start(reply);
    let models = models(&server, eval_type);
    let eval = |place: &Place| -> Ran {
        prepare(place);
        let mut arguments = vec!["eval", "--model", &models[0], &models[1], "--eval-batch-size", "64"];
        arguments.extend(["--dataset-hub", "local", "--offline", "--datasets"]);
        arguments.extend(words);
        place.run(&arguments).expect(0)
    };
    let (healthy, flaky) = (Place::new(), Place::new());
    eval(&healthy);
    server.chaos(11);
    eval(&flaky);
    let expected = Outcome::of(&healthy);
    Outcome::of(&flaky).expect(&expected);
    let calls = answered(&flaky).len();
    assert_eq!(calls, answered(&healthy).len());
    assert!(server.faults() as usize > calls / 10, "{} faults in {calls} calls", server.faults());
    assert!(calls >= expected.samples(), "{calls} calls");
    expected.samples()
}

/// Rows of our own in the forms of some benchmarks.
fn made(place: &Place) {
    place.choice_data(40);
    let lines = |row: fn(usize) -> Value| (0..40).map(|n| format!("{}\n", row(n))).collect::<String>();
    let arc = lines(|n| {
        json!({"id": format!("q{n}"), "question": format!("Question number {n}?"), "answerKey": "B",
            "choices": {"text": ["one", "two", "three", "four"], "label": ["A", "B", "C", "D"]}})
    });
    let gsm8k =
        lines(|n| json!({"question": format!("What is {n} + 1?"), "answer": format!("#### {}", n + 1)}));
    for split in ["test", "train"] {
        place.write(&format!("data/arc/ARC-Easy/{split}.jsonl"), &arc);
        place.write(&format!("data/gsm8k/{split}.jsonl"), &gsm8k);
    }
}

const QUIZ: &str = r#"{"general_mcq": {"local_path": "data", "subset_list": ["quiz"]}, "arc": {"subset_list": ["ARC-Easy"]}}"#;

#[test]
fn benchmarks_of_conversations_give_what_healthy_endpoints_give() {
    let words = ["starter", "general_mcq", "arc", "gsm8k"];
    let more = ["--dataset-dir", "data", "--dataset-args", QUIZ];
    let samples = compare("openai_api", made, &[&words[..], &more].concat());
    assert_eq!(samples, 2 * (144 + 3 * 40));
}

#[test]
fn benchmarks_that_compare_log_likelihoods_do_so_too() {
    let words = ["arc@lm-eval-0.4", "arc@evalscope-0.5", "gsm8k@lm-eval-0.4"];
    let more = ["--dataset-dir", "data", "--dataset-args", r#"{"arc": {"subset_list": ["ARC-Easy"]}}"#];
    let samples = compare("openai_completions", made, &[&words[..], &more].concat());
    assert_eq!(samples, 2 * 3 * 40);
}

fn real() -> Option<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    folder.is_dir().then(|| folder.canonicalize().expect("it is there").display().to_string())
}

/// Few of the many subsets: the same files are read for all of them.
const SOME: &str = r#"{"mmlu": {"subset_list": ["anatomy"]}, "cmmlu": {"subset_list": ["anatomy"]},
    "ceval": {"subset_list": ["accountant"]}, "bbh": {"subset_list": ["boolean_expressions", "navigate"]},
    "agieval": {"subset_list": ["sat-math", "gaokao-english"]}}"#;

#[test]
fn real_data_of_sixteen_benchmarks_give_what_healthy_endpoints_give() {
    let Some(data) = real() else { return };
    let words = "gsm8k arc mmlu ceval hellaswag cmmlu winogrande piqa commonsense_qa boolq aime24 aime25 cmath \
                 math_500 agieval bbh";
    let words: Vec<&str> = words.split(' ').collect();
    let more = ["--dataset-dir", &data, "--dataset-args", SOME, "--limit", "20"];
    let samples = compare("openai_api", |_| {}, &[&words[..], &more].concat());
    assert!(samples >= 1_120, "{samples} samples");
}

#[test]
fn real_data_of_log_likelihoods_do_so_too() {
    let Some(data) = real() else { return };
    let words = ["arc@lm-eval-0.4", "hellaswag@lm-eval-0.4", "piqa@lm-eval-0.4", "winogrande@lm-eval-0.4"];
    let more = ["--dataset-dir", &data, "--limit", "20"];
    let samples = compare("openai_completions", |_| {}, &[&words[..], &more].concat());
    assert_eq!(samples, 2 * 20 * 5);
}

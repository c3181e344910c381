//! The protocol `lm-eval-0.4`: which examples it shows, and prompts that differ between options.
#![expect(clippy::unwrap_used, reason = "a test ends where its set-up fails")]

mod support;

use evalscope_benchmarks::{DatasetArgs, Library, OpenBenchmark};
use evalscope_core::{Completion, ContinuationScore, Effect, Generation, Input, Outcome, Sample, Step};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use support::local_store;

/// Opens a protocol over files of JSON rows.
fn open(
    folder: &Path,
    reference: &str,
    shots: u64,
    files: &[(&str, Vec<serde_json::Value>)],
) -> OpenBenchmark {
    for (name, rows) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let lines: Vec<String> = rows.iter().map(serde_json::Value::to_string).collect();
        std::fs::write(path, lines.join("\n")).unwrap();
    }
    let arguments = json!({"few_shot_num": shots, "local_path": folder});
    let arguments = DatasetArgs::from_json(&arguments).unwrap();
    let protocol = Arc::new(Library::builtin().unwrap().resolve(reference, &arguments).unwrap());
    protocol.open(&local_store(&folder.join("cache"))).unwrap()
}

fn samples(open: &OpenBenchmark, subset: &str) -> Vec<Sample> {
    open.samples(subset, 42, None).unwrap().map(Result::unwrap).collect()
}

/// What stands after `marker` in each example, up to the end of its line.
fn shown(sample: &Sample, marker: &str) -> Vec<String> {
    let after =
        |shot: &String| shot.split(marker).nth(1).unwrap_or_default().lines().next().map(str::to_owned);
    sample.shots.iter().filter_map(after).collect()
}

/// The numbers are CPython 3.11's `Random(1234).sample(range(8), 3)`, three times.
#[test]
fn examples_are_drawn_anew_for_every_sample() {
    let row = |number: u64| json!({"question": format!("q{number}"), "answer": format!("so\n#### {number}")});
    let folder = tempfile::tempdir().unwrap();
    let files = [("train.jsonl", (0..8).map(row).collect()), ("test.jsonl", (90..93).map(row).collect())];
    let open = open(folder.path(), "gsm8k@lm-eval-0.4", 3, &files);
    let drawn: Vec<Vec<String>> =
        samples(&open, "main").iter().map(|sample| shown(sample, "Question: q")).collect();
    assert_eq!(drawn, [["7", "0", "6"], ["1", "6", "4"], ["0", "5", "6"]]);
}

/// Where a task names no test split, lm-eval draws one more than it shows: of `sample(range(8), 3)` the first two.
#[test]
fn one_more_example_is_drawn_than_shown() {
    let row = |number: u64| json!({"goal": format!("g{number}"), "sol1": "x", "sol2": "y", "label": 1});
    let folder = tempfile::tempdir().unwrap();
    let files =
        [("train.jsonl", (0..8).map(row).collect()), ("validation.jsonl", (90..93).map(row).collect())];
    let open = open(folder.path(), "piqa@lm-eval-0.4", 2, &files);
    let drawn: Vec<Vec<String>> =
        samples(&open, "default").iter().map(|sample| shown(sample, "Question: g")).collect();
    assert_eq!(drawn, [["7", "0"], ["1", "6"], ["0", "5"]]);
}

#[test]
fn each_option_has_a_prompt_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let row = json!({"sentence": "The jug is bigger than the cup, so _ holds more.", "option1": "the cup",
        "option2": "the jug", "answer": "2"});
    let open = open(folder.path(), "winogrande@lm-eval-0.4", 0, &[("validation.jsonl", vec![row])]);
    let sample = samples(&open, "winogrande_xl").remove(0);
    let Step::Need(effects) = open.protocol().step(&sample, &[]).unwrap() else { unreachable!("it asks") };
    let asked: Vec<(String, &str)> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Loglikelihood(request) => {
                Some((request.prefix_text(), request.continuations[0].as_str()))
            }
            Effect::Generate(_) | Effect::Execute(_) => None,
        })
        .collect();
    let before = "The jug is bigger than the cup, so ";
    assert_eq!(
        asked,
        [(format!("{before}the cup"), " holds more."), (format!("{before}the jug"), " holds more.")]
    );
    let outcome =
        |sum: f64| Outcome::Loglikelihoods(vec![ContinuationScore { sum, ..ContinuationScore::default() }]);
    let Step::Done(score) = open.protocol().step(&sample, &[outcome(-5.0), outcome(-2.0)]).unwrap() else {
        unreachable!("both are answered")
    };
    assert_eq!((score.values["acc"], score.answer.as_deref()), (1.0, Some("B")));
}

/// The reply goes on with the prompt, keeps its indentation, and ends where the next thing begins at the margin.
#[test]
fn a_program_is_the_prompt_and_what_goes_on_with_it() {
    let protocol =
        Library::builtin().unwrap().resolve("humaneval@lm-eval-0.4", &DatasetArgs::default()).unwrap();
    let sample = protocol.example().unwrap().unwrap();
    let Step::Need(asked) = protocol.step(&sample, &[]).unwrap() else { unreachable!("it asks") };
    let Effect::Generate(request) = &asked[0] else { unreachable!("it asks for text") };
    assert_eq!(request.input, Input::Text(sample.question.clone()));
    let body = "    return 2 * x\n";
    for end in
        ["", "\nprint(double(4))", "\n# a test\n", "\nif True:\n    pass", "\ndef other():\n", "\nclass A:\n"]
    {
        let completions = vec![Completion { text: format!("{body}{end}"), ..Completion::default() }];
        let reply = Outcome::Generation(Generation { completions, ..Generation::default() });
        let Step::Need(then) = protocol.step(&sample, &[reply]).unwrap() else { unreachable!("it runs") };
        let Effect::Execute(request) = &then[0] else { unreachable!("it runs a program") };
        let test = sample.fields["test"].as_str().unwrap();
        assert_eq!(request.program, format!("{}{body}\n{test}\ncheck(double)", sample.question), "{end:?}");
    }
}

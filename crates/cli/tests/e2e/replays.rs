//! Recorded replies of real models, where they lie beside the checkout: scored by `evalscope score`, they give what was
//! published for them, or the difference that docs/conformance.md explains. Each row of its table is made here.

use crate::support::server::Server;
use crate::support::{Place, only_run};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn data() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    folder.join("replays").is_dir().then(|| folder.canonicalize().expect("it is there"))
}

/// Replies of one model to one benchmark.
struct Replay {
    /// As the table names it.
    name: String,
    /// `name@protocol`.
    benchmark: &'static str,
    /// Rows with `key`, `subset`, `reply` and, where it is known, `right`: the published verdict.
    rows: Vec<Value>,
    /// What was published: right answers.
    published: u64,
    /// Arguments that say how rows find samples, and which subsets there are.
    key: &'static str,
    subsets: Option<Vec<String>>,
}

/// What scoring brought.
struct Scored {
    right: u64,
    of: u64,
    /// Rows whose verdict is not the published one.
    other: Vec<String>,
}

impl Replay {
    fn score(&self, data: &Path) -> Scored {
        let place = Place::new();
        let lines: String = self.rows.iter().map(|row| format!("{row}\n")).collect();
        place.write("replies.jsonl", &lines);
        let name = self.benchmark.split('@').next().unwrap();
        let folder = data.join(name).display().to_string();
        let mut args = json!({"local_path": folder});
        if let Some(subsets) = &self.subsets {
            args["subset_list"] = json!(subsets);
        }
        let args = json!({name: args}).to_string();
        let mut arguments = vec!["score", "replies.jsonl", "--datasets", self.benchmark, self.key, "key"];
        arguments.extend(["--prediction-column", "reply", "--dataset-hub", "local", "--dataset-args", &args]);
        if self.subsets.is_some() {
            arguments.extend(["--subset-column", "subset"]);
        }
        arguments.extend(["--sandbox", "namespaces", "--json"]);
        let ran = place.run(&arguments).expect(0);
        let summary: Value = serde_json::from_str(&ran.out).expect("a summary");
        let main = &summary["benchmarks"][0]["metrics"][0];
        let of = main["n"].as_u64().expect("a number of samples");
        let right = (main["score"].as_f64().expect("a score") * of as f64).round() as u64;
        Scored { right, of, other: self.other_verdicts(&place) }
    }

    /// Rows that we judge otherwise than their authors.
    fn other_verdicts(&self, place: &Place) -> Vec<String> {
        let mut found = Vec::new();
        for path in crate::support::files_below(&only_run(place).join("reviews")) {
            for review in crate::support::json_lines(&path) {
                let value = &review["sample_score"]["score"]["value"];
                let right =
                    value.as_object().and_then(|values| values.values().next()?.as_f64()) == Some(1.0);
                let (id, index) = (&review["id"], &review["index"]);
                let is_row = |row: &&Value| {
                    let same_subset = self.subsets.is_none() || row["subset"] == review["subset"];
                    same_subset && (row["key"] == *id || row["key"] == *index)
                };
                let Some(row) = self.rows.iter().find(is_row) else { continue };
                if row["right"].as_bool().is_some_and(|published| published != right) {
                    found.push(format!("{} {}", review["subset"].as_str().unwrap_or(""), index));
                }
            }
        }
        found
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("the file can be read")
}

fn json_of(path: &Path) -> Value {
    serde_json::from_str(&read(path)).expect("the file is JSON")
}

/// GPT-3 on GSM8K, with OpenAI's verdicts.
fn gsm8k(data: &Path) -> Vec<Replay> {
    let text = read(&data.join("replays/gsm8k_gpt3/example_model_solutions.jsonl"));
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let replay = |(model, published): (&str, u64)| {
        Replay {
        name: format!("GSM8K, GPT-3 {}", model.replace('_', " ")),
        benchmark: "gsm8k",
        rows: rows
            .iter()
            .enumerate()
            .map(|(at, row)| json!({"key": at, "reply": row[model]["solution"], "right": row[model]["is_correct"]}))
            .collect(),
        published,
        key: "--index-column",
        subsets: None,
    }
    };
    [("6b_finetuning", 286), ("6b_verification", 515), ("175b_finetuning", 458), ("175b_verification", 742)]
        .map(replay)
        .into()
}

/// Codex on BIG-Bench Hard: the authors give a share for each task.
fn bbh(data: &Path, way: &str, benchmark: &'static str) -> Replay {
    let folder = data.join(format!("replays/bbh_code-davinci-002/code-davinci-002-{way}"));
    let (mut rows, mut subsets, mut published) = (Vec::new(), Vec::new(), 0);
    for path in crate::support::files_below(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(subset) = name.strip_suffix("_few_shot_template_0-255000.json") else { continue };
        let outputs = json_of(&path)["outputs"].as_array().cloned().expect("outputs");
        let metrics = json_of(&folder.join(name.replace(".json", "_eval_metrics.jsonl")));
        let share = metrics["accuracy"].as_f64().expect("a share in per cent") / 100.0;
        published += (share * outputs.len() as f64).round() as u64;
        for (at, output) in outputs.iter().enumerate() {
            rows.push(json!({"key": at, "subset": subset, "reply": output["prediction"]}));
        }
        subsets.push(subset.to_owned());
    }
    Replay {
        name: format!("BIG-Bench Hard, code-davinci-002, {way}"),
        benchmark,
        rows,
        published,
        key: "--index-column",
        subsets: Some(subsets),
    }
}

/// A federated 7B model on MMLU; its verdict is whether its letter is the answer.
fn mmlu(data: &Path) -> Replay {
    let (mut rows, mut subsets, mut published) = (Vec::new(), Vec::new(), 0);
    for path in crate::support::files_below(&data.join("replays/mmlu_fedllm_checkpoint-0")) {
        let subset = path.file_stem().unwrap().to_string_lossy().into_owned();
        for line in read(&path).lines().skip(1) {
            let mut cells = line.splitn(4, ',');
            let (index, answer, letter) =
                (cells.next().unwrap(), cells.next().unwrap(), cells.next().unwrap());
            let right = answer.parse::<usize>().ok().and_then(|at| "ABCD".get(at..=at)) == Some(letter);
            published += u64::from(right);
            let (index, reply) =
                (index.parse::<u64>().unwrap(), cells.next().unwrap_or("").trim_matches('"'));
            rows.push(json!({"key": index, "subset": subset, "reply": reply, "right": right}));
        }
        subsets.push(subset);
    }
    Replay {
        name: "MMLU, FedLLM checkpoint 0".into(),
        benchmark: "mmlu",
        rows,
        published,
        key: "--index-column",
        subsets: Some(subsets),
    }
}

/// WizardCoder-15B on HumanEval.
fn humaneval(data: &Path) -> Replay {
    let text = read(&data.join("replays/wizardcoder/humaneval_15b_59.8.jsonl"));
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    Replay {
        name: "HumanEval, WizardCoder-15B".into(),
        benchmark: "humaneval",
        rows: rows.map(|row| json!({"key": row["task_id"], "reply": row["completion"]})).collect(),
        published: 98,
        key: "--id-column",
        subsets: None,
    }
}

/// GPT-4 on half of IFEval, with the verdicts of its authors' program: rows of the table, and prompts that we judge otherwise.
fn ifeval(data: &Path) -> (Vec<String>, Vec<String>) {
    let lines = |path: PathBuf| -> Vec<Value> {
        read(&path).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    let place = Place::new();
    let replay = data.join("replays/ifeval_gpt4");
    let replies = lines(replay.join("input_response_data_gpt4.jsonl"));
    let all = lines(data.join("ifeval/input_data.jsonl"));
    let asked =
        |prompt: &Value| all.iter().find(|row| row["prompt"] == *prompt).expect("a row of the data set");
    let (mut rows, mut texts) = (String::new(), String::new());
    for reply in &replies {
        let row = asked(&reply["prompt"]);
        rows.push_str(&format!("{row}\n"));
        texts.push_str(&format!("{}\n", json!({"key": row["key"], "reply": reply["response"]})));
    }
    place.write("replies.jsonl", &texts);
    let folder = place.write("ifeval/input_data.jsonl", &rows);
    let args = json!({"ifeval": {"local_path": folder.parent().expect("a folder")}}).to_string();
    let mut arguments =
        vec!["score", "replies.jsonl", "--datasets", "ifeval", "--id-column", "key", "--json"];
    arguments.extend(["--prediction-column", "reply", "--dataset-hub", "local", "--dataset-args", &args]);
    let ran = place.run(&arguments).expect(0);
    let summary: Value = serde_json::from_str(&ran.out).expect("a summary");
    let reviews: Vec<Value> = crate::support::files_below(&only_run(&place).join("reviews"))
        .iter()
        .flat_map(|path| crate::support::json_lines(path))
        .collect();
    let (mut table, mut other) = (Vec::new(), Vec::new());
    for way in ["strict", "loose"] {
        let published = lines(replay.join(format!("eval_results_{way}.jsonl")));
        let of_each =
            published.iter().flat_map(|row| row["follow_instruction_list"].as_array().expect("a list"));
        let of_each: Vec<bool> = of_each.map(|followed| followed == true).collect();
        let prompts: Vec<bool> = published.iter().map(|row| row["follow_all_instructions"] == true).collect();
        for (what, metric, known) in
            [("prompts", "prompt_level", &prompts), ("instructions", "inst_level", &of_each)]
        {
            let metrics = summary["benchmarks"][0]["metrics"].as_array().expect("metrics");
            let name = format!("{metric}_{way}");
            let score = metrics.iter().find(|found| found["name"] == name.as_str()).expect("the metric");
            let ours = (score["score"].as_f64().expect("a score") * known.len() as f64).round() as i64;
            let theirs = known.iter().filter(|right| **right).count() as i64;
            let of = known.len();
            table.push(format!(
                "| IFEval, GPT-4, {what}, {way} | `ifeval` | {theirs} of {of} | {ours} of {of} | {:+} |",
                ours - theirs
            ));
        }
        for (reply, right) in replies.iter().zip(&prompts) {
            let key = &asked(&reply["prompt"])["key"];
            let id = key.to_string();
            let review = reviews.iter().find(|review| review["id"] == *key || review["id"] == id.as_str());
            let value = &review.expect("a review")["sample_score"]["score"]["value"];
            if (value[format!("prompt_level_{way}")] == 1.0) != *right {
                other.push(format!("{way} {key}"));
            }
        }
    }
    (table, other)
}

/// What a stand-in for the judge knows of a reply.
struct Graded {
    question: String,
    reply: String,
    letter: String,
}

/// Three models on 250 questions of SimpleQA, with the recorded verdicts of their judge, which a stand-in gives again: rows of
/// the table, and verdicts that were not given.
fn simple_qa(data: &Path) -> Vec<String> {
    let lines = |path: PathBuf| -> Vec<Value> {
        read(&path).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    let questions = lines(data.join("simple_qa/simple_qa_250.jsonl"));
    let replay = data.join("replays/simple_qa_250");
    let of_each =
        [("gpt-4o", [110, 131, 9]), ("gpt-4o-mini", [25, 219, 6]), ("nvidia-llama31-70", [38, 73, 139])];
    let row = |(model, published): (&str, [i64; 3])| {
        let by_question = |folder: &str, field: &str| -> HashMap<String, String> {
            let text = |row: &Value, field: &str| row[field].as_str().expect("a text").to_owned();
            let rows = lines(replay.join(folder).join(format!("{model}.jsonl")));
            rows.iter().map(|row| (text(row, "question_id"), text(row, field))).collect()
        };
        let (replies, letters) = (by_question("samples", "response"), by_question("grades", "grade"));
        let graded = questions.iter().map(|row| {
            let id = row["question_id"].as_str().expect("a text");
            let question = row["prompt"].as_str().expect("a text").to_owned();
            Graded { question, reply: replies[id].clone(), letter: letters[id].clone() }
        });
        let ours = judged_again(&questions, graded.collect());
        let counts = |of: [i64; 3]| of.map(|count| count.to_string()).join(", ");
        let difference: Vec<String> =
            ours.iter().zip(published).map(|(ours, theirs)| format!("{:+}", ours - theirs)).collect();
        format!(
            "| SimpleQA, {model}: correct, incorrect, not attempted | `simple_qa` | {} of 250 | {} of 250 | {} |",
            counts(published),
            counts(ours),
            difference.join(", ")
        )
    };
    of_each.map(row).into()
}

/// How often each verdict stands in the report, when the judge says what was recorded of the reply that it is shown.
fn judged_again(questions: &[Value], graded: Vec<Graded>) -> [i64; 3] {
    let place = Place::new();
    let cell = |text: &Value| format!("\"{}\"", text.as_str().expect("a text").replace('"', "\"\""));
    let rows = questions.iter().map(|row| format!("{},{}\n", cell(&row["prompt"]), cell(&row["label"])));
    place.write("data/simple_qa_test_set.csv", &format!("problem,answer\n{}", rows.collect::<String>()));
    place.write("data/grader_1_14.txt", "{question}\n=== gold\n{gold}\n=== reply\n{predicted_answer}\n===");
    let replies = graded.iter().map(|known| json!({"question": known.question, "reply": known.reply}));
    place.write("replies.jsonl", &replies.map(|row| format!("{row}\n")).collect::<String>());
    let judge = Server::start(move |prompt| {
        let is_asked = |known: &&Graded| {
            prompt.contains(&format!("\n\n{}\n=== gold\n", known.question))
                && prompt.contains(&format!("=== reply\n{}\n===", known.reply.trim()))
        };
        let letter = graded.iter().find(is_asked).map_or("nobody asked that", |known| known.letter.as_str());
        format!("{{\"reasoning\": \"as recorded\", \"verdict\": \"{letter}\"}}")
    });
    let args = json!({"simple_qa": {"local_path": place.path("data")}}).to_string();
    let by = json!({"model": "j", "api_url": judge.url(), "null_model": 0}).to_string();
    let mut arguments = vec!["score", "replies.jsonl", "--datasets", "simple_qa", "--dataset-args", &args];
    arguments.extend([
        "--question-column",
        "question",
        "--prediction-column",
        "reply",
        "--judge",
        &by,
        "--json",
    ]);
    let ran = place.run(&arguments).expect(0);
    let summary: Value = serde_json::from_str(&ran.out).expect("a summary");
    let metrics = &summary["benchmarks"][0]["metrics"];
    ["is_correct", "is_incorrect", "is_not_attempted"].map(|name| {
        let all = metrics.as_array().expect("metrics");
        let metric = all.iter().find(|metric| metric["name"] == name).expect("the metric");
        let (share, of) =
            (metric["score"].as_f64().expect("a share"), metric["n"].as_f64().expect("a number"));
        (share * of).round() as i64
    })
}

#[test]
fn recorded_replies_have_the_scores_of_the_conformance_page() {
    let Some(data) = data() else { return };
    let page = read(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/conformance.md"));
    let mut replays = gsm8k(&data);
    replays.push(bbh(&data, "cot", "bbh"));
    replays.push(bbh(&data, "direct", "bbh"));
    replays.push(mmlu(&data));
    replays.push(humaneval(&data));
    let mut lacking = Vec::new();
    for replay in &replays {
        let Scored { right, of, other } = replay.score(&data);
        let row = format!(
            "| {} | `{}` | {} of {of} | {right} of {of} | {:+} |",
            replay.name,
            replay.benchmark,
            replay.published,
            right as i64 - replay.published as i64
        );
        if !page.contains(&row) {
            lacking.push(format!("{row}\n  verdicts that differ: {}", other.join(", ")));
        }
    }
    lacking.extend(simple_qa(&data).into_iter().filter(|row| !page.contains(row)));
    let (rows, other) = ifeval(&data);
    lacking.extend(rows.into_iter().filter(|row| !page.contains(row)));
    // Its exclamation marks are no letter, and the authors' program looked for one at random.
    let other = other.iter().filter(|prompt| *prompt != "strict 1129");
    lacking.extend(other.map(|prompt| format!("  IFEval's verdict differs: {prompt}")));
    assert!(lacking.is_empty(), "rows that docs/conformance.md does not have:\n{}", lacking.join("\n"));
}

//! LiveCodeBench and MultiPL-E on made-up problems: prompts, programs and verdicts beside those of EvalScope 1.14.1.

use crate::support::{Place, files_below, json_lines, only_run};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

/// Problems with their prompts, then replies with their verdicts; prompts and verdicts are EvalScope 1.14.1's own.
const CONTEST: &str = include_str!("../fixtures/live_code_bench.jsonl");
/// One problem for each language with prompt, replies and the programs that EvalScope 1.14.1 makes of them.
const LANGUAGES: &str = include_str!("../fixtures/multipl_e.jsonl");

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// What the machine can run, as `doctor` says it; nothing when it can run nothing.
fn doctor(place: &Place) -> Option<Value> {
    let ran = place.run(&["doctor", "--json"]);
    if ran.code != 0 {
        let _ = writeln!(std::io::stderr(), "skipped: programs cannot be run here:\n{}", ran.out);
        return None;
    }
    serde_json::from_str(&ran.out).ok()
}

/// Scores replies to rows, one each.
fn score(place: &Place, benchmark: &str, subset: &str, rows: &[(Value, String)], more: &[&str]) {
    let data: String = rows.iter().map(|(row, _)| format!("{row}\n")).collect();
    place.write(&format!("data/{benchmark}/{subset}.jsonl"), &data);
    let id = |row: &Value| row.get("question_id").or(row.get("name")).cloned();
    let replies: String =
        rows.iter().map(|(row, reply)| format!("{}\n", json!({"task": id(row), "reply": reply}))).collect();
    place.write("replies.jsonl", &replies);
    let arguments = json!({benchmark: {"subset_list": [subset]}}).to_string();
    let mut words = vec!["score", "replies.jsonl", "--datasets", benchmark, "--dataset-args", &arguments];
    words.extend(["--prediction-column", "reply", "--id-column", "task", "--dataset-dir", "data"]);
    words.extend(more);
    place.run(&words).expect(0);
}

/// Problem and explanation of every sample, the latter beginning with the verdict.
fn verdicts(run: &Path) -> Vec<String> {
    let reviews = files_below(&run.join("reviews"));
    let lines = reviews.iter().flat_map(|path| json_lines(path));
    lines.map(|line| text(&line["sample_score"]["score"], "explanation").to_owned()).collect()
}

#[test]
fn contest_problems_are_asked_and_judged_as_by_the_reference() {
    let place = Place::new();
    if doctor(&place).is_none() {
        return;
    }
    let (problems, replies): (Vec<Value>, Vec<Value>) =
        lines(CONTEST).into_iter().partition(|line| line.get("row").is_some());
    let problem = |id: &str| {
        problems.iter().find(|problem| text(&problem["row"], "question_id") == id).expect("it is there")
    };
    let rows: Vec<(Value, String)> = replies
        .iter()
        .enumerate()
        .map(|(number, line)| {
            let mut row = problem(text(line, "id"))["row"].clone();
            row["question_id"] = json!(format!("{number}"));
            (row, text(line, "reply").to_owned())
        })
        .collect();
    score(&place, "live_code_bench", "release_v1", &rows, &[]);

    let run = only_run(&place);
    let found = verdicts(&run);
    assert_eq!((found.len(), replies.len() >= 30), (replies.len(), true));
    for (verdict, line) in found.iter().zip(&replies) {
        let passed = verdict.starts_with("passed");
        assert_eq!(Some(passed), line["passed"].as_bool(), "{verdict}: {}", text(line, "reply"));
    }
    for begin in
        ["failed: AssertionError: test 0", "timeout", "runtime_error", "compile_error", "not_executed"]
    {
        assert!(found.iter().any(|verdict| verdict.starts_with(begin)), "{begin}: {found:?}");
    }
    let journal = files_below(&run.join("predictions")).remove(0);
    let asked: Vec<Value> =
        json_lines(&journal).into_iter().filter(|line| line["messages"].is_array()).collect();
    assert_eq!(asked.len(), replies.len());
    for line in &asked {
        let number: usize = text(line, "id").parse().expect("it is a number");
        let wanted = problem(text(&replies[number], "id"));
        let messages = &line["messages"];
        assert_eq!(messages[0]["content"], wanted["system"]);
        assert_eq!(messages[1]["content"], wanted["user"]);
    }
}

#[test]
fn contest_problems_are_chosen_by_day() {
    let place = Place::new();
    let rows: String =
        lines(CONTEST).iter().filter_map(|line| line.get("row")).map(|row| format!("{row}\n")).collect();
    place.write("data/live_code_bench/v6.jsonl", &rows);
    let ask = |days: Value| {
        let arguments = json!({"live_code_bench": {"subset_list": ["v6"], "extra_params": days}}).to_string();
        let words =
            ["eval", "--api-url", "http://127.0.0.1:9/v1", "--model", "m", "--datasets", "live_code_bench"];
        let more = ["--dataset-args", &arguments, "--dataset-dir", "data", "--dry-run", "--json"];
        place.run(&[&words[..], &more].concat())
    };
    // Sum, 15 January; word, the last minute of the year before; pairs, 29 February; rows, 1 March.
    let chosen = [
        (json!({}), 4),
        (json!({"start_date": "2024-01-01"}), 3),
        (json!({"end_date": "2024-02-29"}), 3),
        (json!({"end_date": "2023-12-31"}), 0),
        (json!({"start_date": "2024-01-15", "end_date": "2024-03-01"}), 3),
    ];
    for (days, count) in chosen {
        let ran = ask(days.clone());
        let found = serde_json::from_str::<Value>(&ran.out).ok();
        let samples = found.as_ref().and_then(|plan| plan["benchmarks"][0]["samples"].as_u64());
        assert_eq!(samples.unwrap_or(0), count, "{days}: {} {}", ran.out, ran.err);
    }
    let wrong = ask(json!({"start_date": "1 March"}));
    assert!(wrong.code != 0 && wrong.err.contains("`1 March` is not a day like 2024-01-31"), "{}", wrong.err);
}

#[test]
fn programs_in_other_languages_are_asked_made_and_judged_as_by_the_reference() {
    let place = Place::new();
    let Some(doctor) = doctor(&place) else { return };
    let has = |language: &str| {
        let all = doctor["languages"].as_array().expect("languages are listed");
        all.iter().any(|known| known["name"] == language && known["toolchain"].is_object())
    };
    let names = [
        ("cpp", "cpp"),
        ("go", "go_test"),
        ("java", "java"),
        ("js", "javascript"),
        ("rs", "rust"),
        ("sh", "bash"),
    ];
    for line in lines(LANGUAGES) {
        let place = Place::new();
        let subset = text(&line, "subset");
        let language = names.iter().find(|(kind, _)| *kind == subset).expect("it has a name").1;
        if !has(language) {
            let _ = writeln!(std::io::stderr(), "skipped: no tools for {language} here");
            continue;
        }
        let replies = line["replies"].as_array().expect("there are replies");
        let rows: Vec<(Value, String)> = replies
            .iter()
            .enumerate()
            .map(|(number, reply)| {
                let mut row = line["row"].clone();
                row["name"] = json!(format!("{number}"));
                (row, text(reply, "reply").to_owned())
            })
            .collect();
        score(&place, "multiple_humaneval", &format!("humaneval-{subset}"), &rows, &[]);
        let run = only_run(&place);
        for (verdict, reply) in verdicts(&run).iter().zip(replies) {
            let passed = verdict.starts_with("passed");
            assert_eq!(Some(passed), reply["passed"].as_bool(), "{verdict}: {}", text(reply, "reply"));
        }
        for call in json_lines(&files_below(&run.join("predictions"))[0]) {
            let number: usize = text(&call, "id").parse().expect("it is a number");
            if call["messages"].is_array() {
                assert_eq!(call["messages"][0]["content"], line["user"]);
            } else {
                let program = text(&call["execute"], "program");
                assert_eq!(as_the_reference(program), without_tuples(text(&replies[number], "program")));
            }
        }
    }
}

/// The reference's program without its import of tuples: the helper's line, and what the reply itself imports.
fn without_tuples(program: &str) -> String {
    const IMPORT: &str = "import org.javatuples.*;";
    program.replacen(&format!("{IMPORT}\n"), "", 1).replace(IMPORT, "")
}

/// A program as the reference makes it: with Boost whether it is there or not, and without the tuples that ours brings.
fn as_the_reference(program: &str) -> String {
    let boost = "#include<boost/any.hpp>\n";
    let program = program.replace(&format!("#if __has_include(<boost/any.hpp>)\n{boost}#endif\n"), boost);
    program.split("\n\nabstract class Tuple").next().unwrap_or_default().to_owned()
}

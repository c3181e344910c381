//! Files of replies: lines of our own runs and of EvalScope's, and files that do not fit.

use crate::support::server::Server;
use crate::support::{Place, Ran, json_lines, only_run};
use serde_json::{Value, json};
use std::path::Path;

const OF_PREDICTIONS: [&str; 2] = ["--prediction-column", "model_output.choices.0.message.content"];

/// `evalscope score FILE` against the quiz, or other subsets of `data`.
fn score(place: &Place, file: &str, more: &[&str]) -> Ran {
    let args = "{\"general_mcq\": {\"local_path\": \"data\"}}";
    let arguments = ["score", file, "--datasets", "general_mcq", "--dataset-args", args, "--model-id", "m"];
    place.run(&[&arguments[..], more].concat())
}

fn summary(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).expect("a summary is JSON")
}

fn expect_said(ran: &Ran, parts: &[&str]) {
    for part in parts {
        assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err);
    }
}

fn lines(rows: impl IntoIterator<Item = Value>) -> String {
    rows.into_iter().map(|row| format!("{row}\n")).collect()
}

/// A line of `predictions/`: a reply, or why there is none.
fn ours((index, repeat, call): (u32, u32, u32), reply: Option<&str>) -> Value {
    let mut line = json!({"index": index, "repeat": repeat, "call": call, "id": format!("q{index}"), "model": "m", "digest": "0",
        "messages": [{"role": "user", "content": "?"}], "at": 1.0});
    match reply {
        Some(text) => {
            line["model_output"] = json!({"choices": [{"message": {"role": "assistant", "content": text}}]})
        }
        None => line["error"] = json!({"kind": "timeout", "message": "no answer in time", "attempts": 3}),
    }
    line
}

/// Scores by index and repeat.
fn scores(run: &Path) -> Vec<(u64, u64, f64)> {
    let score = |review: &Value| {
        let value = review["sample_score"]["score"]["value"].as_object()?.values().next()?.as_f64()?;
        Some((review["index"].as_u64()?, review["repeat"].as_u64()?, value))
    };
    json_lines(&run.join("reviews/m/general_mcq_quiz.jsonl")).iter().filter_map(score).collect()
}

#[test]
fn lines_of_ours_say_themselves_which_reply_they_are() {
    let place = Place::new();
    place.choice_data(3);
    let rows = [
        ours((0, 1, 0), Some("答案：A")),
        ours((1, 0, 0), None),
        ours((0, 0, 0), Some("答案：B")),
        // A later call of the sample, as a judge's.
        ours((0, 0, 1), Some("答案：C")),
        ours((1, 1, 0), Some("答案：A")),
        // Asked again: the later lines count.
        ours((1, 1, 0), Some("答案：B")),
        ours((1, 0, 0), Some("答案：B")),
        ours((2, 1, 0), Some("答案：A")),
        ours((2, 0, 0), None),
    ];
    place.write("ours.jsonl", &lines(rows));
    for key in [["--id-column", "id"], ["--index-column", "index"]] {
        let work_dir = format!("outputs-{}", key[1]);
        let more = ["--repeats", "2", "--work-dir", &work_dir];
        let ran = score(&place, "ours.jsonl", &[&OF_PREDICTIONS[..], &key, &more].concat()).expect(1);
        let said = [
            "5 of 5 replies scored",
            "1 line is a later call, such as a judge's",
            "1 row fits no sample: row 9 (no prediction)",
            "1 sample has no prediction: quiz #2 (id q2)",
        ];
        expect_said(&ran, &said);
        let run = std::fs::read_dir(place.path(&work_dir)).unwrap().next().unwrap().unwrap().path();
        let expected = [(0, 0, 1.0), (0, 1, 0.0), (1, 0, 1.0), (1, 1, 1.0), (2, 1, 0.0)];
        assert_eq!(scores(&run), expected, "{key:?}");
    }
    let ran = score(&place, "ours.jsonl", &[&OF_PREDICTIONS[..], &["--id-column", "id"]].concat()).expect(1);
    expect_said(&ran, &["2 of 5 replies scored", "3 replies are too many"]);
}

/// The model says B to even questions. The judge's verdict is a letter too: taken for a reply, it would be a wrong one.
fn model_and_judge(prompt: &str) -> String {
    if prompt.contains("[Predicted Answer]") {
        let verdict = if prompt.contains("答案：B") { "A" } else { "B" };
        return format!("{{\"reasoning\": \"x\", \"verdict\": \"{verdict}\"}}");
    }
    let is_even = prompt.contains("number 0?") || prompt.contains("number 2?");
    if is_even { "答案：B".into() } else { "答案：A".into() }
}

#[test]
fn replies_of_a_judged_run_are_scored_as_they_were() {
    let (place, server) = (Place::new(), Server::start(model_and_judge));
    place.choice_data(4);
    let judge =
        json!({"model": "j", "api_url": server.url(), "strategy": "llm", "null_model": 0}).to_string();
    let more = ["--repeats", "2", "--judge", &judge, "--json"];
    let first = Ran::from(crate::runs::quiz(&place, &server, &more).output().unwrap()).expect(0);
    let journal = only_run(&place).join("predictions/m/general_mcq_quiz.jsonl").display().to_string();
    let more = [&OF_PREDICTIONS[..], &["--id-column", "id", "--work-dir", "again"], &more].concat();
    let again = score(&place, &journal, &more).expect(0);
    expect_said(&again, &["8 of 8 replies scored", "8 lines are later calls"]);
    let of = |ran: &Ran| summary(ran)["benchmarks"][0]["score"].clone();
    assert_eq!((of(&again), of(&first)), (json!(0.5), json!(0.5)));
}

/// A line of EvalScope's, whose index is sample × repeats + repeat.
fn evalscope(index: u32, repeats: u32, reply: &str) -> Value {
    let question = format!("Question number {}?", index / repeats);
    json!({"index": index, "model": "m", "messages": [{"role": "user", "content": question}, {"role": "assistant", "content": reply}],
        "model_output": {"choices": [{"message": {"role": "assistant", "content": reply}}], "error": null}})
}

#[test]
fn evalscopes_index_is_parted_into_sample_and_repeat() {
    let place = Place::new();
    place.choice_data(6);
    // In the order in which replies came. The first sample is right once, the second never, the others always.
    let reply = |index: u32| if [1, 2, 3].contains(&index) { "答案：A" } else { "答案：B" };
    place.write("theirs.jsonl", &lines((0..12).rev().map(|index| evalscope(index, 2, reply(index)))));
    let score = |more: &[&str]| {
        let key = ["--index-column", "index", "--json"];
        score(&place, "theirs.jsonl", &[&OF_PREDICTIONS[..], &key, more].concat()).expect(0)
    };
    let of = |ran: &Ran| summary(ran)["benchmarks"][0]["score"].clone();
    assert_eq!(of(&score(&["--repeats", "2"])), json!(0.75));
    // As of every file with repeats, the first replies without `--repeats`.
    let first = score(&[]);
    expect_said(&first, &["6 of 12 replies scored", "6 replies are too many"]);
    assert_eq!(of(&first), json!(5.0 / 6.0));
    let few = score(&["--repeats", "2", "--limit", "2"]);
    expect_said(&few, &["4 of 12 replies scored", "8 replies are to samples that are not asked for"]);
    assert_eq!(of(&few), json!(0.25));
}

#[test]
fn a_file_of_which_half_fits_no_sample_is_no_success() {
    let place = Place::new();
    place.choice_data(3);
    let file = |rows: u32| lines((0..rows).map(|n| json!({"n": n, "reply": "B"})));
    let key = ["--prediction-column", "reply", "--index-column", "n"];
    place.write("theirs.jsonl", &file(6));
    let ran = score(&place, "theirs.jsonl", &key).expect(1);
    expect_said(&ran, &["half of the rows or more fit no sample", "3 rows fit no sample: row 4 (3)"]);
    score(&place, "theirs.jsonl", &[&key[..], &["--limit", "1"]].concat()).expect(1);
    place.write("theirs.jsonl", &file(5));
    let ran = score(&place, "theirs.jsonl", &key).expect(0);
    assert!(!ran.err.contains("half of the rows"), "{}", ran.err);
    place.write("theirs.jsonl", &file(3));
    score(&place, "theirs.jsonl", &[&key[..], &["--limit", "1"]].concat()).expect(0);
    place.write("theirs.jsonl", &lines([json!({"n": 2, "reply": "B"})]));
    let ran = score(&place, "theirs.jsonl", &[&key[..], &["--limit", "1"]].concat());
    ran.clear_error(2, &["all 1 replies are to samples that are not asked for", "--limit"]);
}

#[test]
fn replies_of_two_models_in_one_file_are_refused() {
    let place = Place::new();
    place.choice_data(2);
    let line = |model: &str| {
        json!({"index": 0, "repeat": 0, "call": 0, "digest": model, "model": model,
               "model_output": {"choices": [{"message": {"content": "B"}}]}})
    };
    place.write("both.jsonl", &lines([line("m"), line("n")]));
    let key = ["--index-column", "index"];
    let ran = score(&place, "both.jsonl", &[&OF_PREDICTIONS[..], &key].concat());
    ran.clear_error(2, &["row 2 is a reply of n, and those before are of m", "a file of their own"]);
}

#[test]
fn a_subset_that_is_not_there_is_named_with_those_that_are() {
    let place = Place::new();
    place.choice_data(2);
    std::fs::copy(place.path("data/quiz_val.jsonl"), place.path("data/anatomy_val.jsonl")).unwrap();
    let key = ["--prediction-column", "reply", "--index-column", "n", "--subset-column", "s"];
    let row = |n: u32, subset: &str| json!({"n": n, "s": subset, "reply": "B"});
    for (subset, hint) in [("Quiz", "`quiz`?"), ("mmlu_anatomy", "`anatomy`?"), ("x", "--subset-column")] {
        place.write("theirs.jsonl", &lines([row(0, subset), row(1, subset)]));
        let wrong = format!("there is no subset `{subset}`, but `anatomy`, `quiz`");
        score(&place, "theirs.jsonl", &key).clear_error(2, &[&wrong, hint]);
    }
    let rows = [row(0, "quiz"), row(1, "Quiz"), row(1, "quiz"), row(7, "anatomy")];
    place.write("theirs.jsonl", &lines(rows));
    let ran = score(&place, "theirs.jsonl", &key).expect(1);
    expect_said(&ran, &["row 2 (no subset `Quiz`, but `quiz`), row 4 (anatomy, 7)"]);
}

#[test]
fn whole_numbers_that_pandas_wrote_are_places() {
    let place = Place::new();
    place.choice_data(11);
    let of = ["--prediction-column", "reply", "--index-column", "n", "--json"];
    let rows = |of: fn(u32) -> String| (0..11).map(of).collect::<String>();
    place.write("t.csv", &format!("n,reply\n{}", rows(|n| format!("{n}.0,答案：B\n"))));
    place.write("t.jsonl", &rows(|n| format!("{{\"n\": {n}.0, \"reply\": \"答案：B\"}}\n")));
    for file in ["t.csv", "t.jsonl"] {
        let ran = score(&place, file, &of).expect(0);
        assert_eq!(summary(&ran)["benchmarks"][0]["score"], 1.0, "{file}");
    }
}

#[test]
fn one_file_in_an_archive_is_the_file() {
    let place = Place::new();
    place.choice_data(2);
    place.write("a.jsonl", &lines((0..2).map(|n| json!({"n": n, "reply": "答案：B"}))));
    place.write("b.csv", "n,reply\n0,B\n");
    place.write("notes.txt", "of the run");
    let pack = |archive: &str, files: &[&str]| {
        let to = std::fs::File::create(place.path(archive)).unwrap();
        let mut to = tar::Builder::new(to);
        files.iter().for_each(|file| to.append_path_with_name(place.path(file), file).unwrap());
        to.finish().unwrap();
    };
    let of = ["--prediction-column", "reply", "--index-column", "n"];
    pack("one.tar", &["a.jsonl", "notes.txt"]);
    score(&place, "one.tar", &of).expect(0);
    pack("two.tar", &["a.jsonl", "b.csv"]);
    score(&place, "two.tar", &of).clear_error(2, &["2 files with rows", "a.jsonl, b.csv", "unpack"]);
    place.write("torn.jsonl", "{\"n\": 0, \"reply\": \"B\"}\n{\"n\":\n");
    let torn = score(&place, "torn.jsonl", &of).clear_error(3, &["torn.jsonl:2", "mend the file"]);
    assert!(!torn.err.contains("or delete it"), "nobody fetches the user's own file: {}", torn.err);
}

#[test]
fn a_judge_that_is_misspelt_or_not_asked_is_told() {
    let place = Place::new();
    place.choice_data(2);
    place.write("t.csv", "n,reply\n0,B\n1,B\n");
    let of = ["--prediction-column", "reply", "--index-column", "n", "--judge"];
    let with = |judge: Value| score(&place, "t.csv", &[&of[..], &[&judge.to_string()]].concat());
    let judge = |more: Value| {
        let mut judge = json!({"model": "j", "api_url": "http://127.0.0.1:9/v1"});
        judge.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        judge
    };
    with(judge(json!({"scor_mapping": {}})))
        .clear_error(2, &["--judge: there is no field `scor_mapping`", "`score_mapping`?"]);
    with(judge(json!({"colour": 1})))
        .clear_error(2, &["--judge: there is no field `colour`", "score_mapping", "api_url"]);
    with(json!({"models": [judge(json!({"strategy": "llm"}))]}))
        .clear_error(2, &["`strategy`", "beside `models`"]);
    with(judge(json!({"rpm": -1}))).clear_error(2, &["--judge: `rpm`"]);
    expect_said(&with(judge(json!({}))).expect(0), &["--judge is not asked"]);
    let ruled = with(judge(json!({"strategy": "rule"}))).expect(0);
    assert!(!ruled.err.contains("not asked"), "{}", ruled.err);
}

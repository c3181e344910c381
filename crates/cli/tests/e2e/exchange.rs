//! Runs out to other programs' forms and back in, through the binary.

use crate::support::server::Server;
use crate::support::{Place, files_below, json_lines};
use serde_json::Value;
use std::path::{Path, PathBuf};

const FORMS: [(&str, &str); 4] = [
    ("parquet", "run.parquet"),
    ("evalscope", "run-evalscope"),
    ("inspect", "run-inspect"),
    ("lm-eval", "run-lm-eval"),
];

/// Wrong on three questions, and no answer to the fifth.
fn replies(prompt: &str) -> String {
    let number =
        prompt.rsplit("Question number ").next().and_then(|rest| rest.split('?').next()?.parse().ok());
    match number {
        Some(0..3) => "答案：A".into(),
        Some(5) => "I would not know.".into(),
        _ => "答案：B".into(),
    }
}

/// A run over eight questions in `outputs/run`, two repeats.
fn run(place: &Place) -> PathBuf {
    let server = Server::start(replies);
    place.choice_data(8);
    let args = "{\"general_mcq\": {\"local_path\": \"data\", \"subset_list\": [\"quiz\"]}}";
    let (url, work_dir) = (server.url(), "outputs/run");
    let mut arguments = vec!["eval", "--model", "org/m", "--api-url", &url, "--datasets", "general_mcq"];
    arguments.extend(["--dataset-args", args, "--work-dir", work_dir, "--no-timestamp", "--repeats", "2"]);
    arguments.extend(["--api-key", "sk-never-to-be-seen"]);
    place.run(&arguments).expect(0);
    place.path(work_dir)
}

/// The only run under a folder of runs.
fn only_run(folder: &Path) -> PathBuf {
    let mut runs: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.remove(0)
}

fn benchmarks(json: &str) -> Value {
    let mut summary: Value = serde_json::from_str(json).unwrap();
    for benchmark in summary["benchmarks"].as_array_mut().unwrap() {
        // Times lose bits where a form has seconds, and not every form says when a call was made.
        benchmark["usage"]["latency"] = Value::Null;
        benchmark["usage"].as_object_mut().unwrap().remove("throughput");
        // What is brought back was read from its form.
        benchmark["source"].as_object_mut().unwrap().remove("read_from");
    }
    summary["benchmarks"].clone()
}

#[test]
fn every_form_brings_the_report_back() {
    let place = Place::new();
    let path = run(&place).display().to_string();
    let before = benchmarks(&place.run(&["report", &path, "--json"]).expect(0).out);
    for (form, name) in FORMS {
        let ran = place.run(&["export", &path, "--to", form]).expect(0);
        let exported = place.path("outputs").join(name);
        assert_eq!((ran.out.trim_end(), ran.err.trim_end()), (exported.to_str().unwrap(), "16 samples"));
        let ran = place.run(&["import", ran.out.trim_end(), "--work-dir", form, "--json"]).expect(0);
        assert_eq!(benchmarks(&ran.out), before, "{form}");
        assert!(ran.err.contains(&format!("16 samples of {form}")), "{}", ran.err);
        let imported = only_run(&place.path(form)).display().to_string();
        let again = place.run(&["report", &imported, "--json"]).expect(0);
        assert_eq!(benchmarks(&again.out), before, "{form}");
        let found = place.run(&["diff", &path, &imported, "--json"]);
        let found: Value = serde_json::from_str(&found.out).unwrap();
        assert_eq!(found["benchmarks"][0]["responses"]["differ"], 0, "{form}: {found}");
        assert_eq!(found["benchmarks"][0]["prompts"]["differ"], 0, "{form}: {found}");
        place.run(&["export", &imported, "--to", "parquet"]).expect(0);
    }
}

#[test]
fn no_export_holds_the_key() {
    let place = Place::new();
    let path = run(&place).display().to_string();
    for (form, _) in FORMS {
        place.run(&["export", &path, "--to", form]).expect(0);
    }
    let files = files_below(&place.path("outputs"));
    assert!(files.len() > 10, "{files:?}");
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(8).any(|window| window == b"sk-never"), "{}", file.display());
    }
}

#[test]
fn nothing_is_written_over_without_force() {
    let place = Place::new();
    let path = run(&place).display().to_string();
    let precious = place.write("mine/notes.txt", "years of work");
    for (form, _) in FORMS {
        let export = ["export", &path, "--to", form, "-o", "out"];
        place.run(&export).expect(0);
        place.run(&export).clear_error(2, &["out is there already", "--force"]);
        place.run(&[&export[..], &["--force"]].concat()).expect(0);
        let out = place.path("out");
        if out.is_dir() { std::fs::remove_dir_all(out) } else { std::fs::remove_file(out) }.unwrap();
    }
    let into = ["export", &path, "--to", "lm-eval", "-o", "mine", "--force"];
    place.run(&into).clear_error(2, &["notes.txt", "not replaced"]);
    assert!(precious.is_file());
    // Named as ours would be, and written by lm-eval.
    let precious = place.write("theirs/model-m/samples_sums_2026-01-01.jsonl", "{}\n");
    let into = ["export", &path, "--to", "lm-eval", "-o", "theirs", "--force"];
    place.run(&into).clear_error(2, &["`model-m`", "not replaced"]);
    assert!(precious.is_file());
}

#[test]
fn what_cannot_be_imported_leaves_no_run() {
    let place = Place::new();
    place.write("bad/samples_t_2026-01-01.jsonl", "{\"doc_id\": 0, \"metrics\": []}\n{oops\n");
    place.run(&["import", "bad"]).clear_error(3, &["samples_t_2026-01-01.jsonl:2: ", "hint: "]);
    place.write("notes.txt", "hello");
    place.run(&["import", "notes.txt"]).clear_error(2, &["no form", "--from"]);
    place.run(&["import", "notes.txt", "--from", "inspect"]).expect(3);
    place.run(&["import", "nowhere"]).clear_error(5, &["cannot read nowhere"]);
    place.run(&["export", "nowhere", "--to", "parquet"]).clear_error(3, &["no run in nowhere"]);
    assert!(!place.path("outputs").exists());
}

#[test]
fn an_imported_run_keeps_its_scores() {
    let place = Place::new();
    let line = "{\"doc_id\": 3, \"doc\": {}, \"target\": \"4\", \"arguments\": {\"gen_args_0\": {\"arg_0\": \"2+2?\", \
                \"arg_1\": {}}}, \"resps\": [[\"5\"]], \"filtered_resps\": [\"5\"], \"filter\": \"none\", \
                \"metrics\": [\"exact_match\"], \"exact_match\": 0.0}\n";
    place.write("theirs/m/samples_sums_2026-01-01.jsonl", line);
    let ran = place.run(&["import", "theirs"]).expect(0);
    assert!(ran.out.contains("exact_match") && ran.out.contains("lm-eval"), "{}", ran.out);
    let imported = only_run(&place.path("outputs"));
    let reviews = json_lines(&imported.join("reviews/m/sums_default.jsonl"));
    assert_eq!(reviews[0]["sample_score"]["score"]["value"]["exact_match"], 0.0);
    assert!(imported.join("reports/report.html").is_file());
    let path = imported.display().to_string();
    for command in ["rerun", "score"] {
        place.run(&[command, &path]).clear_error(2, &["was imported", "another program"]);
    }
}

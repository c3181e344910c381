//! Files that are damaged or mean harm: an error that says where, and no run.

use crate::made_up::made_up;
use crate::support::Place;
use evalscope_exchange::{Overwrite, export, named};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn header() -> Value {
    json!({"version": 2, "status": "success", "eval": {"task": "t", "model": "m", "packages": {}}})
}

fn sample(id: &str) -> Value {
    json!({"id": id, "epoch": 1, "input": "?", "target": "x", "messages": [], "output": {"choices": []},
        "scores": {"match": {"value": "C"}}})
}

/// A log with these members.
fn log(place: &Place, members: &[(&str, Vec<u8>)]) -> PathBuf {
    let path = place.path("log.eval");
    let mut zip = ZipWriter::new(std::fs::File::create(&path).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Zstd);
    for (name, bytes) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    path
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

#[test]
fn names_in_an_archive_are_no_paths() {
    let place = Place::new();
    let member = "samples/../../../../escaped_epoch_1.json";
    let path = log(&place, &[("header.json", bytes(&header())), (member, bytes(&sample("../../escaped")))]);
    place.import(&path, "run").unwrap();
    let names: Vec<String> = below(&place.path("."));
    assert!(names.iter().all(|name| !name.contains("escaped")), "{names:?}");
}

#[test]
fn names_of_models_and_tasks_are_no_paths() {
    let place = Place::new();
    let mut header = header();
    header["eval"]["model"] = "../../../m".into();
    header["eval"]["task"] = "../../t\u{1b}[31m".into();
    let path =
        log(&place, &[("header.json", bytes(&header)), ("samples/1_epoch_1.json", bytes(&sample("1")))]);
    place.import(&path, "in/run").unwrap();
    let outside: Vec<String> =
        below(&place.path(".")).into_iter().filter(|name| !name.contains("in/run")).collect();
    assert_eq!(outside.len(), 1, "only the log: {outside:?}");
}

#[test]
fn a_bomb_is_refused() {
    let place = Place::new();
    let mut text = bytes(&sample("1"));
    text.pop();
    text.extend(br#","store":""#);
    text.extend(std::iter::repeat_n(b'a', 64 << 20));
    text.extend(br#""}"#);
    let path = log(&place, &[("header.json", bytes(&header())), ("samples/1_epoch_1.json", text)]);
    assert!(std::fs::metadata(&path).unwrap().len() < 100_000);
    let error = place.refused(&path);
    assert!(error.contains("samples/1_epoch_1.json: larger than"), "{error}");
}

#[test]
fn damaged_logs_say_what_is_wrong() {
    let place = Place::new();
    let path =
        log(&place, &[("header.json", bytes(&header())), ("samples/1_epoch_1.json", b"{\"id\": ".to_vec())]);
    assert!(place.refused(&path).contains("samples/1_epoch_1.json: not valid JSON"));
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(place.refused(&path).contains("not readable as a zip"));
    let path = log(&place, &[("samples/1_epoch_1.json", bytes(&sample("1")))]);
    assert!(place.refused(&path).contains("it has no `_journal/start.json`"));
    let mut bare = sample("1");
    bare["epoch"] = 0.into();
    let path = log(&place, &[("header.json", bytes(&header())), ("samples/1_epoch_0.json", bytes(&bare))]);
    assert!(place.refused(&path).contains("no `epoch` above 0"));
    let twice = [
        ("header.json", bytes(&header())),
        ("samples/1_epoch_1.json", bytes(&sample("1"))),
        ("samples/2_epoch_1.json", bytes(&sample("1"))),
    ];
    let path = log(&place, &twice);
    assert!(place.refused(&path).contains("repeat 0 is there twice"));
}

#[test]
fn a_line_that_is_not_json_is_named() {
    let place = Place::new();
    let file = place
        .write("m/samples_t_2026-01-01.jsonl", "\n{\"doc_id\": 0, \"metrics\": []}\n{\"doc_id\": oops}\n");
    let error = place.refused(&file);
    assert!(error.contains("samples_t_2026-01-01.jsonl:3: ") && error.contains("column 12"), "{error}");
    std::fs::write(&file, "{\"doc_id\": 0}\n").unwrap();
    assert!(place.refused(&file).contains(".jsonl:1: it has no list of `metrics`"));
    let review = place.write("es/reviews/m/q_s.jsonl", "{\"index\": 0, \"target\": []}\n{\"index\": 1");
    assert!(place.refused(&place.path("es")).contains(&format!("{}:2: ", review.display())));
}

#[test]
fn what_is_nobodys_form_is_an_error_with_advice() {
    let place = Place::new();
    let notes = place.write("notes.txt", "hello");
    assert!(place.refused(&notes).contains("in no form that can be imported"));
    assert!(place.refused(&place.path("nowhere")).starts_with("cannot read "));
    std::fs::create_dir(place.path("empty")).unwrap();
    assert!(place.refused(&place.path("empty")).contains("in no form"));
    let none = place.write("m/samples_t_2026-01-01.jsonl", "");
    assert!(place.refused(&none).contains("has no sample"));
}

#[test]
fn damaged_parquet_is_an_error() {
    let place = Place::new();
    let folder = made_up(&place.path("run"));
    let file = export(&folder, named("parquet").unwrap(), None, Overwrite::Never).unwrap().path;
    let whole = std::fs::read(&file).unwrap();
    for at in (4..whole.len()).step_by(whole.len() / 40) {
        let mut damaged = whole.clone();
        damaged[at..(at + 24).min(whole.len())].fill(0xa5);
        std::fs::write(&file, &damaged).unwrap();
        // Some bytes only change a text; no damage ends the program.
        if let Ok(imported) = place.import(&file, "back") {
            std::fs::remove_dir_all(imported.path).unwrap();
        }
    }
    std::fs::write(&file, &whole[..whole.len() - 9]).unwrap();
    assert!(place.refused(&file).contains("not readable as Parquet"));
}

#[test]
fn a_plan_that_does_not_fit_its_samples_is_refused() {
    let place = Place::new();
    let folder = made_up(&place.path("run"));
    let to = export(&folder, named("evalscope").unwrap(), None, Overwrite::Never).unwrap().path;
    let plan = to.join("configs/evalscope_rs.json");
    std::fs::write(&plan, "{\"program\": 1}").unwrap();
    assert!(place.refused(&to).contains("`evalscope_rs`: "));
}

fn below(path: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()) {
        found.extend(if entry.is_dir() { below(&entry) } else { vec![entry.display().to_string()] });
    }
    found
}

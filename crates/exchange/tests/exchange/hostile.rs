//! Files that are damaged or mean harm: an error that says where, and no run.

use crate::made_up::made_up;
use crate::support::Place;
use evalscope_exchange::{Overwrite, export, named};
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
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
fn bytes_that_are_no_text_spoil_their_own_place_only() {
    let place = Place::new();
    let mut spoiled = sample("one");
    spoiled["target"] = "what is HERE and there?".into();
    let text = spoiled.to_string().replace("HERE", "\u{1}").replace("there", "\\ud83d");
    let raw: Vec<u8> =
        text.into_bytes().into_iter().map(|byte| if byte == 1 { 0xff } else { byte }).collect();
    let path = log(&place, &[("header.json", bytes(&header())), ("samples/one_epoch_1.json", raw)]);
    place.import(&path, "run").unwrap();
    let reviews = below(&place.path("run/reviews"));
    let written: String = reviews.iter().map(|name| std::fs::read_to_string(name).unwrap()).collect();
    assert!(written.contains("what is \u{fffd} and \u{fffd}?"), "{written}");
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
fn attachments_are_put_back_up_to_a_limit() {
    let place = Place::new();
    let with = |times: usize| {
        let mut sample = sample("1");
        sample["attachments"] = json!({"a": "x".repeat(1 << 19)});
        sample["messages"] = vec![json!({"role": "user", "content": "attachment://a"}); times].into();
        [("header.json", bytes(&header())), ("samples/1_epoch_1.json", bytes(&sample))]
    };
    place.import(&log(&place, &with(3)), "run").unwrap();
    let error = place.refused(&log(&place, &with(129)));
    assert!(error.contains("samples/1_epoch_1.json: its attachments come to more than"), "{error}");
}

/// JSON of somewhat more than 32 MiB that does not pack well.
fn large() -> Vec<u8> {
    let mut state: u32 = 1;
    let digits = std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b'a' + u8::try_from(state >> 28).unwrap()
    });
    let mut text = bytes(&sample("1"));
    text.pop();
    text.extend(br#","store":""#);
    text.extend(digits.take(32 << 20));
    text.extend(br#""}"#);
    text
}

#[test]
fn what_is_parsed_at_a_time_has_a_limit() {
    let place = Place::new();
    let path = log(&place, &[("header.json", bytes(&header())), ("samples/1_epoch_1.json", large())]);
    assert!(place.refused(&path).contains("samples/1_epoch_1.json: larger than 33554432 bytes"));
    let line = place.write("m/samples_t_2026-01-01.jsonl", &String::from_utf8(large()).unwrap());
    assert!(place.refused(&line).contains(".jsonl:1: the line is longer than"));
    let mut whole =
        br#"{"version": 2, "status": "success", "eval": {"task": "t", "model": "m"}, "samples": ["#.to_vec();
    whole.extend(large());
    whole.extend(b"]}");
    let path = place.write("log.json", &String::from_utf8(whole).unwrap());
    let error = place.refused(&path);
    assert!(error.contains("log.json, sample 1: larger than 33554432 bytes"), "{error}");
    std::fs::File::options().write(true).open(&path).unwrap().set_len((128 << 20) + 1).unwrap();
    assert!(place.refused(&path).contains("log.json: larger than 134217728 bytes"));
}

#[test]
fn a_group_of_parquet_has_a_limit() {
    let place = Place::new();
    let path = place.path("large.parquet");
    let columns =
        ["model", "benchmark", "subset", "status"].map(|name| format!("required binary {name} (STRING);"));
    let schema = format!("message m {{ required int64 index; {} }}", columns.concat());
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_dictionary_enabled(false)
        .build();
    let schema = Arc::new(parse_message_type(&schema).unwrap());
    let file = std::fs::File::create(&path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let text = ByteArray::from(vec![b'x'; 4 << 20]);
    while let Some(mut column) = group.next_column().unwrap() {
        match column.untyped() {
            ColumnWriter::Int64ColumnWriter(writer) => {
                writer.write_batch(&(0..17).collect::<Vec<_>>(), None, None)
            }
            ColumnWriter::ByteArrayColumnWriter(writer) => {
                writer.write_batch(&vec![text.clone(); 17], None, None)
            }
            _ => unreachable!("the schema has no other column"),
        }
        .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    assert!(std::fs::metadata(&path).unwrap().len() < 1 << 20);
    let error = place.refused(&path);
    assert!(error.contains("large.parquet, group 1: larger than 268435456 bytes"), "{error}");
}

#[test]
fn two_logs_of_one_task_are_named() {
    let place = Place::new();
    let members = [("header.json", bytes(&header())), ("samples/1_epoch_1.json", bytes(&sample("1")))];
    std::fs::create_dir(place.path("logs")).unwrap();
    for name in ["a.eval", "b.eval"] {
        std::fs::rename(log(&place, &members), place.path("logs").join(name)).unwrap();
    }
    let error = place.refused(&place.path("logs"));
    assert!(
        error.contains("b.eval: it is of the same task and model as ") && error.contains("a.eval;"),
        "{error}"
    );
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
    std::fs::write(&file, "{\"doc_id\": 0, \"metrics\": [\"acc\"], \"acc\": NaN}\n").unwrap();
    assert!(place.refused(&file).contains("; `NaN` and `Infinity` are no JSON"));
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
    let ours = std::fs::read_to_string(&plan).unwrap();
    std::fs::write(&plan, "{\"program\": 1}").unwrap();
    assert!(place.refused(&to).contains("`evalscope_rs`: "));
    let mut newer: Value = serde_json::from_str(&ours).unwrap();
    newer["plan"]["version"] = 9.into();
    std::fs::write(&plan, newer.to_string()).unwrap();
    assert!(place.refused(&to).contains("`evalscope_rs`: its plan has version 9; this program knows "));
    let mut endless: Value = serde_json::from_str(&ours).unwrap();
    endless["plan"]["repeats"] = u32::MAX.into();
    let subsets = endless["plan"]["benchmarks"][0]["subsets"].as_object_mut().unwrap();
    subsets.values_mut().for_each(|count| *count = (u64::MAX / 2).into());
    std::fs::write(&plan, endless.to_string()).unwrap();
    assert!(place.refused(&to).contains("more samples than there can be"));
}

#[test]
fn a_run_is_only_made_where_nothing_is() {
    let place = Place::new();
    let path =
        log(&place, &[("header.json", bytes(&header())), ("samples/1_epoch_1.json", bytes(&sample("1")))]);
    let notes = place.write("mine/notes.txt", "years of work");
    let error = place.import(&path, "mine").unwrap_err().to_string();
    assert!(error.ends_with("mine is there already, and an import makes a new folder"), "{error}");
    assert_eq!(below(&place.path("mine")), [notes.display().to_string()]);
}

fn below(path: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()) {
        found.extend(if entry.is_dir() { below(&entry) } else { vec![entry.display().to_string()] });
    }
    found
}

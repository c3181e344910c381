//! `evalscope serve`, and `evalscope eval` against it. What needs the real small model is skipped where
//! `EVALSCOPE_TEST_MODEL` is not set.

use crate::local::{model, scenes};
use crate::support::{Place, files_below, json_lines, only_run};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStderr, Command, Stdio};

const DATA: [&str; 6] =
    ["--datasets", "hellaswag@evalscope-0.5", "--dataset-hub", "local", "--dataset-dir", "data"];
const SIGINT: i32 = 2;

/// A server that is ended with the test.
struct Serving {
    child: Child,
    /// Kept open: what the server says has somewhere to go.
    _talk: BufReader<ChildStderr>,
    url: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(place: &Place, model: &str) -> Serving {
    let arguments = ["serve", "--model", model, "--model-id", "small", "--port", "0"];
    let mut child = place.evalscope(&arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut talk = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains(" is served at ") {
        line.clear();
        assert_ne!(talk.read_line(&mut line).unwrap(), 0, "the server ended");
    }
    let (_, url) = line.split_once(" is served at ").unwrap();
    Serving { child, _talk: talk, url: url.split(' ').next().unwrap().to_owned() }
}

/// The scores of all options, sample by sample; the journal has them as they came.
fn option_scores(place: &Place) -> Vec<f64> {
    let folder = only_run(place);
    let files = files_below(&folder.join("predictions"));
    let mut lines: Vec<Value> = files.iter().flat_map(|file| json_lines(file)).collect();
    lines.sort_by_key(|line| line["index"].as_u64().unwrap());
    let mut sums = Vec::new();
    for line in &lines {
        collect_sums(line, &mut sums);
    }
    sums
}

fn collect_sums(value: &Value, sums: &mut Vec<f64>) {
    match value {
        Value::Object(fields) => {
            sums.extend(fields.get("sum").and_then(Value::as_f64));
            fields.values().for_each(|field| collect_sums(field, sums));
        }
        Value::Array(list) => list.iter().for_each(|each| collect_sums(each, sums)),
        _ => {}
    }
}

#[test]
fn options_score_the_same_through_the_server_and_ctrl_c_ends_it() {
    let Some(model) = model() else { return };
    let (local, remote) = (Place::new(), Place::new());
    for place in [&local, &remote] {
        scenes(place);
    }
    let mut serving = start(&local, &model);
    local.run(&[&["eval", "--model", &model, "--model-id", "small"], DATA.as_slice()].concat()).expect(0);
    let endpoint =
        ["eval", "--model", "small", "--api-url", &serving.url, "--eval-type", "openai_completions"];
    remote.run(&[endpoint.as_slice(), DATA.as_slice()].concat()).expect(0);
    let (ours, theirs) = (option_scores(&local), option_scores(&remote));
    assert!(ours.len() == 16 && theirs.len() == 16, "{ours:?} {theirs:?}");
    let is_near = |(one, other): (&f64, &f64)| (one - other).abs() < 1e-5;
    assert!(ours.iter().zip(&theirs).all(is_near), "{ours:?} {theirs:?}");
    let signal = format!("kill -INT {}", serving.child.id());
    assert!(Command::new("/bin/sh").args(["-c", &signal]).status().unwrap().success());
    let ended = serving.child.wait().unwrap();
    assert!(ended.signal() == Some(SIGINT) || ended.code() == Some(130), "{ended}");
}

#[test]
fn an_address_that_others_reach_needs_a_token() {
    let place = Place::new();
    let arguments = ["serve", "--model", "there-is-none", "--host", "0.0.0.0", "--port", "0"];
    place.run(&arguments).clear_error(2, &["other machines", "--token-env"]);
    let named = [arguments.as_slice(), &["--token-env", "NO_SUCH_VARIABLE"]].concat();
    place.run(&named).clear_error(2, &["NO_SUCH_VARIABLE"]);
}

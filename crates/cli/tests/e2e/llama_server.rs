//! `--serve llama-server` with the real one and the real small model. Passed over where `EVALSCOPE_TEST_LLAMA_SERVER` or
//! `EVALSCOPE_TEST_MODEL` is not set.
#![cfg(target_os = "linux")]

use crate::local::model;
use crate::managed::until;
use crate::support::{Place, Ran, files_below, json_lines, only_run};
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};

/// Words of the server: small, so that several fit beside each other.
const WORDS: [&str; 7] = ["--parallel", "2", "--ctx-size", "4096", "--threads", "1", "--metrics"];

/// A place with the model under a name of its own, by which its server's processes are told from others.
struct Real {
    place: Place,
    model: String,
    serve: String,
}

impl Real {
    #[expect(clippy::disallowed_methods, reason = "tests are told where the server lies")]
    fn new() -> Option<Real> {
        let (program, model) = (std::env::var("EVALSCOPE_TEST_LLAMA_SERVER").ok()?, model()?);
        let place = Place::new();
        let own = place.path("small.gguf");
        std::os::unix::fs::symlink(model, &own).unwrap();
        let serve = json!({"server": "llama-server", "program": program, "args": WORDS}).to_string();
        Some(Real { model: own.display().to_string(), place, serve })
    }

    /// A run over questions of four options.
    fn eval(&self, count: usize, more: &[&str]) -> Command {
        let data = self.place.choice_data(count).display().to_string();
        let data = json!({"general_mcq": {"local_path": data, "subset_list": ["quiz"]}}).to_string();
        let mut words =
            vec!["eval", "--model", &self.model, "--serve", &self.serve, "--datasets", "general_mcq"];
        words.extend(["--dataset-hub", "local", "--dataset-args", &data]);
        words.extend(more);
        self.place.evalscope(&words)
    }

    /// Processes that have the model on their command lines: the server's, its keeper, and we.
    fn processes(&self) -> usize {
        let lines = std::fs::read_dir("/proc").unwrap().flatten();
        let lines = lines.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
        lines.filter(|line| String::from_utf8_lossy(line).contains(&self.model)).count()
    }

    /// A run of many replies, whose first is there.
    fn in_the_middle(&self) -> Child {
        let more = ["--no-probe", "--generation-config", "{\"max_tokens\": 16}"];
        let child = self.eval(500, &more).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        until("the first reply is there", || {
            let outputs = self.place.path("outputs");
            let files = if outputs.exists() { files_below(&outputs) } else { Vec::new() };
            let replies = files.iter().filter(|file| file.iter().any(|part| part == "predictions"));
            replies.filter_map(|file| file.metadata().ok()).any(|file| file.len() > 0)
        });
        assert_eq!(self.processes(), 3, "evalscope, the keeper and the server");
        child
    }

    fn all_end(&self) {
        until("all processes end", || self.processes() == 0);
    }
}

fn summary(real: &Real) -> Value {
    let text = std::fs::read_to_string(only_run(&real.place).join("reports/summary.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn options_are_read_off_the_first_token_or_held_to() {
    for (mode, recorded) in [("top-logprobs", "top_logprobs"), ("constrained", "constrained")] {
        let Some(real) = Real::new() else { return };
        let ran = Ran::from(real.eval(4, &["--choice-mode", mode]).output().unwrap()).expect(0);
        assert!(ran.err.contains("llama-server serves at http://127.0.0.1:"), "{}", ran.err);
        let found = &summary(&real)["benchmarks"][0]["choice"]["mode"];
        assert!(found == recorded || found == &json!({ recorded: "choice" }), "{found}");
        let files = files_below(&only_run(&real.place).join("reviews"));
        for review in json_lines(&files[0]) {
            let answer = review["sample_score"]["score"]["extracted_prediction"].as_str().unwrap_or_default();
            assert!(["A", "B", "C", "D"].contains(&answer), "{review}");
        }
        assert_eq!(real.processes(), 0);
    }
}

#[test]
fn its_server_is_seen_for_what_it_can_do() {
    let Some(real) = Real::new() else { return };
    Ran::from(real.eval(2, &["--choice-mode", "constrained"]).output().unwrap()).expect(0);
    let text = std::fs::read_to_string(only_run(&real.place).join("probe.json")).unwrap();
    let seen: Value = serde_json::from_str(&text).unwrap();
    let (_, looks) = seen.as_object().unwrap().iter().next().unwrap();
    // Of 4,096 tokens each of two requests at a time has half.
    assert_eq!(looks[0]["max_context"], 2048, "{text}");
    for name in ["usage", "max_tokens", "stream", "stop", "logprobs", "choice", "json_schema"] {
        let found = looks[0]["findings"].as_array().unwrap().iter().find(|found| found["name"] == name);
        // A machine with other work may need longer than the look has.
        assert_ne!(found.unwrap()["seen"], "no", "{name}: {text}");
    }
}

#[test]
fn a_file_that_is_no_model_is_shown_with_the_log() {
    let Some(real) = Real::new() else { return };
    let bytes = std::fs::read(&real.model).unwrap();
    std::fs::remove_file(&real.model).unwrap();
    std::fs::write(&real.model, &bytes[..bytes.len() / 2]).unwrap();
    Ran::from(real.eval(2, &[]).output().unwrap())
        .clear_error(4, &["llama-server ended before it served", "failed to load model"]);
    real.all_end();
}

#[test]
fn it_ends_with_us_when_we_are_killed_in_the_middle() {
    let Some(real) = Real::new() else { return };
    let mut child = real.in_the_middle();
    child.kill().unwrap();
    child.wait().unwrap();
    real.all_end();
}

#[test]
fn it_ends_after_ctrl_c_in_the_middle() {
    let Some(real) = Real::new() else { return };
    let mut child = real.in_the_middle();
    let signal = format!("kill -INT {}", child.id());
    assert!(Command::new("/bin/sh").args(["-c", &signal]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(real.processes(), 0);
}

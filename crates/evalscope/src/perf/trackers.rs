//! Python packages that collect figures: they are called where the user's Python has them.

use evalscope_perf::PerfSummary;
use evalscope_perf::output::export::figures;
use serde_json::json;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracker {
    /// Weights & Biases.
    Wandb,
    /// SwanLab.
    Swanlab,
}

/// Both packages have the same three calls. The figures come on stdin.
const SCRIPT: &str = "
import json, sys
try:
    import {package} as tracker
except ImportError:
    sys.exit('the package is not installed')
given = json.load(sys.stdin)
for stage in given['stages']:
    run = tracker.init(project=given['project'], {name}=stage['name'], config=stage['config'])
    tracker.log(stage['figures'])
    tracker.finish()
";

/// Programs that are tried, in this order.
const PYTHONS: [&str; 2] = ["python3", "python"];

impl Tracker {
    fn package(self) -> &'static str {
        match self {
            Tracker::Wandb => "wandb",
            Tracker::Swanlab => "swanlab",
        }
    }

    /// The script, with the word that the package has for a run's name.
    fn script(self) -> String {
        let name = match self {
            Tracker::Wandb => "name",
            Tracker::Swanlab => "experiment_name",
        };
        SCRIPT.replace("{package}", self.package()).replace("{name}", name)
    }
}

/// How long a package may take: it talks to a server of its own.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often it is looked whether it is over.
const LOOK_UP: Duration = Duration::from_millis(20);
/// How long what it said may take to come after it is over: a process that it left behind may hold the pipe.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// Passes the figures on; why not.
pub fn log(tracker: Tracker, folder: &Path, summary: &PerfSummary) -> Result<(), String> {
    log_within(PATIENCE, tracker, folder, summary)
}

fn log_within(
    patience: Duration,
    tracker: Tracker,
    folder: &Path,
    summary: &PerfSummary,
) -> Result<(), String> {
    let stages: Vec<_> = summary
        .stages
        .iter()
        .map(|stage| {
            let figures: serde_json::Map<_, _> =
                figures(stage).into_iter().map(|(name, value)| (name, json!(value))).collect();
            json!({
                "name": format!("{} {}", summary.model, stage.name),
                "figures": figures,
                "config": {
                    "model": summary.model,
                    "url": summary.url,
                    "dataset": summary.dataset,
                    "load": stage.name,
                    "invalid": stage.invalid,
                },
            })
        })
        .collect();
    let given = json!({"project": "evalscope-perf", "stages": stages}).to_string();
    let package = tracker.package();
    for python in PYTHONS {
        let started = Command::new(python)
            .args(["-c", &tracker.script()])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(process) = started else { continue };
        return told(process, given, patience)
            .map_err(|reason| format!("{package} did not take the figures: {reason}"));
    }
    Err(format!("{package} did not take the figures: there is no Python here"))
}

/// Gives a process what it reads and waits until it is over; why it failed. A process that takes too long is ended.
fn told(mut process: Child, given: String, patience: Duration) -> Result<(), String> {
    if let Some(mut stdin) = process.stdin.take() {
        // A process that does not read must not be waited for here. A script that ended early says why on stderr.
        std::thread::spawn(move || stdin.write_all(given.as_bytes()));
    }
    let said = process.stderr.take().map(heard);
    let end = Instant::now() + patience;
    let ended = loop {
        match process.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if Instant::now() < end => std::thread::sleep(LOOK_UP),
            None => {
                // Between the look and this it may have ended by itself.
                let _ = process.kill();
                let _ = process.wait();
                return Err(format!("it was not done within {} s", patience.as_secs_f64()));
            }
        }
    };
    if ended.success() {
        return Ok(());
    }
    let said = said.and_then(|said| said.recv_timeout(AFTERWARDS).ok()).unwrap_or_default();
    Err(said.trim().lines().last().unwrap_or_default().to_owned())
}

/// All that comes out of a pipe, when its end has come.
fn heard(mut pipe: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error still says something; nobody listens when it took too long.
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAND_IN: &str = "
import json
def init(**given): said('init', given)
def log(figures): said('log', figures)
def finish(): said('finish', None)
def said(what, given):
    with open('said.jsonl', 'a') as file:
        file.write(json.dumps([what, given]) + chr(10))
";

    fn summary() -> PerfSummary {
        // As long as the socket has it, nobody else is given the port.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("http://{}/v1", socket.local_addr().unwrap());
        let place = tempfile::tempdir().unwrap();
        let options = crate::perf::PerfOptions {
            url,
            api: "openai".into(),
            model: "m".into(),
            repeat: 1,
            connect_timeout: std::time::Duration::from_secs(5),
            read_timeout: std::time::Duration::from_secs(5),
            total_timeout: std::time::Duration::from_secs(5),
            loads: crate::perf::Loads {
                number: vec![1],
                parallel: vec![1, 2],
                ..crate::perf::Loads::default()
            },
            outputs_dir: place.path().to_owned(),
            ..crate::perf::PerfOptions::default()
        };
        let environment = crate::environment::Environment::nowhere();
        crate::perf::perf(&options, &environment, &|_| {}, &crate::perf::Signals::default()).unwrap().summary
    }

    #[test]
    fn each_load_is_a_run_of_the_package() {
        if !PYTHONS.iter().any(|python| Command::new(python).arg("--version").output().is_ok()) {
            // Nothing could call a package here.
            return;
        }
        let summary = summary();
        for (tracker, package, name) in
            [(Tracker::Wandb, "wandb", "name"), (Tracker::Swanlab, "swanlab", "experiment_name")]
        {
            let place = tempfile::tempdir().unwrap();
            std::fs::write(place.path().join(format!("{package}.py")), STAND_IN).unwrap();
            log(tracker, place.path(), &summary).unwrap();
            let said = std::fs::read_to_string(place.path().join("said.jsonl")).unwrap();
            let said: Vec<serde_json::Value> =
                said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let calls: Vec<&str> = said.iter().filter_map(|call| call[0].as_str()).collect();
            assert_eq!(calls, ["init", "log", "finish", "init", "log", "finish"]);
            assert_eq!(
                (&said[3][1][name], &said[3][1]["project"]),
                (&json!("m 2 in parallel"), &json!("evalscope-perf"))
            );
            let valid = f64::from(u8::from(summary.stages[1].invalid.is_empty()));
            assert_eq!((&said[4][1]["requests_failed"], &said[4][1]["valid"]), (&json!(1.0), &json!(valid)));
        }
    }

    #[test]
    fn a_package_that_fails_or_is_missing_is_a_note() {
        if !PYTHONS.iter().any(|python| Command::new(python).arg("--version").output().is_ok()) {
            return;
        }
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("wandb.py"), "raise ImportError").unwrap();
        let reason = log(Tracker::Wandb, place.path(), &summary()).unwrap_err();
        assert_eq!(reason, "wandb did not take the figures: the package is not installed");
        std::fs::write(place.path().join("wandb.py"), "def init(**given): raise OSError('no login')")
            .unwrap();
        let reason = log(Tracker::Wandb, place.path(), &summary()).unwrap_err();
        assert_eq!(reason, "wandb did not take the figures: OSError: no login");
    }

    #[test]
    fn a_package_that_does_not_end_is_ended() {
        if !PYTHONS.iter().any(|python| Command::new(python).arg("--version").output().is_ok()) {
            return;
        }
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("wandb.py"), "import time; time.sleep(600)").unwrap();
        let patience = Duration::from_millis(300);
        let reason = log_within(patience, Tracker::Wandb, place.path(), &summary()).unwrap_err();
        assert_eq!(reason, "wandb did not take the figures: it was not done within 0.3 s");
    }

    #[test]
    fn each_package_has_its_own_word_for_a_name() {
        assert!(
            Tracker::Wandb.script().contains("import wandb as")
                && Tracker::Wandb.script().contains(" name=stage")
        );
        assert!(Tracker::Swanlab.script().contains("experiment_name=stage"));
    }
}

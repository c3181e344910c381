//! Python packages that collect figures: they are called where the user's Python has them.

use evalscope_perf::PerfSummary;
use evalscope_perf::output::export::figures;
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

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

/// Passes the figures on; why not.
pub fn log(tracker: Tracker, folder: &Path, summary: &PerfSummary) -> Result<(), String> {
    let stages: Vec<_> = summary
        .stages
        .iter()
        .map(|stage| {
            let figures: serde_json::Map<_, _> =
                figures(stage).into_iter().map(|(name, value)| (name, json!(value))).collect();
            json!({
                "name": format!("{} {}", summary.model, stage.name),
                "figures": figures,
                "config": {"model": summary.model, "url": summary.url, "dataset": summary.dataset, "load": stage.name},
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
        let Ok(mut process) = started else { continue };
        if let Some(mut stdin) = process.stdin.take() {
            // A script that ended early says why on stderr.
            let _ = stdin.write_all(given.as_bytes());
        }
        let ended = process.wait_with_output().map_err(|error| format!("{package}: {error}"))?;
        let said = String::from_utf8_lossy(&ended.stderr);
        let last = said.trim().lines().last().unwrap_or_default();
        return if ended.status.success() {
            Ok(())
        } else {
            Err(format!("{package} did not take the figures: {last}"))
        };
    }
    Err(format!("{package} did not take the figures: there is no Python here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_package_has_its_own_word_for_a_name() {
        assert!(
            Tracker::Wandb.script().contains("import wandb as")
                && Tracker::Wandb.script().contains(" name=stage")
        );
        assert!(Tracker::Swanlab.script().contains("experiment_name=stage"));
    }
}

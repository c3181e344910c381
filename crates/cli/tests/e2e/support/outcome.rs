//! What came out of a run, in a form that two runs can be compared in.

use super::{Place, files_below, only_run};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// When a run was, how long it took, and where its data lay: what two runs may differ in. `nondeterminism` is what a probe saw.
const OF_THE_DAY: [&str; 7] =
    ["started_at", "ended_at", "latency", "throughput", "nondeterminism", "probe", "read_from"];

/// Reviews to the byte, and reports as data: the summary, and EvalScope's form of it.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    reviews: BTreeMap<String, String>,
    reports: BTreeMap<String, Value>,
}

impl Outcome {
    /// Of the only run.
    pub fn of(place: &Place) -> Outcome {
        let run = only_run(place);
        let texts = |folder: &str, ending: &str| {
            let files = files_below(&run.join(folder)).into_iter();
            let files = files.filter(|path| path.extension().is_some_and(|extension| extension == ending));
            let read = |path: &Path| {
                let name = path.strip_prefix(&run).expect("it is below").display().to_string();
                (name, std::fs::read_to_string(path).expect("the file can be read"))
            };
            files.map(|path| read(&path)).collect::<BTreeMap<String, String>>()
        };
        let reports = texts("reports", "json").into_iter().map(|(name, text)| {
            let mut report = serde_json::from_str(&text).expect("a report is JSON");
            forget_the_day(&mut report);
            (name, report)
        });
        Outcome { reviews: texts("reviews", "jsonl"), reports: reports.collect() }
    }

    /// Fails at the first difference.
    #[track_caller]
    pub fn expect(&self, other: &Outcome) {
        let names = |outcome: &Outcome| {
            let all = outcome.reviews.keys().chain(outcome.reports.keys());
            all.cloned().collect::<Vec<String>>()
        };
        assert_eq!(names(self), names(other));
        assert!(self.reports.contains_key("reports/summary.json"));
        for (name, text) in &self.reviews {
            for (line, expected) in text.lines().zip(other.reviews[name].lines()) {
                assert_eq!(line, expected, "{name}");
            }
            assert_eq!(text.len(), other.reviews[name].len(), "{name}");
        }
        for (name, report) in &self.reports {
            assert_eq!(report, &other.reports[name], "{name}");
        }
    }

    /// Samples that have a review.
    pub fn samples(&self) -> usize {
        self.reviews.values().map(|text| text.lines().count()).sum()
    }
}

fn forget_the_day(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !OF_THE_DAY.contains(&name.as_str()));
            fields.values_mut().for_each(forget_the_day);
        }
        Value::Array(entries) => entries.iter_mut().for_each(forget_the_day),
        _ => {}
    }
}

/// A call of a run: the file it is journaled in, sample, repeat, and its place among the sample's calls.
pub type CallKey = (String, u64, u64, u64);

/// The answered calls in the journals of the only run, each with its line. Fails when a call was answered twice.
pub fn answered(place: &Place) -> BTreeMap<CallKey, String> {
    let mut calls = BTreeMap::new();
    for file in files_below(&only_run(place).join("predictions")) {
        add(&mut calls, &file, &std::fs::read(&file).expect("the journal can be read"));
    }
    calls
}

/// The same of a run that was killed at any moment: there may be none yet, and the last line may be torn.
pub fn answered_before_the_kill(place: &Place) -> BTreeMap<CallKey, String> {
    let mut calls = BTreeMap::new();
    let outputs = place.path("outputs");
    let files = if outputs.exists() { files_below(&outputs) } else { Vec::new() };
    for file in files.iter().filter(|file| file.components().any(|part| part.as_os_str() == "predictions")) {
        let text = std::fs::read(file).expect("the journal can be read");
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        add(&mut calls, file, &text[..whole]);
    }
    calls
}

fn add(calls: &mut BTreeMap<CallKey, String>, file: &Path, text: &[u8]) {
    for line in std::str::from_utf8(text).expect("the journal is text").lines() {
        let call: Value = serde_json::from_str(line).expect("each whole line is JSON");
        if call.get("error").is_some() {
            continue;
        }
        let number = |name: &str| call[name].as_u64().expect("a call has its numbers");
        let key = (file.display().to_string(), number("index"), number("repeat"), number("call"));
        let before = calls.insert(key, line.to_owned());
        assert!(before.is_none(), "a call was answered twice: {line}");
    }
}

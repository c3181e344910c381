//! Writes lm-eval's folder: one folder for each model, in it one file of scores and one of samples for each subset.

use super::{RESULTS, SAMPLES, requests, results};
use crate::answered::{Answered, Part};
use crate::carried::{Carried, KEY};
use crate::error::Error;
use crate::jsonl::{LineWriter, write_document};
use crate::numbers;
use crate::walk;
use evalscope_runs::{FileNames, RunFolder};
use serde_json::{Value, json};
use std::path::Path;

/// Writes the samples and scores of a run into `to`, and says how many samples there are.
pub fn write(folder: &RunFolder, to: &Path) -> Result<u64, Error> {
    let names = FileNames::of(folder.plan());
    let summary = evalscope_report::summarize(folder)?;
    let date = file_date(&summary.started_at);
    let mut count = 0;
    for part in walk::parts(folder.plan()) {
        let task = task(&names, &part);
        let file = model_folder(to, &names, &part.model).join(format!("{SAMPLES}{task}_{date}.jsonl"));
        count += write_part(folder, &part, &file)?;
    }
    let carried = Carried::of(folder).to_json()?;
    for model in &folder.plan().models {
        let mut results = results::results(&summary, &model.id, |part| task(&names, part));
        results[KEY] = carried.clone();
        let file = model_folder(to, &names, &model.id).join(format!("{RESULTS}{date}.json"));
        write_document(&file, &results)?;
    }
    Ok(count)
}

/// The name of a subset among lm-eval's tasks: that of its files in a run folder.
pub fn task(names: &FileNames, part: &Part) -> String {
    names.subset(&part.benchmark, &part.subset).unwrap_or(&part.subset).to_owned()
}

fn model_folder(to: &Path, names: &FileNames, model: &str) -> std::path::PathBuf {
    to.join(format!("model-{}", names.model(model).unwrap_or_default()))
}

/// A time as lm-eval has it in names of files: `2026-01-31T12-00-00`.
fn file_date(utc: &str) -> String {
    utc.trim_end_matches('Z')
        .replace(':', "-")
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-.".contains(*c))
        .collect()
}

fn write_part(folder: &RunFolder, part: &Part, file: &Path) -> Result<u64, Error> {
    let mut out = LineWriter::create(file)?;
    let repeats = u64::from(folder.plan().repeats.max(1));
    let mut count = 0;
    for sample in walk::samples(folder, part)? {
        out.add(&line(&sample?, repeats))?;
        count += 1;
    }
    out.finish()?;
    Ok(count)
}

/// A sample. What lm-eval has no field for stands in `evalscope_rs`.
fn line(sample: &Answered, repeats: u64) -> Value {
    let requests = requests::to_json(sample);
    let mut line = json!({
        "doc_id": sample.index * repeats + u64::from(sample.repeat),
        "doc": {"id": sample.id},
        "target": target(&sample.targets),
        "arguments": requests.arguments,
        "resps": requests.resps,
        "filtered_resps": filtered(sample, &requests.resps),
        "filter": "none",
        "metrics": sample.score().map_or_else(Vec::new, |score| score.values.keys().collect()),
        KEY: extra(sample),
    });
    for (metric, value) in sample.score().into_iter().flat_map(|score| &score.values) {
        // A metric is a field of the line in this form; it must not take the place of another one.
        if line.get(metric).is_none() {
            line[metric] = numbers::to_json(*value);
        }
    }
    line
}

/// lm-eval has one target; several are written as a list, as it writes lists.
fn target(targets: &[String]) -> String {
    match targets {
        [one] => one.clone(),
        several => serde_json::to_string(several).unwrap_or_default(),
    }
}

fn filtered(sample: &Answered, resps: &Value) -> Value {
    match (sample.score(), sample.comparison()) {
        (Some(score), None) => json!([score.answer.clone().unwrap_or_default()]),
        _ => resps.as_array().into_iter().flatten().map(|resp| resp[0].clone()).collect(),
    }
}

fn extra(sample: &Answered) -> Value {
    let mut extra = json!({
        "index": sample.index,
        "repeat": sample.repeat,
        "targets": sample.targets,
        "usage": sample.usage(),
        "latency_ms": sample.latency_ms(),
    });
    for (name, text) in [("category", &sample.category), ("cluster", &sample.cluster)] {
        if let Some(text) = text {
            extra[name] = text.as_str().into();
        }
    }
    if let Some(score) = sample.score() {
        extra["scores"] = numbers::map_to_json(&score.values);
        extra["answer"] = json!(score.answer);
        extra["explanation"] = json!(score.explanation);
        if let Some(audit) = &score.audit {
            extra["audit"] = json!(audit);
        }
        if let Some(judged) = &score.judged {
            extra["judged"] = json!(judged);
        }
    }
    if let Some(failure) = sample.failure() {
        extra["error"] = json!({"kind": failure.kind, "message": failure.message});
    }
    extra
}

//! Reads lm-eval's files. A sample has one line for each filter, which belong together.

use super::find::{self, TaskFile};
use super::{requests, write};
use crate::answered::{Answered, Part};
use crate::carried::{Carried, KEY};
use crate::error::Error;
use crate::files;
use crate::json::read_document;
use crate::lines::Lines;
use crate::numbers;
use crate::source::{About, Source, Visit};
use crate::walk;
use crate::words;
use evalscope_core::{Outcome, Score};
use evalscope_runs::{FileNames, Verdict};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The filter that takes replies as they are.
const NO_FILTER: &str = "none";
/// The subset of a task of lm-eval, which has none.
const NO_SUBSET: &str = "default";

/// Opens a folder of lm-eval, or one file of samples.
pub fn open(path: &Path) -> Result<Box<dyn Source>, Error> {
    let mut about = About { tool: "lm-eval", ..About::default() };
    let mut results: HashMap<PathBuf, Results> = HashMap::new();
    let mut tasks = Vec::new();
    for file in find::find(path)? {
        if let Some(path) = &file.results
            && !results.contains_key(path)
        {
            let mut read: Results = read_document(path)?;
            about.carried.extend(Carried::from_json(&read.carried.take(), &path.display().to_string())?);
            about.files.push(path.clone());
            results.insert(path.clone(), read);
        }
        about.files.push(file.path.clone());
        tasks.push(file);
    }
    let tasks = tasks.into_iter().map(|file| {
        let part = part(&mut about, &file, file.results.as_ref().and_then(|path| results.get(path)));
        (file, part)
    });
    let tasks = tasks.collect();
    Ok(Box::new(LmEvalSource { about, tasks }))
}

/// What is looked at of a file of scores, which holds every task's configuration beside it.
#[derive(Deserialize)]
struct Results {
    #[serde(default)]
    lm_eval_version: Value,
    #[serde(default)]
    model_name: Value,
    #[serde(default)]
    higher_is_better: Value,
    /// Under [`KEY`].
    #[serde(default, rename = "evalscope_rs")]
    carried: Value,
}

/// What a file of samples belongs to.
fn part(about: &mut About, file: &TaskFile, results: Option<&Results>) -> Part {
    if about.version.is_none() {
        about.version = results.and_then(|results| results.lm_eval_version.as_str()).map(str::to_owned);
    }
    let model = results.and_then(|results| results.model_name.as_str()).filter(|name| !name.is_empty());
    let model = model.map(str::to_owned);
    let model = model.unwrap_or_else(|| file.path.parent().map_or_else(String::new, files::name));
    if let Some(part) = carried_part(about, &file.task, &model) {
        return part;
    }
    let benchmark = about.benchmark(&file.task);
    let directions = results.and_then(|results| results.higher_is_better[file.task.as_str()].as_object());
    let lower = directions.into_iter().flatten().filter(|(_, higher)| **higher == false);
    let lower: Vec<String> = lower.map(|(metric, _)| metric.clone()).collect();
    if !lower.is_empty() {
        about.lower_is_better.insert(benchmark.clone(), lower);
    }
    Part { model, benchmark, subset: NO_SUBSET.to_owned() }
}

/// The subset of an export of ours that is written as this task.
fn carried_part(about: &About, task: &str, model: &str) -> Option<Part> {
    about.carried.iter().find_map(|carried| {
        let names = FileNames::of(&carried.plan);
        let is_wanted = |part: &Part| part.model == model && write::task(&names, part) == task;
        walk::parts(&carried.plan).into_iter().find(is_wanted)
    })
}

struct LmEvalSource {
    about: About,
    tasks: Vec<(TaskFile, Part)>,
}

#[derive(Deserialize)]
struct Key {
    doc_id: u64,
}

impl Source for LmEvalSource {
    fn about(&self) -> &About {
        &self.about
    }

    fn each(&mut self, visit: &mut Visit<'_>) -> Result<(), Error> {
        for (file, part) in &self.tasks {
            let Some(mut lines) = Lines::open(&file.path, |key: Key| Ok(key.doc_id))? else { continue };
            for doc in lines.keys() {
                let lines = lines.get(doc)?;
                let (place, first) = &lines[0];
                let mut sample = sample(doc, &lines).map_err(|message| Error::malformed(place, message))?;
                let broken =
                    |field| Error::malformed(place, format!("`{KEY}.{field}` is not what an export writes"));
                add_extra(&mut sample, &first[KEY]).map_err(broken)?;
                requests::add_calls(&mut sample, part, first);
                add_usage(&mut sample, &first[KEY]).map_err(broken)?;
                visit(part, sample)?;
            }
        }
        Ok(())
    }
}

fn sample(doc: u64, lines: &[(String, Value)]) -> Result<Answered, String> {
    let first = &lines[0].1;
    let id = match &first["doc"]["id"] {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => doc.to_string(),
    };
    let target = first["target"].as_str().map_or_else(|| first["target"].to_string(), str::to_owned);
    let mut sample = Answered { index: doc, id, targets: vec![target], ..Answered::default() };
    let extra = &first[KEY];
    if let Some(index) = extra["index"].as_u64() {
        sample.index = index;
        sample.repeat = extra["repeat"].as_u64().and_then(|repeat| u32::try_from(repeat).ok()).unwrap_or(0);
    }
    let values = values(lines)?;
    if !values.is_empty() {
        sample.verdict = Some(Verdict::Scored(Score {
            values,
            answer: answer(first),
            answer_span: None,
            targets: sample.targets.clone(),
            explanation: None,
            audit: None,
            judged: None,
        }));
    }
    Ok(sample)
}

/// The numbers among a sample's metrics; with several filters each metric carries its filter's name, as in lm-eval's
/// own scores.
fn values(lines: &[(String, Value)]) -> Result<IndexMap<String, f64>, String> {
    let mut values = IndexMap::new();
    for (_, line) in lines {
        let filter = line["filter"].as_str().unwrap_or(NO_FILTER);
        let metrics = line["metrics"].as_array().ok_or("it has no list of `metrics`")?;
        for metric in metrics.iter().filter_map(Value::as_str) {
            let Some(value) = numbers::from_json(&line[metric]) else { continue };
            let name = if lines.len() == 1 && filter == NO_FILTER {
                metric.to_owned()
            } else {
                format!("{metric},{filter}")
            };
            if values.insert(name, value).is_some() {
                return Err(format!("the filter `{filter}` is there twice for this sample"));
            }
        }
    }
    Ok(values)
}

/// What the first filter left of the reply. Comparisons have no answer.
fn answer(line: &Value) -> Option<String> {
    let filtered = &line["filtered_resps"][0];
    let text =
        filtered.as_str().or_else(|| filtered.as_array().filter(|items| items.len() == 1)?[0].as_str());
    text.map(str::to_owned)
}

/// Adds what our own exports say beside lm-eval's fields, or names the field that is wrong.
fn add_extra(sample: &mut Answered, extra: &Value) -> Result<(), &'static str> {
    sample.category = extra["category"].as_str().map(str::to_owned);
    sample.cluster = extra["cluster"].as_str().map(str::to_owned);
    if let Some(targets) = extra.get("targets") {
        sample.targets = serde_json::from_value(targets.clone()).map_err(|_| "targets")?;
    }
    if let Some(scores) = extra["scores"].as_object() {
        sample.verdict = Some(Verdict::Scored(Score {
            values: numbers::map_from_json(scores),
            answer: extra["answer"].as_str().map(str::to_owned),
            answer_span: None,
            targets: sample.targets.clone(),
            explanation: extra["explanation"].as_str().map(str::to_owned),
            audit: serde_json::from_value(extra["audit"].clone()).unwrap_or_default(),
            judged: serde_json::from_value(extra["judged"].clone()).unwrap_or_default(),
        }));
    } else if let Some(message) = extra["error"]["message"].as_str() {
        sample.verdict = Some(Verdict::Failed(words::failure(extra["error"]["kind"].as_str(), message)));
    }
    Ok(())
}

fn add_usage(sample: &mut Answered, extra: &Value) -> Result<(), &'static str> {
    if let Some(Ok(Outcome::Generation(generation))) = sample.calls.first_mut().map(|call| &mut call.outcome)
    {
        generation.usage = serde_json::from_value(extra["usage"].clone()).map_err(|_| "usage")?;
        generation.timing.latency_ms = extra["latency_ms"].as_f64().unwrap_or(0.0);
    }
    Ok(())
}

//! Reads EvalScope's folder: predictions and reviews as 1.14 writes them, joined by their index.

use super::{CARRIED, subsets};
use crate::answered::{Answered, Part};
use crate::calls::{self, Reply};
use crate::carried::Carried;
use crate::error::Error;
use crate::files;
use crate::json::read_document;
use crate::lines::Lines;
use crate::messages;
use crate::numbers;
use crate::source::{About, Source, Visit};
use crate::words;
use evalscope_core::{Generation, Input, Outcome, Score, Timing, Usage};
use evalscope_runs::Verdict;
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The words of EvalScope for a score that counts.
const USABLE: [&str; 3] = ["success", "fallback", "degraded"];

/// Whether it is a folder with EvalScope's files; one of our own runs is not.
pub fn is_here(path: &Path) -> bool {
    path.join("reviews").is_dir() && !path.join("run.json").exists()
}

/// Opens the folder.
pub fn open(path: &Path) -> Result<Box<dyn Source>, Error> {
    let mut about = About { tool: "evalscope", ..About::default() };
    let carried = path.join(CARRIED);
    if carried.is_file() {
        let json = read_document(&carried)?;
        about.carried.extend(Carried::from_json(&json, &carried.display().to_string())?);
    }
    let subsets = subsets::find(path, &about)?;
    for folder in ["predictions", "reviews"] {
        about.files.extend(files::below(&path.join(folder), |name| name.ends_with(".jsonl"))?);
    }
    Ok(Box::new(EvalScopeSource { path: path.to_owned(), about, subsets }))
}

struct EvalScopeSource {
    path: PathBuf,
    about: About,
    /// The file of each subset, as it is called in `predictions` and `reviews`.
    subsets: Vec<(PathBuf, Part)>,
}

impl Source for EvalScopeSource {
    fn about(&self) -> &About {
        &self.about
    }

    fn each(&mut self, visit: &mut Visit<'_>) -> Result<(), Error> {
        for (file, part) in &self.subsets {
            let mut subset = Subset::open(&self.path, file)?;
            for index in subset.indices() {
                visit(part, subset.sample(index, part)?)?;
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct IndexOnly {
    index: u64,
}

#[derive(Deserialize)]
struct Grouped {
    index: u64,
    #[serde(default)]
    sample_score: GroupOnly,
}

#[derive(Default, Deserialize)]
struct GroupOnly {
    #[serde(default)]
    group_id: Value,
    #[serde(default)]
    generation_index: Value,
}

/// The two files of a subset.
struct Subset {
    predictions: Option<Lines<u64>>,
    reviews: Option<Lines<u64>>,
    /// How often each sample was asked: its repeats follow each other.
    repeats: u64,
}

impl Subset {
    fn open(path: &Path, file: &Path) -> Result<Subset, Error> {
        let (mut last, mut last_group, mut last_repeat) = (0, None, None);
        let reviews = Lines::open(&path.join("reviews").join(file), |line: Grouped| {
            last = last.max(line.index);
            last_group = last_group.max(line.sample_score.group_id.as_u64());
            last_repeat = last_repeat.max(line.sample_score.generation_index.as_u64());
            Ok(line.index)
        })?;
        let predictions =
            Lines::open(&path.join("predictions").join(file), |line: IndexOnly| Ok(line.index))?;
        // Older versions do not number the repeats: then every sample is taken to have as many as the last one.
        let of_groups =
            last_group.map_or(1, |group| last.saturating_add(1).div_ceil(group.saturating_add(1)));
        let repeats = last_repeat.map_or(of_groups, |repeat| repeat.saturating_add(1));
        Ok(Subset { predictions, reviews, repeats })
    }

    fn indices(&self) -> Vec<u64> {
        let mut indices: Vec<u64> =
            [&self.predictions, &self.reviews].into_iter().flatten().flat_map(Lines::keys).collect();
        indices.sort_unstable();
        indices.dedup();
        indices
    }

    fn sample(&mut self, index: u64, part: &Part) -> Result<Answered, Error> {
        let repeat = index % self.repeats;
        let mut sample = Answered {
            index: index / self.repeats,
            repeat: u32::try_from(repeat).unwrap_or(u32::MAX),
            id: (index / self.repeats).to_string(),
            ..Answered::default()
        };
        // Of lines with one index the last counts, as in EvalScope's own cache.
        let review = last(self.reviews.as_mut(), index)?;
        if let Some((place, review)) = &review {
            add_review(&mut sample, review).map_err(|message| Error::malformed(place, message))?;
        }
        if let Some((_, prediction)) = last(self.predictions.as_mut(), index)? {
            add_prediction(&mut sample, part, &prediction);
        }
        Ok(sample)
    }
}

fn last(lines: Option<&mut Lines<u64>>, index: u64) -> Result<Option<(String, Value)>, Error> {
    lines.map_or(Ok(None), |lines| Ok(lines.get(index)?.pop()))
}

fn add_review(sample: &mut Answered, review: &Value) -> Result<(), String> {
    let outer = &review["sample_score"];
    let (score, metadata) = (&outer["score"], &outer["score"]["metadata"]);
    let values = score["value"].as_object().ok_or("it has no `sample_score.score.value`")?;
    if let Some(id) = outer["sample_metadata"]["id"].as_str() {
        id.clone_into(&mut sample.id);
    }
    sample.category = outer["sample_metadata"]["category"].as_str().map(str::to_owned);
    sample.cluster = outer["sample_metadata"]["cluster"].as_str().map(str::to_owned);
    sample.targets = texts(&review["target"]);
    let status = score["status"].as_str().unwrap_or(USABLE[0]);
    let mut values = numbers::map_from_json(values);
    if !USABLE.contains(&status) || values.is_empty() {
        let message = score["explanation"].as_str().unwrap_or(status);
        let kind = metadata["error_kind"].as_str().or((status == "transport_error").then_some("network"));
        sample.verdict = Some(Verdict::Failed(words::failure(kind, message)));
        return Ok(());
    }
    let main = score["main_score_name"].as_str().and_then(|main| values.get_index_of(main));
    if let Some(place) = main {
        values.move_index(place, 0);
    }
    let span = serde_json::from_value(metadata["extracted_span"].clone()).unwrap_or_default();
    let compared = &metadata["compared_with"];
    sample.verdict = Some(Verdict::Scored(Score {
        values,
        answer: score["extracted_prediction"].as_str().map(str::to_owned),
        answer_span: span,
        targets: if compared.is_array() { texts(compared) } else { sample.targets.clone() },
        explanation: score["explanation"].as_str().map(str::to_owned),
        audit: serde_json::from_value(metadata["audit"].clone()).unwrap_or_default(),
        judged: serde_json::from_value(metadata["judged"].clone()).unwrap_or_default(),
    }));
    Ok(())
}

/// One text or a list of them.
fn texts(value: &Value) -> Vec<String> {
    let one = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(one).collect(),
        other => vec![one(other)],
    }
}

fn add_prediction(sample: &mut Answered, part: &Part, prediction: &Value) {
    let output = &prediction["model_output"];
    let choices = output["choices"].as_array().map_or(&[][..], Vec::as_slice);
    let mut shown: Vec<_> =
        prediction["messages"].as_array().into_iter().flatten().filter_map(messages::from_json).collect();
    if !choices.is_empty() && shown.last().is_some_and(|last| last.role == evalscope_core::Role::Assistant) {
        // EvalScope puts the reply behind the prompt.
        shown.pop();
    }
    let effect = calls::question(Input::Chat(shown));
    let outcome = match &sample.verdict {
        _ if !choices.is_empty() => Ok(Outcome::Generation(generation(output, choices))),
        Some(Verdict::Failed(failure)) => Err(failure.clone()),
        _ => match output["error"].as_str() {
            Some(message) => Err(words::failure(None, message)),
            None => return,
        },
    };
    calls::add(sample, part, Reply::new(effect, outcome));
}

fn generation(output: &Value, choices: &[Value]) -> Generation {
    let completion = |choice: &Value| {
        messages::completion(&choice["message"], choice["stop_reason"].as_str().unwrap_or_default())
    };
    let usage = &output["usage"];
    let counted = usage["input_tokens"].as_u64().zip(usage["output_tokens"].as_u64());
    let milliseconds = |seconds: &Value| seconds.as_f64().map(|seconds| seconds * 1e3);
    let perf = &choices[0]["message"]["perf_metrics"];
    Generation {
        completions: choices.iter().map(completion).collect(),
        usage: counted.filter(|counted| *counted != (0, 0)).map(|(input, out)| Usage {
            cached_tokens: usage["input_tokens_cache_read"].as_u64(),
            reasoning_tokens: usage["reasoning_tokens"].as_u64(),
            ..Usage::new(input, out)
        }),
        timing: Timing {
            latency_ms: milliseconds(&output["time"]).unwrap_or(0.0),
            ttft_ms: milliseconds(&perf["ttft"]),
            itl_ms: None,
        },
        served_model: output["model"].as_str().map(str::to_owned),
        extra: serde_json::Map::new(),
    }
}

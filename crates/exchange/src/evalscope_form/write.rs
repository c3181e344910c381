//! Writes EvalScope's folder.

use super::CARRIED;
use crate::answered::{Answered, Part};
use crate::carried::Carried;
use crate::error::Error;
use crate::jsonl::{LineWriter, write_document};
use crate::messages;
use crate::numbers;
use crate::walk;
use crate::words;
use evalscope_core::{Completion, Generation, Usage};
use evalscope_runs::RunFolder;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Writes the samples and reports of a run into `to`, and says how many samples there are.
pub fn write(folder: &RunFolder, to: &Path) -> Result<u64, Error> {
    let mut count = 0;
    for part in walk::parts(folder.plan()) {
        count += write_part(folder, &part, to)?;
    }
    let summary = evalscope_report::summarize(folder)?;
    for benchmark in &summary.benchmarks {
        let path = folder.report_path(&benchmark.model, &benchmark.name())?;
        write_document(&to.join(relative(folder, &path)), &evalscope_report::classic(benchmark, &path))?;
    }
    write_document(&to.join(CARRIED), &Carried::of(folder))?;
    Ok(count)
}

fn write_part(folder: &RunFolder, part: &Part, to: &Path) -> Result<u64, Error> {
    let Part { model, benchmark, subset } = part;
    let predictions = folder.predictions_path(model, benchmark, subset)?;
    let reviews = folder.reviews_path(model, benchmark, subset)?;
    let mut predictions = LineWriter::create(&to.join(relative(folder, &predictions)))?;
    let mut reviews = LineWriter::create(&to.join(relative(folder, &reviews)))?;
    let repeats = u64::from(folder.plan().repeats.max(1));
    let mut count = 0;
    for sample in walk::samples(folder, part)? {
        let sample = sample?;
        let line = Line { index: sample.index * repeats + u64::from(sample.repeat), model, sample: &sample };
        if !sample.calls.is_empty() {
            predictions.add(&line.prediction())?;
        }
        if sample.verdict.is_some() {
            reviews.add(&line.review())?;
        }
        count += 1;
    }
    predictions.finish()?;
    reviews.finish()?;
    Ok(count)
}

/// Where a file of a run stands in it: EvalScope has the same names.
fn relative(folder: &RunFolder, path: &Path) -> PathBuf {
    path.strip_prefix(folder.path()).unwrap_or(path).to_owned()
}

/// A sample under the number that EvalScope gives it: repeats of a sample follow each other.
struct Line<'a> {
    index: u64,
    model: &'a str,
    sample: &'a Answered,
}

impl Line<'_> {
    fn prediction(&self) -> Value {
        json!({
            "index": self.index,
            "model": self.model,
            "model_output": self.output(),
            "messages": self.messages(),
            "metadata": {"id": self.sample.id},
        })
    }

    fn review(&self) -> Value {
        json!({
            "index": self.index,
            "target": targets(&self.sample.targets),
            "messages": self.messages(),
            "sample_score": {
                "score": self.score(),
                "sample_id": self.index,
                "group_id": self.sample.index,
                "generation_index": self.sample.repeat,
                "sample_metadata": self.metadata(),
            },
        })
    }

    fn metadata(&self) -> Value {
        let mut metadata = json!({"id": self.sample.id, "category": self.sample.category});
        if let Some(cluster) = &self.sample.cluster {
            metadata["cluster"] = cluster.as_str().into();
        }
        metadata
    }

    fn score(&self) -> Value {
        let Some(score) = self.sample.score() else { return self.failed() };
        let reply = self.sample.generation().map(Generation::text);
        json!({
            "value": numbers::map_to_json(&score.values),
            "status": "success",
            "extracted_prediction": score.answer,
            "prediction": reply,
            "explanation": score.explanation,
            "metadata": {"extracted_span": score.answer_span, "compared_with": self.compared_with(), "audit": score.audit,
                "judged": score.judged},
            "main_score_name": score.main().map(|(name, _)| name),
        })
    }

    fn compared_with(&self) -> Option<&[String]> {
        let targets = &self.sample.score()?.targets;
        (*targets != self.sample.targets).then_some(targets)
    }

    /// EvalScope leaves such samples out of every mean.
    fn failed(&self) -> Value {
        let failure = self.sample.failure();
        json!({
            "value": {},
            "status": "transport_error",
            "explanation": failure.map(|failure| &failure.message),
            "metadata": {"error_kind": failure.map(|failure| failure.kind)},
        })
    }

    fn messages(&self) -> Value {
        let mut all: Vec<Value> = self.sample.messages().iter().map(messages::to_json).collect();
        all.iter_mut().for_each(nest_functions);
        let reply = self.sample.generation().and_then(|generation| generation.completions.first());
        all.extend(reply.map(|completion| message(completion, self.model)));
        all.into()
    }

    fn output(&self) -> Value {
        let error = self.sample.failure().map(|failure| &failure.message);
        let Some(generation) = self.sample.generation() else {
            return json!({"model": self.model, "choices": [], "error": error});
        };
        let choice = |completion: &Completion| {
            json!({
                "message": message(completion, self.model),
                "stop_reason": words::known_stop_reason(&completion.finish),
            })
        };
        let mut output = json!({
            "model": generation.served_model.as_deref().unwrap_or(self.model),
            "choices": generation.completions.iter().map(choice).collect::<Vec<_>>(),
            "usage": self.sample.usage().map(usage),
            "time": self.sample.latency_ms().map(|latency| latency / 1e3),
            "error": error,
        });
        if let Some(perf) = self.perf() {
            output["choices"][0]["message"]["perf_metrics"] = perf;
        }
        output
    }

    /// EvalScope's times are seconds. It wants all of these numbers or none.
    fn perf(&self) -> Option<Value> {
        let (latency, usage) = (self.sample.latency_ms()?, self.sample.usage()?);
        let ttft = self.sample.generation()?.timing.ttft_ms;
        self.sample.generation()?.completions.first()?;
        Some(json!({
            "latency": latency / 1e3,
            "ttft": ttft.map(|ttft| ttft / 1e3),
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
        }))
    }
}

fn message(completion: &Completion, model: &str) -> Value {
    let mut message = messages::reply(completion);
    message["model"] = model.into();
    nest_functions(&mut message);
    message
}

/// EvalScope has name and arguments of a called tool in `function`.
fn nest_functions(message: &mut Value) {
    for call in message.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten() {
        call["function"] = json!({"name": call["function"], "arguments": call["arguments"]});
    }
}

/// EvalScope refuses a list of targets that is empty.
fn targets(targets: &[String]) -> Option<&[String]> {
    targets.iter().any(|target| !target.trim().is_empty()).then_some(targets)
}

fn usage(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens.saturating_add(usage.output_tokens),
        "input_tokens_cache_read": usage.cached_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
    })
}

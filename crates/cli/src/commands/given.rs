//! What was typed, as a run folder keeps it: without secrets, and so that `restore.rs` can read it back.

use super::eval::{collection, datasets, json_text, prices};
use super::judge_given::judge_without_secrets;
use super::models_given::{address_without_secrets, without_secrets};
use crate::arguments::{DataArguments, EvalArguments};
use crate::environment;
use clap::ValueEnum;
use evalscope::GenerationConfig;
use serde_json::Value;

/// The flags as they were given, without the key. `commands/restore.rs` reads them back.
pub fn given(arguments: &EvalArguments) -> Value {
    let mut given = given_data(&arguments.data);
    let more = serde_json::json!({
        "model": one_or_all(arguments.model.iter().map(|value| without_secrets(value))),
        "model_id": arguments.model_id,
        "api_url": one_or_all(arguments.api_url.iter().map(|value| address_without_secrets(value))),
        "serve": arguments.serve,
        "eval_type": arguments.eval_type,
        "model_args": arguments.model_args,
        "precision": arguments.precision,
        "generation_config": arguments.generation_config.as_deref().map(GenerationConfig::masked),
        "chat_template": arguments.chat_template,
        "system_prompt": arguments.system_prompt,
        "datasets": datasets(arguments),
        "collection": arguments.collection.iter().map(|text| collection_text(text)).collect::<Vec<_>>(),
        "limit": arguments.limit,
        "repeats": arguments.repeats,
        "seed": arguments.seed,
        "eval_batch_size": arguments.eval_batch_size,
        "cache": value_name(&arguments.cache),
        "judge": arguments.judge.as_deref().map(judge_without_secrets),
        "judge_strategy": arguments.judge_strategy,
        "choice_mode": arguments.choice_mode.as_ref().and_then(value_name),
        "no_probe": arguments.no_probe,
        "rpm": arguments.rpm,
        "tpm": arguments.tpm,
        "max_errors": arguments.max_errors,
        "ignore_errors": arguments.ignore_errors,
        "price": arguments.price,
        "prices": arguments.prices.as_deref().map(prices_text),
        "max_cost": arguments.max_cost,
        "stage": value_name(&arguments.stage),
        "work_dir": arguments.work_dir,
        "use_cache": arguments.use_cache,
    });
    if let Value::Object(more) = more {
        given.extend(more);
    }
    given.into()
}

/// The flags about data as they were given, and the folder that their paths are relative to. A file of arguments is
/// written down with its content: it may have changed by the time that the run is made again.
pub fn given_data(data: &DataArguments) -> serde_json::Map<String, Value> {
    let arguments = data.dataset_args.as_ref().map(|text| json_text(text).unwrap_or_else(|_| text.clone()));
    let hub = data.dataset_hub.as_ref().and_then(value_name);
    let given = serde_json::json!({
        "directory": environment::directory(),
        "dataset_args": arguments,
        "dataset_hub": hub,
        "dataset_dir": data.dataset_dir,
        "benchmark_path": data.benchmark_path,
        "allow_missing": data.allow_missing,
        "offline": data.offline,
        "sandbox": data.sandbox.as_ref().and_then(value_name),
    });
    given.as_object().cloned().unwrap_or_default()
}

/// Prices with the content of their file, which may change.
fn prices_text(text: &str) -> String {
    let read = prices(text).ok();
    read.and_then(|prices| serde_json::to_string(&prices).ok()).unwrap_or_else(|| text.to_owned())
}

/// A mix with the content of its file, which may change.
fn collection_text(text: &str) -> String {
    let read = collection(text).ok();
    read.and_then(|file| serde_json::to_string(&file).ok()).unwrap_or_else(|| text.to_owned())
}

/// One value alone, several as a list.
fn one_or_all(values: impl Iterator<Item = Value>) -> Value {
    let mut values: Vec<Value> = values.collect();
    if values.len() > 1 { values.into() } else { values.pop().unwrap_or_default() }
}

/// A choice by its name on the command line.
fn value_name(value: &impl ValueEnum) -> Option<String> {
    Some(value.to_possible_value()?.get_name().to_owned())
}

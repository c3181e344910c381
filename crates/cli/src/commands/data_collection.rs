//! EvalScope's name for a mix of benchmarks, `--datasets data_collection`: the same as `--collection`.

use super::eval::json_text;
use crate::arguments::EvalArguments;
use evalscope::ArgumentError;
use serde_json::{Map, Value};
use std::path::Path;

/// The name.
const NAME: &str = "data_collection";
/// What EvalScope reads in a folder.
const FILES: [&str; 2] = ["test_test.jsonl", "test.jsonl"];

/// Takes the name out of `--datasets`, and its arguments out of `--dataset-args`, and puts the file that they name among
/// the mixes.
pub fn take(mut arguments: EvalArguments) -> Result<EvalArguments, ArgumentError> {
    if !arguments.datasets.iter().any(|name| name == NAME) {
        return Ok(arguments);
    }
    let mut all: Map<String, Value> = match &arguments.data.dataset_args {
        Some(text) => serde_json::from_str(&json_text(text)?)
            .map_err(|error| ArgumentError::new(format!("--dataset-args is not a JSON object: {error}")))?,
        None => Map::new(),
    };
    let own = all.remove(NAME).unwrap_or_default();
    arguments.collection.push(file(&own)?);
    arguments.datasets.retain(|name| name != NAME);
    arguments.data.dataset_args = (!all.is_empty()).then(|| Value::Object(all).to_string());
    Ok(arguments)
}

fn file(own: &Value) -> Result<String, ArgumentError> {
    let wrong = |message: &str| {
        let hint = format!("--dataset-args '{{\"{NAME}\": {{\"local_path\": \"mixed.jsonl\"}}}}'");
        ArgumentError::new(format!("{NAME}: {message}")).with_hint(Some(hint))
    };
    let fields = own.as_object().cloned().unwrap_or_default();
    if let Some(other) = fields.keys().find(|key| !["local_path", "dataset_id"].contains(&key.as_str())) {
        return Err(wrong(&format!(
            "`{other}` means nothing here: the benchmarks of a mix have their own arguments"
        )));
    }
    let named = fields.get("local_path").or(fields.get("dataset_id")).and_then(Value::as_str);
    let path = Path::new(named.ok_or_else(|| wrong("it needs the file with the mix as `local_path`"))?);
    let in_folder = FILES.iter().map(|name| path.join(name)).find(|file| file.is_file());
    let file = if path.is_dir() { in_folder } else { Some(path.to_owned()).filter(|file| file.is_file()) };
    let file = file.ok_or_else(|| wrong(&format!("there is no file `{}` with a mix", path.display())))?;
    Ok(file.to_string_lossy().into_owned())
}

//! Opens the data set of a load test by its name.

use crate::argument::ArgumentError;
use crate::environment::Environment;
use crate::error::Error;
use crate::perf::PerfOptions;
use crate::prepare::store_for;
use evalscope_data::{DatasetId, Hub, RepoId};
use evalscope_perf::{Column, Dataset, Prompt};
use std::path::Path;

/// Names of data sets, and what each is.
pub const NAMES: [(&str, &str); 17] = [
    ("synthetic", "made-up sentences, no two alike; needs nothing"),
    ("random", "exactly so many tokens under --tokenizer-path"),
    ("line_by_line", "each line of --dataset-path"),
    ("openqa", "`question` of the rows of --dataset-path"),
    ("longalpaca", "`instruction` of the rows of --dataset-path"),
    ("share_gpt", "what a person says first in `conversations`"),
    ("share_gpt_zh", "the same"),
    ("share_gpt_en", "the same"),
    ("custom", "`messages`, `prompt`, `question`, `instruction` or `text` of the rows of --dataset-path"),
    ("rows", "the same; --column names another"),
    ("share_gpt_zh_multi_turn", "all that a person says in `conversations`: --multi-turn"),
    ("share_gpt_en_multi_turn", "the same"),
    ("custom_multi_turn", "the same, of `messages`"),
    ("random_multi_turn", "conversations of random prompts"),
    ("random_vl", "random prompts with random images"),
    ("trace", "a recorded load, as Mooncake, BurstGPT or whole requests with their times"),
    ("workload_trace", "the same"),
];

/// The name and the data set that the options mean.
pub fn open(options: &PerfOptions, environment: &Environment) -> Result<(String, Dataset), Error> {
    if let Some(text) = &options.prompt {
        return Ok(("prompt".into(), Dataset::Given(Prompt::Text(given(text)?))));
    }
    let path = options.dataset_path.as_deref();
    let is_text = path.is_some_and(|path| path.extension().is_none_or(|end| end == "txt"));
    let name = match (&options.dataset, path) {
        (Some(name), _) => name.as_str(),
        (None, None) => "synthetic",
        (None, Some(path)) if is_text && path.is_file() => "line_by_line",
        (None, Some(_)) => "rows",
    };
    let column = |name: &str| match &options.column {
        Some(own) => Column::Named(own.clone()),
        None => Column::Named(name.to_owned()),
    };
    let column = match name {
        "synthetic" => return Ok((name.to_owned(), Dataset::Synthetic)),
        "random" | "random_multi_turn" => return Ok((name.to_owned(), Dataset::Random)),
        "random_vl" if options.tokenizer_path.is_none() => return Ok((name.to_owned(), Dataset::Synthetic)),
        "random_vl" => return Ok((name.to_owned(), Dataset::Random)),
        "trace" | "workload_trace" => Column::Usual,
        "line_by_line" => return Ok((name.to_owned(), Dataset::Lines(needed(name, path)?.to_owned()))),
        "openqa" => column("question"),
        "longalpaca" => column("instruction"),
        "share_gpt"
        | "share_gpt_zh"
        | "share_gpt_en"
        | "share_gpt_zh_multi_turn"
        | "share_gpt_en_multi_turn"
        | "custom_multi_turn" => Column::FirstTurn,
        "custom" | "rows" => options.column.clone().map_or(Column::Usual, Column::Named),
        other => return Err(unknown(other).into()),
    };
    let path = needed(name, path)?;
    let store = store_for(environment, Hub::Local, None)?;
    let id = DatasetId {
        name: name.to_owned(),
        local_path: Some(path.to_owned()),
        modelscope: None::<RepoId>,
        huggingface: None,
    };
    let rows = Box::new(store.open(&id)?);
    let dataset = match name {
        "trace" | "workload_trace" => Dataset::Trace(rows),
        _ => Dataset::Rows(rows, column),
    };
    Ok((name.to_owned(), dataset))
}

fn given(text: &str) -> Result<String, Error> {
    match text.strip_prefix('@') {
        None => Ok(text.to_owned()),
        Some(path) => std::fs::read_to_string(path)
            .map_err(|source| Error::File { path: Path::new(path).to_owned(), source }),
    }
}

fn needed<'a>(name: &str, path: Option<&'a Path>) -> Result<&'a Path, ArgumentError> {
    path.ok_or_else(|| {
        ArgumentError::new(format!("--dataset {name} reads a file, and none is named"))
            .with_hint(Some("give it as `--dataset-path FILE`, or take `--dataset synthetic`".into()))
    })
}

fn unknown(name: &str) -> ArgumentError {
    let names = NAMES.map(|(name, _)| name);
    ArgumentError::new(format!("there is no data set `{name}` for load tests"))
        .with_hint(Some(format!("take one of {}", names.join(", "))))
}

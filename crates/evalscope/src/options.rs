//! What a caller can ask of [`eval`](crate::eval).

use crate::argument::ArgumentError;
use crate::choice_wish::ChoiceWish;
use crate::collection_file::CollectionFile;
use crate::environment::Hub;
use crate::eval_type::EvalType;
use crate::generation_config::GenerationConfig;
use crate::managed_server::ManagedServer;
use evalscope_benchmarks::{DatasetArgs, JudgeWishes};
use evalscope_core::{Amount, Diagnose, Isolation, Limit, Price, Prices, Secret};
use evalscope_runner::{MaxErrors, Stage};
use indexmap::IndexMap;
use std::path::PathBuf;

/// One evaluation.
#[derive(Debug, Clone)]
pub struct EvalOptions {
    /// The models, at least one.
    pub models: Vec<ModelOptions>,
    /// Benchmarks, `name` or `name@protocol`.
    pub datasets: Vec<String>,
    /// Mixes of benchmarks that are reported as one; their benchmarks need not be among `datasets`.
    pub collections: Vec<CollectionFile>,
    /// Arguments by benchmark name, with or without protocol.
    pub dataset_args: IndexMap<String, DatasetArgs>,
    /// Where data sets come from.
    pub dataset_hub: Hub,
    /// Folder of local data sets.
    pub dataset_dir: Option<PathBuf>,
    /// Files or folders with benchmarks of the user's own.
    pub benchmark_paths: Vec<PathBuf>,
    /// Go on without the subsets whose data is not there.
    pub allow_missing: bool,
    /// A system message for every benchmark.
    pub system_prompt: Option<String>,
    /// In which mode multiple-choice benchmarks are asked; each in its protocol's own when absent.
    pub choice_mode: Option<ChoiceWish>,
    /// Who judges replies, and how.
    pub judge: Option<JudgeOptions>,
    /// Look at endpoints before the run, when that was not done today.
    pub probe: bool,
    /// Take answers that earlier runs were given from the response cache, and keep new ones there.
    pub cache: bool,
    /// Failed samples after which the run stops.
    pub max_errors: Option<MaxErrors>,
    /// Go on whatever fails.
    pub ignore_errors: bool,
    /// What tokens cost, by model; a price that a model has itself goes over it.
    pub prices: Prices,
    /// What the run may cost, calls of earlier sessions included.
    pub max_cost: Option<Amount>,
    /// Samples at most per subset.
    pub limit: Option<Limit>,
    /// How often each sample is asked.
    pub repeats: u32,
    /// Seed of everything random.
    pub seed: u64,
    /// Which part of the run.
    pub stage: Stage,
    /// Where the run goes.
    pub place: Place,
    /// What must stand between programs of the model and this machine.
    pub isolation: Isolation,
    /// Log every call and every score.
    pub debug: bool,
    /// The options as the user gave them, for `configs/task_config.yaml`; without secrets.
    pub given: serde_json::Value,
}

impl EvalOptions {
    /// The hub that models named by their hub id come from, where data sets come from another than by default: that they
    /// are folders says nothing of models.
    pub fn model_hub(&self) -> Option<Hub> {
        Some(self.dataset_hub).filter(|hub| *hub == Hub::HuggingFace)
    }
}

/// How an endpoint may be asked, beside the samples in flight.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EndpointLimits {
    /// Calls per minute.
    pub calls_per_minute: Option<f64>,
    /// Tokens per minute, of prompts and replies.
    pub tokens_per_minute: Option<f64>,
}

/// Where a run goes.
#[derive(Debug, Clone)]
pub enum Place {
    /// Into a new folder under this one, named by the time; or on with the last run there that has the same plan
    /// and did not finish.
    Under {
        /// The folder of runs.
        work_dir: PathBuf,
        /// Name of a new run folder.
        name: String,
        /// Go on also with a finished run that has the same plan.
        also_finished: bool,
        /// Do not go on with anything.
        fresh: bool,
    },
    /// Exactly this folder: on with it when there is a run, else new.
    Exactly(PathBuf),
    /// On with the run in this folder.
    Continue(PathBuf),
}

/// A model to be evaluated.
#[derive(Debug, Clone, Default)]
pub struct ModelOptions {
    /// A path, a hub id, a catalogue name, or the name that an endpoint serves.
    pub model: Option<String>,
    /// Addresses of endpoints that serve it.
    pub endpoints: Vec<EndpointAddress>,
    /// The server that is to be started for it.
    pub serve: Option<ManagedServer>,
    /// Its key.
    pub api_key: Option<Secret>,
    /// How to talk to it; inferred when absent.
    pub eval_type: Option<EvalType>,
    /// Arguments of the engine or the connection, by name.
    pub args: IndexMap<String, serde_json::Value>,
    /// Name of a built-in chat template, a file, or Jinja text.
    pub chat_template: Option<String>,
    /// The name under which results are filed.
    pub id: Option<String>,
    /// Sampling and connection, as asked for by the user.
    pub generation: GenerationConfig,
    /// Samples in flight; the model's own default when absent.
    pub batch_size: Option<usize>,
    /// How its endpoints may be asked.
    pub limits: EndpointLimits,
    /// What its tokens cost.
    pub price: Option<Price>,
}

/// Who judges replies, and how.
#[derive(Debug, Clone, Default)]
pub struct JudgeOptions {
    /// The judges.
    pub models: Vec<ModelOptions>,
    /// How they are asked. What decides their answers is filled in when they are open.
    pub wishes: JudgeWishes,
}

/// One endpoint of several that serve a model.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointAddress {
    /// Its address.
    pub url: String,
    /// Its share of the calls, against the others'.
    pub weight: f64,
}

impl ModelOptions {
    /// How to talk to it.
    pub(crate) fn eval_type(&self) -> EvalType {
        // A server of ours speaks OpenAI's chat completions unless something else is named.
        let started = self.serve.as_ref().map(|_| "");
        EvalType::of(self.eval_type, self.endpoints.first().map(|endpoint| endpoint.url.as_str()).or(started))
    }
}

/// Reads the JSON of `--dataset-args`: arguments by benchmark name.
pub fn parse_dataset_args(json: &str) -> Result<IndexMap<String, DatasetArgs>, ArgumentError> {
    let values: IndexMap<String, serde_json::Value> = serde_json::from_str(json).map_err(|error| {
        ArgumentError::new(format!("--dataset-args is not a JSON object by benchmark: {error}"))
    })?;
    values
        .into_iter()
        .map(|(name, value)| match DatasetArgs::from_json(&value) {
            Ok(arguments) => Ok((name, arguments)),
            Err(error) => {
                Err(ArgumentError::new(format!("--dataset-args: {name}: {error}")).with_hint(error.hint()))
            }
        })
        .collect()
}

/// A URL without what may be a secret: user name and password, query, fragment.
pub fn without_credentials(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => url.to_owned(),
    }
}

/// Whether a URL says itself who asks: a user, or a user and a password.
pub(crate) fn names_a_user(url: &str) -> bool {
    let behind = url.split_once("://").map_or("", |(_, behind)| behind);
    behind.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::{names_a_user, without_credentials};

    #[test]
    fn credentials_leave_urls() {
        assert_eq!(without_credentials("http://u:p@h:1/v1"), "http://h:1/v1");
        assert_eq!(without_credentials("http://h/v1?key=k#x"), "http://h/v1");
        assert_eq!(without_credentials("http://h/v1/a@b"), "http://h/v1/a@b");
    }

    #[test]
    fn a_user_stands_before_the_host() {
        assert!(names_a_user("http://me:pass@h/v1") && names_a_user("https://token@h"));
        assert!(!names_a_user("http://h/v1/a@b") && !names_a_user("http://h?to=a@b"));
    }
}

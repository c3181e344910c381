//! `--dataset-args`: what a user changes about one benchmark, under EvalScope's names.

use crate::error::Error;
use evalscope_core::suggest;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a user changes about one benchmark.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DatasetArgs {
    /// Folder or file with the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_path: Option<PathBuf>,
    /// Data set id on the hub that is used, or a local folder, as EvalScope allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset_id: Option<String>,
    /// Revision on the hub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset_revision: Option<String>,
    /// Only these subsets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subset_list: Option<Vec<String>>,
    /// Number of few-shot examples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub few_shot_num: Option<u64>,
    /// Draw the examples instead of taking the first ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub few_shot_random: Option<bool>,
    /// Prompt with `{question}`, `{choices}`, `{letters}`, `{subset}` in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_template: Option<String>,
    /// System message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// Split that is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eval_split: Option<String>,
    /// Split that few-shot examples come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train_split: Option<String>,
    /// Shuffle the samples with the run's seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shuffle: Option<bool>,
    /// Shuffle the options of each sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shuffle_choices: Option<bool>,
    /// What repeats of a question are worth together, by EvalScope's names: `mean`, `mean_and_pass_at_k`, `mean_and_vote_at_k`
    /// or `mean_and_pass_hat_k`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregation: Option<String>,
    /// Switches of the protocol.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub extra_params: IndexMap<String, serde_json::Value>,
}

/// Names of all arguments.
const NAMES: [&str; 14] = [
    "local_path",
    "dataset_id",
    "dataset_revision",
    "subset_list",
    "few_shot_num",
    "few_shot_random",
    "prompt_template",
    "system_prompt",
    "eval_split",
    "train_split",
    "shuffle",
    "shuffle_choices",
    "aggregation",
    "extra_params",
];

impl DatasetArgs {
    /// These arguments, and where they say nothing those of `general`.
    pub fn over(self, general: DatasetArgs) -> DatasetArgs {
        let mut extra_params = general.extra_params;
        extra_params.extend(self.extra_params);
        DatasetArgs {
            local_path: self.local_path.or(general.local_path),
            dataset_id: self.dataset_id.or(general.dataset_id),
            dataset_revision: self.dataset_revision.or(general.dataset_revision),
            subset_list: self.subset_list.or(general.subset_list),
            few_shot_num: self.few_shot_num.or(general.few_shot_num),
            few_shot_random: self.few_shot_random.or(general.few_shot_random),
            prompt_template: self.prompt_template.or(general.prompt_template),
            system_prompt: self.system_prompt.or(general.system_prompt),
            eval_split: self.eval_split.or(general.eval_split),
            train_split: self.train_split.or(general.train_split),
            shuffle: self.shuffle.or(general.shuffle),
            shuffle_choices: self.shuffle_choices.or(general.shuffle_choices),
            aggregation: self.aggregation.or(general.aggregation),
            extra_params,
        }
    }

    /// Reads the JSON of one benchmark's arguments.
    pub fn from_json(value: &serde_json::Value) -> Result<DatasetArgs, Error> {
        let wrong = |message: String, hint: Option<String>| Error::Argument {
            benchmark: "its arguments".into(),
            message,
            hint,
        };
        let Some(fields) = value.as_object() else {
            return Err(wrong("the arguments of a benchmark are a JSON object".into(), None));
        };
        if let Some(unknown) = fields.keys().find(|name| !NAMES.contains(&name.as_str())) {
            let hint = match suggest::nearest(unknown, NAMES) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("one of: {}", NAMES.join(", ")),
            };
            return Err(wrong(format!("unknown key `{unknown}`"), Some(hint)));
        }
        serde_json::from_value(value.clone()).map_err(|error| wrong(error.to_string(), None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evalscope_core::Diagnose;
    use serde_json::json;

    #[test]
    fn unknown_keys_are_named() {
        let error = DatasetArgs::from_json(&json!({"few_shots": 2})).unwrap_err();
        assert_eq!(error.hint().as_deref(), Some("did you mean `few_shot_num`?"));
        assert!(DatasetArgs::from_json(&json!({"few_shot_num": "x"})).is_err());
    }

    #[test]
    fn every_name_is_a_field() {
        let full = DatasetArgs {
            local_path: Some("x".into()),
            dataset_id: Some("x".into()),
            dataset_revision: Some("x".into()),
            subset_list: Some(vec![]),
            few_shot_num: Some(1),
            few_shot_random: Some(true),
            prompt_template: Some("x".into()),
            system_prompt: Some("x".into()),
            eval_split: Some("x".into()),
            train_split: Some("x".into()),
            shuffle: Some(true),
            shuffle_choices: Some(true),
            aggregation: Some("mean".into()),
            extra_params: [("x".to_owned(), json!(1))].into_iter().collect(),
        };
        let names: Vec<String> =
            serde_json::to_value(full).unwrap().as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, NAMES);
    }
}

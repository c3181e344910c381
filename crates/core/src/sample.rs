//! A sample: one question of a benchmark, ready to be asked.

use crate::value::Value;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which sample of a run: stable over resumes, the key of journal and review lines.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct SampleKey {
    /// Name of the benchmark with its protocol, `gsm8k@evalscope-1.14`.
    pub benchmark: String,
    /// Name of the subset.
    pub subset: String,
    /// Position in the subset after ordering and before limiting, from 0.
    pub index: u64,
    /// Which repetition, from 0.
    #[serde(default)]
    pub repeat: u32,
}

/// One question, its target and what templates may refer to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Sample {
    /// The data set's own id of the row, or its number.
    pub id: String,
    /// Position in the subset, from 0.
    pub index: u64,
    /// The subset.
    pub subset: String,
    /// The group that the subset belongs to, when the benchmark has groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Names what it shares with other samples, such as a passage; samples of equal name are no independent ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// What is asked.
    pub question: String,
    /// Options, in the order shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// The accepted answers; usually one.
    pub targets: Vec<String>,
    /// Examples for the prompt, rendered. Most samples of a subset share them.
    #[serde(default, skip_serializing_if = "<[String]>::is_empty")]
    pub shots: Arc<[String]>,
    /// Further fields that the benchmark's file defines (`rationale`, …).
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, Value>,
}

//! What a finished sample is worth.

use crate::audit::Audit;
use crate::judged::JudgedReply;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The verdict on one sample.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Score {
    /// Metric name to value, in the order of the protocol; the first is the main one.
    pub values: IndexMap<String, f64>,
    /// The answer that was found in the reply; absent when none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Byte range of the answer in the reply, when it stands there literally.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_span: Option<(usize, usize)>,
    /// What it was compared with.
    pub targets: Vec<String>,
    /// A short reason for people, when the metric has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// A second look at the reply, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
    /// What judges said of it, when there were some. Boxed: most scores have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged: Option<Box<JudgedReply>>,
}

impl Score {
    /// Name and value of the main metric.
    pub fn main(&self) -> Option<(&str, f64)> {
        self.values.first().map(|(name, value)| (name.as_str(), *value))
    }
}

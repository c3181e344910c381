//! A mix of benchmarks that is reported as one.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Samples of a benchmark: by subset, their positions in order.
pub type Selection = IndexMap<String, Vec<u64>>;

/// A mix of benchmarks in a plan. Its samples are asked as those of their benchmarks, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedCollection {
    /// Its name.
    pub name: String,
    /// Its benchmarks.
    pub members: Vec<PlannedMember>,
}

/// A benchmark in a mix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedMember {
    /// Name with protocol.
    pub benchmark: String,
    /// Its weight; those of a mix add up to 1.
    pub weight: f64,
    /// What kind of task it is, as the user names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_type: Option<String>,
    /// The user's words for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The samples of it that belong to the mix; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<Selection>,
}

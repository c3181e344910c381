//! The server's own figures over time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of number a sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// It goes up and down.
    Gauge,
    /// It only grows; its growth per second is of interest.
    Counter,
}

/// A figure of the server over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Series {
    /// The address that it came from.
    pub from: String,
    /// Its name and its labels, as the server writes them.
    pub name: String,
    /// What kind of number it is; of a counter, the points say how much it grew per second.
    pub sort: Sort,
    /// Seconds since the stage began, and the value.
    pub points: Vec<(f64, f64)>,
}

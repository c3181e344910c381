//! What is served.

use evalscope_model_api::Model;
use std::sync::Arc;
use std::time::Duration;

/// A model that is served.
pub struct Served {
    /// The name that `/v1/models` gives.
    pub name: String,
    /// The model.
    pub model: Arc<dyn Model>,
    /// How long one call may take.
    pub timeout: Duration,
}

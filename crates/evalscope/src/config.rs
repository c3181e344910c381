//! A file of options: names and values, as the flags have them.

use crate::argument::ArgumentError;
use indexmap::IndexMap;
use serde_json::Value;
use std::path::Path;

/// Larger files are no options.
const MAX_BYTES: u64 = 4 << 20;

/// Reads a file of options, YAML or JSON. What they mean is for the caller to say.
pub fn read_config(path: &Path) -> Result<IndexMap<String, Value>, ArgumentError> {
    let shown = path.display();
    let unread = |error: std::io::Error| {
        ArgumentError::new(format!("--config: cannot read {shown}: {error}"))
            .with_hint(Some("give a YAML or JSON file of options, such as `model: NAME`".into()))
    };
    if std::fs::metadata(path).map_err(unread)?.len() > MAX_BYTES {
        return Err(ArgumentError::new(format!("--config: {shown} is larger than {} MiB", MAX_BYTES >> 20)));
    }
    let text = std::fs::read_to_string(path).map_err(unread)?;
    serde_saphyr::from_str(&text).map_err(|error| {
        ArgumentError::new(format!("{shown}: not a table of options: {error}"))
            .with_hint(Some("write one option a line, such as `datasets: [gsm8k, mmlu]`".into()))
    })
}

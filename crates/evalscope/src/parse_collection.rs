//! Either form in which a mix of benchmarks may come: our own, or EvalScope's chosen samples.

use crate::argument::ArgumentError;
use crate::collection_file::{self, CollectionFile};
use crate::mixed_samples;

/// Reads a mix from YAML or JSON, or from the JSONL of samples that EvalScope's samplers write; `shown` names where it is
/// from.
pub fn parse_collection(shown: &str, text: &str) -> Result<CollectionFile, ArgumentError> {
    if mixed_samples::is_such(text) {
        mixed_samples::parse(shown, text)
    } else {
        collection_file::parse(shown, text)
    }
}

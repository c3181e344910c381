//! Keeps findings for a day in the user's cache folder, one file for each endpoint.

use crate::environment::Environment;
use evalscope_probe::{FINDINGS_VERSION, Findings};
use evalscope_runs::write_file;
use std::path::PathBuf;

/// Characters of a time in UTC that are its day.
const DAY: usize = "2026-01-31".len();

/// What was found out today, by this clock. A file that cannot be read is as good as none.
pub(super) fn of_today(environment: &Environment, key: &str, now: &str) -> Option<Findings> {
    let bytes = std::fs::read(path(environment, key)).ok()?;
    let findings: Findings = serde_json::from_slice(&bytes).ok()?;
    let is_of_today = now.get(..DAY).is_some() && findings.probed_at.get(..DAY) == now.get(..DAY);
    (findings.version == FINDINGS_VERSION && is_of_today).then_some(findings)
}

/// Keeps findings.
pub(super) fn put(
    environment: &Environment,
    key: &str,
    findings: &Findings,
) -> Result<(), evalscope_runs::Error> {
    let text = serde_json::to_string_pretty(findings).unwrap_or_default();
    write_file(&path(environment, key), format!("{text}\n").as_bytes())
}

/// The key is a digest of ours: no text from outside becomes a path.
fn path(environment: &Environment, key: &str) -> PathBuf {
    environment.cache.join("probes").join(format!("{key}.json"))
}

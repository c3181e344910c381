//! Checks that the repository keeps its own rules.

pub mod architecture;
pub mod report;

mod cycles;
mod golden_files;
mod layers;
mod readme;
mod words;

use crate::error::{Error, Finding, settle};
use crate::workspace::Workspace;

/// A rule: what it is called and what finds its breaches.
type Check = (&'static str, fn(&Workspace) -> Result<Vec<Finding>, Error>);

const CHECKS: &[Check] = &[
    ("layers", layers::edges),
    ("package ceiling", layers::ceiling),
    ("import cycles", cycles::check),
    ("module docs", words::module_docs),
    ("file contents", words::forbidden),
    ("README in two languages", readme::check),
    ("layer table", architecture::check),
    ("golden prompts", golden_files::check),
];

/// Runs every check and lists all that they find.
pub fn check_all(workspace: &Workspace) -> Result<String, Error> {
    let mut findings = Vec::new();
    for (_, check) in CHECKS {
        findings.extend(check(workspace)?);
    }
    let names: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
    settle(&findings, format!("tidy: {}\n", names.join(", ")))
}

//! Writes the golden prompts: one rendered request per benchmark and protocol, for reviewers to read.

use crate::error::Error;
use crate::product::Product;
use crate::workspace::Workspace;

/// Where golden prompts live.
pub const FOLDER: &str = "benchmarks/golden";

/// Rewrites the golden prompts of one benchmark, or of all.
pub fn write(workspace: &Workspace, name: Option<&str>) -> Result<String, Error> {
    let mut words = vec!["golden"];
    words.extend(name);
    Product::Built.run_self(workspace, &words, &workspace.root.join(FOLDER))?;
    Ok(format!("{FOLDER} is written; a difference in it is a change of scores: read `git diff {FOLDER}`\n"))
}

//! Asks the product itself: runs `evalscope self …`, which knows the schemas, options and prompts.

use std::path::Path;
use std::process::Command;

use crate::error::Error;
use crate::workspace::{Workspace, pass_through};

/// Builds the binary as a release and runs its hidden command `self` with `words`, writing to `out`.
pub fn run_self(workspace: &Workspace, words: &[&str], out: &Path) -> Result<(), Error> {
    pass_through(
        Command::new("cargo")
            .current_dir(&workspace.root)
            .args([
                "run",
                "--quiet",
                "--release",
                "--locked",
                "--package",
                "evalscope-cli",
                "--",
                "self",
            ])
            .args(words)
            .arg("--out")
            .arg(out),
    )
}

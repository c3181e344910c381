//! Asks the product itself: runs `evalscope self …`, which knows the schemas, options and prompts.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::workspace::{Workspace, pass_through};

/// Where the binary comes from.
pub enum Product {
    /// Built by cargo first, as a release.
    Built,
    /// One that was built before: CI has just tested it.
    Given(PathBuf),
}

impl Product {
    /// Runs the hidden command `self` with `words`, writing to the folder `out`.
    pub fn run_self(&self, workspace: &Workspace, words: &[&str], out: &Path) -> Result<(), Error> {
        let mut command = match self {
            Self::Given(binary) => Command::new(binary),
            Self::Built => Command::new(build(workspace)?),
        };
        command.current_dir(&workspace.root).arg("self").args(words).arg("--out").arg(out);
        pass_through(&mut command)
    }
}

/// Builds the binary with the features that the tests use, so that no dependency is compiled a second time, and returns its path.
///
/// Asked for by its package alone, or without a target that needs the development dependencies, cargo would choose other features.
fn build(workspace: &Workspace) -> Result<PathBuf, Error> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--release", "--locked", "--workspace", "--bins", "--examples"]);
    // What `cargo xtask` sets for itself would look like a change to build scripts that watch it, ring's for one.
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_package(name)) {
        cargo.env_remove(name);
    }
    pass_through(cargo.current_dir(&workspace.root))?;
    Ok(workspace.target.join("release").join("evalscope"))
}

fn is_of_package(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
}

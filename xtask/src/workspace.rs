//! The repository as the chores see it: its root, crates and files, and its table of layers.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::error::Error;

/// The repository: where it is, which crates and files it has, and who may use whom.
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Where cargo builds.
    pub target: PathBuf,
    /// Our crates.
    pub packages: Vec<Package>,
    /// Every file that git tracks or would track, relative to the root, with `/`, sorted.
    pub files: Vec<String>,
    /// What `layers.toml` says.
    pub layers: Layers,
}

/// One of our crates, as cargo sees it.
#[derive(Debug, Deserialize)]
pub struct Package {
    /// The name in its `Cargo.toml`.
    pub name: String,
    /// Its `Cargo.toml`.
    pub manifest_path: PathBuf,
    /// What it depends on, for any purpose.
    pub dependencies: Vec<Dependency>,
}

/// An edge from one crate to another.
#[derive(Debug, Deserialize)]
pub struct Dependency {
    /// The package that is depended on.
    pub name: String,
    /// Nothing for a normal dependency, else `dev` or `build`.
    pub kind: Option<String>,
}

/// The table of layers, and the ceiling of packages.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layers {
    /// Limits on packages as a whole.
    pub packages: Packages,
    /// One entry per crate, in reading order.
    #[serde(rename = "crate")]
    pub crates: Vec<Layer>,
}

/// Limits on packages as a whole.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packages {
    /// The most packages that `Cargo.lock` may hold.
    pub ceiling: usize,
}

/// What one crate may and must not use.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// The package name.
    pub name: String,
    /// The floor of the house that it stands on.
    pub floor: u8,
    /// What it is for, in one line.
    pub purpose: String,
    /// Our own crates that it may depend on.
    pub may_use: Vec<String>,
    /// Packages that it must not depend on.
    pub must_not_know: Vec<String>,
    /// The same in words.
    pub never: String,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Workspace {
    /// Reads the workspace that the current folder belongs to.
    pub fn open() -> Result<Self, Error> {
        let text = output(Command::new("cargo").args(["metadata", "--no-deps", "--format-version", "1"]))?;
        let metadata: Metadata =
            serde_json::from_str(&text).map_err(|error| Error::form("cargo metadata", &error))?;
        let root = metadata.workspace_root;
        let files = tracked_files(&root)?;
        let layers = toml::from_str(&read(&root.join("layers.toml"))?)
            .map_err(|error| Error::form("layers.toml", &error))?;
        Ok(Self { target: metadata.target_directory, packages: metadata.packages, files, layers, root })
    }

    /// Returns the text of a file, or nothing when it is not there or not text.
    pub fn text(&self, file: &str) -> Option<String> {
        std::fs::read_to_string(self.root.join(file)).ok()
    }

    /// Returns the Rust files of the repository with their text.
    pub fn rust_files(&self) -> Result<Vec<(String, String)>, Error> {
        self.files
            .iter()
            .filter(|file| file.ends_with(".rs"))
            .map(|file| Ok((file.clone(), read(&self.root.join(file))?)))
            .collect()
    }

    /// Returns a crate's folder relative to the root, with `/`.
    pub fn folder(&self, package: &Package) -> String {
        let folder = package.manifest_path.parent().unwrap_or(Path::new(""));
        let relative = folder.strip_prefix(&self.root).unwrap_or(folder);
        relative.to_string_lossy().replace('\\', "/")
    }
}

/// Lists what git tracks and what it would track, without what has been deleted.
fn tracked_files(root: &Path) -> Result<Vec<String>, Error> {
    let listing = output(Command::new("git").current_dir(root).args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let mut files: Vec<String> =
        listing.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    files.sort();
    files.dedup();
    files.retain(|file| root.join(file).is_file());
    Ok(files)
}

/// Reads a text file.
pub fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(Error::read(path))
}

/// Runs a program and returns what it prints; its own complaints go to the terminal.
pub fn output(command: &mut Command) -> Result<String, Error> {
    let name = command_line(command);
    let failed = |message: String| Error::Command { command: name.clone(), message };
    let done = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| failed(format!("did not start: {error}")))?;
    if !done.status.success() {
        return Err(failed(format!("failed: {}", done.status)));
    }
    String::from_utf8(done.stdout).map_err(|error| failed(format!("printed what is not text: {error}")))
}

/// Runs a program whose output belongs on the terminal.
pub fn pass_through(command: &mut Command) -> Result<(), Error> {
    let name = command_line(command);
    let failed = |message: String| Error::Command { command: name.clone(), message };
    let status = command.status().map_err(|error| failed(format!("did not start: {error}")))?;
    if status.success() { Ok(()) } else { Err(failed(format!("failed: {status}"))) }
}

fn command_line(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

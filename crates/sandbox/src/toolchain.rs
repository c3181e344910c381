//! Tools of a language on this machine, and the folders that they need in sight.

use crate::error::Error;
use crate::language::Language;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A language's tool as it is found on this machine.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Toolchain {
    /// The program.
    pub program: PathBuf,
    /// Folders that it needs in sight.
    pub folders: Vec<PathBuf>,
    /// Its version, in its own words.
    pub version: String,
}

impl Toolchain {
    /// Looks for the tool of `language` in the folders `path`.
    pub fn find(language: &Language, path: &[PathBuf]) -> Result<Toolchain, Error> {
        let found = language.tools.iter().find_map(|tool| {
            let programs = path.iter().map(|folder| folder.join(tool)).filter(|program| program.is_file());
            programs.into_iter().find_map(|program| {
                let told = tell(&program, language.describe)?;
                Some(described(program, tool, &told))
            })
        });
        found.ok_or_else(|| Error::NoToolchain {
            language: language.title.into(),
            tool: language.tools.first().copied().unwrap_or_default().into(),
        })
    }
}

/// A tool by its own description. What was found first can be a script that chooses one among several: a tool that says
/// where it really is, or names a folder with one, is taken at its word.
fn described(program: PathBuf, tool: &str, told: &str) -> Toolchain {
    let lines = || told.lines().map(str::trim).filter(|line| !line.is_empty());
    let paths: Vec<PathBuf> = lines().map(PathBuf::from).filter(|path| path.is_absolute()).collect();
    let folders: Vec<PathBuf> = paths.iter().filter(|path| path.is_dir()).cloned().collect();
    let named = paths.iter().find(|path| path.is_file()).cloned();
    let inside = || folders.iter().map(|folder| folder.join("bin").join(tool)).find(|path| path.is_file());
    let version = lines().find(|line| !line.starts_with('/')).map(str::to_owned);
    // A folder of tools is usually named after its version.
    let by_folder = || folders.first()?.file_name().map(|name| name.to_string_lossy().into_owned());
    Toolchain {
        version: version.or_else(by_folder).unwrap_or_default(),
        program: named.or_else(inside).unwrap_or(program),
        folders,
    }
}

/// What a tool says of itself.
fn tell(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    if !output.status.success() {
        return None;
    }
    // Some tell their version on standard error.
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    String::from_utf8(text).ok()
}

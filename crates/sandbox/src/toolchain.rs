//! Tools of a language on this machine, and the folders that they need in sight.

use crate::error::Error;
use crate::language::Language;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A language's tool as it is found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
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
            path.iter().map(|folder| folder.join(tool)).filter(|program| program.is_file()).find_map(
                |program| {
                    let told = tell(&program, language.describe)?;
                    let mut lines = told.lines().map(str::trim).filter(|line| !line.is_empty());
                    let version = lines.next()?.to_owned();
                    let lines: Vec<PathBuf> =
                        lines.map(PathBuf::from).filter(|path| path.is_absolute()).collect();
                    let (program, folders) = match lines.split_first() {
                        Some((program, folders)) => (program.clone(), folders.to_vec()),
                        None => (program, Vec::new()),
                    };
                    Some(Toolchain { program, folders, version })
                },
            )
        });
        found.ok_or_else(|| Error::NoToolchain {
            language: language.title.into(),
            tool: language.tools.first().copied().unwrap_or_default().into(),
        })
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

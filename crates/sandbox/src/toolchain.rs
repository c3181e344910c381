//! Tools of a language on this machine, and what they need in sight.

use crate::error::Error;
use crate::language::Language;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A language's tool as it is found on this machine.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Toolchain {
    /// The program.
    pub program: PathBuf,
    /// Files and folders that it needs in sight.
    pub visible: Vec<PathBuf>,
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

/// Folders beside the `bin` of a tool in which it has its own files.
const BESIDE_BIN: [&str; 4] = ["lib", "lib64", "libexec", "conf"];

/// A tool by its own description. What was found first can be a script that chooses one among several: a tool that says
/// where it really is, or names a folder with one, is taken at its word. So it is about what it needs in sight; one that
/// says nothing shows itself and what usually lies beside it, never the whole folder above, which can be a home.
fn described(program: PathBuf, tool: &str, told: &str) -> Toolchain {
    let lines = || told.lines().map(str::trim).filter(|line| !line.is_empty());
    let paths: Vec<PathBuf> = lines().map(PathBuf::from).filter(|path| path.is_absolute()).collect();
    let folders: Vec<&PathBuf> = paths.iter().filter(|path| path.is_dir()).collect();
    let named = paths.iter().find(|path| path.is_file()).cloned();
    let inside = || folders.iter().map(|folder| folder.join("bin").join(tool)).find(|path| path.is_file());
    let version = lines().find(|line| !line.starts_with('/')).map(str::to_owned);
    // A folder of tools is usually named after its version.
    let by_folder = || folders.first()?.file_name().map(|name| name.to_string_lossy().into_owned());
    let version = version.or_else(by_folder).unwrap_or_default();
    let program = named.or_else(inside).unwrap_or(program);
    let beside = || {
        let above = program.parent().filter(|folder| folder.ends_with("bin")).and_then(Path::parent);
        above.into_iter().flat_map(|above| BESIDE_BIN.map(|name| above.join(name)))
    };
    let mut wanted = if paths.is_empty() { beside().collect() } else { paths.clone() };
    wanted.push(program.clone());
    Toolchain { version, program, visible: without_parts(wanted) }
}

/// The paths that are there, without those that lie in another of them.
fn without_parts(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.retain(|path| path.exists());
    paths.sort();
    paths.dedup();
    let is_part = |path: &PathBuf| paths.iter().any(|other| other != path && path.starts_with(other));
    paths.iter().filter(|path| !is_part(path)).cloned().collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_that_says_nothing_of_its_folders_does_not_show_the_one_above() {
        let home = tempfile::tempdir().unwrap();
        for folder in ["bin", "lib", "letters"] {
            std::fs::create_dir(home.path().join(folder)).unwrap();
        }
        let tool = home.path().join("bin/tool");
        std::fs::write(&tool, "").unwrap();
        let found = described(tool.clone(), "tool", "tool 1.2\n");
        assert_eq!((found.version.as_str(), &found.program), ("tool 1.2", &tool));
        assert_eq!(found.visible, [tool, home.path().join("lib")]);
    }

    #[test]
    fn a_tool_is_taken_at_its_word() {
        let root = tempfile::tempdir().unwrap();
        let (lib, real) = (root.path().join("lib"), root.path().join("real"));
        std::fs::create_dir_all(lib.join("python")).unwrap();
        std::fs::write(&real, "").unwrap();
        let told = format!(
            "3.9\n{}\n{}\n{}\n/not/there\n",
            real.display(),
            lib.display(),
            lib.join("python").display()
        );
        let found = described("/shims/python3".into(), "python3", &told);
        assert_eq!((found.version.as_str(), &found.program), ("3.9", &real));
        assert_eq!(found.visible, [lib, real]);
    }
}

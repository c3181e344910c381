//! Reads the text of files: module docs, and words that do not belong into a public repository.

use crate::error::{Error, Finding};
use crate::workspace::Workspace;

/// Finds Rust files that do not open by saying what they are for.
pub fn module_docs(workspace: &Workspace) -> Result<Vec<Finding>, Error> {
    let files = workspace.rust_files()?;
    Ok(files
        .iter()
        .filter(|(_, text)| !opens_with_docs(text))
        .map(|(file, _)| {
            Finding::new(
                format!("{file}:1"),
                "does not open with `//!`",
                "say in one sentence what the file is for",
            )
        })
        .collect())
}

/// Finds paths of one machine, hosts of package registries, and left-over merge markers.
pub fn forbidden(workspace: &Workspace) -> Result<Vec<Finding>, Error> {
    let words = Words::new();
    let mut findings = Vec::new();
    for file in &workspace.files {
        if let Some(text) = workspace.text(file) {
            findings.extend(words.findings(file, &text));
        }
    }
    Ok(findings)
}

fn opens_with_docs(text: &str) -> bool {
    text.lines()
        .next()
        .and_then(|line| line.strip_prefix("//! "))
        .is_some_and(|words| !words.trim().is_empty())
}

/// What must not stand in a file. Put together here, so that this file does not contain it.
struct Words {
    folders: Vec<String>,
    hosts: Vec<String>,
    markers: Vec<String>,
}

impl Words {
    fn new() -> Self {
        let folder = |name: &str| format!("/{name}/");
        let host = |parts: &[&str]| parts.join(".");
        Self {
            folders: ["work", "root", "home", "Users"].map(folder).into(),
            hosts: vec![
                host(&["pypi", "org"]),
                host(&["pythonhosted", "org"]),
                host(&["static", "crates", "io"]),
                host(&["index", "crates", "io"]),
                host(&["registry", "npmjs", "org"]),
                ["sparse", "http"].join("+"),
            ],
            markers: ["<", "|", ">"].map(|sign| format!("{} ", sign.repeat(7))).into(),
        }
    }

    fn findings(&self, file: &str, text: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let place = || format!("{file}:{}", number + 1);
            if let Some(folder) = self.folders.iter().find(|folder| has_absolute_path(line, folder)) {
                let message = format!("names the folder `{folder}` of one machine");
                findings.push(Finding::new(
                    place(),
                    message,
                    "use a path relative to the repository, or a made-up one",
                ));
            }
            if let Some(host) = self.hosts.iter().find(|host| line.contains(*host)) {
                let message = format!("names the package registry `{host}`");
                findings.push(Finding::new(place(), message, "leave the host to the user's own settings"));
            }
            if self.markers.iter().any(|marker| line.starts_with(marker)) {
                findings.push(Finding::new(place(), "is a merge marker", "finish the merge"));
            }
        }
        findings
    }
}

/// Tells whether the line has `folder` at the start of a path, not inside one such as `../work/` or a URL.
fn has_absolute_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|sign| sign.is_alphanumeric() || "._-~/$}>*".contains(sign))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        Words::new().findings("f", text).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn absolute_paths_are_found_and_relative_ones_are_not() {
        let folder = format!("/{}/", "home");
        assert_eq!(messages(&format!("cd {folder}me")).len(), 1);
        assert_eq!(messages(&format!("\"{folder}me\"")).len(), 1);
        assert_eq!(
            messages(&format!("ls ..{folder}me; curl https://a.example{folder}x; $X{folder}y")),
            [""; 0]
        );
    }

    #[test]
    fn registries_and_markers_are_found() {
        let host = ["pypi", "org"].join(".");
        assert_eq!(
            messages(&format!("x\nhttps://{host}/simple")),
            [format!("names the package registry `{host}`")]
        );
        assert_eq!(messages(&format!("{} HEAD", "<".repeat(7))), ["is a merge marker"]);
        assert_eq!(messages("<<< a\n====\n"), [""; 0]);
    }

    #[test]
    fn a_file_opens_with_a_sentence() {
        assert!(opens_with_docs("//! Reads rows.\nuse x;"));
        assert!(!opens_with_docs("//!\n//! Reads rows."));
        assert!(!opens_with_docs("use x;"));
        assert!(!opens_with_docs(""));
    }
}

//! Writes what is derived: JSON schemas, reference pages, and the layer table of ARCHITECTURE.md.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Error, Finding, settle};
use crate::product::Product;
use crate::tidy::architecture;
use crate::workspace::{Workspace, read};

/// What the product writes, and where it belongs in the repository.
const FOLDERS: [(&str, &str, &str); 2] =
    [("schemas", "schemas", "json"), ("reference", "docs/reference", "md")];

/// Single pages that it writes into a folder where others are written by hand.
const PAGES: [(&str, &str); 1] = [("pages/benchmarks-list.md", "docs/benchmarks-list.md")];

/// Relative path → text; no text means that the file has to go.
type Changes = BTreeMap<String, Option<String>>;

/// Writes everything that is derived.
pub fn write(workspace: &Workspace, product: &Product) -> Result<String, Error> {
    // The table first: it needs no build, so it is right even when the product does not compile yet.
    let table = architecture_change(workspace)?;
    apply(&workspace.root, &table)?;
    let rest = product_changes(workspace, product)?;
    apply(&workspace.root, &rest)?;
    let mut text = String::new();
    for (path, change) in table.iter().chain(&rest) {
        text.push_str(&format!("{} {path}\n", if change.is_some() { "wrote" } else { "removed" }));
    }
    if text.is_empty() {
        text.push_str("nothing has changed\n");
    }
    Ok(text)
}

/// Fails when `write` would change anything.
pub fn check(workspace: &Workspace, product: &Product) -> Result<String, Error> {
    let mut changes = architecture_change(workspace)?;
    changes.extend(product_changes(workspace, product)?);
    let findings: Vec<Finding> = changes
        .iter()
        .map(|(path, change)| {
            let message =
                if change.is_some() { "is not what is generated" } else { "is no longer generated" };
            Finding::new(path, message, "run `cargo xtask generate` and commit the result")
        })
        .collect();
    settle(&findings, "generated files are up to date\n".to_owned())
}

fn architecture_change(workspace: &Workspace) -> Result<Changes, Error> {
    let old = read(&workspace.root.join(architecture::PAGE))?;
    let new = architecture::with_table(&old, &workspace.layers)?;
    Ok(if new == old { Changes::new() } else { Changes::from([(architecture::PAGE.to_owned(), Some(new))]) })
}

/// Runs the product's generator into a scratch folder and compares.
fn product_changes(workspace: &Workspace, product: &Product) -> Result<Changes, Error> {
    let scratch = workspace.target.join("xtask-generate");
    if scratch.exists() {
        std::fs::remove_dir_all(&scratch).map_err(Error::write(&scratch))?;
    }
    std::fs::create_dir_all(&scratch).map_err(Error::write(&scratch))?;
    product.run_self(workspace, &["generate"], &scratch)?;
    let mut changes = Changes::new();
    for (from, to, extension) in FOLDERS {
        let new = texts(&scratch.join(from), extension)?;
        if new.is_empty() {
            return Err(Error::form("evalscope self generate", &format!("wrote no {from}/*.{extension}")));
        }
        let old = texts(&workspace.root.join(to), extension)?;
        changes.extend(differences(to, &old, new));
    }
    for (from, to) in PAGES {
        let new = read(&scratch.join(from))?;
        let path = workspace.root.join(to);
        if !path.exists() || read(&path)? != new {
            changes.insert(to.to_owned(), Some(new));
        }
    }
    Ok(changes)
}

/// Reads the files of a folder that end in `extension`: name → text. A folder that is not there is empty.
fn texts(folder: &Path, extension: &str) -> Result<BTreeMap<String, String>, Error> {
    let mut found = BTreeMap::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in std::fs::read_dir(folder).map_err(Error::read(folder))? {
        let path = entry.map_err(Error::read(folder))?.path();
        if path.extension().is_some_and(|found| found == extension)
            && let Some(name) = path.file_name()
        {
            found.insert(name.to_string_lossy().into_owned(), read(&path)?);
        }
    }
    Ok(found)
}

/// Says what has to happen to `folder`, which holds `old`, for it to hold `new`.
fn differences(folder: &str, old: &BTreeMap<String, String>, new: BTreeMap<String, String>) -> Changes {
    let stale =
        old.keys().filter(|name| !new.contains_key(*name)).map(|name| (format!("{folder}/{name}"), None));
    let mut changes: Changes = stale.collect();
    for (name, text) in new {
        if old.get(&name) != Some(&text) {
            changes.insert(format!("{folder}/{name}"), Some(text));
        }
    }
    changes
}

fn apply(root: &Path, changes: &Changes) -> Result<(), Error> {
    for (path, change) in changes {
        let path = root.join(path);
        match change {
            None => std::fs::remove_file(&path).map_err(Error::write(&path))?,
            Some(text) => {
                let folder = path.parent().unwrap_or(root);
                std::fs::create_dir_all(folder).map_err(Error::write(folder))?;
                std::fs::write(&path, text).map_err(Error::write(&path))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect()
    }

    #[test]
    fn new_changed_and_stale_files_are_told_apart() {
        let old = files(&[("same.json", "1"), ("changed.json", "1"), ("stale.json", "1")]);
        let new = files(&[("same.json", "1"), ("changed.json", "2"), ("new.json", "3")]);
        let changes = differences("schemas", &old, new);
        assert_eq!(
            changes,
            Changes::from([
                ("schemas/changed.json".to_owned(), Some("2".to_owned())),
                ("schemas/new.json".to_owned(), Some("3".to_owned())),
                ("schemas/stale.json".to_owned(), None),
            ])
        );
    }

    #[test]
    fn changes_are_applied_to_the_folder() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let stale = folder.path().join("old.md");
        std::fs::write(&stale, "x").expect("writable");
        let changes =
            Changes::from([("a/b.md".to_owned(), Some("text".to_owned())), ("old.md".to_owned(), None)]);
        apply(folder.path(), &changes).expect("applies");
        assert_eq!(read(&folder.path().join("a/b.md")).expect("written"), "text");
        assert!(!stale.exists());
    }
}

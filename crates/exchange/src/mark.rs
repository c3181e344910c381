//! The mark of an export: a file in its folder that lists what was written. By it an export is told from results that
//! another program wrote under the same names, or beside them.

use crate::error::Error;
use crate::json::read_document;
use crate::jsonl::LineWriter;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The file; no program looks at it.
const NAME: &str = ".evalscope-export";
/// Version of its form.
const VERSION: u32 = 1;

/// One line of JSON.
#[derive(Serialize, Deserialize)]
struct Mark {
    /// The form of the export, for people.
    form: String,
    version: u32,
    /// The size of each file, by its path in the folder.
    files: BTreeMap<String, u64>,
}

/// Marks a folder that was just filled as an export.
pub fn write(folder: &Path, form: &str) -> Result<(), Error> {
    let mark = Mark { form: form.to_owned(), version: VERSION, files: files(folder)? };
    let mut out = LineWriter::create(&folder.join(NAME))?;
    out.add(&mark)?;
    out.finish()
}

/// The first thing in a folder that an export did not write, or not as it is now.
pub fn foreign(folder: &Path) -> Result<Option<String>, Error> {
    let mark: Option<Mark> = read_document(&folder.join(NAME)).ok();
    let Some(mark) = mark.filter(|mark| mark.version == VERSION) else {
        // Whoever's it is, it need not be gone through.
        let reading = Error::file("read", folder);
        let first = std::fs::read_dir(folder).map_err(&reading)?.next();
        let first = first.transpose().map_err(&reading)?;
        return Ok(first.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    };
    let mut found = files(folder)?.into_iter();
    Ok(found.find(|(file, size)| file != NAME && mark.files.get(file) != Some(size)).map(|(file, _)| file))
}

/// What is below a folder and is none itself, with sizes. Links are listed and not followed.
fn files(folder: &Path) -> Result<BTreeMap<String, u64>, Error> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        let reading = Error::file("read", &inside);
        for entry in std::fs::read_dir(&inside).map_err(&reading)? {
            let path = entry.map_err(&reading)?.path();
            let metadata = path.symlink_metadata().map_err(&reading)?;
            if metadata.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
                found.insert(name, metadata.len());
            }
        }
    }
    Ok(found)
}

//! Finds lm-eval's files: those of samples, and beside them those of scores, which have the same time in their names.

use super::{RESULTS, SAMPLES};
use crate::error::Error;
use crate::files;
use std::path::{Path, PathBuf};

/// The samples of a task.
pub struct TaskFile {
    /// The file.
    pub path: PathBuf,
    /// The task.
    pub task: String,
    /// The file of scores of the same evaluation.
    pub results: Option<PathBuf>,
}

/// Whether there are files of samples, or it is one.
pub fn is_here(path: &Path) -> bool {
    files::below(path, is_samples).is_ok_and(|found| found.iter().any(|file| is_samples(&files::name(file))))
}

fn is_samples(name: &str) -> bool {
    name.starts_with(SAMPLES) && name.ends_with(".jsonl")
}

/// The files of samples; of several evaluations in one folder the newest of each task.
pub fn find(path: &Path) -> Result<Vec<TaskFile>, Error> {
    let mut found: Vec<TaskFile> = Vec::new();
    // In the order of names, and so of times.
    for file in files::below(path, is_samples)? {
        let stem = files::stem(&file);
        let Some((task, date)) = stem.strip_prefix(SAMPLES).and_then(|rest| rest.rsplit_once('_')) else {
            continue;
        };
        let results = file.with_file_name(format!("{RESULTS}{date}.json"));
        let one = TaskFile {
            task: task.to_owned(),
            results: results.is_file().then_some(results),
            path: file.clone(),
        };
        let same = |known: &TaskFile| known.task == one.task && known.path.parent() == one.path.parent();
        match found.iter_mut().find(|known| same(known)) {
            Some(known) => *known = one,
            None => found.push(one),
        }
    }
    Ok(found)
}

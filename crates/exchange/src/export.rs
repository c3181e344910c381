//! Writes a run in another program's form.

use crate::error::Error;
use crate::format::{Format, Target};
use crate::place::{self, Overwrite};
use evalscope_runs::RunFolder;
use std::path::{Path, PathBuf};

/// What an export made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The file or folder.
    pub path: PathBuf,
    /// Samples in it, repeats counted.
    pub samples: u64,
}

/// Writes the run in `folder` to `to`, or beside the run when there is no `to`.
pub fn export(
    folder: &RunFolder,
    format: &Format,
    to: Option<&Path>,
    overwrite: Overwrite,
) -> Result<Exported, Error> {
    let path = to.map_or_else(|| beside(folder.path(), format), Path::to_owned);
    let samples = match format.target {
        Target::File { write, .. } => place::put_file(&path, overwrite, |file| write(folder, file)),
        Target::Folder { write } => place::put_folder(&path, overwrite, format.name, |to| write(folder, to)),
    }?;
    Ok(Exported { path, samples })
}

/// `outputs/20260101_120000.parquet`, `outputs/20260101_120000-inspect`.
fn beside(run: &Path, format: &Format) -> PathBuf {
    // A run may be named as `.`, which has no name to add to.
    let run = match run.file_name() {
        Some(_) => run.to_owned(),
        None => std::fs::canonicalize(run).unwrap_or_else(|_| run.to_owned()),
    };
    let mut name = run.file_name().unwrap_or(run.as_os_str()).to_owned();
    match format.target {
        Target::File { ending, .. } => name.push(format!(".{ending}")),
        Target::Folder { .. } => name.push(format!("-{}", format.name)),
    }
    run.with_file_name(name)
}

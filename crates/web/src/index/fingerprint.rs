//! Whether the files of a run are still those that an index was made of.

use crate::error::Error;
use evalscope_runs::RunFolder;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

/// Version of the index's form; another one is made anew.
const FORM: u32 = 3;

/// A digest of names, sizes and times of the run's files, and their bytes.
pub fn fingerprint(folder: &RunFolder) -> Result<(String, u64), Error> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&FORM.to_le_bytes());
    let mut bytes = 0;
    for path in files(folder)? {
        let Ok(about) = path.metadata() else { continue };
        let time = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let line = format!("{}\n{}\n{:?}\n", path.display(), about.len(), time.unwrap_or_default());
        hasher.update(line.as_bytes());
        bytes += about.len();
    }
    Ok((hasher.finalize().to_hex()[..32].to_owned(), bytes))
}

fn files(folder: &RunFolder) -> Result<Vec<PathBuf>, Error> {
    let plan = folder.plan();
    let mut files = vec![folder.path().join("configs/plan.json")];
    for model in &plan.models {
        for benchmark in &plan.benchmarks {
            for subset in benchmark.subsets.keys() {
                files.push(folder.predictions_path(&model.id, &benchmark.name, subset)?);
                files.extend(folder.review_files(&model.id, &benchmark.name, subset)?);
            }
        }
    }
    Ok(files)
}

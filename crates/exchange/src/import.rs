//! Makes a run of what another program wrote.
//!
//! The files are read twice: once to know what is in them, so that there is a plan, and once to write them down. So
//! what is wrong with them is said before there is a run.

use crate::answered::{Answered, Part};
use crate::digest;
use crate::error::Error;
use crate::format::{self, Format};
use crate::planned::Seen;
use crate::source::{About, Source};
use evalscope_core::manifest::{MANIFEST_VERSION, ManifestBenchmark, ManifestModel, Platform, Program};
use evalscope_core::{DataFile, Manifest, Plan};
use evalscope_runs::{Journal, Review, ReviewWriter, RunFolder, Status};
use serde_json::json;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The field of a model's identity that names the program which a run was imported from.
pub const IMPORTED: &str = "imported_from";
/// Subsets whose files are open at a time.
const MAX_OPEN: usize = 64;

/// What an import made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The folder of the run.
    pub path: PathBuf,
    /// The program that the files are from, with its version when they say so.
    pub from: String,
    /// Samples, repeats counted.
    pub samples: u64,
    /// Samples that came without a score.
    pub unscored: u64,
}

/// Makes a run in `to` of the file or folder `path`; the form is found out when none is named.
pub fn import(path: &Path, format: Option<&Format>, to: &Path) -> Result<Imported, Error> {
    if path.symlink_metadata().is_err() {
        return Err(Error::file("read", path)(std::io::ErrorKind::NotFound.into()));
    }
    if to.symlink_metadata().is_ok() {
        return Err(Error::Taken { path: to.to_owned() });
    }
    let unknown = || Error::UnknownFormat { path: path.to_owned() };
    let format = format.or_else(|| format::detect(path)).ok_or_else(unknown)?;
    let mut source = (format.open)(path)?;
    let mut seen = Seen::default();
    source.each(&mut |part, sample| seen.add(part, &sample))?;
    if seen.samples == 0 {
        return Err(Error::Empty { path: path.to_owned() });
    }
    let about = source.about().clone();
    let files = digest::data_files(path, &about.files)?;
    let plan = marked(seen.plan(&about)?, &about, &digest::together(&files));
    let given = given(path, &about);
    let folder = RunFolder::create(to, &plan, &given)?;
    let written = write(&folder, source.as_mut(), &manifest(&plan, &about, files), &seen);
    drop(folder);
    if let Err(error) = written {
        // Half a run is none. The folder was made by us, just now.
        let _ = std::fs::remove_dir_all(to);
        return Err(error);
    }
    let unscored = seen.samples - seen.scored - seen.failed;
    Ok(Imported { path: to.to_owned(), from: from(&about), samples: seen.samples, unscored })
}

/// Where the run is from, in the place of options: nobody gave any. Of our own exports also what made them.
fn given(path: &Path, about: &About) -> serde_json::Value {
    let made = about.carried.first().map(|carried| {
        json!({"program": carried.program, "started_at": carried.started_at, "ended_at": carried.ended_at})
    });
    json!({IMPORTED: about.tool, "version": about.version, "path": path, "made": made})
}

/// `lm-eval 0.4.13`.
fn from(about: &About) -> String {
    about
        .version
        .as_ref()
        .map_or_else(|| about.tool.to_owned(), |version| format!("{} {version}", about.tool))
}

/// The plan with its origin in every model's identity: it is no run that could be gone on with.
fn marked(mut plan: Plan, about: &About, sha256: &str) -> Plan {
    for model in &mut plan.models {
        model.identity.insert(IMPORTED.to_owned(), from(about));
        model.identity.insert("imported_sha256".to_owned(), sha256.to_owned());
    }
    plan
}

fn manifest(plan: &Plan, about: &About, files: Vec<DataFile>) -> Manifest {
    let models = plan.models.iter().map(|model| ManifestModel {
        id: model.id.clone(),
        identity: model.identity.clone(),
        sampling: model.sampling.clone(),
        reported: Vec::new(),
    });
    let benchmarks = plan.benchmarks.iter().map(|planned| ManifestBenchmark {
        name: planned.name.clone(),
        definition: evalscope_core::digest(&(&planned.asking, &planned.scoring)),
        origin: format!("imported from {}", from(about)),
        data: files.clone(),
        asked: Vec::new(),
        prompts: None,
        sampling: Vec::new(),
    });
    Manifest {
        version: MANIFEST_VERSION,
        program: Program {
            name: "evalscope-rs".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            commit: None,
        },
        platform: Platform { os: std::env::consts::OS.into(), architecture: std::env::consts::ARCH.into() },
        models: models.collect(),
        benchmarks: benchmarks.collect(),
    }
}

fn write(folder: &RunFolder, source: &mut dyn Source, manifest: &Manifest, seen: &Seen) -> Result<(), Error> {
    folder.write_manifest(manifest)?;
    let mut open = Open { folder, parts: HashMap::new() };
    source.each(&mut |part, sample| open.add(part, sample))?;
    open.close()?;
    let planned = folder.plan().samples();
    let status = if seen.scored >= planned {
        Status::Finished
    } else if seen.scored + seen.failed >= planned {
        Status::Partial
    } else {
        Status::Interrupted
    };
    Ok(folder.set_status(status)?)
}

/// Files of subsets that are being written.
struct Open<'a> {
    folder: &'a RunFolder,
    parts: HashMap<Part, (Journal, ReviewWriter)>,
}

impl Open<'_> {
    fn add(&mut self, part: &Part, sample: Answered) -> Result<(), Error> {
        if !self.parts.contains_key(part) {
            if self.parts.len() >= MAX_OPEN {
                self.close()?;
            }
            let Part { model, benchmark, subset } = part;
            let journal = self.folder.journal(model, benchmark, subset)?;
            let reviews = self.folder.reviews(model, benchmark, subset)?;
            self.parts.insert(part.clone(), (journal, reviews));
        }
        let Some((journal, reviews)) = self.parts.get_mut(part) else { return Ok(()) };
        for call in &sample.calls {
            journal.append(call)?;
        }
        match sample.into_review(part) {
            Some(review) => Ok(reviews.append(&review)?),
            None => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), Error> {
        for (_, (journal, reviews)) in self.parts.drain() {
            journal.sync()?;
            reviews.finish()?;
        }
        Ok(())
    }
}

impl Answered {
    fn into_review(self, part: &Part) -> Option<Review> {
        Some(Review {
            index: self.index,
            repeat: self.repeat,
            sample_id: self.id,
            subset: part.subset.clone(),
            category: self.category,
            cluster: self.cluster,
            targets: self.targets,
            verdict: self.verdict?,
        })
    }
}

//! What the caches hold: what was pulled, and what runs have fetched.

use super::gather::Absent;
use super::pull::PullOptions;
use super::wanted::{Wanted, command, is_meant};
use crate::catalogue;
use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::prepare::{library, roots};
use evalscope_data::{CacheFile, CacheRoots, Pull, PullKind, Pulls};
use indexmap::IndexMap;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Something that the caches hold.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Kept {
    /// `benchmark@protocol`, a model of the catalogue, or `org/name`.
    pub name: String,
    /// What the name names.
    pub kind: PullKind,
    /// Where it is from: hub, repository and revision, or package.
    pub origin: String,
    /// The folders in which its files lie.
    pub folders: Vec<PathBuf>,
    /// Files of data, texts and weights.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
    /// Whether checksums were written down: it was pulled or unbundled, and not only fetched by a run.
    pub is_pulled: bool,
    /// Files that should be there and are not, or have another size.
    pub missing: Vec<String>,
    /// Subsets that the hub did not have when it was asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_on_hub: Vec<String>,
    /// The command that fetches it.
    pub command: String,
}

impl Kept {
    /// What is there of a pull, by the sizes of its files.
    pub(super) fn of_pull(pull: &Pull, roots: &CacheRoots) -> Kept {
        let is_missing = |file: &&CacheFile| {
            let found = std::fs::metadata(file.place(roots));
            !found.is_ok_and(|found| found.is_file() && found.len() == file.bytes)
        };
        let missing = pull.files.iter().filter(is_missing);
        Kept {
            missing: missing.map(|file| file.place(roots).display().to_string()).collect(),
            ..Kept::of_files(pull, &pull.files, roots)
        }
    }

    fn of_files(pull: &Pull, files: &[CacheFile], roots: &CacheRoots) -> Kept {
        let content: Vec<&CacheFile> = files.iter().filter(|file| file.is_content()).collect();
        let folders: BTreeSet<PathBuf> = content.iter().map(|file| folder(file, roots)).collect();
        Kept {
            name: pull.name.clone(),
            kind: pull.kind,
            origin: pull.origin.clone(),
            folders: folders.into_iter().collect(),
            files: content.len(),
            bytes: content.iter().map(|file| file.bytes).sum(),
            is_pulled: true,
            missing: Vec::new(),
            not_on_hub: Vec::new(),
            command: command(pull),
        }
    }
}

/// The folder of the revision or package that a file belongs to; else the file's own.
fn folder(file: &CacheFile, roots: &CacheRoots) -> PathBuf {
    let parts: Vec<&str> = file.path.split('/').collect();
    let end = parts.iter().position(|part| matches!(*part, "snapshots" | "packages")).map(|at| at + 2);
    let end = end.unwrap_or(parts.len()).min(parts.len() - 1);
    roots.root(file.cache).join(parts[..end].join("/"))
}

/// All that the caches hold of what we know by name.
pub fn list(environment: &Environment) -> Result<Vec<Kept>, Error> {
    kept(environment, &|_| true)
}

/// The folders in which `name` lies.
pub fn whereabouts(name: &str, environment: &Environment) -> Result<Vec<PathBuf>, Error> {
    let found = kept(environment, &|pulled| is_meant(name, pulled))?;
    if found.is_empty() {
        // Says what is missing, or that there is no such name.
        let options = options(Hub::ModelScope);
        let (pull, _) = super::pull::make(name, &options, &environment.without_network(), &mut |_| {})?;
        return Ok(Kept::of_pull(&pull, &roots(environment)).folders);
    }
    let folders: BTreeSet<PathBuf> = found.into_iter().flat_map(|kept| kept.folders).collect();
    Ok(folders.into_iter().collect())
}

fn kept(environment: &Environment, is_wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Kept>, Error> {
    let roots = roots(environment);
    let pulls = Pulls::new(&roots).load()?;
    let mut found: Vec<Kept> =
        pulls.iter().filter(|pull| is_wanted(&pull.name)).map(|pull| Kept::of_pull(pull, &roots)).collect();
    let names = library(&[])?.names();
    let models = catalogue::entries().iter().map(|entry| entry.name.clone());
    for (name, hub) in models.map(|name| (name, Hub::ModelScope)).chain(on_hubs(names)) {
        let options = options(hub);
        let wanted = Wanted::find(&name, &options)?;
        let pull = wanted.pull(&name, &options);
        let is_known = pulls
            .iter()
            .any(|known| known.hub == pull.hub && is_meant(&name, &known.name) && known.arguments.is_none());
        if !is_known && is_wanted(&pull.name) {
            found.extend(fetched_by_runs(&wanted, pull, &options, environment));
        }
    }
    found.sort_by(|a, b| (&a.name, &a.origin).cmp(&(&b.name, &b.origin)));
    Ok(found)
}

fn on_hubs(names: Vec<String>) -> impl Iterator<Item = (String, Hub)> {
    names.into_iter().flat_map(|name| [(name.clone(), Hub::ModelScope), (name, Hub::HuggingFace)])
}

/// What runs have left in the caches, without a pull.
fn fetched_by_runs(
    wanted: &Wanted,
    mut pull: Pull,
    options: &PullOptions,
    environment: &Environment,
) -> Option<Kept> {
    let gathered = wanted.gather(options, &environment.without_network(), Absent::Name, &mut |_| {}).ok()?;
    pull.origin = gathered.origin;
    let kept = Kept::of_files(&pull, &gathered.store.files_given_out(), &roots(environment));
    (kept.files > 0).then_some(Kept { missing: gathered.missing, is_pulled: false, ..kept })
}

/// The plainest options: what a run without arguments reads.
pub(super) fn options(hub: Hub) -> PullOptions {
    PullOptions {
        hub,
        hub_option: "--dataset-hub",
        dataset_args: IndexMap::new(),
        benchmark_paths: Vec::new(),
    }
}

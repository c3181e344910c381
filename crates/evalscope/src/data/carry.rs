//! Checks what was pulled, and carries it from machine to machine.

use super::kept::{Kept, options};
use super::pull::make;
use super::wanted::{command, is_meant};
use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::prepare::roots;
use evalscope_data::{Existing, Pull, Pulls, Unbundled, damage};
use std::path::{Path, PathBuf};

/// One pull, checked.
#[derive(Debug, serde::Serialize)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// Where it is from.
    pub origin: String,
    /// Files that were checked.
    pub files: usize,
    /// Those that are not what they were.
    pub damaged: Vec<Damaged>,
    /// The command that mends them.
    pub command: String,
}

/// A file that is not what it was.
#[derive(Debug, serde::Serialize)]
pub struct Damaged {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub what: String,
}

/// Computes the checksums of what was pulled once more; of all pulls when no name is given.
pub fn verify(names: &[String], environment: &Environment) -> Result<Vec<Checked>, Error> {
    select(names, environment)?.iter().map(|pull| check(pull, environment)).collect()
}

/// Writes what was pulled under these names into one file; gives what it holds and its size.
pub fn bundle(names: &[String], out: &Path, environment: &Environment) -> Result<(Vec<Kept>, u64), Error> {
    let pulls = select(names, environment)?;
    let roots = roots(environment);
    let kept = pulls.iter().map(|pull| Kept::of_pull(pull, &roots)).collect();
    match evalscope_data::bundle(&roots, pulls.clone(), out) {
        Ok(bytes) => Ok((kept, bytes)),
        Err(error) => Err(with_command(error, &pulls, environment)),
    }
}

/// Puts the files of a bundle into the caches.
pub fn unbundle(file: &Path, existing: Existing, environment: &Environment) -> Result<Unbundled, Error> {
    Ok(evalscope_data::unbundle(&roots(environment), file, existing)?)
}

/// The pulls of these names, all when there are none. What a run has fetched is written down first.
fn select(names: &[String], environment: &Environment) -> Result<Vec<Pull>, Error> {
    let pulls = Pulls::new(&roots(environment)).load()?;
    if names.is_empty() {
        return Ok(pulls);
    }
    let mut selected: Vec<Pull> = Vec::new();
    for name in names {
        let meant: Vec<Pull> = pulls.iter().filter(|pull| is_meant(name, &pull.name)).cloned().collect();
        let meant = if meant.is_empty() { vec![from_cache(name, environment)?] } else { meant };
        selected.extend(meant.into_iter().filter(|pull| !selected.contains(pull)).collect::<Vec<_>>());
    }
    Ok(selected)
}

/// A pull that asks no network, from the hub whose cache has all of it.
fn from_cache(name: &str, environment: &Environment) -> Result<Pull, Error> {
    let environment = environment.without_network();
    let made = |hub| make(name, &options(hub), &environment, &mut |_| {}).map(|(pull, _)| pull);
    made(Hub::ModelScope).or_else(|error| made(Hub::HuggingFace).map_err(|_| error))
}

fn check(pull: &Pull, environment: &Environment) -> Result<Checked, Error> {
    let roots = roots(environment);
    let mut damaged = Vec::new();
    for file in &pull.files {
        if let Some(what) = damage(&roots, file)? {
            damaged.push(Damaged { path: file.place(&roots), what });
        }
    }
    Ok(Checked {
        name: pull.name.clone(),
        origin: pull.origin.clone(),
        files: pull.files.len(),
        damaged,
        command: command(pull),
    })
}

/// An error with the command that mends the pull whose file is missing or damaged.
fn with_command(error: evalscope_data::Error, pulls: &[Pull], environment: &Environment) -> Error {
    let mut checked = pulls.iter().filter_map(|pull| check(pull, environment).ok());
    match checked.find(|checked| !checked.damaged.is_empty()) {
        Some(checked) => Error::Damaged { source: error, command: checked.command },
        None => error.into(),
    }
}

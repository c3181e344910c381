//! Opens what is wanted and makes all of its files be on this machine, as far as they can be had.

use super::PullStep;
use super::pull::PullOptions;
use super::wanted::Wanted;
use crate::environment::Environment;
use crate::error::Error;
use crate::prepare::store_for;
use evalscope_benchmarks::Protocol;
use evalscope_data::Store;
use std::sync::Arc;

/// What was gathered.
pub(super) struct Gathered {
    /// The store that has given out the files.
    pub store: Store,
    /// Where they are from.
    pub origin: String,
    /// What could not be had: files, or subsets that the hub does not have.
    pub missing: Vec<String>,
}

/// What a file that cannot be had means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// An error.
    Refuse,
    /// It is named, and the rest is gathered.
    Name,
}

impl Wanted {
    /// Opens and fetches all of it.
    pub fn gather(
        &self,
        options: &PullOptions,
        environment: &Environment,
        absent: Absent,
        watch: &mut dyn FnMut(PullStep<'_>),
    ) -> Result<Gathered, Error> {
        let fetched = match self {
            Wanted::Benchmark(protocol) => return gather(protocol, options, environment, absent, watch),
            Wanted::Catalogue(entry) => {
                watch(PullStep { done: 0, total: 1, file: &entry.file });
                entry.fetch_from(environment)?
            }
            Wanted::HubModel(model) => {
                watch(PullStep { done: 0, total: 1, file: &model.to_string() });
                model.fetch(options.hub, environment)?
            }
        };
        Ok(Gathered { store: fetched.store, origin: fetched.origin, missing: Vec::new() })
    }
}

fn gather(
    protocol: &Arc<Protocol>,
    options: &PullOptions,
    environment: &Environment,
    absent: Absent,
    watch: &mut dyn FnMut(PullStep<'_>),
) -> Result<Gathered, Error> {
    let store = store_for(environment, options.hub, None)?;
    let open = protocol.open(&store)?;
    let mut missing = open.missing_subsets();
    // A hub may lack subsets, which a run can go without; a cache that lacks them was not filled.
    let is_fatal = environment.offline && absent == Absent::Refuse;
    if !missing.is_empty() && (is_fatal || missing.len() == open.subsets().len()) {
        return Err(Error::missing_subsets(&open, missing));
    }
    let files = open.files();
    for (done, file) in files.iter().enumerate() {
        watch(PullStep { done, total: files.len(), file });
        match open.fetch(file) {
            Err(_) if absent == Absent::Name => missing.push(file.clone()),
            fetched => fetched?,
        }
    }
    Ok(Gathered { origin: open.origin(), store, missing })
}

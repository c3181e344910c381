//! Repositories on hubs, listed and fetched once, kept in the hub's own cache.

mod huggingface;
mod listing;
mod modelscope;
mod remote;
mod repository;

pub(crate) use remote::RepoKind;
pub use repository::{Repository, missing_weights};

use crate::error::Error;
use crate::names::{check_repository, check_revision};
use crate::options::{Hub, RepoId, StoreOptions};
use crate::trace::Trace;
use listing::ListingCache;
use remote::Remote;
use repository::Parts;

/// Opens a repository on the store's hub; what it gives out is noted in `trace`.
pub(crate) fn open(
    options: &StoreOptions,
    id: &RepoId,
    kind: RepoKind,
    trace: &Trace,
) -> Result<Repository, Error> {
    check_repository(&id.id)?;
    id.revision.as_deref().map_or(Ok(()), check_revision)?;
    let remote: Box<dyn Remote> = match options.hub {
        Hub::Local => return Err(Error::NoLocalModels { id: id.id.clone() }),
        Hub::HuggingFace => Box::new(huggingface::HuggingFace::open(options, id, kind)?),
        Hub::ModelScope => Box::new(modelscope::ModelScope::open(options, id, kind)?),
    };
    let cache = ListingCache::new(&options.cache.evalscope);
    let offline = options.offline;
    Repository::open(Parts { remote, cache, offline, trace: trace.clone() }, kind)
}

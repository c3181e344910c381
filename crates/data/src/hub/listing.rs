//! Lists of files, kept so that no hub is asked for them again.

use super::remote::Entry;
use crate::error::Error;
use crate::files;
use crate::names::is_inside;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The files of a repository, sorted by path.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Listing {
    entries: Vec<Entry>,
    #[serde(skip)]
    names: Vec<String>,
}

impl Listing {
    /// A list of those entries whose paths can be trusted.
    pub fn new(mut entries: Vec<Entry>) -> Listing {
        entries.retain(|entry| is_inside(&entry.path));
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        entries.dedup_by(|a, b| a.path == b.path);
        let names = entries.iter().map(|entry| entry.path.clone()).collect();
        Listing { entries, names }
    }

    /// A list of files of which only the names are known.
    pub fn of_names(names: &[String]) -> Listing {
        Listing::new(names.iter().map(|name| Entry::named(name)).collect())
    }

    /// All paths.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The entry of a path.
    pub fn find(&self, path: &str) -> Option<&Entry> {
        let found = self.entries.binary_search_by(|entry| entry.path.as_str().cmp(path));
        found.ok().map(|index| &self.entries[index])
    }
}

/// The folder of kept lists.
pub(crate) struct ListingCache {
    folder: PathBuf,
}

impl ListingCache {
    /// The lists in our own cache.
    pub fn new(cache: &Path) -> ListingCache {
        ListingCache { folder: cache.join("listings") }
    }

    /// A kept list; a damaged one counts as none.
    pub fn load(&self, key: &str) -> Option<Listing> {
        let text = std::fs::read(self.path(key)).ok()?;
        let listing: Listing = serde_json::from_slice(&text).ok()?;
        Some(Listing::new(listing.entries))
    }

    /// Keeps a list.
    pub fn save(&self, key: &str, listing: &Listing) -> Result<(), Error> {
        let text = serde_json::to_vec(listing).unwrap_or_default();
        files::write(&self.path(key), &text)
    }

    /// Where a list is kept.
    pub fn path(&self, key: &str) -> PathBuf {
        self.folder.join(format!("{key}.json"))
    }
}

//! A repository, as its users see it: names of files, and files that are fetched when they are asked for.

use super::listing::{Listing, ListingCache};
use super::remote::{Entry, Remote, RepoKind};
use crate::error::Error;
use crate::pattern::Pattern;
use crate::trace::Trace;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::OnceLock;

/// A repository on a hub at one revision. Files are fetched when they are asked for, once.
pub struct Repository {
    parts: Parts,
    known: Listing,
    /// Whether `known` is only what the hub's cache happens to hold.
    is_partial: bool,
    /// Why the hub did not say what else there is.
    unasked: Option<Error>,
    /// Asked for later, when `known` was not enough.
    asked: OnceLock<Listing>,
}

/// What a repository works with.
pub(crate) struct Parts {
    pub remote: Box<dyn Remote>,
    pub cache: ListingCache,
    pub offline: bool,
    pub trace: Trace,
}

impl Repository {
    /// Opens a repository with the list of files that is kept, else with what the hub's cache holds, else asks.
    pub(crate) fn open(parts: Parts, kind: RepoKind) -> Result<Repository, Error> {
        let key = parts.remote.listing_key();
        parts.trace.add(parts.cache.path(&key), None);
        parts.remote.reference().into_iter().for_each(|path| parts.trace.add(path, None));
        let kept = parts.cache.load(&key);
        let is_partial = kept.is_none();
        let known = kept.unwrap_or_else(|| Listing::of_names(&parts.remote.cached_names()));
        let mut repository = Repository { parts, known, is_partial, unasked: None, asked: OnceLock::new() };
        let is_empty = repository.known.names().is_empty();
        // The caller of a model chooses among its files, so all of them must be known.
        let wants_all = is_empty || kind == RepoKind::Model;
        if repository.is_partial && wants_all {
            match repository.ask() {
                Ok(listing) => (repository.known, repository.is_partial) = (listing, false),
                Err(error) if is_empty => return Err(error),
                Err(error) => repository.unasked = Some(error),
            }
        }
        Ok(repository)
    }

    /// All files, sorted.
    pub fn files(&self) -> &[String] {
        self.listing().names()
    }

    /// The error of a caller who lacks something where only a part of the files is known; `what` says what. Nothing where all
    /// are known.
    pub fn lack(&self, what: String) -> Option<Error> {
        self.unasked.as_ref().map(|error| error.partial(what))
    }

    /// A file on this machine, fetched when it is not in the hub's cache.
    pub fn path(&self, file: &str) -> Result<PathBuf, Error> {
        let path = self.find(file)?;
        let published = self.listing().find(file).and_then(|entry| entry.sha256.clone());
        self.parts.trace.add(path.clone(), published);
        Ok(path)
    }

    fn find(&self, file: &str) -> Result<PathBuf, Error> {
        let entry = self.entry(file)?;
        if let Some(path) = self.parts.remote.cached(entry) {
            return Ok(path);
        }
        if self.parts.offline {
            return Err(Error::Offline { what: format!("`{file}` of {}", self.parts.remote.origin()) });
        }
        match self.parts.remote.fetch(entry) {
            // A branch may have got another version since its list was kept.
            Err(Error::Size { .. } | Error::Checksum { .. })
                if self.may_ask() && !self.parts.remote.is_pinned() =>
            {
                let listing = self.ask()?;
                let entry = self.asked.get_or_init(|| listing).find(file);
                self.parts.remote.fetch(entry.ok_or_else(|| self.no_file(file))?)
            }
            fetched => fetched,
        }
    }

    /// `modelscope:org/name@revision`.
    pub fn origin(&self) -> String {
        self.parts.remote.origin()
    }

    /// The files that match a pattern. When the list is partial and may lack some, the hub is asked, if it may be.
    pub(crate) fn matching(&self, pattern: &Pattern) -> Vec<String> {
        let found = pattern.select(self.listing().names());
        if !self.is_partial || self.asked.get().is_some() {
            return found;
        }
        let missing = missing_shards(pattern, &found);
        let is_enough = !found.is_empty() && missing.is_empty() && may_be_all(pattern, &found);
        if !is_enough
            && self.may_ask()
            && let Ok(listing) = self.ask()
        {
            return pattern.select(self.asked.get_or_init(|| listing).names());
        }
        let mut found = found;
        found.extend(missing);
        found.sort();
        found
    }

    fn entry(&self, file: &str) -> Result<&Entry, Error> {
        if let Some(entry) = self.listing().find(file) {
            return Ok(entry);
        }
        if self.parts.offline && self.is_partial {
            return Err(Error::Offline { what: format!("`{file}` of {}", self.parts.remote.origin()) });
        }
        // A branch may have got the file since its list was kept.
        if self.may_ask() && (self.is_partial || !self.parts.remote.is_pinned()) {
            let listing = self.ask()?;
            let listing = self.asked.get_or_init(|| listing);
            if let Some(entry) = listing.find(file) {
                return Ok(entry);
            }
        }
        Err(self.no_file(file))
    }

    fn no_file(&self, file: &str) -> Error {
        Error::NoFile { file: file.to_owned(), origin: self.parts.remote.origin() }
    }

    fn listing(&self) -> &Listing {
        self.asked.get().unwrap_or(&self.known)
    }

    fn may_ask(&self) -> bool {
        !self.parts.offline && self.asked.get().is_none()
    }

    fn ask(&self) -> Result<Listing, Error> {
        if self.parts.offline {
            let what = format!("the list of files of {}", self.parts.remote.origin());
            return Err(self.parts.remote.absent(what));
        }
        let listing = Listing::new(self.parts.remote.list()?);
        self.parts.cache.save(&self.parts.remote.listing_key(), &listing)?;
        Ok(listing)
    }
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Repository")
            .field("origin", &self.parts.remote.origin())
            .finish_non_exhaustive()
    }
}

/// Whether nothing else can match: the pattern names one file, or all that it found are shards, which count
/// themselves.
fn may_be_all(pattern: &Pattern, found: &[String]) -> bool {
    pattern.is_literal() || found.iter().all(|name| shard(name).is_some())
}

/// The shards of a model's weights that are not here, as the numbers of those here have it; they begin at 1.
pub fn missing_weights(names: &[String]) -> Vec<String> {
    missing_of_sets(1, names)
}

/// The shards that must exist and match: to leave one out would change scores without a word.
fn missing_shards(pattern: &Pattern, found: &[String]) -> Vec<String> {
    missing_of_sets(0, found).into_iter().filter(|name| pattern.matches(name)).collect()
}

/// What is missing of sets of shards whose numbers begin here.
fn missing_of_sets(first: u32, found: &[String]) -> Vec<String> {
    let sets: BTreeSet<_> = found.iter().filter_map(|name| shard(name)).collect();
    let siblings = sets.into_iter().flat_map(|(start, end, count)| {
        (first..first + count).map(move |number| format!("{start}-{number:05}-of-{count:05}{end}"))
    });
    let found: BTreeSet<&String> = found.iter().collect();
    siblings.filter(|name| !found.contains(name)).collect()
}

/// What is before and after the numbers of a shard, and how many shards there are.
fn shard(name: &str) -> Option<(&str, &str, u32)> {
    /// No published set has more shards; a larger number is something else.
    const MAX_SHARDS: u32 = 4096;
    let at = name.rfind("-of-")?;
    let (start, number) = name[..at].rsplit_once('-')?;
    let (count, end) = name[at + 4..].split_at_checked(5)?;
    let is_number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let count = count.parse().ok().filter(|count| *count <= MAX_SHARDS && is_number(number))?;
    Some((start, end, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_shards_are_named() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let missing = |pattern: &str, found: &[&str]| missing_shards(&Pattern::new(pattern), &names(found));
        let (first, second) = ("a/test-00000-of-00002.parquet", "a/test-00001-of-00002.parquet");
        assert_eq!(missing("a/test-*", &[second]), [first]);
        assert_eq!(missing("a/test-*", &[first, second]), [""; 0]);
        assert_eq!(missing("a/test-00001*", &[second]), [""; 0], "only this one is wanted");
        let others = ["b-1-of-3.csv", "x-of-y.csv", "日本-00000-of-00001.parquet"];
        assert_eq!(missing("*", &others), [""; 0]);
    }

    #[test]
    fn shards_of_weights_are_counted_from_one() {
        let (first, second) = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
        assert_eq!(missing_weights(&[first.to_owned()]), [second]);
        assert_eq!(missing_weights(&[first.to_owned(), second.to_owned()]), [""; 0]);
        assert_eq!(missing_weights(&["model.safetensors".to_owned()]), [""; 0]);
    }

    #[test]
    fn a_partial_list_may_be_all_that_matches() {
        let all = |pattern: &str, found: &str| may_be_all(&Pattern::new(pattern), &[found.to_owned()]);
        assert!(all("test-*", "test-00000-of-00001.parquet"));
        assert!(all("x.csv", "x.csv"));
        assert!(!all("*.csv", "x.csv"), "there may be others");
    }
}

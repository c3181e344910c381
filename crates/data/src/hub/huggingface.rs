//! Hugging Face and its mirrors: its addresses, its cache of blobs, refs and snapshots.

use super::remote::{Entry, Remote, RepoKind};
use crate::checksum::sha256_of_text;
use crate::download::{Wanted, download};
use crate::error::Error;
use crate::files;
use crate::http::{Endpoint, Token};
use crate::lock::FileLock;
use crate::names::{is_commit, is_inside, is_sha256};
use crate::options::{RepoId, StoreOptions};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// The branch that a repository without a revision means.
const DEFAULT_REVISION: &str = "main";
/// Pages of a list of files at most, a thousand files each.
const MAX_PAGES: usize = 10_000;

/// A repository at one commit.
pub(crate) struct HuggingFace {
    endpoint: Endpoint,
    id: String,
    kind: RepoKind,
    /// As asked for.
    revision: String,
    commit: String,
    cache: PathBuf,
    /// `datasets--org--name`.
    folder: String,
}

#[derive(Deserialize)]
struct RevisionInfo {
    sha: String,
}

#[derive(Deserialize)]
struct TreeEntry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    size: Option<u64>,
    oid: Option<String>,
    lfs: Option<LfsInfo>,
}

#[derive(Deserialize)]
struct LfsInfo {
    oid: Option<String>,
    size: Option<u64>,
}

impl HuggingFace {
    /// Finds the commit of a revision: in the cache, else on the hub.
    pub fn open(options: &StoreOptions, id: &RepoId, kind: RepoKind) -> Result<HuggingFace, Error> {
        let token = Token { secret: options.huggingface_token.as_ref(), variable: "HF_TOKEN", cookie: None };
        let mut repository = HuggingFace {
            endpoint: Endpoint::new("Hugging Face", &options.huggingface_endpoint, &token, &options.watch)?,
            folder: format!("{}--{}", kind.plural(), id.id.replace('/', "--")),
            id: id.id.clone(),
            kind,
            revision: id.revision.clone().unwrap_or_else(|| DEFAULT_REVISION.to_owned()),
            commit: String::new(),
            cache: options.cache.huggingface.clone(),
        };
        repository.commit = repository.find_commit(options.offline)?;
        Ok(repository)
    }

    fn find_commit(&self, offline: bool) -> Result<String, Error> {
        if is_commit(&self.revision) {
            return Ok(self.revision.to_ascii_lowercase());
        }
        let reference = self.reference_path();
        if let Ok(commit) = fs::read_to_string(&reference)
            && is_commit(commit.trim())
        {
            return Ok(commit.trim().to_owned());
        }
        if offline {
            return Err(self.absent(self.origin()));
        }
        let what = format!("{}@{}", self.id, self.revision);
        let url = self.api(["revision", &self.revision], &[]);
        let (info, _): (RevisionInfo, _) = self.endpoint.json(&url, &what)?;
        if !is_commit(&info.sha) {
            return Err(self.endpoint.network(&what, "unexpected reply: no commit"));
        }
        files::write(&reference, info.sha.as_bytes())?;
        Ok(info.sha)
    }

    fn root(&self) -> PathBuf {
        self.cache.join(&self.folder)
    }

    fn reference_path(&self) -> PathBuf {
        self.root().join("refs").join(&self.revision)
    }

    fn snapshot(&self) -> PathBuf {
        self.root().join("snapshots").join(&self.commit)
    }

    fn api(&self, end: [&str; 2], query: &[(&str, &str)]) -> reqwest::Url {
        let start = ["api", self.kind.plural()];
        self.endpoint.url(start.into_iter().chain(self.id.split('/')).chain(end), query)
    }

    fn file_url(&self, path: &str) -> reqwest::Url {
        let start = (self.kind == RepoKind::Dataset).then_some("datasets");
        let segments = start.into_iter().chain(self.id.split('/'));
        self.endpoint.url(segments.chain(["resolve", &self.commit]).chain(path.split('/')), &[])
    }

    /// The name of a file's content in the cache: the hub's own, else one of ours that cannot collide with it.
    fn blob_name(&self, entry: &Entry) -> String {
        let is_name = |name: &&String| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
        match entry.blob.as_ref().filter(is_name) {
            Some(name) => name.clone(),
            None => format!("evalscope-{}", sha256_of_text(&format!("{}/{}", self.commit, entry.path))),
        }
    }
}

impl Remote for HuggingFace {
    fn origin(&self) -> String {
        format!("huggingface:{}@{}", self.id, self.revision)
    }

    fn listing_key(&self) -> String {
        format!("huggingface/{}/{}", self.folder, self.commit)
    }

    fn reference(&self) -> Option<PathBuf> {
        Some(self.reference_path())
    }

    /// Names a revision that the cache has in place of the one that is meant.
    fn absent(&self, what: String) -> Error {
        let offline = Error::Offline { what: what.clone() };
        let folders = fs::read_dir(self.root().join("snapshots")).into_iter().flatten().flatten();
        let mut commits: Vec<String> =
            folders.filter_map(|folder| folder.file_name().into_string().ok()).collect();
        commits.retain(|commit| is_commit(commit) && *commit != self.commit);
        commits.sort();
        match commits.first() {
            None => offline,
            Some(commit) => {
                let named = format!("{}@{commit}", self.id);
                offline.partial(format!("{what} is not in the cache, which has `{named}`"))
            }
        }
    }

    fn is_pinned(&self) -> bool {
        true
    }

    fn list(&self) -> Result<Vec<Entry>, Error> {
        let what = format!("the list of files of {}", self.id);
        let mut entries = Vec::new();
        let mut url = Some(self.api(["tree", &self.commit], &[("recursive", "true")]));
        for _ in 0..MAX_PAGES {
            let Some(page) = url else { return Ok(entries) };
            let (tree, next): (Vec<TreeEntry>, _) = self.endpoint.json(&page, &what)?;
            entries.extend(tree.into_iter().filter(|entry| entry.kind == "file").map(to_entry));
            url = next;
        }
        Err(self.endpoint.network(&what, "too many pages"))
    }

    fn cached_names(&self) -> Vec<String> {
        files::list(&self.snapshot()).unwrap_or_default()
    }

    fn cached(&self, entry: &Entry) -> Option<PathBuf> {
        let path = self.snapshot().join(&entry.path);
        (is_inside(&entry.path) && path.is_file()).then_some(path)
    }

    fn fetch(&self, entry: &Entry) -> Result<PathBuf, Error> {
        let name = self.blob_name(entry);
        let lock = self.cache.join(".locks").join(&self.folder).join(format!("{name}.lock"));
        let _lock = FileLock::acquire(&lock)?;
        if let Some(path) = self.cached(entry) {
            return Ok(path);
        }
        let blob = self.root().join("blobs").join(&name);
        if !blob.is_file() {
            let partial = blob.with_file_name(format!("{name}.incomplete"));
            let what = format!("`{}` of {}", entry.path, self.id);
            let wanted = Wanted {
                url: self.file_url(&entry.path),
                what: &what,
                partial: &partial,
                size: entry.size,
                sha256: entry.sha256.as_deref(),
            };
            download(&self.endpoint, &wanted)?;
            fs::rename(&partial, &blob).map_err(Error::io("write", &blob))?;
        }
        let path = self.snapshot().join(&entry.path);
        link(&blob, &path, &name, entry.path.split('/').count() + 1)?;
        Ok(path)
    }
}

fn to_entry(entry: TreeEntry) -> Entry {
    let (lfs_oid, lfs_size) = entry.lfs.map_or((None, None), |lfs| (lfs.oid, lfs.size));
    Entry {
        path: entry.path,
        size: lfs_size.or(entry.size),
        sha256: lfs_oid.clone().filter(|oid| is_sha256(oid)),
        blob: lfs_oid.or(entry.oid),
    }
}

/// Points a snapshot's file at its blob, `depth` folders up; where links are not to be had, moves it there.
fn link(blob: &Path, path: &Path, name: &str, depth: usize) -> Result<(), Error> {
    files::make_parent(path)?;
    if fs::symlink_metadata(path).is_ok() {
        fs::remove_file(path).map_err(Error::io("replace", path))?;
    }
    let target = Path::new(&"../".repeat(depth)).join("blobs").join(name);
    if symlink(&target, path).is_ok() {
        return Ok(());
    }
    fs::rename(blob, path).map_err(Error::io("write", path))
}

#[cfg(unix)]
fn symlink(target: &Path, path: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

#[cfg(not(unix))]
fn symlink(_target: &Path, _path: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

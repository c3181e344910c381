//! ModelScope: its addresses and its cache, in the layout of today's client and those of earlier ones.

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
use std::path::PathBuf;

/// The branch that a repository without a revision means.
const DEFAULT_REVISION: &str = "master";
/// Files on a page of a data set's list; the hub's own client asks for as many.
const PAGE: usize = 200;
/// Suffix of a file that has not arrived as a whole; the hub's own client uses it too.
const PARTIAL: &str = ".incomplete";
/// Pages at most.
const MAX_PAGES: usize = 50_000;

/// A repository at one revision.
pub(crate) struct ModelScope {
    endpoint: Endpoint,
    id: String,
    kind: RepoKind,
    revision: String,
    is_default_revision: bool,
    cache: PathBuf,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reply {
    #[serde(default)]
    code: Option<i64>,
    #[serde(default)]
    success: Option<bool>,
    data: Option<Data>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Data {
    Wrapped {
        #[serde(rename = "Files")]
        files: Option<Vec<File>>,
    },
    Bare(Vec<File>),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File {
    path: String,
    #[serde(rename = "Type")]
    kind: Option<String>,
    size: Option<u64>,
    sha256: Option<String>,
}

impl ModelScope {
    /// A repository; asks nothing yet.
    pub fn open(options: &StoreOptions, id: &RepoId, kind: RepoKind) -> Result<ModelScope, Error> {
        if !id.id.contains('/') {
            return Err(Error::Name {
                given: id.id.clone(),
                what: "a repository on ModelScope, which is written `org/name`",
            });
        }
        let token = Token {
            secret: options.modelscope_token.as_ref(),
            variable: "MODELSCOPE_API_TOKEN",
            cookie: Some("m_session_id"),
        };
        Ok(ModelScope {
            endpoint: Endpoint::new("ModelScope", &options.modelscope_endpoint, &token, &options.watch)?,
            id: id.id.clone(),
            kind,
            is_default_revision: id.revision.as_deref().is_none_or(|given| given == DEFAULT_REVISION),
            revision: id.revision.clone().unwrap_or_else(|| DEFAULT_REVISION.to_owned()),
            cache: options.cache.modelscope.clone(),
        })
    }

    fn api(&self, end: &[&str], query: &[(&str, &str)]) -> reqwest::Url {
        let start = ["api", "v1", self.kind.plural()];
        let segments = start.into_iter().chain(self.id.split('/')).chain(end.iter().copied());
        self.endpoint.url(segments, query)
    }

    fn snapshot(&self) -> PathBuf {
        let name = self.id.replace('/', "--");
        self.cache.join(self.kind.plural()).join(name).join("snapshots").join(&self.revision)
    }

    /// Where earlier clients put files; they kept no revision, so only the default one can be meant.
    fn older_folders(&self) -> Vec<PathBuf> {
        let Some((owner, name)) = self.id.split_once('/').filter(|_| self.is_default_revision) else {
            return Vec::new();
        };
        let name = name.replace('.', "___");
        [self.cache.clone(), self.cache.join("hub")]
            .map(|root| root.join(self.kind.plural()).join(owner).join(&name))
            .into()
    }

    fn folders(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.snapshot()];
        folders.extend(self.older_folders());
        folders
    }

    fn page(&self, number: usize) -> Result<Vec<File>, Error> {
        let what = format!("the list of files of {}", self.id);
        let (number, size) = (number.to_string(), PAGE.to_string());
        let mut query = vec![("Revision", self.revision.as_str()), ("Recursive", "True")];
        let end: &[&str] = match self.kind {
            RepoKind::Dataset => {
                query.extend([("Root", ""), ("PageNumber", &number), ("PageSize", &size)]);
                &["repo", "tree"]
            }
            RepoKind::Model => &["repo", "files"],
        };
        let (reply, _): (Reply, _) = self.endpoint.json(&self.api(end, &query), &what)?;
        match reply.data {
            _ if reply.success == Some(false) || reply.code.is_some_and(|code| code != 200) => {
                let code = reply.code.unwrap_or_default();
                Err(self.endpoint.network(&what, &format!("refused with code {code}")))
            }
            Some(Data::Bare(files)) => Ok(files),
            Some(Data::Wrapped { files }) => Ok(files.unwrap_or_default()),
            None => Err(self.endpoint.network(&what, "unexpected reply: no data")),
        }
    }
}

impl Remote for ModelScope {
    fn origin(&self) -> String {
        format!("modelscope:{}@{}", self.id, self.revision)
    }

    fn listing_key(&self) -> String {
        let revision = self.revision.replace('/', "%2F");
        format!("modelscope/{}--{}/{revision}", self.kind.plural(), self.id.replace('/', "--"))
    }

    fn is_pinned(&self) -> bool {
        is_commit(&self.revision)
    }

    fn list(&self) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        for number in 1..=MAX_PAGES {
            let files = self.page(number)?;
            let count = files.len();
            entries
                .extend(files.into_iter().filter(|file| file.kind.as_deref() != Some("tree")).map(to_entry));
            if self.kind == RepoKind::Model || count < PAGE {
                return Ok(entries);
            }
        }
        Err(self.endpoint.network(&self.id, "too many pages"))
    }

    fn cached_names(&self) -> Vec<String> {
        let whole_files = |folder: &PathBuf| {
            let mut names = files::list(folder).ok()?;
            names.retain(|name| !name.ends_with(PARTIAL));
            (!names.is_empty()).then_some(names)
        };
        self.folders().iter().find_map(whole_files).unwrap_or_default()
    }

    fn cached(&self, entry: &Entry) -> Option<PathBuf> {
        if !is_inside(&entry.path) {
            return None;
        }
        let is_whole = |path: &PathBuf| {
            fs::metadata(path)
                .is_ok_and(|found| found.is_file() && entry.size.is_none_or(|size| size == found.len()))
        };
        self.folders().into_iter().map(|folder| folder.join(&entry.path)).find(is_whole)
    }

    fn fetch(&self, entry: &Entry) -> Result<PathBuf, Error> {
        let key = sha256_of_text(&format!("{}/{}/{}", self.kind.plural(), self.id, entry.path));
        let _lock = FileLock::acquire(&self.cache.join(".lock").join(format!("file_{key}.lock")))?;
        if let Some(path) = self.cached(entry) {
            return Ok(path);
        }
        let path = self.snapshot().join(&entry.path);
        let mut partial = path.clone().into_os_string();
        partial.push(PARTIAL);
        let partial = PathBuf::from(partial);
        let query = [("Revision", self.revision.as_str()), ("FilePath", entry.path.as_str())];
        let what = format!("`{}` of {}", entry.path, self.id);
        let wanted = Wanted {
            url: self.api(&["repo"], &query),
            what: &what,
            partial: &partial,
            size: entry.size,
            sha256: entry.sha256.as_deref(),
        };
        download(&self.endpoint, &wanted)?;
        fs::rename(&partial, &path).map_err(Error::io("write", &path))?;
        Ok(path)
    }
}

fn to_entry(file: File) -> Entry {
    Entry {
        path: file.path,
        size: file.size,
        sha256: file.sha256.filter(|sha256| is_sha256(sha256)),
        blob: None,
    }
}

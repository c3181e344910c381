//! What a caller says: which hub, which caches, which repository, which package.

use crate::watch::Watch;
use evalscope_core::Secret;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Where data sets come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hub {
    /// ModelScope.
    ModelScope,
    /// Hugging Face, or a mirror of it.
    HuggingFace,
    /// Folders on this machine.
    Local,
}

/// The root folders of the caches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheRoots {
    /// Our own: file lists, members of packages.
    pub evalscope: PathBuf,
    /// ModelScope's.
    pub modelscope: PathBuf,
    /// Hugging Face's hub cache.
    pub huggingface: PathBuf,
}

/// Which of the caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CacheName {
    /// Our own.
    Evalscope,
    /// ModelScope's.
    Modelscope,
    /// Hugging Face's.
    Huggingface,
}

impl CacheName {
    /// All of them.
    pub const ALL: [CacheName; 3] = [CacheName::Evalscope, CacheName::Modelscope, CacheName::Huggingface];

    /// The word for it in manifests and bundles.
    pub fn word(self) -> &'static str {
        match self {
            CacheName::Evalscope => "evalscope",
            CacheName::Modelscope => "modelscope",
            CacheName::Huggingface => "huggingface",
        }
    }
}

impl CacheRoots {
    /// The root folder of a cache.
    pub fn root(&self, cache: CacheName) -> &Path {
        match cache {
            CacheName::Evalscope => &self.evalscope,
            CacheName::Modelscope => &self.modelscope,
            CacheName::Huggingface => &self.huggingface,
        }
    }

    /// The cache that a path lies in, and the path there, with `/`. One cache may lie in another's folder: the
    /// innermost counts.
    pub(crate) fn place_of(&self, path: &Path) -> Option<(CacheName, String)> {
        let inside = |cache| Some((cache, path.strip_prefix(self.root(cache)).ok()?));
        let (cache, rest) = CacheName::ALL
            .into_iter()
            .filter_map(inside)
            .min_by_key(|(_, rest)| rest.components().count())?;
        let parts: Option<Vec<&str>> = rest.iter().map(|part| part.to_str()).collect();
        Some((cache, parts?.join("/")))
    }
}

/// All that a [`Store`](crate::Store) needs to know of its surroundings.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Where data sets and models come from.
    pub hub: Hub,
    /// Folder of local data sets.
    pub dataset_dir: Option<PathBuf>,
    /// Where fetched files are kept.
    pub cache: CacheRoots,
    /// Ask no network.
    pub offline: bool,
    /// Address of ModelScope.
    pub modelscope_endpoint: String,
    /// Address of Hugging Face or a mirror.
    pub huggingface_endpoint: String,
    /// Token for ModelScope.
    pub modelscope_token: Option<Secret>,
    /// Token for Hugging Face.
    pub huggingface_token: Option<Secret>,
    /// The pip program.
    pub pip: PathBuf,
    /// Who is told of files that are being fetched.
    pub watch: Watch,
}

/// A repository on a hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepoId {
    /// `org/name`.
    pub id: String,
    /// Branch, tag or commit; the hub's default branch when absent.
    pub revision: Option<String>,
}

/// A data set and the places where it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetId {
    /// Name of the benchmark, which is also that of its folder in `dataset_dir`.
    pub name: String,
    /// A folder or file that the user names; wins over everything else.
    pub local_path: Option<PathBuf>,
    /// Its repository on ModelScope.
    pub modelscope: Option<RepoId>,
    /// Its repository on Hugging Face.
    pub huggingface: Option<RepoId>,
}

/// A file inside a Python package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFile {
    /// `name==version`.
    pub requirement: String,
    /// Path inside the wheel.
    pub path: String,
    /// SHA-256 of the file.
    pub sha256: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_cache_counts() {
        let roots = CacheRoots {
            evalscope: "/c".into(),
            modelscope: "/c/modelscope".into(),
            huggingface: "/c/huggingface/hub".into(),
        };
        let place = |path: &str| roots.place_of(Path::new(path));
        assert_eq!(place("/c/listings/x.json"), Some((CacheName::Evalscope, "listings/x.json".into())));
        assert_eq!(place("/c/modelscope/a/b"), Some((CacheName::Modelscope, "a/b".into())));
        assert_eq!(place("/elsewhere/a"), None);
    }
}

//! What was pulled, as data: names, and the files that they need with size and SHA-256.
//!
//! The same form describes one pull in our cache and all that a bundle holds. It comes from outside, so reading it
//! checks every path and checksum.

use crate::names::{is_inside, is_sha256};
use crate::options::{CacheName, CacheRoots};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The form that this program writes.
const VERSION: u32 = 1;
/// Bytes of a manifest at most: a million files take less.
pub(super) const MAX_BYTES: u64 = 256 << 20;

/// What was pulled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    version: u32,
    /// Each pull.
    pub pulls: Vec<Pull>,
}

/// What one pull brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pull {
    /// `benchmark@protocol`, a model of the catalogue, or `org/name`.
    pub name: String,
    /// What the name names.
    pub kind: PullKind,
    /// The hub that was asked, by the name of its option; none for a model of the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// Arguments of the data set that decide which files are needed, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<serde_json::Value>,
    /// The user's own benchmark files, as given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub benchmark_paths: Vec<PathBuf>,
    /// Where the data is from: `modelscope:org/name@revision`.
    pub origin: String,
    /// All files that are needed, lists of files among them.
    pub files: Vec<CacheFile>,
}

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PullKind {
    /// A benchmark: its data and texts.
    Benchmark,
    /// A model: its file.
    Model,
}

/// A file in a cache.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CacheFile {
    /// The cache.
    pub cache: CacheName,
    /// Path in the cache, with `/`.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 in base 16.
    pub sha256: String,
}

impl CacheFile {
    /// Where it is on this machine.
    pub fn place(&self, roots: &CacheRoots) -> PathBuf {
        roots.root(self.cache).join(&self.path)
    }

    /// Its name in a bundle.
    pub(super) fn member(&self) -> String {
        format!("{}/{}", self.cache.word(), self.path)
    }

    /// Whether it is data that a person would look for, and not a list of files or a reference to a commit.
    pub fn is_content(&self) -> bool {
        match self.cache {
            CacheName::Evalscope => !self.path.starts_with("listings/"),
            CacheName::Huggingface => self.path.split('/').nth(1) != Some("refs"),
            CacheName::Modelscope => true,
        }
    }
}

impl Manifest {
    /// A manifest of these pulls.
    pub fn new(pulls: Vec<Pull>) -> Manifest {
        Manifest { version: VERSION, pulls }
    }

    /// Reads a manifest; says what is wrong with it.
    pub(super) fn parse(text: &[u8]) -> Result<Manifest, String> {
        let manifest: Manifest = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if manifest.version != VERSION {
            return Err(format!("it has version {}, and this program reads {VERSION}", manifest.version));
        }
        manifest.files()?;
        Ok(manifest)
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }

    /// All files by their names in a bundle, each once; refused when one leads out of its cache or means two things.
    pub(super) fn files(&self) -> Result<BTreeMap<String, &CacheFile>, String> {
        let mut files: BTreeMap<String, &CacheFile> = BTreeMap::new();
        for file in self.pulls.iter().flat_map(|pull| &pull.files) {
            let member = file.member();
            if !is_ours(file) || !is_sha256(&file.sha256) {
                return Err(format!("`{}` is not a file of a cache with its SHA-256", member.escape_debug()));
            }
            if files.insert(member.clone(), file).is_some_and(|known| known != file) {
                return Err(format!(
                    "`{}` stands there twice, with different content",
                    member.escape_debug()
                ));
            }
        }
        let is_in_a_file =
            |member: &&String| member.match_indices('/').any(|(end, _)| files.contains_key(&member[..end]));
        match files.keys().find(is_in_a_file) {
            None => Ok(files),
            Some(member) => Err(format!("`{}` lies in a file", member.escape_debug())),
        }
    }
}

/// Whether a path stays in the part of its cache where fetched files lie.
fn is_ours(file: &CacheFile) -> bool {
    // Locks lie in hidden folders.
    let is_visible = !file.path.starts_with('.');
    let is_fetched = match file.cache {
        CacheName::Evalscope => file.path.starts_with("listings/") || file.path.starts_with("packages/"),
        CacheName::Modelscope | CacheName::Huggingface => true,
    };
    is_inside(&file.path) && is_visible && is_fetched
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(cache: CacheName, path: &str, sha256: &str) -> Manifest {
        let file = CacheFile { cache, path: path.into(), bytes: 1, sha256: sha256.into() };
        Manifest::new(vec![Pull {
            name: "quiz".into(),
            kind: PullKind::Benchmark,
            hub: Some("modelscope".into()),
            arguments: None,
            benchmark_paths: Vec::new(),
            origin: "modelscope:org/name@master".into(),
            files: vec![file],
        }])
    }

    fn read(manifest: &Manifest) -> Result<Manifest, String> {
        Manifest::parse(&manifest.to_json())
    }

    #[test]
    fn a_manifest_is_read_as_it_was_written() {
        let manifest =
            with(CacheName::Modelscope, "datasets/org--name/snapshots/master/a.jsonl", &"0".repeat(64));
        assert_eq!(read(&manifest).unwrap(), manifest);
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        let sum = "0".repeat(64);
        for path in ["../x", "/etc/passwd", "a/../../x", "a\\b", "C:/x", "", ".lock/x"] {
            assert!(read(&with(CacheName::Modelscope, path, &sum)).is_err(), "{path}");
        }
        assert!(read(&with(CacheName::Evalscope, "pulls/x.json", &sum)).is_err());
        assert!(read(&with(CacheName::Evalscope, "packages/x", "0")).is_err());
        assert!(read(&with(CacheName::Evalscope, "packages/x", &sum)).is_ok());
    }

    #[test]
    fn one_path_with_two_contents_is_refused() {
        let mut manifest = with(CacheName::Modelscope, "a", &"0".repeat(64));
        let more = with(CacheName::Modelscope, "a", &"1".repeat(64));
        manifest.pulls.extend(more.pulls);
        assert!(read(&manifest).unwrap_err().contains("twice"));
    }

    #[test]
    fn a_file_in_a_file_is_refused() {
        let mut manifest = with(CacheName::Modelscope, "a/b", &"0".repeat(64));
        manifest.pulls.extend(with(CacheName::Modelscope, "a", &"0".repeat(64)).pulls);
        assert!(read(&manifest).unwrap_err().contains("lies in a file"));
    }

    #[test]
    fn another_version_is_refused() {
        let error = Manifest::parse(b"{\"version\": 2, \"pulls\": []}").unwrap_err();
        assert!(error.contains("version 2"), "{error}");
    }
}

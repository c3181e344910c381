//! The folder of results: which runs are in it, and that nothing outside of it is reached.

use crate::error::Error;
use evalscope_exchange::{Format, detect};
use evalscope_runs::RunFolder;
use std::path::{Component, Path, PathBuf};

/// Holds what is derived: indexes, imports. It can be deleted at any time.
const DERIVED: &str = ".evalscope-app";
/// Folders below `--outputs` in which runs are looked for: a date, a model, a suite.
const MAX_DEPTH: usize = 4;
/// Folders that are looked into at most, for whoever serves a home folder by mistake.
const MAX_FOLDERS: usize = 50_000;
/// Files of other programs by which a look inside is worth it.
const LOG_ENDINGS: [&str; 2] = ["eval", "json"];

/// The folder of results.
#[derive(Debug)]
pub struct Outputs {
    root: PathBuf,
}

/// Something that can be looked at.
pub struct Found {
    /// Its path below the root, with `/`.
    pub id: String,
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub kind: FoundKind,
}

/// What was found.
#[derive(Clone, Copy)]
pub enum FoundKind {
    /// A run of ours.
    Run,
    /// A load test.
    Perf,
    /// An arena.
    Arena,
    /// What another program wrote.
    Foreign(&'static Format),
}

impl Outputs {
    /// Opens the folder, and makes it when it is not there.
    pub fn open(path: &Path) -> Result<Outputs, Error> {
        std::fs::create_dir_all(path).map_err(Error::file("create", path))?;
        let root = path.canonicalize().map_err(Error::file("open", path))?;
        Ok(Outputs { root })
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where derived files of this name stand.
    pub fn derived(&self, name: &str) -> Result<PathBuf, Error> {
        let folder = self.root.join(DERIVED);
        std::fs::create_dir_all(&folder).map_err(Error::file("create", &folder))?;
        // A folder from somebody else may hold a link in this place.
        let inside = self.inside(&folder).ok_or_else(|| Error::Refused {
            message: format!("{} leads out of the folder of results", folder.display()),
            hint: Some("delete it: it is made again".into()),
        })?;
        Ok(inside.join(name))
    }

    /// Everything that can be looked at, the latest name first.
    pub fn scan(&self) -> Vec<Found> {
        let mut found = Vec::new();
        let mut left = MAX_FOLDERS;
        self.scan_folder(&self.root, 0, &mut left, &mut found);
        found.sort_by(|a: &Found, b| b.id.cmp(&a.id));
        found
    }

    /// What this id names.
    pub fn find(&self, id: &str) -> Result<Found, Error> {
        let missing = || Error::missing(format!("run `{id}`"));
        let below = Path::new(id);
        let is_plain = below.components().all(|part| match part {
            Component::Normal(name) => !is_hidden(&name.to_string_lossy()),
            _ => false,
        });
        if !is_plain || id.is_empty() {
            return Err(missing());
        }
        let path = self.inside(&self.root.join(below)).ok_or_else(missing)?;
        self.classify(&path).ok_or_else(missing)
    }

    /// The path with links followed, when it lies in the folder.
    pub fn inside(&self, path: &Path) -> Option<PathBuf> {
        path.canonicalize().ok().filter(|path| path.starts_with(&self.root))
    }

    fn scan_folder(&self, folder: &Path, depth: usize, left: &mut usize, found: &mut Vec<Found>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            if *left == 0 || is_hidden(&entry.file_name().to_string_lossy()) {
                continue;
            }
            *left -= 1;
            let Some(path) = self.inside(&entry.path()) else { continue };
            match self.classify(&path) {
                Some(one) => found.push(one),
                None if path.is_dir() && depth < MAX_DEPTH => {
                    self.scan_folder(&path, depth + 1, left, found);
                }
                None => {}
            }
        }
    }

    fn classify(&self, path: &Path) -> Option<Found> {
        let kind = if RunFolder::exists(path) {
            FoundKind::Run
        } else if path.join("leaderboard.json").is_file() {
            FoundKind::Arena
        } else if path.join("summary.json").is_file() {
            FoundKind::Perf
        } else if path.is_dir()
            || LOG_ENDINGS.iter().any(|ending| path.extension().is_some_and(|of| of == *ending))
        {
            FoundKind::Foreign(detect(path)?)
        } else {
            return None;
        };
        let below = path.strip_prefix(&self.root).ok()?;
        let names: Option<Vec<&str>> = below.components().map(|part| part.as_os_str().to_str()).collect();
        let id = names?.join("/");
        (!id.is_empty()).then(|| Found { id, path: path.to_owned(), kind })
    }
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_leads_out_of_the_folder() {
        let home = tempfile::tempdir().unwrap();
        let run = |path: &Path| {
            std::fs::create_dir_all(path).unwrap();
            std::fs::write(path.join("run.json"), "{}").unwrap();
        };
        let root = home.path().join("outputs");
        run(&root.join("a/b"));
        run(&root.join(".evalscope-app/x"));
        run(&home.path().join("secret"));
        #[cfg(unix)]
        std::os::unix::fs::symlink(home.path().join("secret"), root.join("link")).unwrap();
        let outputs = Outputs::open(&root).unwrap();
        let ids: Vec<String> = outputs.scan().into_iter().map(|found| found.id).collect();
        assert_eq!(ids, ["a/b"]);
        assert!(outputs.find("a/b").is_ok());
        assert!(outputs.derived("x").is_ok());
        #[cfg(unix)]
        {
            std::fs::remove_dir_all(root.join(DERIVED)).unwrap();
            std::os::unix::fs::symlink(home.path().join("secret"), root.join(DERIVED)).unwrap();
            assert!(outputs.derived("x").is_err());
        }
        let absolute = home.path().join("secret");
        for id in [
            "../secret",
            "a/../../secret",
            "link",
            ".evalscope-app/x",
            "",
            "a/b/..",
            absolute.to_str().unwrap(),
        ] {
            assert!(outputs.find(id).is_err(), "{id}");
        }
    }
}

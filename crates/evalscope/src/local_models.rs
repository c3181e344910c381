//! The models that lie on this machine. Only names and sizes of files are looked at.

use crate::argument::ArgumentError;
use crate::catalogue::{self, CatalogueEntry};
use crate::environment::Environment;
use evalscope_data::missing_weights;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A model that lies on this machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LocalModel {
    /// What `--model` takes.
    pub name: String,
    /// `package`, `modelscope`, `huggingface` or `folder`.
    pub place: &'static str,
    /// `gguf`, `safetensors`, or `pickle`, which is not read.
    pub format: &'static str,
    /// Bytes of its weights.
    pub bytes: u64,
    /// Where it lies.
    pub path: PathBuf,
}

/// Endings of weights, the format that they mean, and whether a file is a model of its own.
const FORMATS: [(&str, &str); 4] =
    [("gguf", "gguf"), ("safetensors", "safetensors"), ("bin", "pickle"), ("pth", "pickle")];

/// The catalogue's models that came from packages, and those in the caches of hubs and in these folders, by name.
pub fn list_models(folders: &[PathBuf], environment: &Environment) -> Result<Vec<LocalModel>, ArgumentError> {
    if let Some(absent) = folders.iter().find(|folder| !folder.is_dir()) {
        return Err(ArgumentError::new(format!("there is no folder `{}`", absent.display()))
            .with_hint(Some("check the path".into())));
    }
    let mut found: Vec<LocalModel> =
        catalogue::entries().iter().filter_map(|entry| of_package(entry, environment)).collect();
    for (folder, name) in snapshots(&environment.huggingface_cache, "models--", |repository| {
        std::fs::read_to_string(repository.join("refs/main")).unwrap_or_default().trim().to_owned()
    }) {
        found.extend(models_in(&folder, &name, "huggingface"));
    }
    for (folder, name) in snapshots(&environment.modelscope_cache.join("models"), "", |_| "master".into()) {
        found.extend(models_in(&folder, &name, "modelscope"));
    }
    for root in [environment.modelscope_cache.clone(), environment.modelscope_cache.join("hub")] {
        for (folder, name) in older(&root.join("models")) {
            found.extend(models_in(&folder, &name, "modelscope"));
        }
    }
    for root in folders {
        for folder in std::iter::once(root.clone()).chain(folders_in(root)) {
            found.extend(models_in(&folder, &folder.display().to_string(), "folder"));
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn of_package(entry: &CatalogueEntry, environment: &Environment) -> Option<LocalModel> {
    let path = entry.package_place(environment)?;
    let file = std::fs::metadata(&path).ok().filter(|file| file.is_file())?;
    Some(LocalModel { name: entry.name.clone(), place: "package", format: "gguf", bytes: file.len(), path })
}

/// Folders of revisions and the hub ids that they are of: `PREFIXorg--name/snapshots/REVISION`. All but the revision that an
/// id means by itself are named with it.
fn snapshots(cache: &Path, prefix: &str, meant: impl Fn(&Path) -> String + Copy) -> Vec<(PathBuf, String)> {
    let of_repository = |repository: PathBuf| {
        let name = file_name(&repository);
        let id = name.strip_prefix(prefix)?.replacen("--", "/", 1);
        let meant = meant(&repository);
        let named = |folder: PathBuf| match file_name(&folder) {
            revision if revision == meant => (folder, id.clone()),
            revision => (folder, format!("{id}@{revision}")),
        };
        Some(folders_in(&repository.join("snapshots")).into_iter().map(named).collect::<Vec<_>>())
    };
    folders_in(cache).into_iter().filter_map(of_repository).flatten().collect()
}

/// Folders of ModelScope's earlier clients: `org/name`, with `___` for `.`.
fn older(root: &Path) -> Vec<(PathBuf, String)> {
    let named = |owner: PathBuf| {
        let of_owner = file_name(&owner);
        folders_in(&owner).into_iter().map(move |folder| {
            let name = format!("{of_owner}/{}", file_name(&folder).replace("___", "."));
            (folder, name)
        })
    };
    folders_in(root).into_iter().filter(|owner| !file_name(owner).contains("--")).flat_map(named).collect()
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.is_dir()).collect()
}

/// What cannot be read holds nothing.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The models of a folder: each GGUF file, and all of its safetensors or pickles together, where none of them is missing.
fn models_in(folder: &Path, name: &str, place: &'static str) -> Vec<LocalModel> {
    let mut together: BTreeMap<&'static str, (u64, Vec<String>)> = BTreeMap::new();
    let mut found = Vec::new();
    for path in entries(folder) {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let Some((_, format)) = FORMATS.iter().find(|(known, _)| *known == ending) else { continue };
        // A link of a cache may lead nowhere.
        let Some(bytes) = std::fs::metadata(&path).ok().filter(|file| file.is_file()).map(|file| file.len())
        else {
            continue;
        };
        match *format {
            "gguf" => {
                let name = match name.split_once('@').filter(|_| place != "folder") {
                    Some((id, revision)) => format!("{id}/{}@{revision}", file_name(&path)),
                    None => format!("{name}/{}", file_name(&path)),
                };
                found.push(LocalModel { name, place, format: "gguf", bytes, path });
            }
            format => {
                let (sum, names) = together.entry(format).or_default();
                *sum += bytes;
                names.push(file_name(&path));
            }
        }
    }
    if !folder.join("config.json").is_file() {
        return found;
    }
    let path = folder.to_owned();
    let is_whole = |names: &[String]| {
        names.iter().any(|name| name == "model.safetensors") || missing_weights(names).is_empty()
    };
    let last = together.into_iter().next_back().filter(|(_, (_, names))| is_whole(names));
    let whole =
        last.map(|(format, (bytes, _))| LocalModel { name: name.to_owned(), place, format, bytes, path });
    found.extend(whole);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, bytes: usize) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, vec![0; bytes]).unwrap();
    }

    #[test]
    fn models_are_found_in_caches_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        std::fs::create_dir_all(at("hf/models--org--one/refs")).unwrap();
        std::fs::write(at("hf/models--org--one/refs/main"), "abc\n").unwrap();
        write(&at("hf/models--org--one/snapshots/abc/config.json"), 2);
        write(&at("hf/models--org--one/snapshots/abc/model-00001-of-00002.safetensors"), 10);
        write(&at("hf/models--org--one/snapshots/abc/model-00002-of-00002.safetensors"), 5);
        write(&at("hf/datasets--org--rows/snapshots/abc/a.bin"), 5);
        write(&at("ms/models/org--two/snapshots/master/q4.gguf"), 7);
        write(&at("ms/hub/models/org/three___5/config.json"), 2);
        write(&at("ms/hub/models/org/three___5/pytorch_model.bin"), 3);
        write(&at("own/four/a.gguf"), 1);
        let pulled = catalogue::find(catalogue::DEFAULT_MODEL).unwrap();
        write(&pulled.package_place(&environment(&folder)).unwrap(), 9);
        let found = list(&folder);
        let names: Vec<(String, &str, &str, u64)> =
            found.into_iter().map(|model| (model.name, model.place, model.format, model.bytes)).collect();
        let four = at("own/four/a.gguf").display().to_string();
        let mut expected = vec![
            (four, "folder", "gguf", 1),
            ("org/one".into(), "huggingface", "safetensors", 15),
            ("org/three.5".into(), "modelscope", "pickle", 3),
            ("org/two/q4.gguf".into(), "modelscope", "gguf", 7),
            ("smollm2-135m".into(), "package", "gguf", 9),
        ];
        expected.sort();
        assert_eq!(names, expected);
    }

    #[test]
    fn what_is_only_in_part_there_is_not_listed_and_other_revisions_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        write(&at("own/none.txt"), 1);
        write(&at("hf/models--org--stale/snapshots/abc/config.json"), 2);
        write(&at("hf/models--org--stale/snapshots/abc/model.safetensors"), 10);
        write(&at("hf/models--org--stale/snapshots/abc/q4.gguf"), 3);
        for lacking in ["shard", "link", "none"] {
            write(&at(&format!("hf/models--org--{lacking}/snapshots/abc/config.json")), 2);
        }
        write(&at("hf/models--org--shard/snapshots/abc/model-00001-of-00002.safetensors"), 10);
        #[cfg(unix)]
        std::os::unix::fs::symlink("gone", at("hf/models--org--link/snapshots/abc/model.safetensors"))
            .unwrap();
        let names: Vec<String> = list(&folder).into_iter().map(|model| model.name).collect();
        assert_eq!(names, ["org/stale/q4.gguf@abc", "org/stale@abc"]);
    }

    fn environment(folder: &tempfile::TempDir) -> Environment {
        let at = |path: &str| folder.path().join(path);
        Environment {
            cache: at("cache"),
            modelscope_cache: at("ms"),
            huggingface_cache: at("hf"),
            ..Environment::nowhere()
        }
    }

    fn list(folder: &tempfile::TempDir) -> Vec<LocalModel> {
        list_models(&[folder.path().join("own")], &environment(folder)).unwrap()
    }
}

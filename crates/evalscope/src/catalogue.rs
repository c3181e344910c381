//! Models that the command knows by a short name.

use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::missing;
use crate::prepare::store_for;
use crate::pull_command::PullCommand;
use evalscope_core::Kind;
use evalscope_data::{PackageFile, RepoId, Store};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::LazyLock;

/// The model that is evaluated when the user names none.
pub const DEFAULT_MODEL: &str = "smollm2-135m";

/// A model in the catalogue: one file, wherever it comes from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueEntry {
    /// Short name, for `--model`.
    pub name: String,
    /// The model's own name.
    pub title: String,
    /// What it is, in a sentence.
    pub about: String,
    /// Licence of the weights.
    pub license: String,
    /// Number of parameters, for people.
    pub parameters: String,
    /// Name of the file in a hub's repository.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// Python package that carries it.
    pub package: Option<CataloguePackage>,
    /// ModelScope repository that has it.
    pub modelscope: Option<String>,
    /// Hugging Face repository that has it.
    pub huggingface: Option<String>,
}

/// A file in a Python package.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CataloguePackage {
    /// Name and version.
    pub requirement: String,
    /// Path in the wheel.
    pub path: String,
}

static ENTRIES: LazyLock<Vec<CatalogueEntry>> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("../catalogue.yaml")).expect("a test reads the embedded catalogue")
});

/// All entries.
pub fn entries() -> &'static [CatalogueEntry] {
    &ENTRIES
}

/// The entry of this name.
pub fn find(name: &str) -> Option<&'static CatalogueEntry> {
    ENTRIES.iter().find(|entry| entry.name == name)
}

impl CatalogueEntry {
    /// The file on this machine, fetched from the first source that has it.
    pub fn fetch(&self, environment: &Environment) -> Result<PathBuf, Error> {
        Ok(self.fetch_from(environment)?.path)
    }

    /// The same, and where it came from.
    pub(crate) fn fetch_from(&self, environment: &Environment) -> Result<Fetched, Error> {
        let mut reasons = Vec::new();
        let attempts = [
            self.package_attempt(environment),
            self.hub_attempt(environment, Hub::ModelScope, self.modelscope.as_deref()),
            self.hub_attempt(environment, Hub::HuggingFace, self.huggingface.as_deref()),
        ];
        for attempt in attempts.into_iter().flatten() {
            match attempt() {
                Ok(fetched) => return Ok(fetched),
                Err(error) => reasons.push(error.to_string()),
            }
        }
        let error = Error::ModelNotFound {
            kind: Kind::Environment,
            model: self.name.clone(),
            reasons,
            hint: Some("give the path of a GGUF file or a model folder as `--model`, or an endpoint with `--api-url`".into()),
        };
        Err(missing::of_model(error, PullCommand::new(&self.name), environment))
    }

    fn package_attempt<'a>(&'a self, environment: &'a Environment) -> Option<Attempt<'a>> {
        let file = self.package_file()?;
        Some(Box::new(move || {
            let store = store_for(environment, Hub::Local, None)?;
            let path = store.package_file(&file)?;
            Ok(Fetched { path, store, origin: format!("package:{}", file.requirement) })
        }))
    }

    fn package_file(&self) -> Option<PackageFile> {
        let package = self.package.as_ref()?;
        Some(PackageFile {
            requirement: package.requirement.clone(),
            path: package.path.clone(),
            sha256: Some(self.sha256.clone()),
        })
    }

    /// Where its file lies once it has come from a package. The disk is not looked at.
    pub(crate) fn package_place(&self, environment: &Environment) -> Option<PathBuf> {
        let store = store_for(environment, Hub::Local, None).ok()?;
        store.package_place(&self.package_file()?).ok()
    }

    fn hub_attempt<'a>(
        &'a self,
        environment: &'a Environment,
        hub: Hub,
        id: Option<&'a str>,
    ) -> Option<Attempt<'a>> {
        let id = id?;
        Some(Box::new(move || {
            let store = store_for(environment, hub, None)?;
            let files = store.open_model(&RepoId { id: id.to_owned(), revision: None })?;
            let path = files.path(&self.file)?;
            evalscope_data::verify_sha256(&path, &self.sha256)?;
            Ok(Fetched { path, store, origin: files.origin() })
        }))
    }
}

/// A model's file, and where it came from.
pub(crate) struct Fetched {
    pub path: PathBuf,
    pub store: Store,
    pub origin: String,
}

type Attempt<'a> = Box<dyn FnOnce() -> Result<Fetched, Error> + 'a>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_model_is_in_the_catalogue() {
        assert!(find(DEFAULT_MODEL).is_some());
        for entry in entries() {
            assert_eq!(entry.sha256.len(), 64, "{}", entry.name);
        }
    }
}

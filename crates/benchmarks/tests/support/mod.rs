//! What tests of benchmarks share.

use evalscope_data::{CacheRoots, Hub, Store, StoreOptions};
use std::path::{Path, PathBuf};

/// A store of files on this machine, which keeps what it unpacks below a folder.
pub fn local_store(cache: &Path) -> Store {
    let cache = cache.to_path_buf();
    Store::new(StoreOptions {
        hub: Hub::Local,
        dataset_dir: None,
        cache: CacheRoots { evalscope: cache.clone(), modelscope: cache.clone(), huggingface: cache },
        offline: true,
        modelscope_endpoint: String::new(),
        huggingface_endpoint: String::new(),
        modelscope_token: None,
        huggingface_token: None,
        pip: PathBuf::from("pip"),
        watch: Default::default(),
    })
    .unwrap()
}

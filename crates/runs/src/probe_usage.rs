//! `probe_usage.json`: what looking at the endpoints of a run took, over all its sessions.

use crate::atomic::write_json;
use crate::error::Error;
use crate::folder::RunFolder;
use evalscope_core::Usage;
use indexmap::IndexMap;
use std::path::PathBuf;

impl RunFolder {
    /// Adds what a look at the endpoints of a model took.
    pub fn add_probe_usage(&self, model: &str, usage: &Usage) -> Result<(), Error> {
        self.check_writable()?;
        let mut all = self.probe_usage()?;
        all.entry(model.to_owned()).or_default().add(usage);
        write_json(&self.probe_usage_path(), &all)
    }

    /// What all looks took, by the models' names in the plan. A look that another run of the day took over is in that one.
    pub fn probe_usage(&self) -> Result<IndexMap<String, Usage>, Error> {
        let path = self.probe_usage_path();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(IndexMap::new()),
            Err(error) => return Err(Error::file("read", &path)(error)),
        };
        serde_json::from_str(&text)
            .map_err(|error| Error::BrokenFile { path, message: format!("no counts of tokens: {error}") })
    }

    fn probe_usage_path(&self) -> PathBuf {
        self.path().join("probe_usage.json")
    }
}

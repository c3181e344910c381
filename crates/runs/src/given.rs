//! `configs/task_config.yaml`: the options as they were given.

use crate::error::Error;
use crate::folder::RunFolder;

impl RunFolder {
    /// The options as they were given when the run was made or last gone on with.
    pub fn given(&self) -> Result<serde_json::Value, Error> {
        let path = self.options_path();
        let text = std::fs::read_to_string(&path).map_err(Error::file("read", &path))?;
        serde_json::from_str(&text).map_err(|error| Error::BrokenFile {
            path,
            message: format!("not the options of a run: {error}"),
        })
    }
}

//! `manifest.json`: what a run was made of.

use crate::atomic::write_json;
use crate::error::Error;
use crate::folder::RunFolder;
use evalscope_core::Manifest;
use evalscope_core::manifest::MANIFEST_VERSION;
use std::path::PathBuf;

impl RunFolder {
    /// Writes the manifest; readers see the old one or the new.
    pub fn write_manifest(&self, manifest: &Manifest) -> Result<(), Error> {
        self.check_writable()?;
        write_json(&self.manifest_path(), manifest)
    }

    /// Reads the manifest; a run of a version that wrote none has none.
    pub fn manifest(&self) -> Result<Option<Manifest>, Error> {
        let path = self.manifest_path();
        let broken = |error: serde_json::Error| Error::BrokenFile {
            path: self.manifest_path(),
            message: format!("not a manifest: {error}"),
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::file("read", &path)(error)),
        };
        let json: serde_json::Value = serde_json::from_str(&text).map_err(broken)?;
        match json.get("version").and_then(serde_json::Value::as_u64) {
            Some(found) if found != u64::from(MANIFEST_VERSION) => {
                Err(Error::Version { path, found, known: MANIFEST_VERSION })
            }
            _ => serde_json::from_value(json).map(Some).map_err(broken),
        }
    }

    fn manifest_path(&self) -> PathBuf {
        self.path().join("manifest.json")
    }
}

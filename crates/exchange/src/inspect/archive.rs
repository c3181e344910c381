//! The members of a zipped log, each read with a limit.

use crate::error::Error;
use crate::json::{MAX_JSON, parse};
use crate::readable::readable;
use serde_json::Value;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// A member may be this much larger than what it is packed in. Logs of long conversations come to a tenth of it.
const MAX_RATIO: u64 = 2000;
/// Below this many bytes nobody minds.
const SMALL: u64 = 1 << 20;

/// Characters of a member's name shown at most.
const SHOWN: usize = 200;

/// A zipped log.
pub struct Archive {
    path: PathBuf,
    zip: ZipArchive<BufReader<File>>,
}

impl Archive {
    /// Opens the file.
    pub fn open(path: &Path) -> Result<Archive, Error> {
        let file = File::open(path).map_err(Error::file("read", path))?;
        let zip = ZipArchive::new(BufReader::new(file)).map_err(|error| {
            Error::malformed(path.display().to_string(), format!("not readable as a zip: {error}"))
        })?;
        Ok(Archive { path: path.to_owned(), zip })
    }

    /// Whether there is a member of this name.
    pub fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// The numbers of the samples' members, in the order of the archive. Their names are never used as paths.
    pub fn samples(&self) -> Vec<usize> {
        let name = |place: usize| Some(self.zip.name_for_index(place)?.ok()?.into_owned());
        let is_sample = |name: String| name.starts_with("samples/") && name.ends_with(".json");
        (0..self.zip.len()).filter(|place| name(*place).is_some_and(is_sample)).collect()
    }

    /// The JSON of a member by name.
    pub fn named(&mut self, name: &str) -> Result<Value, Error> {
        match self.zip.index_for_name(name) {
            Some(place) => self.member(place).map(|(_, value)| value),
            None => Err(Error::malformed(self.path.display().to_string(), format!("it has no `{name}`"))),
        }
    }

    /// The JSON of a member by number, with its place for messages.
    pub fn member(&mut self, number: usize) -> Result<(String, Value), Error> {
        let path = self.path.display().to_string();
        let broken = |error: String| Error::malformed(&path, format!("member {number} is damaged: {error}"));
        let member = self.zip.by_index(number).map_err(|error| broken(error.to_string()))?;
        let name = member.name().map_err(|error| broken(error.to_string()))?;
        let place = format!("{path}, {}", name.chars().take(SHOWN).collect::<String>());
        drop(name);
        let limit = member.compressed_size().saturating_mul(MAX_RATIO).clamp(SMALL, MAX_JSON);
        let mut bytes = Vec::new();
        member.take(limit + 1).read_to_end(&mut bytes).map_err(|error| broken(error.to_string()))?;
        if bytes.len() as u64 > limit {
            return Err(Error::malformed(place, format!("larger than {limit} bytes when unpacked")));
        }
        let value =
            parse(readable(&bytes).as_bytes()).map_err(|message| Error::malformed(&place, message))?;
        Ok((place, value))
    }
}

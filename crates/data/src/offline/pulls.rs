//! The pulls that were made, kept in our cache: one manifest for each.

use super::manifest::{Manifest, Pull};
use crate::checksum::sha256_of_text;
use crate::error::Error;
use crate::files;
use crate::options::CacheRoots;
use std::path::PathBuf;

/// Characters of a name that stand in the name of its file.
const SHOWN: usize = 80;
/// Digits behind them, which tell apart pulls whose names look alike.
const DIGITS: usize = 12;

/// The folder of pulls.
pub struct Pulls {
    folder: PathBuf,
}

impl Pulls {
    /// The pulls of these caches.
    pub fn new(roots: &CacheRoots) -> Pulls {
        Pulls { folder: roots.evalscope.join("pulls") }
    }

    /// All pulls, by name and hub.
    pub fn load(&self) -> Result<Vec<Pull>, Error> {
        let mut pulls = Vec::new();
        if !self.folder.is_dir() {
            return Ok(pulls);
        }
        for name in files::list(&self.folder)?.iter().filter(|name| name.ends_with(".json")) {
            let path = self.folder.join(name);
            let text = std::fs::read(&path).map_err(Error::io("read", &path))?;
            let manifest = Manifest::parse(&text).map_err(|message| Error::Damaged {
                file: path.display().to_string(),
                message: format!("not a list of what was pulled: {message}"),
            })?;
            pulls.extend(manifest.pulls);
        }
        pulls.sort_by(|a, b| (&a.name, &a.hub).cmp(&(&b.name, &b.hub)));
        Ok(pulls)
    }

    /// Keeps a pull, in place of an earlier one of the same name, hub and arguments.
    pub fn save(&self, pull: &Pull) -> Result<(), Error> {
        files::write(&self.folder.join(file_name(pull)), &Manifest::new(vec![pull.clone()]).to_json())
    }
}

fn file_name(pull: &Pull) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '@');
    let shown: String = pull.name.chars().take(SHOWN).map(|c| if is_plain(c) { c } else { '_' }).collect();
    let arguments = pull.arguments.as_ref().map(ToString::to_string).unwrap_or_default();
    let hub = pull.hub.as_deref().unwrap_or_default();
    let digest = sha256_of_text(&format!("{}\n{hub}\n{arguments}", pull.name));
    format!("{shown}-{}.json", &digest[..DIGITS])
}

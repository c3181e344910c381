//! Words that people put on a run, in its folder: they are nowhere else and must outlive the index.

use crate::error::Error;
use evalscope_runs::write_file;
use serde_json::json;
use std::path::Path;

const FILE: &str = "tags.json";
/// Tags of a run at most, and characters of one.
const MAX_TAGS: usize = 20;
const MAX_LENGTH: usize = 40;

/// The tags of the run in this folder.
pub fn read(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(FILE)).unwrap_or_default();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    serde_json::from_value(json["tags"].clone()).unwrap_or_default()
}

/// Puts these tags on the run; returns them as they are kept.
pub fn write(folder: &Path, tags: &[String]) -> Result<Vec<String>, Error> {
    let mut kept: Vec<String> = Vec::new();
    for tag in tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()) {
        if tag.chars().count() > MAX_LENGTH {
            return Err(Error::invalid(format!("a tag has at most {MAX_LENGTH} characters")));
        }
        if !kept.iter().any(|known| known == tag) {
            kept.push(tag.to_owned());
        }
    }
    if kept.len() > MAX_TAGS {
        return Err(Error::invalid(format!("a run has at most {MAX_TAGS} tags")));
    }
    let text = format!("{}\n", json!({"version": 1, "tags": kept}));
    write_file(&folder.join(FILE), text.as_bytes())?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_kept_once_and_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let tags = |list: &[&str]| list.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        assert_eq!(read(folder.path()), tags(&[]));
        assert_eq!(write(folder.path(), &tags(&[" a ", "b", "a", ""])).unwrap(), ["a", "b"]);
        assert_eq!(read(folder.path()), ["a", "b"]);
        assert!(write(folder.path(), &tags(&[&"x".repeat(41)])).is_err());
        let many: Vec<String> = (0..21).map(|at| at.to_string()).collect();
        assert!(write(folder.path(), &many).is_err());
    }
}

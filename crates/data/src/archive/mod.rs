//! Files inside archives, listed once and read without unpacking the rest.

mod tar;
mod zip;

use crate::content::Content;
use crate::error::Error;
use crate::format::ArchiveKind;
use std::io::Read;
use std::path::Path;

/// Members at most: the largest public sets of images have fewer, and each costs memory.
const MAX_MEMBERS: usize = 2_000_000;

/// An archive, its members known by name.
pub(crate) struct Archive {
    name: String,
    names: Vec<String>,
    members: Members,
}

enum Members {
    Zip(zip::ZipMembers),
    Tar(tar::TarMembers),
}

/// The bytes of a member and how many there are in the archive.
type Stream = (Box<dyn Read + Send>, u64);

impl Archive {
    /// Lists the members of an archive: regular files with a name that stays inside, sorted.
    pub fn open(name: &str, path: &Path, kind: ArchiveKind) -> Result<Archive, Error> {
        let members = match kind {
            ArchiveKind::Zip => Members::Zip(zip::ZipMembers::open(name, path)?),
            ArchiveKind::Tar(compression) => Members::Tar(tar::TarMembers::open(name, path, compression)?),
        };
        let mut names: Vec<String> = match &members {
            Members::Zip(members) => members.names().cloned().collect(),
            Members::Tar(members) => members.names().cloned().collect(),
        };
        names.sort();
        Ok(Archive { name: name.to_owned(), names, members })
    }

    /// The members.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The bytes of a member; `shown` is what messages call it.
    pub fn content(&self, member: &str, shown: &str) -> Result<Content, Error> {
        let stream = match &self.members {
            Members::Zip(members) => members.stream(member, shown)?,
            Members::Tar(members) => members.stream(member)?,
        };
        let (stream, length) =
            stream.ok_or_else(|| Error::NoFile { file: member.to_owned(), origin: self.name.clone() })?;
        Content::from_stream(shown, stream, length)
    }
}

/// A member's name as a path that stays inside the archive, without `.` parts.
fn inside(archive: &str, name: &str) -> Result<String, Error> {
    let name = name.replace('\\', "/");
    let is_absolute = name.starts_with('/') || name.as_bytes().get(1) == Some(&b':');
    if is_absolute || name.contains('\0') || name.split('/').any(|part| part == "..") {
        let message = format!("the member `{}` leads out of the archive", name.escape_debug());
        return Err(Error::Damaged { file: archive.to_owned(), message });
    }
    Ok(name.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/"))
}

fn check_count(archive: &str, count: usize) -> Result<(), Error> {
    if count <= MAX_MEMBERS {
        return Ok(());
    }
    Err(Error::TooLarge { file: archive.to_owned(), what: format!("more than {MAX_MEMBERS} members") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        assert_eq!(inside("a", "./data//x.csv").unwrap(), "data/x.csv");
        assert_eq!(inside("a", "data\\x.csv").unwrap(), "data/x.csv");
        for name in ["../x", "a/../../x", "/etc/passwd", "C:\\x", "a\0b", "..\\x"] {
            assert!(inside("a", name).is_err(), "{name}");
        }
    }
}

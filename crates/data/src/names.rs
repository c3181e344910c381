//! Names from outside that become paths or addresses, checked first.

use crate::error::Error;

/// Whether a relative path stays in the folder that it is joined to.
pub(crate) fn is_inside(path: &str) -> bool {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..");
    !path.contains(['\\', '\0', ':']) && path.split('/').all(is_plain)
}

/// Checks `name` or `org/name` of a repository.
pub(crate) fn check_repository(id: &str) -> Result<(), Error> {
    let is_word = |part: &str| {
        let is_known = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        !part.is_empty() && !part.starts_with('.') && part.chars().all(is_known)
    };
    if id.split('/').count() <= 2 && id.split('/').all(is_word) {
        return Ok(());
    }
    Err(Error::Name { given: id.to_owned(), what: "a repository, which is written `org/name`" })
}

/// Checks a branch, tag or commit.
pub(crate) fn check_revision(revision: &str) -> Result<(), Error> {
    let is_known = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+');
    if is_inside(revision) && revision.chars().all(is_known) {
        return Ok(());
    }
    Err(Error::Name { given: revision.to_owned(), what: "a revision: a branch, tag or commit" })
}

/// Whether a revision names a commit, whose content never changes.
pub(crate) fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && is_hex(revision)
}

/// Whether a text is a SHA-256 in base 16.
pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && is_hex(text)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        assert!(is_inside("a/b.txt"));
        for path in ["", "/a", "a//b", "../a", "a/..", "./a", "C:/a", "a\\b"] {
            assert!(!is_inside(path), "{path}");
        }
    }

    #[test]
    fn repositories_and_revisions_are_checked() {
        assert!(check_repository("org/na.me-1_x").is_ok());
        assert!(check_repository("squad").is_ok());
        for id in ["", "a/b/c", "../a", "a/", "a/.b", "a b", "a/b?x"] {
            assert!(check_repository(id).is_err(), "{id}");
        }
        assert!(check_revision("refs/convert/parquet").is_ok());
        for revision in ["", "../x", "a b", "a?b", "/a"] {
            assert!(check_revision(revision).is_err(), "{revision}");
        }
    }
}

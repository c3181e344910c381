//! Runs pip, whose own settings decide where a package comes from.

use crate::error::Error;
use std::fs;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Longest run: a large package on a slow line.
const DEADLINE: Duration = Duration::from_secs(2 * 3600);
/// Time between two looks at the running process.
const PAUSE: Duration = Duration::from_millis(50);
/// Bytes of its complaints that are read.
const MAX_STDERR: u64 = 1 << 20;
/// Characters of its complaint that are shown.
const MAX_REASON: usize = 300;

/// Downloads the wheel of a requirement into a folder.
pub(crate) fn download(pip: &Path, requirement: &str, folder: &Path) -> Result<PathBuf, Error> {
    let failed = |reason: String| Error::Pip { requirement: requirement.to_owned(), reason };
    let mut stderr = tempfile::tempfile().map_err(Error::io("write", folder))?;
    let child = spawn(pip, requirement, folder, &stderr).map_err(failed)?;
    let status = wait(child).map_err(|error| failed(error.to_string()))?;
    let mut text = Vec::new();
    let read = stderr.rewind().and_then(|()| stderr.take(MAX_STDERR).read_to_end(&mut text));
    read.map_err(Error::io("read", folder))?;
    if !status.success() {
        return Err(failed(reason(&String::from_utf8_lossy(&text))));
    }
    let entries = fs::read_dir(folder).map_err(Error::io("read", folder))?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let wheel = paths.find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    wheel.ok_or_else(|| failed("it brought no wheel".into()))
}

/// Starts pip; under another name when the usual one is not there.
fn spawn(pip: &Path, requirement: &str, folder: &Path, stderr: &fs::File) -> Result<Child, String> {
    let mut programs = vec![(pip.to_owned(), &[][..])];
    if pip == Path::new("pip") {
        programs.push(("pip3".into(), &[]));
        programs.push(("python3".into(), &["-m", "pip"]));
    }
    for (program, arguments) in programs {
        let stderr = stderr.try_clone().map_err(|error| error.to_string())?;
        let started = Command::new(&program)
            .args(arguments)
            .args(["download", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check"])
            .args(["--no-input", "--quiet", "--dest"])
            .arg(folder)
            .arg(requirement)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn();
        match started {
            Ok(child) => return Ok(child),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{} cannot be run: {error}", program.display())),
        }
    }
    Err(format!("{} is not installed", pip.display()))
}

fn wait(mut child: Child) -> io::Result<ExitStatus> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if started.elapsed() > DEADLINE {
            child.kill()?;
            child.wait()?;
            return Err(io::Error::other("it took too long"));
        }
        sleep(PAUSE);
    }
}

/// The line of pip's complaints that says most, without credentials.
fn reason(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let errors = lines.iter().rev().find(|line| line.starts_with("ERROR:"));
    let line = errors.or(lines.last()).copied().unwrap_or("it failed without a word");
    let line = line.trim_start_matches("ERROR:").trim();
    let shown: String = without_credentials(line).chars().filter(|c| !c.is_control()).collect();
    shown.chars().take(MAX_REASON).collect()
}

/// Hides user name and password in every address.
fn without_credentials(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = after.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(after.len());
        match after[..end].rfind('@') {
            Some(at) => {
                shown.push_str("•••");
                rest = &after[at..];
            }
            None => rest = after,
        }
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_one_line_without_credentials() {
        let stderr = "WARNING: Retrying\nERROR: Could not find a version\n\
                      ERROR: No match for x==1 at https://user:p@ss@host/simple/ or http://a@b\n\n[notice] new pip\n";
        assert_eq!(reason(stderr), "No match for x==1 at https://•••@host/simple/ or http://•••@b");
        assert_eq!(reason("\n"), "it failed without a word");
        assert_eq!(reason("https://host/a@b"), "https://host/a@b");
    }
}

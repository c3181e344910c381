//! What the end-to-end tests share: the binary in clean surroundings, small data sets, a look at run folders.

pub mod hub;
pub mod kills;
pub mod outcome;
pub mod schema;
pub mod server;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A place of its own for one test: work dir, caches, data.
pub struct Place {
    pub folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Place {
        Place { folder: tempfile::tempdir().expect("a temporary folder can be made") }
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub fn write(&self, relative: &str, text: &str) -> PathBuf {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folder can be made");
        std::fs::write(&path, text).expect("the file can be written");
        path
    }

    /// `evalscope` with nothing of the tester's own surroundings.
    pub fn evalscope(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_evalscope"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("EVALSCOPE_CACHE", self.path("cache"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.evalscope(arguments).output().expect("the binary starts"))
    }

    /// A benchmark of `count` multiple-choice questions whose right answer is always B.
    pub fn choice_data(&self, count: usize) -> PathBuf {
        let lines: String = (0..count)
            .map(|n| {
                format!(
                    "{{\"id\":\"q{n}\",\"question\":\"Question number {n}?\",\"A\":\"one\",\"B\":\"two\",\"C\":\"three\",\"D\":\"four\",\"answer\":\"B\"}}\n"
                )
            })
            .collect();
        self.write("data/quiz_val.jsonl", &lines);
        self.path("data")
    }
}

/// What a finished command printed.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// Fails the test unless the command ended with `code`; shows what it printed.
    #[track_caller]
    pub fn expect(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }

    /// Fails the test unless this is one clear error that holds all of `parts`.
    #[track_caller]
    pub fn clear_error(self, code: i32, parts: &[&str]) -> Ran {
        let ran = self.expect(code);
        let errors: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "one error line in:\n{}", ran.err);
        for part in parts {
            assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err);
        }
        for word in ["panicked", "RUST_BACKTRACE", "Error {", "os error 2)\n\nstack"] {
            assert!(!ran.err.contains(word), "`{word}` is in:\n{}", ran.err);
        }
        ran
    }
}

/// The only run under `outputs`. A process that is killed before its run has begun leaves a folder without `run.json`,
/// which is none.
pub fn only_run(place: &Place) -> PathBuf {
    let mut runs: Vec<PathBuf> = std::fs::read_dir(place.path("outputs"))
        .expect("there is an outputs folder")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.join("run.json").exists())
        .collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.remove(0)
}

/// Every file below a folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// The lines of a JSONL file.
pub fn json_lines(path: &Path) -> Vec<Value> {
    std::fs::read_to_string(path)
        .expect("the file can be read")
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect()
}

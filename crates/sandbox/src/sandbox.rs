//! The sandbox as callers see it.

use crate::busy;
use crate::error::Error;
use crate::language::{Language, languages};
use crate::machine;
use crate::pool::Pool;
use crate::toolchain::Toolchain;
use crate::wire::{Answer, Command, File, Job, Protection, Ran, View, Work};
use base64::Engine;
use evalscope_core::{ExecuteRequest, Execution, ExecutionVerdict, Isolation, Limits};
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How much of a program's output is kept for the report.
const KEPT: usize = 2_000;
/// Where programs find programs.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// What else programs find in their environment: nothing of the caller's. The seed makes sets of text come in the same order
/// in every run.
const ENVIRONMENT: [(&str, &str); 8] = [
    ("HOME", "/box"),
    ("TMPDIR", "/tmp"),
    ("LANG", "C.UTF-8"),
    ("PYTHONHASHSEED", "0"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("OMP_NUM_THREADS", "1"),
    ("OPENBLAS_NUM_THREADS", "1"),
    ("PATH", PATH),
];

/// How a sandbox is opened.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// The binary whose `main` calls [`entry`](crate::entry) first: usually the running one.
    pub launcher: PathBuf,
    /// Folders in which tools are looked for.
    pub path: Vec<PathBuf>,
    /// What must stand between a program and the host.
    pub isolation: Isolation,
    /// Programs that run at once.
    pub parallel: usize,
    /// Memory that the limits of all programs that run at once may add up to, in MB. One with more runs alone.
    pub memory_mb: u64,
}

impl SandboxOptions {
    /// Full isolation, one program for each processor, and most of the memory that this machine has left.
    pub fn new(launcher: PathBuf, path: Vec<PathBuf>) -> SandboxOptions {
        let parallel = std::thread::available_parallelism().map_or(1, usize::from);
        SandboxOptions {
            launcher,
            path,
            isolation: Isolation::Full,
            parallel,
            memory_mb: machine::memory_for_programs_mb(),
        }
    }
}

/// A command with its files.
#[derive(Debug, Clone)]
pub struct Program {
    /// Command and arguments. A bare name is looked for among the host's tools.
    pub words: Vec<String>,
    /// Files beside it: relative path and content.
    pub files: Vec<(String, Vec<u8>)>,
    /// Folders of the host that it may read, at their own places.
    pub visible: Vec<PathBuf>,
    /// Its standard input.
    pub stdin: String,
    /// What it may use.
    pub limits: Limits,
}

/// Runs programs apart from the host. May be used from several threads.
pub struct Sandbox {
    options: SandboxOptions,
    pool: Pool,
    protection: Protection,
    toolchains: Mutex<HashMap<&'static str, Toolchain>>,
}

impl Sandbox {
    /// Builds a sandbox once for trial. Fails when the kernel does not give what was asked for.
    pub fn open(options: SandboxOptions) -> Result<Sandbox, Error> {
        if cfg!(not(target_os = "linux")) {
            return Err(Error::NotLinux);
        }
        let pool = Pool::new(options.launcher.clone(), options.parallel, options.memory_mb);
        let view = View { isolation: options.isolation, visible: Vec::new(), environment: environment() };
        let probe = Job { view, limits: Limits::default(), work: Work::Probe };
        match asked(&pool, &probe)? {
            Answer::Probed(protection) => {
                Ok(Sandbox { options, pool, protection, toolchains: Mutex::default() })
            }
            _ => Err(Error::Launcher {
                path: options.launcher,
                message: "it answered another question".into(),
            }),
        }
    }

    /// What stands between a program and the host.
    pub fn isolation(&self) -> Isolation {
        self.options.isolation
    }

    /// How many programs run at once.
    pub fn parallel(&self) -> usize {
        self.options.parallel
    }

    /// What the sandbox is made of on this host.
    pub fn protection(&self) -> &Protection {
        &self.protection
    }

    /// The tool of a language on this machine.
    pub fn toolchain(&self, language: &'static Language) -> Result<Toolchain, Error> {
        let mut known = self.toolchains.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(toolchain) = known.get(language.name) {
            return Ok(toolchain.clone());
        }
        let toolchain = Toolchain::find(language, &self.options.path)?;
        known.insert(language.name, toolchain.clone());
        Ok(toolchain)
    }

    /// Runs a program and keeps the end of what it wrote. Waits for a free place first.
    pub fn execute(&self, request: &ExecuteRequest) -> Result<Execution, Error> {
        let language = Language::named(&request.language)
            .ok_or_else(|| Error::UnknownLanguage { name: request.language.clone() })?;
        let toolchain = self.toolchain(language)?;
        let work = if language.name == "python" {
            Work::Python {
                interpreter: toolchain.program.clone(),
                program: request.program.clone(),
                stdin: request.stdin.clone(),
            }
        } else {
            commands(language, &toolchain, request)
        };
        let view = self.view(&toolchain.visible);
        let is_warm = matches!(work, Work::Python { .. });
        let ran = self.call(&Job { view, limits: request.limits, work })?;
        let mut execution = if is_warm { ran.execution } else { judged(ran, language) };
        execution.stdout = tail(&execution.stdout);
        execution.stderr = tail(&execution.stderr);
        Ok(execution)
    }

    /// Runs a command in a sandbox of its own and keeps all that it wrote.
    pub fn run(&self, program: &Program) -> Result<Execution, Error> {
        let mut words = program.words.clone();
        let mut visible = program.visible.clone();
        let known = words
            .first()
            .and_then(|first| languages().iter().find(|language| language.tools.contains(&first.as_str())));
        if let Some(language) = known {
            let toolchain = self.toolchain(language)?;
            words[0] = toolchain.program.to_string_lossy().into_owned();
            visible.extend(toolchain.visible);
        }
        let limits_address_space = known.is_some_and(|language| language.limits_address_space);
        let files = program.files.iter().map(|(name, content)| file(name, content));
        let work = Work::Commands {
            files: files.collect::<Result<_, _>>()?,
            commands: vec![Command { words, builds: None, limits_address_space }],
            stdin: program.stdin.clone(),
        };
        let ran = self.call(&Job { view: self.view(&visible), limits: program.limits, work })?;
        Ok(match known {
            Some(language) => judged(ran, language),
            None => ran.execution,
        })
    }

    fn view(&self, visible: &[PathBuf]) -> View {
        View { isolation: self.options.isolation, visible: visible.to_vec(), environment: environment() }
    }

    fn call(&self, job: &Job) -> Result<Ran, Error> {
        match asked(&self.pool, job)? {
            Answer::Ran(ran) => Ok(ran),
            _ => Err(Error::Launcher {
                path: self.options.launcher.clone(),
                message: "it answered another question".into(),
            }),
        }
    }
}

/// A launcher's answer, which is no refusal. A host that is busy is asked again.
fn asked(pool: &Pool, job: &Job) -> Result<Answer, Error> {
    busy::patiently(busy::PATIENCE, || match pool.call(job)? {
        Answer::Refused { stage, message } => Err(Error::Refused { stage, message }),
        answer => Ok(answer),
    })
}

fn environment() -> Vec<(String, String)> {
    ENVIRONMENT.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// With the verdict that standard error shows; a warm interpreter gives its own.
fn judged(ran: Ran, language: &Language) -> Execution {
    let mut execution = ran.execution;
    if !ran.building && execution.verdict == ExecutionVerdict::RuntimeError {
        execution.verdict = language.verdict(&execution.stderr, &execution.stdout);
    }
    execution
}

/// A program as file, build and run.
fn commands(language: &Language, toolchain: &Toolchain, request: &ExecuteRequest) -> Work {
    let tool = toolchain.program.to_string_lossy();
    let command = |words: &[&str], builds: Option<f64>| Command {
        words: words.iter().map(|word| word.replace("{tool}", &tool)).collect(),
        builds,
        limits_address_space: language.limits_address_space && builds.is_none(),
    };
    let content = base64::engine::general_purpose::STANDARD.encode((language.written)(&request.program));
    Work::Commands {
        files: vec![File { name: language.file.into(), content }],
        commands: language
            .build
            .map(|words| command(words, Some(language.build_times)))
            .into_iter()
            .chain([command(language.run, None)])
            .collect(),
        stdin: request.stdin.clone(),
    }
}

/// A file whose name leads nowhere else.
fn file(name: &str, content: &[u8]) -> Result<File, Error> {
    let is_plain = |part: Component| matches!(part, Component::Normal(_) | Component::CurDir);
    if name.is_empty() || name.contains('\0') || !Path::new(name).components().all(is_plain) {
        return Err(Error::FileName { name: name.to_owned() });
    }
    Ok(File { name: name.to_owned(), content: base64::engine::general_purpose::STANDARD.encode(content) })
}

/// The end of a text.
fn tail(text: &str) -> String {
    let mut start = text.len().saturating_sub(KEPT);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text[start..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_lead_nowhere_else() {
        assert!(file("a/b.py", b"").is_ok());
        for name in ["", "/etc/passwd", "../x", "a/../../x", "a\0b"] {
            assert!(file(name, b"").is_err(), "{name:?}");
        }
    }

    #[test]
    fn the_end_of_a_text_is_cut_between_characters() {
        assert_eq!(tail("short"), "short");
        let long = "é".repeat(KEPT);
        assert!(tail(&long).len() <= KEPT && tail(&long).chars().all(|letter| letter == 'é'));
    }
}

//! Programs that models write: whether this machine can run them, and running them.

use crate::environment::Environment;
use crate::error::Error;
use crate::options::EvalOptions;
use evalscope_benchmarks::OpenBenchmark;
use evalscope_core::{CallFailure, Diagnose, Execution, FailureKind, Isolation};
use evalscope_runner::Executor;
use evalscope_sandbox::{Language, Program, Protection, Sandbox, SandboxOptions, Toolchain, languages};
use serde::Serialize;
use std::sync::Arc;

/// What runs the programs of these benchmarks; nothing when they have none. Fails before anything is asked when this
/// machine cannot run them.
pub(crate) fn executor(
    benchmarks: &[Arc<OpenBenchmark>],
    options: &EvalOptions,
    environment: &Environment,
) -> Result<Option<Executor>, Error> {
    let mut wanted = benchmarks.iter().flat_map(|benchmark| benchmark.protocol().languages()).peekable();
    if wanted.peek().is_none() {
        return Ok(None);
    }
    let sandbox = open(environment, options.isolation)?;
    for name in wanted {
        let language = Language::named(name)
            .ok_or_else(|| evalscope_sandbox::Error::UnknownLanguage { name: name.to_owned() })?;
        sandbox.toolchain(language)?;
    }
    Ok(Some(Executor::new(sandbox.parallel(), move |request| {
        sandbox
            .execute(request)
            .map_err(|error| CallFailure::new(FailureKind::Unsupported, error.to_string()))
    })))
}

/// Runs a command apart from the host.
pub fn run_program(
    program: &Program,
    isolation: Isolation,
    environment: &Environment,
) -> Result<Execution, Error> {
    Ok(open(environment, isolation)?.run(program)?)
}

fn open(environment: &Environment, isolation: Isolation) -> Result<Sandbox, Error> {
    let options = SandboxOptions::new(environment.launcher.clone(), environment.path.clone());
    Ok(Sandbox::open(SandboxOptions { isolation, ..options })?)
}

/// What this machine supports.
#[derive(Debug, Serialize)]
pub struct Doctor {
    /// Operating system and processor.
    pub platform: String,
    /// Whether programs of models can be run, for each isolation, the strongest first.
    pub sandboxes: Vec<SandboxCheck>,
    /// Languages of such programs.
    pub languages: Vec<LanguageCheck>,
}

/// Whether an isolation can be had.
#[derive(Debug, Serialize)]
pub struct SandboxCheck {
    /// Which.
    pub isolation: Isolation,
    /// What it is made of here; absent when it cannot be had.
    pub protection: Option<Protection>,
    /// Why not.
    pub error: Option<String>,
    /// What to do.
    pub hint: Option<String>,
}

/// Whether programs in a language can be run.
#[derive(Debug, Serialize)]
pub struct LanguageCheck {
    /// The language.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Its tool; absent when it is not on this machine.
    pub toolchain: Option<Toolchain>,
    /// What was looked for.
    pub tools: &'static [&'static str],
}

/// Finds out what this machine supports.
pub fn doctor(environment: &Environment) -> Doctor {
    let check = |isolation| match open(environment, isolation) {
        Ok(sandbox) => SandboxCheck {
            isolation,
            protection: Some(sandbox.protection().clone()),
            error: None,
            hint: None,
        },
        Err(error) => {
            SandboxCheck { isolation, protection: None, hint: error.hint(), error: Some(error.to_string()) }
        }
    };
    let language = |language: &Language| LanguageCheck {
        name: language.name,
        title: language.title,
        toolchain: Toolchain::find(language, &environment.path).ok(),
        tools: language.tools,
    };
    Doctor {
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        sandboxes: [Isolation::Full, Isolation::Namespaces].map(check).into(),
        languages: languages().iter().map(language).collect(),
    }
}

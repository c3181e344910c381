//! What caller, launcher, init and warm interpreter tell one another.

use crate::error::Stage;
use evalscope_core::{Execution, Isolation, Limits};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One piece of work for a launcher.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// What of the host a program sees, and how.
    pub view: View,
    /// What it may use.
    pub limits: Limits,
    /// What is to be done.
    pub work: Work,
}

/// What of the host a program sees, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// What stands between it and the host.
    pub isolation: Isolation,
    /// Folders and files that it may read, at their own places.
    pub visible: Vec<PathBuf>,
    /// Its environment, whole.
    pub environment: Vec<(String, String)>,
}

/// What is to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Work {
    /// Only build a sandbox, and say what it is made of.
    Probe,
    /// Run a Python program in a warm interpreter.
    Python {
        /// The interpreter.
        interpreter: PathBuf,
        /// The program.
        program: String,
        /// Its standard input.
        stdin: String,
    },
    /// Run commands one after the other, while they end well.
    Commands {
        /// Files in the folder where they run: relative path and content.
        files: Vec<File>,
        /// The commands.
        commands: Vec<Command>,
        /// Standard input of the last one.
        stdin: String,
    },
}

/// A file for a program.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct File {
    /// Path below the folder where programs run.
    pub name: String,
    /// Content, in base64.
    pub content: String,
}

/// One command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Command {
    /// Program and arguments.
    pub words: Vec<String>,
    /// It builds, and may take so many times the CPU and wall time of the limits; what it does is no fault of the program's
    /// run.
    pub builds: Option<f64>,
    /// The address space is limited too: a language whose programs take memory only when they use it.
    pub limits_address_space: bool,
}

/// A launcher's answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Answer {
    /// The program ran.
    Ran(Ran),
    /// A sandbox was built.
    Probed(Protection),
    /// No sandbox could be built.
    Refused {
        /// At what point.
        stage: Stage,
        /// What the kernel said.
        message: String,
    },
}

/// What became of a program, and what was still going on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ran {
    /// What became of it.
    pub execution: Execution,
    /// It was building when it ended.
    pub building: bool,
}

/// What a sandbox is made of on this host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// How much of what we ask of Landlock the kernel knows: `fully enforced`, `partially enforced`, `not enforced`.
    pub landlock: String,
    /// Whether programs have a `/proc` of their own, or none.
    pub has_proc: bool,
}

/// From inside the sandbox to the launcher.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Inside {
    /// Init could not build the sandbox.
    Refused {
        /// At what point.
        stage: Stage,
        /// What the kernel said.
        message: String,
    },
    /// The sandbox stands; what it is made of, when that was asked.
    Built(Option<Protection>),
    /// The command with this number begins.
    Begun {
        /// Number in the list.
        command: usize,
    },
    /// The last command has ended; or the warm interpreter has.
    Ended {
        /// Exit code.
        code: Option<i32>,
        /// Signal.
        signal: Option<i32>,
    },
    /// The warm interpreter is ready for programs.
    Warm,
    /// The warm interpreter has run a program.
    Ran {
        /// Exit code of its process.
        code: Option<i32>,
        /// Signal that ended it.
        signal: Option<i32>,
        /// What the program's process said at its end; absent when it ended early.
        said: Option<String>,
        /// CPU time, in seconds.
        cpu_s: f64,
        /// Greatest memory of its process, in kB.
        memory_kb: u64,
        /// It left neither file nor process.
        is_clean: bool,
    },
}

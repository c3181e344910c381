//! What can go wrong before a program runs. What a program does wrong is a verdict, not an error.

use evalscope_core::{Diagnose, Kind};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What keeps a program from being run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kernel does not give what isolation needs.
    #[error("the sandbox refuses to run programs: {stage}: {message}")]
    Refused {
        /// At what point.
        stage: Stage,
        /// What the kernel said.
        message: String,
    },
    /// Not on this system.
    #[error("the sandbox refuses to run programs: it needs Linux")]
    NotLinux,
    /// The launcher could not be started, or ended without a word.
    #[error("the sandbox's launcher {path} did not answer: {message}")]
    Launcher {
        /// The binary.
        path: PathBuf,
        /// Why.
        message: String,
    },
    /// No such language.
    #[error("the sandbox knows no language `{name}`")]
    UnknownLanguage {
        /// What was asked for.
        name: String,
    },
    /// The tools of a language are not on this machine.
    #[error("no {tool} on this machine: programs in {language} cannot be run")]
    NoToolchain {
        /// The language.
        language: String,
        /// What was looked for.
        tool: String,
    },
    /// A name under which a file cannot be given to a program.
    #[error("`{name}` cannot be the name of a file in the sandbox")]
    FileName {
        /// The name.
        name: String,
    },
}

/// The steps of building a sandbox, as far as they can fail on a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// New namespaces.
    Namespaces,
    /// Users of the new namespace.
    Users,
    /// A root of its own.
    Root,
    /// Landlock.
    Landlock,
    /// The system call filter and capabilities.
    Filter,
    /// The program itself could not be started.
    Start,
    /// The watch over memory and CPU time.
    Watch,
    /// The host has no process or memory to give just now.
    Busy,
}

impl std::fmt::Display for Stage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Stage::Namespaces => "user namespaces",
            Stage::Users => "users of the namespace",
            Stage::Root => "a root of its own",
            Stage::Landlock => "Landlock",
            Stage::Filter => "the system call filter",
            Stage::Start => "the program",
            Stage::Watch => "the watch over processes",
            Stage::Busy => "the host is busy",
        })
    }
}

impl Stage {
    /// What a person can enable.
    fn hint(self) -> Option<&'static str> {
        match self {
            Stage::Namespaces | Stage::Users | Stage::Root => Some(
                "allow unprivileged user namespaces: `sysctl user.max_user_namespaces=10000`, on Debian \
                 `kernel.unprivileged_userns_clone=1`, on Ubuntu `kernel.apparmor_restrict_unprivileged_userns=0`; in \
                 Docker start with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`",
            ),
            Stage::Landlock => Some(
                "boot with `landlock` in the kernel's `lsm=` list (Linux 5.13 or later), or do without it: `--sandbox \
                 namespaces`",
            ),
            Stage::Filter => Some("the kernel needs CONFIG_SECCOMP_FILTER"),
            Stage::Watch => Some(
                "the kernel needs CONFIG_PROC_CHILDREN, and /proc must show this user's processes: mount it without \
                 `hidepid`, or as this user's own",
            ),
            Stage::Busy => {
                Some("end other work, or raise the number of processes that this user may have: `ulimit -u`")
            }
            Stage::Start => None,
        }
    }
}

impl Diagnose for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::UnknownLanguage { .. } | Error::FileName { .. } => Kind::User,
            _ => Kind::Environment,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Error::Refused { stage, .. } => stage.hint().map(str::to_owned),
            Error::NotLinux => Some("`evalscope doctor` says what this machine supports".into()),
            Error::NoToolchain { .. } => Some(
                "`evalscope doctor` says which languages this machine has; where subsets are languages, choose among \
                 them with `subset_list`"
                    .into(),
            ),
            _ => None,
        }
    }
}

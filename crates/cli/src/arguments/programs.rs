//! What can be typed about programs that models write.

use clap::{Args, Subcommand, ValueEnum};
use evalscope::core::Isolation;
use std::path::PathBuf;

/// What must stand between a program and this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SandboxName {
    /// Namespaces, a root of its own, Landlock, a system call filter, limits
    Full,
    /// The same without Landlock, for kernels that have none
    Namespaces,
}

impl SandboxName {
    /// The same as the façade knows it.
    pub fn isolation(name: Option<SandboxName>) -> Isolation {
        match name {
            None | Some(SandboxName::Full) => Isolation::Full,
            Some(SandboxName::Namespaces) => Isolation::Namespaces,
        }
    }
}

/// `evalscope sandbox …`.
#[derive(Subcommand)]
pub enum SandboxCommand {
    /// Run a command apart from this machine: no network, no files but its own, limits on all it uses
    Run(SandboxRunArguments),
}

/// `evalscope sandbox run`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  evalscope sandbox run -- python3 x.py
  evalscope sandbox run --cpu 2 --memory 256 --file data.csv -- python3 x.py
  echo 'print(1)' | evalscope sandbox run --stdin -- python3 -

Files of the current folder that the command names are copied into the sandbox, and nothing comes out of it but what the
program writes to standard output and standard error.
Exit codes: the program's own; 124 when it broke a limit, 128 and the signal's number when one ended it; 2, 5 and 70 as
for eval, with a message that begins with `error:`.")]
pub struct SandboxRunArguments {
    /// The command
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub words: Vec<String>,
    /// A file for the program, under its relative path; several times for several
    #[arg(long, value_name = "FILE")]
    pub file: Vec<PathBuf>,
    /// Hand standard input to the program
    #[arg(long)]
    pub stdin: bool,
    /// CPU time of all its processes, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    pub cpu: f64,
    /// Time on the clock, in seconds; time in which other work had the processor does not count
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    pub wall: f64,
    /// Memory of all its processes, in MB
    #[arg(long, value_name = "MB", default_value_t = 1024)]
    pub memory: u64,
    /// Output at most, in kB
    #[arg(long, value_name = "KB", default_value_t = 1024)]
    pub output: u64,
    /// Processes and threads
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub processes: u64,
    /// What must stand between the program and this machine [default: full]
    #[arg(long, value_name = "ISOLATION")]
    pub sandbox: Option<SandboxName>,
    /// Print verdict, output and usage as JSON
    #[arg(long)]
    pub json: bool,
}

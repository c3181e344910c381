//! The forms of other programs, one row each: what it is called, how it is written, recognised and read.

use crate::error::Error;
use crate::source::Source;
use crate::{evalscope_form, inspect, lm_eval, parquet};
use evalscope_runs::RunFolder;
use std::fs::File;
use std::path::Path;

/// A form that runs are written in and made of.
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// The program that it belongs to, for people.
    pub title: &'static str,
    pub(crate) target: Target,
    /// Whether a file or folder seems to be of this form.
    pub(crate) is_here: fn(&Path) -> bool,
    /// Opens it for reading.
    pub(crate) open: fn(&Path) -> Result<Box<dyn Source>, Error>,
}

/// What an export makes.
pub(crate) enum Target {
    /// One file.
    File {
        /// Its ending.
        ending: &'static str,
        /// Writes the samples of a run, and says how many there are.
        write: fn(&RunFolder, &mut File) -> Result<u64, Error>,
    },
    /// A folder.
    Folder {
        /// Fills a new folder, and says how many samples there are.
        write: fn(&RunFolder, &Path) -> Result<u64, Error>,
    },
}

/// All forms, in the order in which they are tried.
pub const FORMATS: [Format; 4] = [
    Format {
        name: "inspect",
        title: "Inspect",
        target: Target::Folder { write: inspect::write },
        is_here: inspect::is_here,
        open: inspect::open,
    },
    Format {
        name: "lm-eval",
        title: "lm-evaluation-harness",
        target: Target::Folder { write: lm_eval::write },
        is_here: lm_eval::is_here,
        open: lm_eval::open,
    },
    Format {
        name: "evalscope",
        title: "EvalScope",
        target: Target::Folder { write: evalscope_form::write },
        is_here: evalscope_form::is_here,
        open: evalscope_form::open,
    },
    Format {
        name: "parquet",
        title: "Parquet",
        target: Target::File { ending: parquet::ENDING, write: parquet::write },
        is_here: parquet::is_here,
        open: parquet::open,
    },
];

/// The form of this name.
pub fn named(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// The form of a file or folder, when it can be told.
pub fn detect(path: &Path) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.is_here)(path))
}

//! What another program wrote, opened for reading.

use crate::answered::{Answered, Part};
use crate::carried::Carried;
use crate::error::Error;
use indexmap::IndexMap;
use std::path::PathBuf;

/// What takes samples, one by one.
pub type Visit<'a> = dyn FnMut(&Part, Answered) -> Result<(), Error> + 'a;

/// Files of another program.
pub trait Source {
    /// What is known before the samples.
    fn about(&self) -> &About;

    /// Shows every sample; the same ones each time it is called.
    fn each(&mut self, visit: &mut Visit<'_>) -> Result<(), Error>;
}

/// What is known of files before their samples.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The program that wrote them.
    pub tool: &'static str,
    /// Its version, when they say so.
    pub version: Option<String>,
    /// What our own exports carry.
    pub carried: Vec<Carried>,
    /// Metrics of which less is better, by benchmark.
    pub lower_is_better: IndexMap<String, Vec<String>>,
    /// The files, for their checksums.
    pub files: Vec<PathBuf>,
}

impl About {
    /// The name of a benchmark of another program: as it names it, with the program for a protocol; a name that has
    /// a protocol keeps it.
    pub fn benchmark(&self, name: &str) -> String {
        if name.contains('@') { name.to_owned() } else { format!("{name}@{}", self.tool) }
    }
}

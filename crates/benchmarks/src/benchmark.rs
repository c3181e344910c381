//! A benchmark as its file says it.

use crate::schema::{BenchmarkFile, SampleCount, Subsets};
use evalscope_data::Hub;

/// A benchmark as its file says it.
#[derive(Debug, Clone)]
pub struct Benchmark {
    pub(crate) file: BenchmarkFile,
    pub(crate) is_builtin: bool,
}

impl Benchmark {
    /// Name.
    pub fn name(&self) -> &str {
        &self.file.name
    }

    /// Title for people.
    pub fn title(&self) -> &str {
        if self.file.title.is_empty() { &self.file.name } else { &self.file.title }
    }

    /// What it measures.
    pub fn about(&self) -> &str {
        &self.file.about
    }

    /// Words to find it by.
    pub fn tags(&self) -> &[String] {
        &self.file.tags
    }

    /// Licence of its data.
    pub fn license(&self) -> Option<&str> {
        self.file.license.as_deref()
    }

    /// Address of its paper.
    pub fn paper(&self) -> Option<&str> {
        self.file.paper.as_deref()
    }

    /// Names of its protocols, the default first.
    pub fn protocols(&self) -> Vec<String> {
        let mut names: Vec<String> = self.file.protocols.keys().cloned().collect();
        names.sort_by_key(|name| *name != self.default_protocol());
        names
    }

    /// Its subsets, as far as the file names them.
    pub fn subsets(&self) -> &[String] {
        match &self.file.data.subsets {
            Subsets::Named(names) => names,
            Subsets::Found(_) => &[],
        }
    }

    /// Samples of all its subsets together, as its file says.
    pub fn samples(&self) -> Option<u64> {
        self.file.data.samples.as_ref().map(|samples| match samples {
            SampleCount::All(count) => *count,
            SampleCount::Each(counts) => counts.values().sum(),
        })
    }

    /// Columns of the file's made-up example.
    pub fn example_columns(&self) -> Vec<String> {
        self.file.example.iter().flat_map(|example| example.row.keys().cloned()).collect()
    }

    /// Whether the number of samples was read in a publication and not counted.
    pub fn samples_are_published(&self) -> bool {
        self.file.data.published
    }

    /// Samples of a subset, as far as its file says.
    pub fn samples_of(&self, subset: &str) -> Option<u64> {
        match (self.file.data.samples.as_ref()?, self.subsets()) {
            (SampleCount::Each(counts), _) => counts.get(subset).copied(),
            (SampleCount::All(count), [only]) if only == subset => Some(*count),
            (SampleCount::All(_), _) => None,
        }
    }

    /// Its data set on a hub, or nothing.
    pub fn dataset(&self, hub: Hub) -> Option<&str> {
        match hub {
            Hub::ModelScope => self.file.data.modelscope.as_deref(),
            Hub::HuggingFace => self.file.data.huggingface.as_deref(),
            Hub::Local => None,
        }
    }

    /// Whether its data has a repository on this hub, as far as the file says.
    pub fn is_on(&self, hub: Hub) -> bool {
        self.dataset(hub).is_some()
    }

    /// Name of the protocol that is meant when none is named.
    pub(crate) fn default_protocol(&self) -> String {
        let protocols = &self.file.protocols;
        let marked = protocols.iter().find(|(_, protocol)| protocol.default);
        marked.or_else(|| protocols.first()).map(|(name, _)| name.clone()).unwrap_or_default()
    }
}

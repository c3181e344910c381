//! Every name that a benchmark file can use, for people.

use crate::library::Library;
use crate::template;
use evalscope_metrics::source;

/// What a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// Finds an answer in a reply.
    Extractor,
    /// Scores an answer.
    Metric,
    /// Scores log-likelihoods.
    Choice,
    /// Makes one number of samples.
    Aggregate,
    /// Scores what became of a program.
    Execution,
    /// A filter or function in templates and expressions.
    Template,
    /// A layout for `use:`.
    Layout,
}

impl std::fmt::Display for EntryKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            EntryKind::Extractor => "extractors",
            EntryKind::Metric => "metrics over answers",
            EntryKind::Choice => "metrics over log-likelihoods",
            EntryKind::Aggregate => "aggregates",
            EntryKind::Execution => "metrics over programs",
            EntryKind::Template => "templates",
            EntryKind::Layout => "layouts",
        })
    }
}

/// One name.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// The name.
    pub name: String,
    /// What it does.
    pub about: String,
    /// Where it comes from: paper, and the program and version that it matches; of extractors, metrics and aggregates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'static str>,
}

impl Entry {
    /// What it does and where it comes from, in a line.
    pub fn line(&self) -> String {
        match self.source {
            Some(source) => format!("{}. Source: {source}", self.about),
            None => self.about.clone(),
        }
    }
}

/// Every name, by kind.
pub fn vocabulary() -> Vec<Entry> {
    let entry = |kind, name: &str, about: &str, source| Entry {
        kind,
        name: name.to_owned(),
        about: about.to_owned(),
        source,
    };
    let mut all = Vec::new();
    for known in evalscope_metrics::extract::extractors() {
        all.push(entry(EntryKind::Extractor, known.name, known.about, source::of_extractor(known.name)));
    }
    for known in evalscope_metrics::score::text_metrics() {
        all.push(entry(EntryKind::Metric, known.name, known.about, source::of_metric(known.name)));
    }
    for known in evalscope_metrics::score::choice_metrics() {
        all.push(entry(EntryKind::Choice, known.name, known.about, source::of_metric(known.name)));
    }
    for known in evalscope_metrics::aggregate::aggregates() {
        all.push(entry(EntryKind::Aggregate, known.name, known.about, source::of_aggregate(known.name)));
    }
    for known in evalscope_metrics::score::execution_metrics() {
        all.push(entry(EntryKind::Execution, known.name, known.about, source::of_metric(known.name)));
    }
    for (name, about) in template::VOCABULARY {
        all.push(entry(EntryKind::Template, name, about, None));
    }
    if let Ok(library) = Library::builtin() {
        all.extend(library.layouts().map(|(name, about)| entry(EntryKind::Layout, name, about, None)));
    }
    all
}

//! Looks at benchmarks without running them: list, show with a real prompt, lint.

use crate::environment::{Environment, Hub};
use crate::error::Error;
use crate::prepare::{library, store_for};
use evalscope_benchmarks::{DatasetArgs, Library, Protocol};
use evalscope_core::{Effect, Limit, Sample, Step};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use evalscope_benchmarks::{Entry as VocabularyEntry, Problem, lint, vocabulary};

/// One benchmark in a list.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Listed {
    /// Name, for `--datasets`.
    pub name: String,
    /// Title.
    pub title: String,
    /// What it measures.
    pub about: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Protocols; the default first.
    pub protocols: Vec<String>,
    /// Main metric of each protocol.
    pub metrics: IndexMap<String, String>,
    /// What is asked: in a list by the default protocol, else by the one that is shown.
    #[serde(flatten)]
    pub rows: Rows,
    /// What other protocols ask, where that is something else.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub other_rows: IndexMap<String, Rows>,
    /// Licence of the data.
    pub license: Option<String>,
    /// Paper.
    pub paper: Option<String>,
}

/// The rows that a protocol asks.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Rows {
    /// Where they come from: `modelscope:` or `huggingface:` and the data set's name; none for the user's own data.
    pub data: Vec<String>,
    /// Samples of all subsets together, as the benchmark's file says.
    pub samples: Option<u64>,
    /// That number is what the authors publish; it was not counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub samples_published: bool,
    /// Subsets.
    pub subsets: usize,
}

/// All benchmarks, by name.
pub fn list(paths: &[PathBuf]) -> Result<Vec<Listed>, Error> {
    let library = library(paths)?;
    library.names().into_iter().map(|name| listed(&library, &name, None)).collect()
}

impl Rows {
    fn of(protocol: &Protocol) -> Rows {
        let benchmark = protocol.benchmark();
        let hubs = [("modelscope", Hub::ModelScope), ("huggingface", Hub::HuggingFace)];
        let on = |(word, hub): (&str, Hub)| benchmark.dataset(hub).map(|id| format!("{word}:{id}"));
        Rows {
            data: hubs.into_iter().filter_map(on).collect(),
            samples: protocol.samples(),
            samples_published: benchmark.samples_are_published(),
            subsets: benchmark.subsets().len(),
        }
    }

    /// The number of samples for people, `number` showing it: a dash where there is none, and said when nobody counted.
    pub fn samples_text(&self, number: impl Fn(u64) -> String) -> String {
        let note = if self.samples_published { " (published)" } else { "" };
        self.samples.map_or_else(|| "–".to_owned(), |count| format!("{}{note}", number(count)))
    }

    /// Where its data comes from, in a few words.
    pub fn data_text(&self) -> String {
        match self.data.as_slice() {
            [] => "your own, or built in".to_owned(),
            all => all.join(", "),
        }
    }
}

impl Listed {
    /// The main metric of a protocol.
    pub fn main_metric(&self, protocol: &str) -> &str {
        self.metrics.get(protocol).map_or("–", String::as_str)
    }

    /// The main metric of the default protocol.
    pub fn default_metric(&self) -> &str {
        self.protocols.first().map_or("–", |protocol| self.main_metric(protocol))
    }
}

/// A benchmark with the rows of the protocol `shown`, else of the default one.
fn listed(library: &Library, name: &str, shown: Option<&str>) -> Result<Listed, Error> {
    let benchmark = library.get(name)?;
    let (mut metrics, mut rows) = (IndexMap::new(), IndexMap::new());
    for protocol in benchmark.protocols() {
        let resolved = library.resolve(&format!("{name}@{protocol}"), &DatasetArgs::default())?;
        metrics.extend(resolved.metrics().next().map(|metric| (protocol.clone(), metric.to_owned())));
        rows.insert(protocol, Rows::of(&resolved));
    }
    let own = shown.and_then(|shown| rows.get(shown)).or_else(|| rows.values().next()).cloned();
    let own = own.expect("a benchmark has a protocol, or it does not resolve");
    rows.retain(|_, other| *other != own);
    Ok(Listed {
        name: name.to_owned(),
        title: benchmark.title().to_owned(),
        about: benchmark.about().to_owned(),
        tags: benchmark.tags().to_vec(),
        protocols: benchmark.protocols(),
        metrics,
        rows: own,
        other_rows: rows,
        license: benchmark.license().map(str::to_owned),
        paper: benchmark.paper().map(str::to_owned),
    })
}

/// A benchmark in full: what it is, and what it would send for its first sample.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Shown {
    /// As in the list.
    #[serde(flatten)]
    pub listed: Listed,
    /// The protocol that is shown.
    pub protocol: String,
    /// Where data comes from, prompt, shots, sampling.
    pub asking: serde_json::Value,
    /// Columns of the made-up example of the benchmark's file: those that a row has.
    pub columns: Vec<String>,
    /// Extraction, metrics, aggregation.
    pub scoring: serde_json::Value,
    /// All that the first sample asks for at once; of the file's made-up example when the data could not be had.
    pub example: Vec<Effect>,
    /// Why the example is not of the data set.
    pub no_data: Option<String>,
}

/// Where `show` looks for data.
pub struct ShowOptions<'a> {
    /// The user's own benchmarks.
    pub paths: &'a [PathBuf],
    /// Arguments of the data set.
    pub arguments: DatasetArgs,
    /// Where data comes from.
    pub hub: Hub,
    /// Folder of local data sets.
    pub dataset_dir: Option<&'a Path>,
    /// Seed of everything random.
    pub seed: u64,
}

/// Shows the benchmark or protocol `reference` with a rendered prompt of a real sample.
pub fn show(reference: &str, options: &ShowOptions, environment: &Environment) -> Result<Shown, Error> {
    let library = library(options.paths)?;
    let protocol = Arc::new(library.resolve(reference, &options.arguments)?);
    let name = reference.split('@').next().unwrap_or(reference);
    let (example, no_data) = match of_data(&protocol, options, environment) {
        Ok(example) => (example, None),
        Err(error) => (of_file(&protocol)?, Some(error.to_string())),
    };
    Ok(Shown {
        listed: listed(&library, name, Some(protocol.protocol_name()))?,
        columns: protocol.benchmark().example_columns(),
        protocol: protocol.protocol_name().to_owned(),
        asking: protocol.asking(),
        scoring: protocol.scoring(),
        example,
        no_data,
    })
}

/// What the protocol asks for the made-up example of its file.
fn of_file(protocol: &Protocol) -> Result<Vec<Effect>, Error> {
    let Some(sample) = protocol.example()? else { return Ok(Vec::new()) };
    first_effects(protocol, &sample)
}

fn first_effects(protocol: &Protocol, sample: &Sample) -> Result<Vec<Effect>, Error> {
    Ok(match protocol.step(sample, &[])? {
        Step::Need(effects) => effects,
        Step::Done(_) => Vec::new(),
    })
}

/// What the protocol asks for the first sample of its data; an error when there is none.
fn of_data(
    protocol: &Arc<Protocol>,
    options: &ShowOptions,
    environment: &Environment,
) -> Result<Vec<Effect>, Error> {
    let store = store_for(environment, options.hub, options.dataset_dir)?;
    let open = protocol.open(&store)?;
    for subset in open.subsets().iter().filter(|subset| open.is_available(subset)) {
        if let Some(sample) = open.samples(subset, options.seed, Some(Limit::Count(1)))?.next().transpose()? {
            return first_effects(protocol, &sample);
        }
    }
    let missing = open.missing_subsets();
    // Files without a row are no data either.
    let missing = if missing.is_empty() { open.subsets().to_vec() } else { missing };
    Err(Error::missing_subsets(&open, missing))
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn protocols_with_rows_of_their_own_say_so() {
        let all = list(&[]).unwrap();
        let of = |name: &str, protocol: &str| {
            let entry = all.iter().find(|entry| entry.name == name).unwrap();
            let rows = entry.other_rows.get(protocol).unwrap_or(&entry.rows);
            (rows.samples, rows.data_text())
        };
        assert_eq!(of("wsc", "lm-eval-0.4").0, Some(273));
        assert_eq!(of("wsc", "opencompass-0.2"), (Some(104), "huggingface:aps/super_glue".into()));
        assert_eq!(of("arc", "opencompass-0.2").0, None);
        assert_eq!(of("openbookqa", "opencompass-0.2").0, Some(1000));
        assert_eq!(of("trivia_qa", "lm-eval-0.4").0, Some(17_944));
        assert_eq!(of("trivia_qa", "opencompass-0.2").1, "modelscope:opencompass/trivia_qa");
        assert_eq!(
            [of("mmlu", "evalscope-1.14").0, of("mmlu", "evalscope-0.5").0],
            [Some(14_042), Some(13_985)]
        );
        assert!(all.iter().find(|entry| entry.name == "gsm8k").unwrap().other_rows.is_empty());
    }

    #[test]
    fn every_protocol_has_a_main_metric() {
        for entry in list(&[]).unwrap() {
            let known: Vec<&String> = entry.metrics.keys().collect();
            assert_eq!(known, entry.protocols.iter().collect::<Vec<_>>(), "{}", entry.name);
            assert!(entry.metrics.values().all(|metric| !metric.is_empty()), "{}", entry.name);
        }
        let all = list(&[]).unwrap();
        let of = |name: &str| all.iter().find(|entry| entry.name == name).unwrap().default_metric();
        assert_eq!(
            ["simple_qa", "mt_bench", "alpaca_eval"].map(of),
            ["is_correct", "judge_score", "win_rate"]
        );
    }
}

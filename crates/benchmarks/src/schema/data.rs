//! `data` and the texts beside it: where rows come from.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where rows come from.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSection {
    /// ModelScope data set, `org/name` or `org/name@revision`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modelscope: Option<String>,
    /// Hugging Face data set, `org/name` or `org/name@revision`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub huggingface: Option<String>,
    /// File inside the program, with `{subset}`; only built-in benchmarks have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedded: Option<String>,
    /// Subsets, in order. The word `files` alone: one for each file that the first layout finds.
    pub subsets: Subsets,
    /// Split that is asked.
    pub test: String,
    /// How many samples that split has: in all subsets together, or in each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<SampleCount>,
    /// That number is what the authors publish; it was not counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub published: bool,
    /// Split that few-shot examples come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shots: Option<String>,
    /// Ways in which the files can lie; the first that fits a subset and split is taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileLayout>,
    /// The subsets are parts of one table, which is shuffled before it is parted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub one_table: bool,
    /// What rows are made of.
    #[serde(default, skip_serializing_if = "RowsFrom::is_file")]
    pub rows: RowsFrom,
}

/// What rows are made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowsFrom {
    /// They stand in the files.
    #[default]
    Files,
    /// The file is one long text, and the options say at which lengths and depths sentences are put in, and which. A row has
    /// `context`, `context_length`, `depth_percent`, `question` and `answer`.
    Haystack,
}

impl RowsFrom {
    fn is_file(&self) -> bool {
        *self == RowsFrom::Files
    }
}

/// How many samples there are.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SampleCount {
    /// In all subsets together.
    All(u64),
    /// In each subset.
    Each(IndexMap<String, u64>),
}

/// Which subsets a benchmark has.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Subsets {
    /// These.
    Named(Vec<String>),
    /// The word `files`: those for which the data set has files.
    Found(FoundSubsets),
}

/// The word that stands for subsets found by their files.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FoundSubsets {
    /// One subset for each file.
    Files,
}

/// One way in which the files of a data set can lie.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileLayout {
    /// Glob with `{subset}` and `{split}`; archive members as `archive.zip!member`.
    pub path: String,
    /// The subset whose files lie so; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subset: Option<String>,
    /// Column names of a CSV file that has no header line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// Field of a JSON document that holds the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Only rows for which this expression over `row`, `subset`, `split` and `option` is true.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub keep: Option<String>,
    /// Columns that the benchmark expects, from those that the file has: name to expression over `row`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub row: IndexMap<String, String>,
}

/// A text that a prompt needs and that is not ours to ship: looked for in the data set, else taken from a Python
/// package.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetSection {
    /// Globs in the data set, with `{subset}`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// In such a file the text begins after this marker, when it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// The package that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageAsset>,
}

/// A text in a file of a Python package.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackageAsset {
    /// Name and version, `evalscope==0.5.2`.
    pub requirement: String,
    /// Path in the wheel, with `{subset}`.
    pub path: String,
    /// The text is the value of the string literals that follow this marker in a Python file, as Python joins them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub literals_after: Option<String>,
    /// Every such marker has a text of its own: the asset is the list of them, in order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub each: bool,
    /// First 32 hexadecimal digits of the text's SHA-256, when it is one text for all subsets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

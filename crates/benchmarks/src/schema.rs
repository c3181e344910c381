//! The form of a benchmark file, as YAML. Five steps in pipeline order: `data` (where rows come from), `sample` (row
//! to sample), and per protocol `shots`/`prompt`/`ask` (how it is asked), `extract` (the answer in the reply) and
//! `score`. A protocol says only what differs.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A benchmark: identity, data, samples, and the protocols in which it is asked and scored.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BenchmarkFile {
    /// Name, as used with `--datasets`.
    pub name: String,
    /// Title for people; the name when absent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What it measures, in a sentence or two.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Address of the paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<String>,
    /// Licence of the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Where rows come from.
    pub data: DataSection,
    /// Groups of subsets, for reports: group name to subset names.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub groups: IndexMap<String, Vec<String>>,
    /// A subset's name as prompts say it; `subset_title` in templates. The subset itself when absent.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub subset_titles: IndexMap<String, String>,
    /// Texts that prompts need and that are not ours to ship.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub assets: IndexMap<String, AssetSection>,
    /// Row to sample: field name to expression. `question`, `choices` and `target` have a meaning, `id` names the
    /// row, all others are for templates. A field sees `row`, `row_number` (in its file, from
    /// 1), `subset`, `assets`, `option` and the fields above it.
    pub sample: IndexMap<String, String>,
    /// What samples share that are not independent, such as their passage: an expression over `row`, `row_number`
    /// and `subset`. Errors of means are clustered by it. Where it gives nothing, or an empty text, a sample shares nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// A made-up row or two, for golden prompts and for looking at a prompt without data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<ExampleSection>,
    /// How it is asked and scored, by whom: protocol name to protocol.
    pub protocols: IndexMap<String, ProtocolSection>,
}

/// Rows that the benchmark's file makes up itself, in the columns that `sample` expects. Never rows of the data set.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExampleSection {
    /// The subset that they would stand in; the first one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subset: Option<String>,
    /// The row that is asked.
    pub row: serde_json::Map<String, serde_json::Value>,
    /// Rows of few-shot examples, as many as there are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shots: Vec<serde_json::Map<String, serde_json::Value>>,
}

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

/// How a benchmark is asked and scored by one framework. Also the form of a layout in `_layouts.yaml`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtocolSection {
    /// This one is meant when none is named.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    /// What is particular about it, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// A layout that gives all keys that this protocol does not.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub layout: Option<String>,
    /// Switches for users (`extra_params`): `option.<name>` in expressions.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub options: IndexMap<String, OptionSection>,
    /// Rows from elsewhere than the benchmark's: another data set, subset, split or layout of files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataSection>,
    /// Leave out this many rows at the top of every file.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip_rows: u64,
    /// Ask no more than this many rows of every file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take_rows: Option<u64>,
    /// Order of samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// Shuffle the options of each sample, from a number that its text gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shuffle_choices: Option<bool>,
    /// Sample fields over those of the benchmark.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub sample: IndexMap<String, String>,
    /// Few-shot examples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shots: Option<ShotsSection>,
    /// One example; sees the fields of its sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shot: Option<String>,
    /// Where examples are turns of the conversation: what the model is shown to have replied to `shot`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shot_reply: Option<String>,
    /// A text that the prompt refers to as `instruction`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
    /// System message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The user's message, or the text before a continuation. Sees the sample's fields, `shots`, `instruction`,
    /// `subset`, `subset_title`, `option`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// What the user says after the first reply, which is answered too. For judged benchmarks: `judge.turns` says how both
    /// replies are judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<String>,
    /// What is asked of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<AskSection>,
    /// Steps from a reply to the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extract: Option<Vec<ExtractStep>>,
    /// Where options are compared by their likelihood: the extractor that finds the letter in a reply that is asked for
    /// instead (`--choice-mode generate`), and in recorded ones; `first_option` when absent, and then none are recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter_from: Option<String>,
    /// A program made of the answer, which is run apart from the host; metrics then look at what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execute: Option<ExecuteSection>,
    /// What a judge model is asked about replies, and what its verdicts are worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<JudgeSection>,
    /// Metrics: name in the report to function. The first is the main one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<IndexMap<String, ScoreSection>>,
}

/// What a judge model is asked about a reply. Its prompt has places: `{question}` is the conversation that the model was
/// shown, `{target}` or `{gold}` the first target, `{answer}`, `{pred}` or `{predicted_answer}` the reply.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeSection {
    /// Whether there is a score without a judge.
    pub when: JudgeWhen,
    /// What the judge is told first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The field of the sample that holds the prompt, in place of `prompt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_field: Option<String>,
    /// The field of the sample that holds what the judge is told first, in place of `system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_field: Option<String>,
    /// Labels that compare the reply with the first target: the prompt has places `{answer_1}` and `{answer_2}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<JudgePair>,
    /// What verdicts are worth: label to metric to value.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub labels: IndexMap<String, IndexMap<String, f64>>,
    /// A number in place of labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<JudgeNumber>,
    /// Verdicts on the turns of a conversation, each with a prompt of its own in place of `prompt` and `system`; the number's
    /// metric is their mean. Prompts have places `{question_1}`, `{answer_1}`, `{ref_answer_1}` and the same with 2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<JudgeTurn>,
}

impl JudgeSection {
    /// Names of the metrics that verdicts give, the main one first.
    pub fn metrics(&self) -> impl Iterator<Item = &str> {
        let one = self.pair.as_ref().map(|pair| &pair.metric);
        let one = one.or(self.number.as_ref().map(|number| &number.metric));
        let first = self.labels.values().next().filter(|_| one.is_none());
        let of_label = first.into_iter().flat_map(IndexMap::keys);
        let all = one.into_iter().chain(of_label).chain(self.turns.iter().map(|turn| &turn.metric));
        all.map(String::as_str)
    }
}

/// A verdict on one turn of a conversation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeTurn {
    /// The metric that its verdict becomes.
    pub metric: String,
    /// The field of the sample that holds what the judge is told first.
    pub system_field: String,
    /// The field of the sample that holds the prompt.
    pub prompt_field: String,
}

/// Labels that compare two answers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgePair {
    /// The metric: 1 where the reply is clearly better, 0 where it is clearly worse.
    pub metric: String,
    /// Whether the judge sees the two answers in both orders; the target comes first otherwise.
    pub swap: bool,
    /// What each label is worth for the first answer.
    pub labels: IndexMap<String, f64>,
    /// The model that the targets are of, where it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// Whether the judge gives no reason.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub terse: bool,
    /// What is computed from all verdicts together, beside the metric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<PairMetric>,
}

/// What all verdicts on pairs give together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PairMetric {
    /// AlpacaEval's win rate at equal length, by its formula that needs nothing but the verdicts and the lengths.
    LengthControlledWinRate,
    /// Arena-hard's win rate: a clear verdict counts three times, each order by itself.
    ArenaHardWinRate,
}

/// Whether there is a score without a judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JudgeWhen {
    /// None.
    Always,
    /// There is one, and a judge that is given takes its place.
    Given,
}

/// A number that a judge gives.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeNumber {
    /// The metric that it becomes, as a share of `high`, or as it is.
    pub metric: String,
    /// The lowest number.
    pub low: f64,
    /// The highest number.
    pub high: f64,
    /// The field of the verdict that holds it; `verdict` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Whether it is a whole number with its reason in `explanation`, and the metric has it as it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rating: bool,
}

/// A program made of the answer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecuteSection {
    /// Its language.
    pub language: ProgramLanguage,
    /// Its text with its tests; sees `answer` besides what the prompt sees.
    pub program: String,
    /// What it reads on standard input; sees the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<String>,
    /// How many tests it makes one after the other, as an expression: CPU time and wall time hold for each of them, and
    /// together for so many times as much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<String>,
    /// What it may use; what is not named has its default.
    #[serde(default)]
    pub limits: evalscope_core::Limits,
}

/// The language of programs: one for all, or one for each subset.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ProgramLanguage {
    /// This one.
    One(String),
    /// Subset to language.
    BySubset(IndexMap<String, String>),
}

impl ProgramLanguage {
    /// The language of a subset.
    pub fn of(&self, subset: &str) -> Option<&str> {
        match self {
            ProgramLanguage::One(name) => Some(name),
            ProgramLanguage::BySubset(names) => names.get(subset).map(String::as_str),
        }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A switch that users can set.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionSection {
    /// What it does.
    pub about: String,
    /// Its value when the user sets none.
    pub default: serde_json::Value,
}

/// Order of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Order {
    /// As the rows stand.
    #[serde(rename = "as_is")]
    AsIs,
    /// One generator, seeded with the run's seed, shuffles every subset in turn.
    #[serde(rename = "shuffle_0_5")]
    Shuffle05,
}

/// Few-shot examples.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShotsSection {
    /// How many, when the user does not say.
    pub count: u64,
    /// The numbers that are possible; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<u64>>,
    /// More than this are cut to this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
    /// Which rows.
    #[serde(default)]
    pub pick: Pick,
    /// Each example is two texts, what the user says and what the model replies. If this expression over `option` is
    /// true, they are turns of the conversation before the prompt; if it is not, the prompt sees all of them in `shots`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<String>,
}

/// Which rows become examples.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The first ones.
    #[default]
    First,
    /// Drawn once for each subset, the same for all its samples.
    Random,
    /// The first ones after a shuffle, which is that of samples in EvalScope 1.14.
    Shuffled,
    /// Drawn anew for every sample of a subset by one generator, as lm-eval does.
    PerSample(PerSample),
    /// None: the asset of this name is the whole block of examples, or the list of them.
    Asset(String),
}

/// Examples drawn anew for every sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerSample {
    /// The number that the generator begins with.
    pub seed: u64,
    /// Draws one more than are needed and leaves out the row that is asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spare: bool,
}

/// What is asked of the model.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AskSection {
    /// A reply.
    Generate(GenerateSection),
    /// How likely each of several continuations is.
    Loglikelihood(LoglikelihoodSection),
}

/// A reply: how.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenerateSection {
    /// As raw text, without a chat template.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub raw: bool,
    /// Tokens at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// The field of the sample that holds the temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_field: Option<String>,
    /// Texts at which the reply ends.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
}

/// Continuations: which.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoglikelihoodSection {
    /// Over what.
    pub over: Over,
    /// The letters, when over letters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub letters: Vec<String>,
    /// A continuation; sees `choice` besides what the prompt sees. The choice itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continuation: Option<String>,
    /// The text whose length normalises a score; sees `choice`. The continuation without its first space when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<String>,
    /// How a continuation's tokens are found.
    #[serde(default)]
    pub tokens: evalscope_core::ContinuationTokens,
    /// Each choice has a prompt of its own, which sees `choice`, and the continuation is one for all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prompt_per_choice: bool,
}

/// What continuations stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// The options of the sample.
    Choices,
    /// Letters that name options.
    Letters,
}

/// One step from a reply to the answer: the name of an extractor, or a step with a parameter.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ExtractStep {
    /// An extractor by name.
    Named(String),
    /// A step with a parameter.
    With(Box<ExtractWith>),
}

/// A step with a parameter. Exactly one of the first eight keys is set.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtractWith {
    /// What this regular expression finds: its first group, or all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// The text after the last such marker; all of it when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_last: Option<String>,
    /// The text before the first such marker; all of it when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_first: Option<String>,
    /// The text before the first of each of these markers in turn: an expression that gives texts. One that begins with
    /// `re:` is a regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_each: Option<String>,
    /// Takes these characters off both ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strip: Option<String>,
    /// Takes this off the end, once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strip_suffix: Option<String>,
    /// Takes out all that this regular expression finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove: Option<String>,
    /// Decides by an expression over the sample between `then` and `else`.
    #[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// With `regex`: which match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<Take>,
    /// With `if`: steps when true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<ExtractStep>,
    /// With `if`: steps when false.
    #[serde(default, rename = "else", skip_serializing_if = "Vec::is_empty")]
    pub otherwise: Vec<ExtractStep>,
}

/// Which match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// The first.
    #[default]
    First,
    /// The last.
    Last,
}

/// A metric: the name of its function, or the function with parameters.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ScoreSection {
    /// The function.
    Named(String),
    /// The function with parameters.
    With(ScoreWith),
}

/// A function with parameters.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreWith {
    /// The function.
    pub by: String,
    /// Extraction of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extract: Option<Vec<ExtractStep>>,
    /// Only if this expression over `option` is true.
    #[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Over these continuations only: expressions for the first and for the one after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(String, String)>,
    /// How samples become one number; their mean when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregate: Option<String>,
    /// With an aggregate over repeats: how many; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<u32>,
}

impl ScoreSection {
    /// The function's name.
    pub fn function(&self) -> &str {
        match self {
            ScoreSection::Named(name) => name,
            ScoreSection::With(with) => &with.by,
        }
    }
}

impl ProtocolSection {
    /// This protocol with all that it does not say from `layout`.
    pub fn over(mut self, layout: &ProtocolSection) -> ProtocolSection {
        let from = layout.clone();
        for (name, option) in from.options {
            self.options.entry(name).or_insert(option);
        }
        for (name, expression) in from.sample {
            self.sample.entry(name).or_insert(expression);
        }
        self.data = self.data.or(from.data);
        self.order = self.order.or(from.order);
        self.shuffle_choices = self.shuffle_choices.or(from.shuffle_choices);
        self.shots = self.shots.or(from.shots);
        self.shot = self.shot.or(from.shot);
        self.shot_reply = self.shot_reply.or(from.shot_reply);
        self.take_rows = self.take_rows.or(from.take_rows);
        self.instruction = self.instruction.or(from.instruction);
        self.system = self.system.or(from.system);
        self.prompt = self.prompt.or(from.prompt);
        self.ask = self.ask.or(from.ask);
        self.extract = self.extract.or(from.extract);
        self.letter_from = self.letter_from.or(from.letter_from);
        self.execute = self.execute.or(from.execute);
        self.judge = self.judge.or(from.judge);
        self.score = self.score.or(from.score);
        self
    }
}

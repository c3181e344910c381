//! The form of a benchmark file, as YAML. Five steps in pipeline order: `data` (where rows come from), `sample` (row
//! to sample), and per protocol `shots`/`prompt`/`ask` (how it is asked), `extract` (the answer in the reply) and
//! `score`. A protocol says only what differs.

mod asking;
mod data;
mod judging;
mod scoring;

pub use asking::{
    AskSection, GenerateSection, LoglikelihoodSection, OptionSection, Order, Over, PerSample, Pick,
    ShotsSection,
};
pub use data::{AssetSection, DataSection, FileLayout, RowsFrom, SampleCount, Subsets};
pub use judging::{ExecuteSection, JudgePair, JudgeSection, JudgeTurn, JudgeWhen, ProgramLanguage};
pub use scoring::{ExtractStep, ExtractWith, ScoreSection, ScoreWith, Take};

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

fn is_zero(number: &u64) -> bool {
    *number == 0
}

//! One protocol of one benchmark, resolved with the user's arguments and compiled. Pure: it opens no file.

use crate::aggregation;
use crate::apply::{apply_arguments, check_choices, check_subsets, options};
use crate::arguments::DatasetArgs;
use crate::benchmark::Benchmark;
use crate::compile::{Metric, Parts, compile_metrics, compile_parts, shots_are_turns};
use crate::departure::Departure;
use crate::error::Error;
use crate::expressions::Expressions;
use crate::judging::Judging;
use crate::schema::{
    AskSection, ExecuteSection, ExtractStep, GenerateSection, JudgeSection, Order, Pick, ProgramLanguage,
    ProtocolSection, Subsets,
};
use crate::steps::{decided, names_letters};
use crate::template::letter;
use evalscope_core::{ChoiceMode, Departures, Sample, Sampling};
use indexmap::IndexMap;
use minijinja::Value as Jinja;

/// What a protocol needs of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Replies in a conversation.
    Chat,
    /// Replies to raw text.
    Text,
    /// Log-likelihoods of given text.
    Loglikelihood,
}

/// The names by which templates see parts of a sample, beside its own fields.
const SAMPLE_NAMES: [&str; 10] = [
    "question",
    "choices",
    "target",
    "targets",
    "shots",
    "subset",
    "subset_title",
    "category",
    "option",
    "prompt_template",
];

/// One protocol of one benchmark, ready to make samples and to step them.
pub struct Protocol {
    pub(crate) name: String,
    pub(crate) benchmark: Benchmark,
    pub(crate) protocol_name: String,
    pub(crate) section: ProtocolSection,
    pub(crate) arguments: DatasetArgs,
    pub(crate) options: IndexMap<String, serde_json::Value>,
    pub(crate) option_values: Jinja,
    pub(crate) expressions: Expressions,
    pub(crate) sample_fields: IndexMap<String, String>,
    pub(crate) parts: Parts,
    pub(crate) metrics: Vec<Metric>,
    /// The steps from a reply to its answer, as far as the options decide which they are.
    pub(crate) steps: Vec<ExtractStep>,
    /// Whether replies are searched for the letters of options.
    pub(crate) answers_are_letters: bool,
    /// Whether examples are turns of the conversation before the prompt.
    pub(crate) shots_are_turns: bool,
    pub(crate) sampling: Sampling,
    /// Asked in another mode than as written.
    pub(crate) departure: Option<Departure>,
    /// How judges score it, when they do.
    pub(crate) judging: Option<Judging>,
    /// What the user has otherwise than it is written, but for the mode of multiple choice.
    pub(crate) departures: Departures,
}

impl Protocol {
    /// Resolves and compiles.
    pub(crate) fn new(
        benchmark: &Benchmark,
        protocol: &str,
        mut section: ProtocolSection,
        arguments: &DatasetArgs,
    ) -> Result<Protocol, Error> {
        let name = format!("{}@{protocol}", benchmark.file.name);
        let wrong = |message: String, hint: Option<String>| Error::Argument {
            benchmark: name.clone(),
            message,
            hint,
        };
        let options = options(&section, arguments).map_err(|(message, hint)| wrong(message, hint))?;
        let own = section.clone();
        apply_arguments(&mut section, arguments).map_err(|(message, hint)| wrong(message, hint))?;
        if let Some(wanted) = &arguments.aggregation {
            aggregation::add(&mut section, wanted).map_err(|(message, hint)| wrong(message, hint))?;
        }
        let mut benchmark = benchmark.clone();
        if let Some(data) = section.data.clone() {
            benchmark.file.data = data;
        }
        let mut sample_fields = benchmark.file.sample.clone();
        for (field, expression) in &section.sample {
            sample_fields.insert(field.clone(), expression.clone());
        }
        check_choices(&sample_fields, arguments).map_err(|(message, hint)| wrong(message, hint))?;
        let option_values = Jinja::from_pairs(
            options.iter().map(|(name, value)| (name.clone(), Jinja::from(minijinja::value::Serde(value)))),
        );
        let mut expressions = Expressions::new();
        let compile = |message: String| wrong(message, None);
        let fields = (&sample_fields, benchmark.file.cluster.as_ref());
        let parts = compile_parts(&section, fields, &mut expressions).map_err(compile)?;
        let condition_values = Jinja::from_pairs([("option", option_values.clone())]);
        let metrics = compile_metrics(&section, &condition_values, &mut expressions).map_err(compile)?;
        let written = section.extract.as_deref().unwrap_or(&[]);
        let steps = decided(written, &condition_values, &mut expressions).map_err(compile)?;
        check_subsets(&benchmark, arguments).map_err(|(message, hint)| wrong(message, hint))?;
        let mut protocol = Protocol {
            departures: Departures::new(),
            sampling: sampling(&section),
            departure: None,
            judging: None,
            shots_are_turns: shots_are_turns(&section, &condition_values, &mut expressions)
                .map_err(compile)?,
            answers_are_letters: names_letters(&steps),
            steps,
            benchmark,
            protocol_name: protocol.to_owned(),
            arguments: arguments.clone(),
            name,
            section,
            options,
            option_values,
            expressions,
            sample_fields,
            parts,
            metrics,
        };
        protocol.departures = protocol.departures_from(&own);
        Ok(protocol)
    }

    /// Name with protocol, `mmlu@evalscope-1.14`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name of the protocol.
    pub fn protocol_name(&self) -> &str {
        &self.protocol_name
    }

    /// The benchmark.
    pub fn benchmark(&self) -> &Benchmark {
        &self.benchmark
    }

    /// Samples of all its subsets together, as its file says, without the rows that it leaves out of every subset's file.
    pub fn samples(&self) -> Option<u64> {
        let left_out = self.section.skip_rows * self.benchmark.subsets().len() as u64;
        Some(self.benchmark.samples()?.saturating_sub(left_out))
    }

    /// What it needs of a model.
    pub fn needs(&self) -> Needs {
        if let Some(departure) = self.departure {
            return match (departure.mode, departure.is_chat) {
                (ChoiceMode::Loglikelihood, _) => Needs::Loglikelihood,
                (_, true) => Needs::Chat,
                (_, false) => Needs::Text,
            };
        }
        match &self.section.ask {
            Some(AskSection::Loglikelihood(_)) => Needs::Loglikelihood,
            Some(AskSection::Generate(GenerateSection { raw: true, .. })) => Needs::Text,
            Some(AskSection::Generate(_)) | None => Needs::Chat,
        }
    }

    /// The protocol's own sampling.
    pub fn sampling(&self) -> &Sampling {
        &self.sampling
    }

    /// What the user has otherwise than the protocol is written: arguments and judges, but for sampling, which is a model's,
    /// and for the mode of multiple choice, which the plan's `scoring` names.
    pub fn departures(&self) -> &Departures {
        &self.departures
    }

    /// Names of the metrics, the main one first; those of its judge where nothing else scores.
    pub fn metrics(&self) -> impl Iterator<Item = &str> {
        let own = self.metrics.iter().map(|metric| metric.name.as_str());
        let judge = self.section.judge.iter().filter(|_| self.metrics.is_empty());
        own.chain(judge.flat_map(JudgeSection::metrics))
    }

    /// The group of a subset.
    pub fn category_of(&self, subset: &str) -> Option<&str> {
        let groups = &self.benchmark.file.groups;
        groups
            .iter()
            .find(|(_, subsets)| subsets.iter().any(|name| name == subset))
            .map(|(group, _)| group.as_str())
    }

    /// Number of few-shot examples.
    pub(crate) fn shot_count(&self) -> u64 {
        self.shot_count_of(self.arguments.few_shot_num)
    }

    /// Number of few-shot examples where this many are wanted.
    pub(crate) fn shot_count_of(&self, wanted: Option<u64>) -> u64 {
        let Some(shots) = &self.section.shots else { return 0 };
        let count = wanted.unwrap_or(shots.count);
        shots.max.map_or(count, |max| count.min(max))
    }

    /// Texts that an example is made of: two where it can be turns of the conversation.
    pub(crate) fn texts_per_shot(&self) -> usize {
        let turns = self.section.shots.as_ref().and_then(|shots| shots.turns.as_ref());
        if turns.is_some() { 2 } else { 1 }
    }

    pub(crate) fn pick(&self) -> Pick {
        self.pick_of(self.arguments.few_shot_random)
    }

    /// How examples are chosen where they are to be drawn or not.
    pub(crate) fn pick_of(&self, random: Option<bool>) -> Pick {
        let Some(shots) = &self.section.shots else { return Pick::First };
        let drawn = if self.section.order == Some(Order::Shuffle05) { Pick::Random } else { Pick::Shuffled };
        match (&shots.pick, random) {
            (Pick::First | Pick::Random, Some(true)) => drawn,
            (Pick::First | Pick::Random | Pick::Shuffled | Pick::PerSample(_), Some(false)) => Pick::First,
            (pick, _) => pick.clone(),
        }
    }

    /// Whether the rows of a hub's data set are shuffled, and not in the order of older versions: runs of before, which
    /// shuffled these in another order, are not gone on with.
    fn shuffles_rows(&self) -> bool {
        let are_named = matches!(self.benchmark.file.data.subsets, Subsets::Named(_));
        self.arguments.shuffle == Some(true) && self.section.order != Some(Order::Shuffle05) && are_named
    }

    /// Everything that decides which requests are made.
    pub fn asking(&self) -> serde_json::Value {
        let file = &self.benchmark.file;
        let section = &self.section;
        let mut asking = serde_json::json!({
            "modelscope": file.data.modelscope,
            "huggingface": file.data.huggingface,
            "dataset_id": self.arguments.dataset_id,
            "dataset_revision": self.arguments.dataset_revision,
            "test_split": self.arguments.eval_split.as_ref().unwrap_or(&file.data.test),
            "shots_split": self.arguments.train_split.as_ref().or(file.data.shots.as_ref()),
            "skip_rows": section.skip_rows,
            "order": section.order,
            "shuffle": if self.shuffles_rows() { "rows".into() } else { serde_json::json!(self.arguments.shuffle) },
            "shuffle_choices": section.shuffle_choices,
            "sample": self.sample_fields,
            "shots": {"count": self.shot_count(), "pick": self.pick()},
            "shot": section.shot,
            "instruction": section.instruction,
            "system": section.system,
            "prompt": section.prompt,
            "ask": section.ask,
            "options": self.options,
        });
        if let Some(departure) = self.departure {
            asking["choice_mode"] = departure.planned();
        }
        // Named only where they are set, so that the plans of older runs stay equal.
        if let Some(rows) = section.take_rows {
            asking["take_rows"] = rows.into();
        }
        if self.texts_per_shot() > 1 {
            asking["shot_reply"] = serde_json::json!(section.shot_reply);
            asking["turns"] = self.shots_are_turns.into();
        }
        asking
    }

    /// Everything that decides the score of given outcomes.
    pub fn scoring(&self) -> serde_json::Value {
        let metrics: Vec<serde_json::Value> = self.metrics.iter().map(Metric::planned).collect();
        let mut scoring = serde_json::json!({
            "title": self.benchmark.title(),
            "extract": self.section.extract,
            "score": self.section.score,
            "metrics": metrics,
            "groups": self.benchmark.file.groups,
        });
        if let Some(cluster) = &self.benchmark.file.cluster {
            scoring["cluster"] = serde_json::json!(cluster);
        }
        if let (Some(mode), Some(own)) = (self.choice_mode(), self.own_choice_mode()) {
            scoring["choice"] = serde_json::json!({"mode": mode, "own": own});
            if let (true, Some(extractor)) = (self.departure.is_some(), &self.section.letter_from) {
                scoring["letter_from"] = extractor.as_str().into();
            }
        }
        if let Some(judging) = &self.judging {
            scoring["judge"] = judging.planned();
        }
        if let Some(execute) = &self.section.execute {
            scoring["execute"] = serde_json::json!(execute);
        }
        scoring
    }

    /// The languages of the programs that it has run, for the subsets that are asked.
    pub fn languages(&self) -> Vec<&str> {
        let Some(execute) = self.execute() else { return Vec::new() };
        let subsets = match &self.arguments.subset_list {
            Some(subsets) => subsets.as_slice(),
            None => self.benchmark.subsets(),
        };
        let mut languages: Vec<&str> =
            subsets.iter().filter_map(|subset| execute.language.of(subset)).collect();
        if let (true, ProgramLanguage::One(name)) = (languages.is_empty(), &execute.language) {
            languages.push(name);
        }
        languages.dedup();
        languages
    }

    pub(crate) fn execute(&self) -> Option<&ExecuteSection> {
        self.section.execute.as_ref()
    }

    /// The sample as templates see it: of its fields, those that a template of the protocol looks up.
    pub(crate) fn context(&self, sample: &Sample) -> IndexMap<String, Jinja> {
        let asked = |name: &&str| self.expressions.looks_up(name);
        let fields = sample.fields.iter().filter(|(name, _)| asked(&name.as_str()));
        let mut context: IndexMap<String, Jinja> =
            fields.map(|(name, value)| (name.clone(), crate::template::to_jinja(value))).collect();
        let known = SAMPLE_NAMES.into_iter().filter(asked);
        context.extend(known.map(|name| (name.to_owned(), self.part_of(sample, name))));
        context
    }

    /// What one of the [`SAMPLE_NAMES`] stands for.
    fn part_of(&self, sample: &Sample, name: &str) -> Jinja {
        let texts = |items: &[String]| items.iter().map(String::as_str).collect::<Jinja>();
        let title = || self.benchmark.file.subset_titles.get(&sample.subset).unwrap_or(&sample.subset);
        match name {
            "question" => Jinja::from(sample.question.as_str()),
            "choices" => texts(&sample.choices),
            "target" => Jinja::from(sample.targets.first().map_or("", String::as_str)),
            "targets" => texts(&sample.targets),
            "shots" => texts(if self.shots_are_turns { &[] } else { &sample.shots }),
            "subset" => Jinja::from(sample.subset.as_str()),
            "subset_title" => Jinja::from(title().as_str()),
            "category" => Jinja::from(sample.category.as_deref().unwrap_or("")),
            "option" => self.option_values.clone(),
            "prompt_template" => Jinja::from(self.arguments.prompt_template.as_deref()),
            _ => Jinja::UNDEFINED,
        }
    }

    /// The context with the rendered instruction in it.
    pub(crate) fn full_context(&self, sample: &Sample) -> Result<Jinja, Error> {
        let context = Jinja::from_pairs(self.context(sample));
        let Some(handle) = self.parts.instruction else { return Ok(context) };
        let instruction = self.render("instruction", handle, &context)?;
        Ok(minijinja::context! { instruction, ..context })
    }

    pub(crate) fn render(&self, part: &str, handle: usize, context: &Jinja) -> Result<String, Error> {
        self.expressions.render(handle, context).map_err(|message| self.template_error(part, message))
    }

    pub(crate) fn template_error(&self, part: &str, message: String) -> Error {
        Error::Template { benchmark: self.name.clone(), part: part.to_owned(), message }
    }

    /// The labels of a sample's options.
    pub(crate) fn labels(&self, sample: &Sample) -> Vec<String> {
        (0..sample.choices.len()).map(letter).collect()
    }
}

fn sampling(section: &ProtocolSection) -> Sampling {
    match &section.ask {
        Some(AskSection::Generate(generate)) => Sampling {
            max_tokens: generate.max_tokens,
            temperature: generate.temperature,
            stop: generate.stop.clone(),
            ..Sampling::default()
        },
        _ => Sampling::default(),
    }
}

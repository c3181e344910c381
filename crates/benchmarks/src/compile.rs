//! Compiles the parts of a protocol: templates, expressions, extraction steps, metrics. Errors name the part.

use crate::expressions::Expressions;
use crate::extract::{Extraction, known};
use crate::schema::{AskSection, GenerateSection, JudgeWhen, ProtocolSection, ScoreSection, ScoreWith};
use evalscope_core::suggest;
use evalscope_metrics::aggregate::{Aggregate, Kind, aggregate, aggregates};
use evalscope_metrics::extract::Extractor;
use evalscope_metrics::score::{
    ChoiceMetric, ExecutionMetric, TextMetric, choice_metric, choice_metrics, execution_metric,
    execution_metrics, text_metric, text_metrics,
};
use indexmap::IndexMap;
use minijinja::Value as Jinja;

/// Finds the option in a reply to a prompt that does not say how the reply should look.
const LETTER: &str = "first_option";

/// Handles of the compiled parts.
pub(crate) struct Parts {
    pub fields: usize,
    pub cluster: Option<usize>,
    pub shot: Option<usize>,
    pub shot_reply: Option<usize>,
    pub system: Option<usize>,
    pub instruction: Option<usize>,
    pub prompt: usize,
    pub follow_up: Option<usize>,
    pub continuation: Option<usize>,
    pub measured: Option<usize>,
    pub program: Option<usize>,
    pub stdin: Option<usize>,
    pub rounds: Option<usize>,
    pub extraction: Extraction,
    /// Finds the letter where a reply stands in the place of likelihoods.
    pub letter: &'static Extractor,
}

/// A metric of the protocol.
pub(crate) struct Metric {
    pub name: String,
    pub kind: MetricKind,
    /// How samples become one number; the mean when absent.
    pub aggregate: Option<&'static Aggregate>,
    /// How many repeats the aggregate looks at; all when absent.
    pub k: Option<u32>,
}

impl Metric {
    /// What a plan says of it, for reports.
    pub fn planned(&self) -> serde_json::Value {
        let (function, higher, range) = match &self.kind {
            MetricKind::Text { metric, .. } => (metric.name, metric.higher_is_better, metric.range),
            MetricKind::Choice { metric, .. } => (metric.name, true, metric.range),
            MetricKind::Execution { metric } => (metric.name, true, metric.range),
            MetricKind::Judged { higher_is_better, range } => (JUDGED, *higher_is_better, *range),
        };
        let Some(aggregate) = self.aggregate else {
            let mut json = serde_json::json!({"name": self.name, "function": function,
                "higher_is_better": higher, "range": [range.0, range.1]});
            if matches!(self.kind, MetricKind::Execution { .. }) {
                json["pass_at_k"] = true.into();
            }
            return json;
        };
        let range = aggregate.range.unwrap_or(range);
        serde_json::json!({"name": self.name, "function": function,
            "higher_is_better": aggregate.higher_is_better.unwrap_or(higher), "range": [range.0, range.1],
            "aggregate": aggregate.name, "k": self.k})
    }
}

pub(crate) enum MetricKind {
    Text {
        metric: &'static TextMetric,
        extraction: Option<Extraction>,
    },
    Choice {
        metric: &'static ChoiceMetric,
        range: Option<(usize, usize)>,
    },
    Execution {
        metric: &'static ExecutionMetric,
    },
    /// What verdicts of judges say.
    Judged {
        higher_is_better: bool,
        range: (f64, f64),
    },
}

/// What stands in place of a function's name for a metric that judges give.
const JUDGED: &str = "judge";

impl MetricKind {
    /// The value of a reply that could not be better.
    pub fn best(&self) -> f64 {
        match self {
            MetricKind::Text { metric, .. } if metric.higher_is_better => metric.range.1,
            MetricKind::Text { metric, .. } => metric.range.0,
            MetricKind::Choice { metric, .. } => metric.range.1,
            MetricKind::Execution { metric } => metric.range.1,
            MetricKind::Judged { range, .. } => range.1,
        }
    }

    /// Name of the function.
    pub fn function(&self) -> &'static str {
        match self {
            MetricKind::Text { metric, .. } => metric.name,
            MetricKind::Choice { metric, .. } => metric.name,
            MetricKind::Execution { metric } => metric.name,
            MetricKind::Judged { .. } => JUDGED,
        }
    }
}

/// Compiles templates, sample fields and extraction steps.
pub(crate) fn compile_parts(
    section: &ProtocolSection,
    (fields, cluster): (&IndexMap<String, String>, Option<&String>),
    expressions: &mut Expressions,
) -> Result<Parts, String> {
    fn template(part: &str, text: Option<&String>, all: &mut Expressions) -> Result<Option<usize>, String> {
        text.map(|text| all.add_template(text).map_err(|message| format!("{part}: {message}"))).transpose()
    }
    let loglikelihood = match &section.ask {
        Some(AskSection::Loglikelihood(loglikelihood)) => Some(loglikelihood),
        _ => None,
    };
    let steps = section.extract.as_deref().unwrap_or(&[]);
    let execute = section.execute.as_ref();
    Ok(Parts {
        fields: expressions.add_fields(fields)?,
        cluster: cluster.map(|expression| expressions.add(expression)).transpose()?,
        shot: template("shot", section.shot.as_ref(), expressions)?,
        shot_reply: template("shot_reply", section.shot_reply.as_ref(), expressions)?,
        system: template("system", section.system.as_ref(), expressions)?,
        instruction: template("instruction", section.instruction.as_ref(), expressions)?,
        prompt: template("prompt", section.prompt.as_ref(), expressions)?
            .ok_or("a protocol needs a `prompt`, its own or its layout's")?,
        follow_up: template("follow_up", follow_up(section)?, expressions)?,
        continuation: template(
            "continuation",
            loglikelihood.and_then(|section| section.continuation.as_ref()),
            expressions,
        )?,
        measured: template(
            "measured",
            loglikelihood.and_then(|section| section.measured.as_ref()),
            expressions,
        )?,
        program: template("execute", execute.map(|execute| &execute.program), expressions)?,
        stdin: template("execute", execute.and_then(|execute| execute.stdin.as_ref()), expressions)?,
        rounds: execute
            .and_then(|execute| execute.rounds.as_ref())
            .map(|rounds| expressions.add(rounds))
            .transpose()?,
        extraction: Extraction::compile(steps, expressions)?,
        letter: known(section.letter_from.as_deref().unwrap_or(LETTER))?,
    })
}

/// What the user says after the first reply. It takes judges for both replies: no other scoring knows of two.
fn follow_up(section: &ProtocolSection) -> Result<Option<&String>, String> {
    let turns = section.judge.as_ref().map_or(0, |judge| {
        if judge.when == JudgeWhen::Always && judge.number.is_some() { judge.turns.len() } else { 0 }
    });
    let is_raw = matches!(&section.ask, Some(AskSection::Generate(GenerateSection { raw: true, .. })));
    if is_raw && section.follow_up.is_some() {
        return Err("`follow_up` goes on with a conversation, and `generate: {raw: true}` has none".into());
    }
    let is_chat = !matches!(&section.ask, Some(AskSection::Loglikelihood(_)));
    match (&section.follow_up, turns) {
        (None, 0) => Ok(None),
        (Some(text), 2) if is_chat => Ok(Some(text)),
        _ => Err("`follow_up` and two `turns` of a judge that always gives a `number` go together".into()),
    }
}

/// Compiles the metrics whose condition over the options holds.
pub(crate) fn compile_metrics(
    section: &ProtocolSection,
    option_context: &Jinja,
    expressions: &mut Expressions,
) -> Result<Vec<Metric>, String> {
    let is_choice = matches!(&section.ask, Some(AskSection::Loglikelihood(_)));
    let mut metrics = Vec::new();
    for (name, score) in section.score.iter().flatten() {
        let with = match score {
            ScoreSection::Named(_) => None,
            ScoreSection::With(with) => Some(with),
        };
        if let Some(condition) = with.and_then(|with| with.condition.as_ref()) {
            let handle = expressions.add(condition)?;
            if !expressions.eval(handle, option_context)?.is_true() {
                continue;
            }
        }
        let kind = if section.execute.is_some() {
            MetricKind::Execution { metric: known_execution_metric(score.function())? }
        } else if is_choice {
            choice_kind(score, expressions)?
        } else {
            let extraction = with.and_then(|with| with.extract.as_ref());
            let extraction = extraction.map(|steps| Extraction::compile(steps, expressions)).transpose()?;
            MetricKind::Text { metric: known_text_metric(score.function())?, extraction }
        };
        let (aggregate, k) = known_aggregate(with)?;
        metrics.push(Metric { name: name.clone(), kind, aggregate, k });
    }
    let is_judged = section.judge.as_ref().is_some_and(|judge| judge.when == JudgeWhen::Always);
    if metrics.is_empty() && !is_judged {
        return Err("a protocol needs a `score` with at least one metric".into());
    }
    Ok(metrics)
}

/// Whether examples are turns: what `turns` says of the options.
pub(crate) fn shots_are_turns(
    section: &ProtocolSection,
    option_context: &Jinja,
    expressions: &mut Expressions,
) -> Result<bool, String> {
    let Some(turns) = section.shots.as_ref().and_then(|shots| shots.turns.as_ref()) else { return Ok(false) };
    let handle = expressions.add(turns)?;
    let is_conversation = !matches!(
        &section.ask,
        Some(AskSection::Loglikelihood(_)) | Some(AskSection::Generate(GenerateSection { raw: true, .. }))
    );
    match (expressions.eval(handle, option_context)?.is_true(), is_conversation) {
        (true, false) => Err("`turns` needs a conversation, but this protocol asks with raw text".into()),
        (turns, _) => Ok(turns),
    }
}

fn choice_kind(score: &ScoreSection, expressions: &mut Expressions) -> Result<MetricKind, String> {
    let range = match score {
        ScoreSection::With(with) => with.range.as_ref(),
        ScoreSection::Named(_) => None,
    };
    let range = match range {
        Some((from, to)) => Some((expressions.add(from)?, expressions.add(to)?)),
        None => None,
    };
    let name = score.function();
    let metric = choice_metric(name).ok_or_else(|| {
        let near = suggest::nearest(name, choice_metrics().iter().map(|known| known.name));
        format!("there is no metric `{name}` over log-likelihoods{}", or_near(near))
    })?;
    Ok(MetricKind::Choice { metric, range })
}

fn known_text_metric(name: &str) -> Result<&'static TextMetric, String> {
    text_metric(name).ok_or_else(|| {
        let near = suggest::nearest(name, text_metrics().map(|known| known.name));
        format!("there is no metric `{name}` over answers{}", left_out(name).unwrap_or_else(|| or_near(near)))
    })
}

/// What is said of a metric that its program has and we have not, as it needs a dictionary, a model or an end to the run.
fn left_out(name: &str) -> Option<String> {
    const WITH_A_MODEL: [&str; 6] = ["ja_mecab", "ko_mecab", "spm", "flores101", "flores200", "spbleu_1k"];
    let plain = name.to_lowercase().replace('-', "_");
    let tokenizer = plain.strip_prefix("corpus_").unwrap_or(&plain).strip_prefix("bleu_");
    if tokenizer.is_some_and(|tokenizer| WITH_A_MODEL.contains(&tokenizer)) {
        let characters = plain.replace(tokenizer.unwrap_or_default(), "char");
        return Some(format!(
            ": this tokenizer of sacrebleu needs a dictionary or a model of its own; `{characters}` and `chrf` need none, or \
             give the replies of the run (`predictions/`) to sacrebleu"
        ));
    }
    (plain == "nltk_bleu_6").then(|| {
        ": NLTK's method6 ends with an error where no pair of words is shared; `nltk_bleu_1` to `_5` and `_7` do not".into()
    })
}

fn known_aggregate(with: Option<&ScoreWith>) -> Result<(Option<&'static Aggregate>, Option<u32>), String> {
    let Some(with) = with else { return Ok((None, None)) };
    let Some(name) = &with.aggregate else {
        return with.k.map_or(Ok((None, None)), |_| Err("`k` needs an `aggregate` over repeats".into()));
    };
    let found = aggregate(name).ok_or_else(|| {
        let near = suggest::nearest(name, aggregates().iter().map(|known| known.name));
        format!("there is no aggregate `{name}`{}", left_out(name).unwrap_or_else(|| or_near(near)))
    })?;
    match (found.kind, with.k) {
        (_, Some(0)) => Err("`k` must be at least 1".into()),
        (Kind::Set(_), Some(_)) => Err(format!("the aggregate `{name}` takes no `k`")),
        _ => Ok((Some(found), with.k)),
    }
}

fn known_execution_metric(name: &str) -> Result<&'static ExecutionMetric, String> {
    execution_metric(name).ok_or_else(|| {
        let near = suggest::nearest(name, execution_metrics().iter().map(|known| known.name));
        format!("there is no metric `{name}` over programs{}", or_near(near))
    })
}

fn or_near(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

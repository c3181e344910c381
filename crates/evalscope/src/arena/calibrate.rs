//! How far a judge says what people say: from a file of its verdicts, or by asking it about what people labelled.

use super::answers::write_lines;
use super::calls::{Calls, Count, Say};
use super::file::SEED;
use super::judging::{turned, winner};
use super::labels::{LabelAlone, Labels, read_labels};
use crate::argument::ArgumentError;
use crate::environment::Environment;
use crate::error::Error;
use crate::options::ModelOptions;
use evalscope_arena::Battle;
use evalscope_arena::agreement::{Agreement, agreement};
use evalscope_arena::agreement_alone::{AgreementAlone, Both, agreement_alone};
use evalscope_arena::score_table::UNREAD;
use evalscope_core::{Amount, Outcome, Sampling, TextLength};
use evalscope_judge::template::{Judging, Template, builtin, choose};
use evalscope_judge::{Ask, Asking, Judged, Kind, Verdict};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A judge that is asked about what people labelled.
pub struct AskedJudge {
    /// The judge.
    pub model: ModelOptions,
    /// The folder of its calls and of what it found.
    pub out: PathBuf,
    /// What this session's calls may cost, in the currency of the judge's price.
    pub max_cost: Option<Amount>,
}

/// Whose verdicts are compared with labels.
pub enum Judgements<'a> {
    /// Those in a file.
    File(&'a Path),
    /// Those of a judge that is asked.
    Of(&'a AskedJudge),
}

/// How far a judge says what people say.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Calibration {
    /// Of pairs of answers.
    Pairs(Box<Agreement>),
    /// Of single answers.
    Alone(Box<AgreementAlone>),
}

/// A comparison of a judge with people.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrated {
    /// What it says.
    pub calibration: Calibration,
    /// Whether calls failed, or were not made for what they cost.
    pub is_incomplete: bool,
}

/// Compares verdicts with the labels of a file. `name` is the judge's own name among the models, where the verdicts do not say it.
pub fn calibrate(
    judgements: &Judgements<'_>,
    labels: &Path,
    name: Option<&str>,
    environment: &Environment,
    say: &Say,
) -> Result<Calibrated, Error> {
    let labels = read_labels(labels)?;
    let (judged, is_incomplete) = match judgements {
        Judgements::File(path) => (read_labels(path)?, false),
        Judgements::Of(judge) => ask(judge, &labels, environment, say)?,
    };
    let found = match (&judged, &labels) {
        (Labels::Pairs(judged), Labels::Pairs(labels)) => {
            let said = judged.iter().find_map(|battle| battle.text("judge"));
            agreement(judged, labels, name.or(said)).map(|found| Calibration::Pairs(Box::new(found)))
        }
        (Labels::Alone(judged), Labels::Alone(labels)) => {
            let name = name.or(match judgements {
                Judgements::File(_) => None,
                Judgements::Of(judge) => judge.model.id.as_deref().or(judge.model.model.as_deref()),
            });
            agreement_alone(&both(judged, labels, name)).map(|found| Calibration::Alone(Box::new(found)))
        }
        _ => None,
    };
    let calibration = found.ok_or_else(|| {
        ArgumentError::new("verdicts and labels have no pair in common, and no answer").with_hint(Some(
            "pairs are known by `question_id` (or `question`) and by both models, answers by `question` and `answer`"
                .into(),
        ))
    })?;
    Ok(Calibrated { calibration, is_incomplete })
}

/// Answers that both gave a score. Of several labels of one, their mean counts.
fn both(judged: &[LabelAlone], labels: &[LabelAlone], name: Option<&str>) -> Vec<Both> {
    let key = |one: &LabelAlone| (one.question.clone(), one.answer.clone());
    let mut known: HashMap<(String, String), Vec<f64>> = HashMap::new();
    for label in labels {
        known.entry(key(label)).or_default().extend(label.label);
    }
    let of = |one: &LabelAlone| {
        let labels = known.remove(&key(one)).filter(|labels| !labels.is_empty())?;
        Some(Both {
            judge: one.label?,
            label: labels.iter().sum::<f64>() / labels.len() as f64,
            words: Some(TextLength::of(&one.answer).words as f64),
            is_own: name.is_some() && one.model.as_deref() == name,
        })
    };
    judged.iter().filter_map(of).collect()
}

/// What a judge is asked about one label: once, or in both orders.
struct Labelled {
    asks: Vec<Arc<Ask>>,
    /// The line of the file of what it found, without the verdict.
    line: Value,
}

/// Asks a judge about all that is labelled, writes down what it found, and reads that. Also whether something is missing.
fn ask(
    judge: &AskedJudge,
    labels: &Labels,
    environment: &Environment,
    say: &Say,
) -> Result<(Labels, bool), Error> {
    let calls = Calls::open(&judge.out, SEED, judge.max_cost)?;
    let model = calls.model(&judge.model, environment)?;
    let templates = builtin();
    let wanted: Vec<Labelled> = match labels {
        Labels::Pairs(battles) => {
            battles.iter().map(|one| pair(&templates, one)).collect::<Result<_, _>>()?
        }
        Labels::Alone(all) => all.iter().map(|one| alone(&templates, one)).collect::<Result<_, _>>()?,
    };
    let asks = wanted.iter().flat_map(|one| &one.asks).cloned();
    let steps: Vec<_> = asks.map(|ask| move |seen: &[Outcome]| evalscope_judge::step(&ask, seen)).collect();
    let (all, say, name) = (steps.len() as u64, Arc::clone(say), model.id.clone());
    let told = Arc::clone(&say);
    let progress: Count = Arc::new(move |count| {
        if count == all || count.is_multiple_of(100) {
            told(format!("{name}: {count} of {all} verdicts"));
        }
    });
    let mut judged = calls.drive(&model, steps, progress)?.into_iter();
    let lines: Vec<Value> = wanted
        .into_iter()
        .filter_map(|one| {
            // All of its verdicts are taken first, also those behind one that is missing.
            let own: Vec<Option<Judged>> = judged.by_ref().take(one.asks.len()).collect();
            let found = own.into_iter().collect::<Option<Vec<Judged>>>()?;
            Some(line(one.line, &model.id, &found))
        })
        .collect();
    let tally = calls.tally();
    say(format!(
        "{} calls made ({} tokens in, {} out), {} written down before, {} failed",
        tally.made, tally.tokens.input_tokens, tally.tokens.output_tokens, tally.recorded, tally.failed
    ));
    tally.costs.iter().for_each(|cost| say(format!("the calls made cost {cost}")));
    tally.stopped.iter().for_each(|why| say(format!("stopped: {why}; run again with more to go on")));
    let path = judge.out.join("judged.jsonl");
    write_lines(&path, lines.into_iter())?;
    say(format!("verdicts in {}", path.display()));
    Ok((read_labels(&path)?, tally.failed > 0 || tally.stopped.is_some()))
}

fn asked(
    templates: &[Template],
    kind: Kind,
    (question, reference): (&str, Option<&str>),
    judging: Judging<'_>,
) -> Result<Arc<Ask>, Error> {
    let template = choose(templates, kind, "", reference.is_some())
        .ok_or_else(|| ArgumentError::new("there is no prompt for these labels"))?;
    Ok(Arc::new(Ask {
        input: template.conversation(question, reference, judging),
        format: template.output_format,
        asking: Asking::Reply,
        sampling: Sampling::default(),
    }))
}

fn pair(templates: &[Template], battle: &Battle) -> Result<Labelled, Error> {
    let text = |field: &str| {
        battle.text(field).ok_or_else(|| {
            ArgumentError::new(format!("a judge cannot be asked about a label without `{field}`"))
        })
    };
    let (question, a, b) = (text("question")?, text("output_a")?, text("output_b")?);
    let about = (question, battle.text("reference"));
    let asks = [Judging::Pair(a, b), Judging::Pair(b, a)];
    let asks = asks.into_iter().map(|judging| asked(templates, Kind::Pairwise, about, judging));
    let line = json!({"question_id": battle.question_id, "question": question, "model_a": battle.model_a, "model_b": battle.model_b,
        "output_a": a, "output_b": b});
    Ok(Labelled { asks: asks.collect::<Result<_, _>>()?, line })
}

fn alone(templates: &[Template], label: &LabelAlone) -> Result<Labelled, Error> {
    let about = (label.question.as_str(), label.reference.as_deref());
    let asks = vec![asked(templates, Kind::Single, about, Judging::One(&label.answer))?];
    let line = json!({"question": label.question, "answer": label.answer, "model": label.model});
    Ok(Labelled { asks, line })
}

/// The line with what the judge found.
fn line(mut line: Value, judge: &str, judged: &[Judged]) -> Value {
    let found = match judged {
        [one, other] => {
            json!({"win_1": winner(one), "win_2": turned(winner(other)), "review_text_1": one.reply,
            "review_text_2": other.reply})
        }
        _ => {
            let one = judged.first();
            let score = match one.map(|one| one.verdict) {
                Some(Ok(Verdict::Score(score))) => score,
                _ => UNREAD,
            };
            json!({"label": score, "review_text": one.map(|one| one.reply.as_str())})
        }
    };
    if let Some(fields) = line.as_object_mut() {
        fields.extend(found.as_object().cloned().unwrap_or_default());
        fields.insert("judge".into(), judge.into());
    }
    line
}

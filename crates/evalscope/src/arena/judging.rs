//! Verdicts of an arena: which are wanted, and the reviews that they become.

use super::answers::{Answered, Question, read_answers};
use super::file::ArenaFile;
use super::rate::read;
use crate::argument::ArgumentError;
use crate::error::Error;
use evalscope_arena::battle::parse_lines;
use evalscope_arena::pairing::{Mitigation, Mode, is_turned, pairs};
use evalscope_core::Sampling;
use evalscope_judge::template::{Judging, Template, builtin, choose};
use evalscope_judge::{Ask, Judged, Kind, Verdict};
use indexmap::IndexMap;
use serde_json::{Value, json};
use std::sync::Arc;

/// One review: a question, who is judged, and what the judge is asked: once, or in both orders.
pub(super) struct Wanted<'a> {
    question: &'a Question,
    first: &'a Answered,
    second: Option<&'a Answered>,
    pub asks: Vec<Arc<Ask>>,
}

/// The reviews that an arena wants. A question that one of the two did not answer is left out.
pub(super) fn wanted<'a>(
    arena: &ArenaFile,
    questions: &'a [Question],
    answered: &'a [Answered],
) -> Result<Vec<Wanted<'a>>, Error> {
    let templates = match &arena.prompts {
        Some(path) => parse_lines(&path.display().to_string(), "prompt", &read(path)?)?,
        None => builtin(),
    };
    let references = arena.references.as_deref().map(read_answers).transpose()?.map(|(_, answers)| answers);
    let maker = Maker { arena, templates, references: references.unwrap_or_default() };
    let last = answered.len().saturating_sub(1);
    let mut wanted = Vec::new();
    for question in questions {
        match arena.mode {
            Mode::Single => {
                for one in answered {
                    wanted.extend(maker.single(question, one)?);
                }
            }
            Mode::Pairwise | Mode::PairwiseBaseline => {
                let baseline = (arena.mode == Mode::PairwiseBaseline).then_some(last);
                for (one, other) in pairs(answered.len(), baseline) {
                    wanted.extend(maker.pair(question, &answered[one], &answered[other])?);
                }
            }
        }
    }
    Ok(wanted)
}

struct Maker<'m> {
    arena: &'m ArenaFile,
    templates: Vec<Template>,
    references: IndexMap<String, String>,
}

impl Maker<'_> {
    fn ask(&self, kind: Kind, question: &Question, judging: Judging<'_>) -> Result<Arc<Ask>, Error> {
        let reference = self.references.get(&question.question_id.to_string()).map(String::as_str);
        let template = choose(&self.templates, kind, &question.category, reference.is_some());
        let template = template.ok_or_else(|| {
            let kind = if kind == Kind::Single { "single" } else { "pairwise" };
            ArgumentError::new(format!(
                "the prompt file has no prompt of the type `{kind}` for these questions"
            ))
        })?;
        Ok(Arc::new(Ask {
            input: template.conversation(&question.text, reference, judging),
            format: template.output_format,
            asking: self.arena.asking,
            sampling: Sampling::default(),
        }))
    }

    fn single<'a>(&self, question: &'a Question, one: &'a Answered) -> Result<Option<Wanted<'a>>, Error> {
        let Some(answer) = one.answers.get(&question.question_id.to_string()) else { return Ok(None) };
        let asks = vec![self.ask(Kind::Single, question, Judging::One(answer))?];
        Ok(Some(Wanted { question, first: one, second: None, asks }))
    }

    fn pair<'a>(
        &self,
        question: &'a Question,
        one: &'a Answered,
        other: &'a Answered,
    ) -> Result<Option<Wanted<'a>>, Error> {
        let id = question.question_id.to_string();
        let turned = self.arena.mitigation == Mitigation::RandomizeOrder
            && is_turned(&question.text, (&one.name, &other.name), self.arena.seed);
        let (first, second) = if turned { (other, one) } else { (one, other) };
        let (Some(a), Some(b)) = (first.answers.get(&id), second.answers.get(&id)) else { return Ok(None) };
        let mut asks = vec![self.ask(Kind::Pairwise, question, Judging::Pair(a, b))?];
        if self.arena.mitigation == Mitigation::SwapPosition {
            asks.push(self.ask(Kind::Pairwise, question, Judging::Pair(b, a))?);
        }
        Ok(Some(Wanted { question, first, second: Some(second), asks }))
    }
}

/// The winner by place, as files have it.
pub(super) fn winner(verdict: &Judged) -> &'static str {
    match verdict.verdict {
        Ok(Verdict::First) => "model_a",
        Ok(Verdict::Second) => "model_b",
        Ok(Verdict::Scores(a, b)) if a > b => "model_a",
        Ok(Verdict::Scores(a, b)) if a < b => "model_b",
        Ok(Verdict::Tie | Verdict::Scores(..)) => "tie",
        Ok(Verdict::Score(_)) | Err(_) => "unknown",
    }
}

/// The same when the answers stood the other way round.
pub(super) fn turned(winner: &'static str) -> &'static str {
    match winner {
        "model_a" => "model_b",
        "model_b" => "model_a",
        other => other,
    }
}

impl Wanted<'_> {
    /// The two models, where two are compared.
    pub fn pair(&self) -> Option<(String, String)> {
        Some((self.first.name.clone(), self.second?.name.clone()))
    }

    /// The line of the review file; nothing when a call failed.
    pub fn review(&self, judge: &str, judged: &[Option<Judged>], at: f64) -> Option<Value> {
        let judged: Vec<&Judged> = judged.iter().map(Option::as_ref).collect::<Option<_>>()?;
        let first = judged.first()?;
        let id = self.question.question_id.to_string();
        let common = json!({
            "anony": true, "tstamp": at, "language": "NA", "question_id": self.question.question_id,
            "category": self.question.category, "question": self.question.text, "judge": judge,
        });
        let mut review = match (self.second, judged.get(1)) {
            (None, _) => {
                let score = if let Ok(Verdict::Score(score)) = first.verdict { score } else { -1.0 };
                json!({"model": self.first.name, "score": score, "review_text": first.reply})
            }
            (Some(second), None) => {
                let scores =
                    if let Ok(Verdict::Scores(a, b)) = first.verdict { json!([a, b]) } else { Value::Null };
                json!({"model_a": self.first.name, "model_b": second.name, "scores": scores,
                    "win": winner(first), "review_text": first.reply})
            }
            (Some(second), Some(other)) => json!({"model_a": self.first.name, "model_b": second.name,
                "win_1": winner(first), "win_2": turned(winner(other)),
                "review_text_1": first.reply, "review_text_2": other.reply}),
        };
        let fields = review.as_object_mut()?;
        fields.extend(common.as_object().cloned().unwrap_or_default());
        match self.second {
            None => drop(fields.insert("output".into(), self.first.answers.get(&id)?.clone().into())),
            Some(second) => {
                fields.insert("output_a".into(), self.first.answers.get(&id)?.clone().into());
                fields.insert("output_b".into(), second.answers.get(&id)?.clone().into());
            }
        }
        Some(review)
    }
}

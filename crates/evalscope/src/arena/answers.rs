//! Questions and answers of an arena: read, asked for, written in EvalScope 0.5's form.

use super::calls::{Calls, Count};
use super::file::{ArenaFile, STARTER_QUESTIONS};
use super::rate::read;
use crate::argument::ArgumentError;
use crate::environment::Environment;
use crate::error::Error;
use crate::options::ModelOptions;
use evalscope_arena::battle::parse_lines;
use evalscope_core::{Effect, GenerateRequest, Input, Message, Outcome, Sampling, Step};
use evalscope_judge::null_model::{NULL_ANSWER, NULL_MODEL};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::Path;

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Question {
    pub question_id: Value,
    #[serde(alias = "question")]
    pub text: String,
    #[serde(default)]
    pub category: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    pub question_id: Value,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub category: String,
    #[serde(default)]
    pub model_id: String,
    #[serde(default)]
    pub metadata: Map<String, Value>,
    pub answer: String,
}

/// Answers by question, of one contestant.
pub(super) struct Answered {
    pub name: String,
    pub answers: IndexMap<String, String>,
}

pub(super) fn questions(arena: &ArenaFile) -> Result<Vec<Question>, Error> {
    let text = match &arena.questions {
        Some(path) => read(path)?,
        None => STARTER_QUESTIONS.to_owned(),
    };
    let name = arena.questions.as_ref().map_or("the questions".to_owned(), |path| path.display().to_string());
    let questions: Vec<Question> = parse_lines(&name, "question", &text)?;
    if questions.is_empty() {
        return Err(ArgumentError::new(format!("{name}: no question in it")).into());
    }
    Ok(questions)
}

/// Reads a file of answers, by question.
pub(super) fn read_answers(path: &Path) -> Result<(Option<String>, IndexMap<String, String>), Error> {
    let answers: Vec<Answer> = parse_lines(&path.display().to_string(), "answer", &read(path)?)?;
    let name = answers.first().map(|answer| answer.model_id.clone()).filter(|name| !name.is_empty());
    Ok((name, answers.into_iter().map(|answer| (answer.question_id.to_string(), answer.answer)).collect()))
}

/// The request for an answer, as EvalScope 0.5 makes it.
fn request(question: &Question) -> Effect {
    let prompt = format!("Question: {}\n\nAnswer:", question.text);
    Effect::Generate(GenerateRequest::new(Input::Chat(vec![Message::user(prompt)]), Sampling::default()))
}

/// Asks a model all questions, and writes its answers down. A question whose call failed has none.
pub(super) fn answer(
    calls: &Calls,
    (name, given, path): (&str, &ModelOptions, &Path),
    questions: &[Question],
    environment: &Environment,
    progress: Count,
) -> Result<(), Error> {
    let model = calls.model(given, environment)?;
    let step = |question: &Question| {
        let effect = request(question);
        move |seen: &[Outcome]| match seen.first() {
            None => Step::Need(vec![effect.clone()]),
            Some(outcome) => Step::Done(outcome.as_generation().map_or("", |reply| reply.text()).to_owned()),
        }
    };
    let replies = calls.drive(&model, questions.iter().map(step).collect(), progress)?;
    let answers = questions.iter().zip(replies).filter_map(|(question, reply)| {
        Some(Answer {
            question_id: question.question_id.clone(),
            text: question.text.clone(),
            category: question.category.clone(),
            model_id: name.to_owned(),
            metadata: Map::new(),
            answer: reply?,
        })
    });
    write_lines(path, answers)
}

/// The answers of all who take part, in their order.
pub(super) fn all_answers(arena: &ArenaFile, questions: &[Question]) -> Result<Vec<Answered>, Error> {
    let mut all = Vec::new();
    for contestant in &arena.contestants {
        let (named, answers) = read_answers(&contestant.answers)?;
        let name = if contestant.model.is_some() { None } else { named };
        all.push(Answered { name: name.unwrap_or_else(|| contestant.name.clone()), answers });
    }
    if arena.has_null_model {
        let answers =
            questions.iter().map(|question| (question.question_id.to_string(), NULL_ANSWER.to_owned()));
        // Not last: there stands the baseline.
        all.insert(0, Answered { name: NULL_MODEL.to_owned(), answers: answers.collect() });
    }
    Ok(all)
}

/// Writes a file of one object a line, whole or not at all.
pub(super) fn write_lines<T: Serialize>(path: &Path, rows: impl Iterator<Item = T>) -> Result<(), Error> {
    let mut text = String::new();
    for row in rows {
        let line = serde_json::to_string(&row)
            .map_err(|error| ArgumentError::new(format!("{}: {error}", path.display())))?;
        text.push_str(&line);
        text.push('\n');
    }
    write(path, &text)
}

/// Writes a file, whole or not at all.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let beside = path.with_extension("part");
    std::fs::write(&beside, text).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}

//! An arena from runs that are there: their replies are the answers, nobody is asked for them again.

use super::answers::{Answer, Question, write_lines};
use super::file::{ArenaFile, Contestant, SEED, answer_files};
use crate::argument::ArgumentError;
use crate::error::Error;
use evalscope_arena::pairing::{Mitigation, Mode};
use evalscope_core::{Effect, GenerateRequest, Input, PlannedBenchmark, Role};
use evalscope_judge::Asking;
use evalscope_runs::{JournalEntry, RunFolder};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::path::PathBuf;

/// What comes before the answer of a model that thinks aloud.
const THOUGHT: &str = "</think>";

/// Runs whose replies compete.
#[derive(Debug, Clone)]
pub struct FromRuns {
    /// The runs' folders.
    pub runs: Vec<PathBuf>,
    /// Benchmarks, with or without protocol; all that the runs have when empty.
    pub datasets: Vec<String>,
    /// Questions of each subset at most.
    pub limit: Option<u64>,
    /// Where the arena goes.
    pub out: PathBuf,
    /// The judge, as `--model` takes a model.
    pub judge: Value,
    /// What is judged.
    pub mode: Mode,
    /// What is done about a judge that prefers a place.
    pub mitigation: Mitigation,
    /// The model that the others are compared with.
    pub baseline: Option<String>,
    /// Whether an answer without content takes part.
    pub has_null_model: bool,
}

/// What runs hold, so far.
#[derive(Default)]
struct Gathered {
    questions: IndexMap<String, Question>,
    references: IndexMap<String, String>,
    /// By contestant, then by question.
    answers: IndexMap<String, IndexMap<String, String>>,
}

/// Writes questions and answers of runs where an arena has them, and returns the arena.
pub fn arena_from_runs(wanted: &FromRuns) -> Result<ArenaFile, Error> {
    let mut gathered = Gathered::default();
    for path in &wanted.runs {
        let folder = RunFolder::open(path)?;
        let of_run = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        for model in folder.plan().models.iter().map(|model| model.id.clone()) {
            let is_known = |name: &str| gathered.answers.contains_key(name);
            let with_run = || format!("{model} ({of_run})");
            let name = if is_known(&model) { with_run() } else { model.clone() };
            let name = unique(&name, is_known);
            gather(wanted, &folder, (&model, &name), &mut gathered)?;
        }
    }
    if gathered.questions.is_empty() {
        let found = ArgumentError::new("the runs hold no reply to what is asked for");
        return Err(found.with_hint(Some("name benchmarks that they have with `--datasets`".into())).into());
    }
    written(wanted, &gathered)
}

fn gather(
    wanted: &FromRuns,
    folder: &RunFolder,
    (model, name): (&str, &str),
    gathered: &mut Gathered,
) -> Result<(), Error> {
    let is_wanted = |benchmark: &&PlannedBenchmark| {
        let short = benchmark.name.split('@').next().unwrap_or_default();
        wanted.datasets.is_empty()
            || wanted.datasets.iter().any(|name| *name == benchmark.name || name == short)
    };
    let mut answers = IndexMap::new();
    for benchmark in folder.plan().benchmarks.iter().filter(is_wanted) {
        for subset in benchmark.subsets.keys() {
            let place = |index: u64| format!("{}/{subset}/{index}", benchmark.name);
            for entry in folder.read_journal(model, &benchmark.name, subset)? {
                let entry = entry?;
                let is_within = wanted.limit.is_none_or(|limit| entry.key.index < limit);
                let Some(request) = first_request(&entry).filter(|_| is_within) else { continue };
                let Some(reply) = entry.outcome.as_ref().ok().and_then(|outcome| outcome.as_generation())
                else {
                    continue;
                };
                let id = place(entry.key.index);
                let text = question(&request.input);
                let known = gathered.questions.entry(id.clone()).or_insert_with(|| Question {
                    question_id: id.clone().into(),
                    text: text.clone(),
                    category: benchmark.name.split('@').next().unwrap_or_default().to_owned(),
                });
                if known.text != text {
                    return Err(ArgumentError::new(format!("{id}: the runs asked it in different words"))
                        .with_hint(Some("compare runs of one protocol with the same options".into()))
                        .into());
                }
                let reply = reply.text();
                let answer =
                    reply.rfind(THOUGHT).map_or(reply, |at| reply[at + THOUGHT.len()..].trim_start());
                answers.insert(id, answer.to_owned());
            }
            gather_references(folder, (model, benchmark, subset), gathered)?;
        }
    }
    if !answers.is_empty() {
        gathered.answers.insert(name.to_owned(), answers);
    }
    Ok(())
}

/// The first request of a sample's first repeat to the evaluated model.
fn first_request(entry: &JournalEntry) -> Option<&GenerateRequest> {
    match &entry.effect {
        Effect::Generate(request) if entry.key.repeat == 0 && entry.key.call == 0 => Some(request),
        _ => None,
    }
}

/// The targets, where they are what an answer should say and not an answer to compete with.
fn gather_references(
    folder: &RunFolder,
    (model, benchmark, subset): (&str, &PlannedBenchmark, &str),
    gathered: &mut Gathered,
) -> Result<(), Error> {
    if benchmark.scoring["judge"]["pair"].is_object() {
        return Ok(());
    }
    for review in folder.read_reviews(model, &benchmark.name, subset)? {
        let review = review?;
        let id = format!("{}/{subset}/{}", benchmark.name, review.index);
        if let (true, Some(target)) = (gathered.questions.contains_key(&id), review.targets.first()) {
            gathered.references.entry(id).or_insert_with(|| target.clone());
        }
    }
    Ok(())
}

/// This name, or the first with a number behind it that is not taken.
fn unique(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2_u64..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or_default()
}

/// What was asked last.
fn question(input: &Input) -> String {
    match input {
        Input::Text(text) => text.clone(),
        Input::Chat(messages) => {
            let last = messages.iter().rfind(|message| message.role == Role::User);
            last.map_or_else(String::new, |message| message.text().into_owned())
        }
    }
}

fn written(wanted: &FromRuns, gathered: &Gathered) -> Result<ArenaFile, Error> {
    let out = &wanted.out;
    let (questions, references) = (out.join("questions.jsonl"), out.join("references.jsonl"));
    write_lines(&questions, gathered.questions.values())?;
    let line = |model: &str, (id, answer): (&String, &String)| Answer {
        question_id: id.clone().into(),
        text: String::new(),
        category: String::new(),
        model_id: model.to_owned(),
        metadata: Map::new(),
        answer: answer.clone(),
    };
    let has_references = !gathered.references.is_empty();
    if has_references {
        write_lines(&references, gathered.references.iter().map(|answer| line("reference", answer)))?;
    }
    let mut contestants = Vec::new();
    let names: Vec<String> = gathered.answers.keys().cloned().collect();
    let files = answer_files(&out.join("answers"), &names);
    for ((name, answers), path) in gathered.answers.iter().zip(files) {
        write_lines(&path, answers.iter().map(|answer| line(name, answer)))?;
        contestants.push(Contestant { name: name.clone(), model: None, answers: path });
    }
    let known: Vec<&String> = gathered.answers.keys().collect();
    let place = |name: &String| known.iter().position(|known| *known == name);
    match (&wanted.baseline, wanted.baseline.as_ref().and_then(place)) {
        (Some(_), Some(place)) => {
            let baseline = contestants.remove(place);
            contestants.push(baseline);
        }
        (Some(name), None) => {
            let message = format!("the baseline `{name}` is none of the models: {known:?}");
            return Err(ArgumentError::new(message).into());
        }
        (None, _) if wanted.mode == Mode::PairwiseBaseline => {
            return Err(ArgumentError::new("`pairwise_baseline` needs a `--baseline`").into());
        }
        (None, _) => {}
    }
    Ok(ArenaFile {
        questions: Some(questions),
        contestants,
        baseline: wanted.baseline.clone(),
        references: has_references.then_some(references),
        prompts: None,
        judge: Some(wanted.judge.clone()),
        asking: Asking::Reply,
        mode: wanted.mode,
        mitigation: wanted.mitigation,
        seed: SEED,
        has_null_model: wanted.has_null_model,
        reviews: out.join("reviews.jsonl"),
        report: Some(out.join("ratings.csv")),
        folder: out.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::unique;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let taken = ["m", "m-2"];
        let name = |name: &str| unique(name, |name| taken.contains(&name));
        assert_eq!((name("m").as_str(), name("n").as_str()), ("m-3", "n"));
    }
}

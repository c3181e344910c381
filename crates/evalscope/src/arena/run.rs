//! An arena from its questions to its ratings.

use super::answers::{self, Question};
use super::bench::Bench;
use super::calls::{Calls, Count, Say};
use super::file::ArenaFile;
use super::judging;
use super::rate::{Leaderboard, RateFiles, leaderboard, read};
use super::report::write_report;
use super::text::as_text;
use crate::argument::ArgumentError;
use crate::environment::Environment;
use crate::error::Error;
use crate::options::ModelOptions;
use evalscope_arena::active::Saved;
use evalscope_arena::battle::parse_lines;
use evalscope_arena::estimate::Estimate;
use evalscope_arena::meter::{Alone, Meter, meter, meter_of_alone};
use evalscope_arena::pairing::Mode;
use evalscope_arena::score_table::{Scored, UNREAD};
use evalscope_arena::{Battle, RateOptions};
use evalscope_core::{Amount, Money, TextLength, Usage};
use evalscope_judge::null_model::NULL_MODEL;
use evalscope_page::{RunRow, name_of};
use evalscope_report::page::arena_page;
use serde::Serialize;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;

/// The lowest and the highest rating of a single answer.
const RATINGS: (f64, f64) = (1.0, 10.0);

/// Which parts of an arena are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stages {
    /// Models answer.
    pub answers: bool,
    /// The judge judges.
    pub judge: bool,
    /// Ratings are made.
    pub rate: bool,
}

/// An arena that is to be run.
pub struct ArenaRun<'a> {
    /// What it is made of.
    pub arena: &'a ArenaFile,
    /// The models of its contestants, in their order; absent for those whose answers are there.
    pub models: Vec<Option<ModelOptions>>,
    /// The judge.
    pub judge: Option<ModelOptions>,
    /// Which parts.
    pub stages: Stages,
    /// How battles are rated.
    pub options: RateOptions,
    /// Verdicts at most; those that narrow the ranking most. In mode `pairwise` only.
    pub budget: Option<u64>,
    /// What the calls of this session may cost, in the currency of the models' prices.
    pub max_cost: Option<Amount>,
    /// Only say what would be asked.
    pub is_dry: bool,
}

/// What an arena brought.
#[derive(Debug, Serialize)]
pub struct ArenaResult {
    /// Questions.
    pub questions: usize,
    /// Verdicts that are wanted, one for each order; in a dry run what would be asked.
    pub verdicts: u64,
    /// Calls made now.
    pub calls_made: u64,
    /// Calls that were written down before.
    pub calls_recorded: u64,
    /// Calls that failed; running again makes them again.
    pub calls_failed: u64,
    /// Tokens of the calls made now, as the servers count them.
    pub tokens: Usage,
    /// What they cost, by currency; empty without prices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<Money>,
    /// Why no more calls were made, when it was for what they cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// The file of reviews.
    pub reviews: PathBuf,
    /// What choosing the battles saved, when there was a budget.
    pub saved: Option<Saved>,
    /// What the verdicts say of the judge.
    pub judge: Option<Meter>,
    /// What an answer without content won against the models, as a share; a judge that can be trusted gives it 0.
    pub null_model_share: Option<f64>,
    /// Ratings.
    pub leaderboard: Option<Leaderboard>,
    /// The leaderboard page.
    pub page: Option<PathBuf>,
}

/// Runs an arena. Every call is written down before anything looks at it, so that running again goes on where it was stopped.
pub fn run(run: &ArenaRun<'_>, environment: &Environment, say: &Say) -> Result<ArenaResult, Error> {
    let arena = run.arena;
    if run.budget.is_some() && arena.mode != Mode::Pairwise {
        return Err(ArgumentError::new(
            "a budget is for the mode `pairwise`: only there can battles be chosen",
        )
        .into());
    }
    let questions = answers::questions(arena)?;
    let mut result = ArenaResult {
        questions: questions.len(),
        verdicts: 0,
        calls_made: 0,
        calls_recorded: 0,
        calls_failed: 0,
        tokens: Usage::new(0, 0),
        costs: Vec::new(),
        stopped: None,
        reviews: arena.reviews.clone(),
        saved: None,
        judge: None,
        null_model_share: None,
        leaderboard: None,
        page: None,
    };
    if run.is_dry {
        let all = planned_verdicts(arena, questions.len());
        result.verdicts = run.budget.map_or(all, |budget| budget.min(all));
        return Ok(result);
    }
    if run.stages.answers || run.stages.judge {
        let calls = Calls::open(&arena.folder, arena.seed, run.max_cost)?;
        if run.stages.answers {
            ask(run, &calls, &questions, environment, say)?;
        }
        if let (true, Some(judge)) = (run.stages.judge, &run.judge) {
            (result.verdicts, result.saved) = judge_all(run, judge, &calls, &questions, environment, say)?;
        }
        let tally = calls.tally();
        (result.calls_made, result.calls_recorded) = (tally.made, tally.recorded);
        (result.calls_failed, result.tokens) = (tally.failed, tally.tokens);
        (result.costs, result.stopped) = (tally.costs, tally.stopped);
    }
    if run.stages.rate {
        rate_reviews(run, &mut result)?;
    }
    Ok(result)
}

/// Verdicts of an arena in which every question is answered by all.
fn planned_verdicts(arena: &ArenaFile, questions: usize) -> u64 {
    let models = arena.contestants.len() + usize::from(arena.has_null_model);
    let orders = match arena.mitigation {
        evalscope_arena::pairing::Mitigation::SwapPosition => 2,
        _ => 1,
    };
    let each = match arena.mode {
        Mode::Single => models,
        Mode::PairwiseBaseline => models.saturating_sub(1) * orders,
        Mode::Pairwise => models * models.saturating_sub(1) / 2 * orders,
    };
    (each * questions) as u64
}

fn ask(
    run: &ArenaRun<'_>,
    calls: &Calls,
    questions: &[Question],
    environment: &Environment,
    say: &Say,
) -> Result<(), Error> {
    for (contestant, model) in run.arena.contestants.iter().zip(&run.models) {
        let Some(model) = model else { continue };
        let (all, say, name) = (questions.len() as u64, Arc::clone(say), contestant.name.clone());
        let progress: Count = Arc::new(move |count| {
            if count == all || count.is_multiple_of(20) {
                say(format!("{name}: {count} of {all} questions answered"));
            }
        });
        let who = (contestant.name.as_str(), model, contestant.answers.as_path());
        answers::answer(calls, who, questions, environment, progress)?;
    }
    Ok(())
}

/// Judges, and writes the reviews down. How many verdicts were wanted, and what choosing them saved.
fn judge_all(
    run: &ArenaRun<'_>,
    given: &ModelOptions,
    calls: &Calls,
    questions: &[Question],
    environment: &Environment,
    say: &Say,
) -> Result<(u64, Option<Saved>), Error> {
    let arena = run.arena;
    let answered = answers::all_answers(arena, questions)?;
    let wanted = judging::wanted(arena, questions, &answered)?;
    let judge = calls.model(given, environment)?;
    let bench = Bench { calls, judge: &judge, wanted: &wanted, say };
    let mut reviews: Vec<Option<Value>> = wanted.iter().map(|_| None).collect();
    let saved = match run.budget {
        Some(budget) if arena.mode == Mode::Pairwise => bench.judge_chosen(budget, &mut reviews)?,
        _ => {
            bench.judge((0..wanted.len()).collect(), &mut reviews)?;
            None
        }
    };
    let verdicts = wanted.iter().zip(&reviews).filter(|(_, review)| review.is_some());
    let verdicts = verdicts.map(|(wanted, _)| wanted.asks.len() as u64).sum();
    answers::write_lines(&arena.reviews, reviews.into_iter().flatten())?;
    Ok((verdicts, saved))
}

fn rate_reviews(run: &ArenaRun<'_>, result: &mut ArenaResult) -> Result<(), Error> {
    let arena = run.arena;
    let (name, text) = (arena.reviews.display().to_string(), read(&arena.reviews)?);
    let (mut battles, mut scored) = (Vec::new(), Vec::new());
    match arena.mode {
        Mode::Single => scored = parse_lines::<Scored>(&name, "score", &text)?,
        Mode::Pairwise | Mode::PairwiseBaseline => battles = parse_lines::<Battle>(&name, "battle", &text)?,
    }
    let judge = battles.first().and_then(|battle| battle.text("judge")).map(str::to_owned);
    let is_null = |battle: &Battle| battle.model_a == NULL_MODEL || battle.model_b == NULL_MODEL;
    let (null, battles): (Vec<Battle>, Vec<Battle>) = battles.into_iter().partition(is_null);
    let null_scores: Vec<f64> = scored
        .iter()
        .filter(|one| one.model == NULL_MODEL && one.score != UNREAD)
        .map(|one| (one.score - RATINGS.0) / (RATINGS.1 - RATINGS.0))
        .collect();
    scored.retain(|one| one.model != NULL_MODEL);
    // That there is nothing yet is no mistake: what was spent and why it ended is to be said.
    if battles.is_empty() && scored.is_empty() && result.stopped.is_some() {
        return Ok(());
    }
    let points: Vec<f64> = null
        .iter()
        .flat_map(|battle| battle.rounds().into_iter().map(move |round| (battle, round)))
        .filter_map(|(battle, round)| {
            let points = round.winner.points()?;
            Some(if battle.model_a == NULL_MODEL { points } else { 1.0 - points })
        })
        .collect();
    let points = if arena.mode == Mode::Single { null_scores } else { points };
    result.null_model_share = (!points.is_empty()).then(|| points.iter().sum::<f64>() / points.len() as f64);
    let null_model = Estimate::mean(&points);
    if !battles.is_empty() {
        result.judge = Some(meter(&battles, judge.as_deref()).with(null_model, None));
    } else if !scored.is_empty() {
        result.judge = Some(meter_of_scores(&scored).with(null_model, None));
    }
    let wanted =
        RateFiles { baseline: arena.baseline.clone(), options: run.options.clone(), ..RateFiles::default() };
    let board = leaderboard(&battles, &scored, &wanted)?;
    if let Some(report) = &arena.report {
        write_report(report, &board)?;
    }
    let text = as_text(&board);
    result.leaderboard = Some(board);
    result.page = Some(write_board(arena, result, &text)?);
    Ok(())
}

/// Writes the leaderboard as JSON and as the page of the web UI with the arena inside; returns the page's path.
fn write_board(arena: &ArenaFile, result: &ArenaResult, text: &str) -> Result<PathBuf, Error> {
    let board = serde_json::to_value(result)
        .map_err(|error| ArgumentError::new(format!("leaderboard.json: {error}")))?;
    answers::write(&arena.folder.join("leaderboard.json"), &format!("{board:#}"))?;
    let row = RunRow::of_arena(&name_of(&arena.folder), &board);
    let page = arena.folder.join("leaderboard.html");
    answers::write(&page, &arena_page(&row, &board, Some(&arena.reviews))?.html(text))?;
    Ok(page)
}

/// What scores of single answers say of the judge.
fn meter_of_scores(scored: &[Scored]) -> Meter {
    let of = |one: &Scored| {
        let words = TextLength::of(one.more.get("output")?.as_str()?).words as f64;
        Some(Alone { score: (one.score != UNREAD).then_some(one.score), words })
    };
    meter_of_alone(&scored.iter().filter_map(of).collect::<Vec<Alone>>())
}

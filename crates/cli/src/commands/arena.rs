//! `evalscope arena`: lets models compete and rates them.

use super::{app, calibrated, models_given};
use crate::arguments::{
    ArenaCommand, ArenaFromArguments, ArenaRateArguments, ArenaSessionArguments, CalibrateArguments,
    JudgeCommand, MitigationName, ModeName, TiesName,
};
use crate::environment;
use crate::output::{self, Failure};
use evalscope::ArgumentError;
use evalscope::arena::{
    ArenaFile, ArenaResult, ArenaRun, AskedJudge, Calibration, FromRuns, Intervals, Judgements, Leaderboard,
    Mitigation, Mode, RateFiles, Rating, Say, Stages, Ties,
};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// What runs when all is wanted.
const ALL: Stages = Stages { answers: true, judge: true, rate: true };

/// Runs the command that was typed.
pub fn run(command: &ArenaCommand) -> Result<ExitCode, Failure> {
    let part = |config: &Path, stages| arena(Some(config), &ArenaSessionArguments::default(), stages);
    match command {
        ArenaCommand::Run(arguments) => arena(arguments.config.as_deref(), &arguments.session, ALL),
        ArenaCommand::Answers(arguments) => {
            part(&arguments.config, Stages { judge: false, rate: false, ..ALL })
        }
        ArenaCommand::Judge(arguments) => {
            part(&arguments.config, Stages { answers: false, rate: false, ..ALL })
        }
        ArenaCommand::From(arguments) => from(arguments),
        ArenaCommand::Rate(arguments) => rate(arguments),
        ArenaCommand::Vote(arguments) => app::vote(arguments),
    }
}

/// Runs the command that was typed.
pub fn judge(command: &JudgeCommand) -> Result<ExitCode, Failure> {
    let JudgeCommand::Calibrate(arguments) = command;
    let judge = asked_judge(arguments)?;
    let judgements = match (&judge, &arguments.judged) {
        (Some(judge), _) => Judgements::Of(judge),
        (None, Some(path)) => Judgements::File(path),
        (None, None) => return Err(ArgumentError::new("say what the judge found, or `--judge`").into()),
    };
    let say: Say = Arc::new(|text| output::note(&text));
    let (labels, own) = (&arguments.labels, arguments.own.as_deref());
    let found = evalscope::arena::calibrate(&judgements, labels, own, &environment::read(false), &say)?;
    if arguments.json {
        output::json(&found.calibration);
    } else {
        output::result(&match &found.calibration {
            Calibration::Pairs(found) => calibrated::pairs_text(found),
            Calibration::Alone(found) => calibrated::alone_text(found),
        });
    }
    Ok(ExitCode::from(u8::from(found.is_incomplete)))
}

/// The judge that is to be asked.
fn asked_judge(arguments: &CalibrateArguments) -> Result<Option<AskedJudge>, Failure> {
    let Some((judge, out)) = arguments.judge.as_deref().zip(arguments.out.clone()) else { return Ok(None) };
    let max_cost = arguments.max_cost.as_deref().map(evalscope::parse_max_cost).transpose()?;
    Ok(Some(AskedJudge { model: models_given::one("--judge", &judge_given(judge)?)?, out, max_cost }))
}

fn arena(
    config: Option<&Path>,
    session: &ArenaSessionArguments,
    stages: Stages,
) -> Result<ExitCode, Failure> {
    let arena = match config {
        Some(path) => evalscope::arena::read_arena_file(path)?,
        None => evalscope::arena::starter_arena(Path::new(""))?,
    };
    carry_out(&arena, session, stages)
}

/// Judges the replies of runs.
fn from(arguments: &ArenaFromArguments) -> Result<ExitCode, Failure> {
    let judge = judge_given(&arguments.judge)?;
    let arena = evalscope::arena::arena_from_runs(&FromRuns {
        runs: arguments.runs.clone(),
        datasets: arguments.datasets.clone(),
        limit: arguments.limit,
        out: arguments.out.clone(),
        judge,
        mode: match arguments.mode {
            ModeName::Pairwise => Mode::Pairwise,
            ModeName::PairwiseBaseline => Mode::PairwiseBaseline,
            ModeName::Single => Mode::Single,
        },
        mitigation: match arguments.position_bias_mitigation {
            MitigationName::None => Mitigation::None,
            MitigationName::RandomizeOrder => Mitigation::RandomizeOrder,
            MitigationName::SwapPosition => Mitigation::SwapPosition,
        },
        baseline: arguments.baseline.clone(),
        has_null_model: arguments.null_model,
    })?;
    carry_out(&arena, &arguments.session, Stages { answers: false, ..ALL })
}

/// A judge as `--model` of `evalscope eval` takes a model: its name, or JSON.
fn judge_given(text: &str) -> Result<serde_json::Value, Failure> {
    let judge = models_given::parse_object(text)
        .map_err(|error| ArgumentError::new(format!("--judge is not valid JSON: {error}")))?;
    Ok(judge.unwrap_or_else(|| text.into()))
}

fn carry_out(
    arena: &ArenaFile,
    session: &ArenaSessionArguments,
    stages: Stages,
) -> Result<ExitCode, Failure> {
    let model = |name: &str, value: &Option<serde_json::Value>| {
        value.as_ref().map(|value| models_given::one(name, value)).transpose()
    };
    let models =
        arena.contestants.iter().map(|one| model("model", &one.model)).collect::<Result<_, Failure>>()?;
    let stages = Stages { rate: stages.rate && arena.report.is_some(), ..stages };
    let run = ArenaRun {
        judge: model("judge", &arena.judge)?,
        arena,
        models,
        stages,
        options: Rating::default(),
        budget: session.budget,
        max_cost: session.max_cost.as_deref().map(evalscope::parse_max_cost).transpose()?,
        is_dry: session.dry_run,
    };
    let say: Say = Arc::new(|text| output::note(&text));
    let found = evalscope::arena::run(&run, &environment::read(false), &say)?;
    if session.json {
        output::json(&found);
    } else {
        show(&found, session.dry_run);
    }
    Ok(ExitCode::from(u8::from(found.calls_failed > 0 || found.stopped.is_some())))
}

fn show(found: &ArenaResult, is_dry: bool) {
    if is_dry {
        output::result(&format!(
            "{} questions, {} verdicts; nothing was asked",
            found.questions, found.verdicts
        ));
        return;
    }
    if let Some(board) = &found.leaderboard {
        output::result(&output::printable(&evalscope::arena::as_text(board)));
        talk(board);
    }
    found.judge.iter().for_each(|judge| output::note(&calibrated::meter_text(judge)));
    if let Some(saved) = found.saved {
        output::note(&format!(
            "{} verdicts leave {:.2} pairs of models in doubt; of all pairs, {} would have been needed for as much",
            saved.verdicts, saved.wrong_pairs, saved.all_pairs_verdicts
        ));
    }
    output::note(&format!(
        "{} calls made ({} tokens in, {} out), {} written down before, {} failed",
        found.calls_made,
        found.tokens.input_tokens,
        found.tokens.output_tokens,
        found.calls_recorded,
        found.calls_failed
    ));
    let costs: Vec<String> = found.costs.iter().map(ToString::to_string).collect();
    if !costs.is_empty() {
        output::note(&format!("the calls made cost {}", costs.join(", ")));
    }
    found
        .stopped
        .iter()
        .for_each(|why| output::note(&format!("stopped: {why}; run again with more to go on")));
    match &found.page {
        Some(page) => {
            output::note(&format!("reviews in {}, page in {}", found.reviews.display(), page.display()))
        }
        // What to do is said: run again.
        None if found.stopped.is_some() => {}
        None => output::note(&format!("next: `evalscope arena rate {}`", found.reviews.display())),
    }
}

fn rate(arguments: &ArenaRateArguments) -> Result<ExitCode, Failure> {
    let mut options = Rating {
        ties: match arguments.ties {
            TiesName::Half => Ties::Half,
            TiesName::Davidson => Ties::Davidson,
        },
        has_position: arguments.position,
        has_style: arguments.style,
        intervals: arguments
            .bootstrap
            .map_or(Intervals::Sandwich, |rounds| Intervals::Bootstrap(rounds as usize)),
        by_question: !arguments.independent,
        anchor: arguments.anchor.clone(),
        ..Rating::default()
    };
    options.elo.k = arguments.elo_k;
    let found = evalscope::arena::rate_files(&RateFiles {
        files: arguments.files.clone(),
        baseline: arguments.baseline.clone(),
        categories: arguments.categories.clone(),
        options,
    })?;
    if arguments.json {
        output::json(&found);
    } else {
        output::result(&output::printable(&evalscope::arena::as_text(&found)));
        talk(&found);
    }
    Ok(ExitCode::SUCCESS)
}

/// What stands beside the numbers.
fn talk(found: &Leaderboard) {
    let Some(rated) = &found.rated else { return };
    output::note(&format!(
        "{} battles, {} verdicts, {} unread",
        rated.battles, rated.verdicts, rated.unknown
    ));
    rated.notes.iter().for_each(|note| output::note(&format!("note: {note}")));
}

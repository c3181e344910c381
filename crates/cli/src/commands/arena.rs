//! `evalscope arena`: lets models compete and rates them.

use super::{app, models_given};
use crate::arguments::{
    ArenaCommand, ArenaFromArguments, ArenaRateArguments, ArenaRunArguments, CalibrateArguments,
    JudgeCommand, MitigationName, ModeName, TiesName,
};
use crate::environment;
use crate::output::{self, Failure};
use evalscope::ArgumentError;
use evalscope::arena::{
    Agreement, ArenaFile, ArenaResult, ArenaRun, FromRuns, Intervals, Leaderboard, Meter, Mitigation, Mode,
    RateFiles, Rating, Say, Stages, Ties,
};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// What runs when all is wanted.
const ALL: Stages = Stages { answers: true, judge: true, rate: true };

/// Runs the command that was typed.
pub fn run(command: &ArenaCommand) -> Result<ExitCode, Failure> {
    let part = |config: &Path, stages| {
        arena(
            &ArenaRunArguments {
                config: Some(config.to_owned()),
                budget: None,
                max_cost: None,
                dry_run: false,
                json: false,
            },
            stages,
        )
    };
    match command {
        ArenaCommand::Run(arguments) => arena(arguments, ALL),
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
    let JudgeCommand::Calibrate(CalibrateArguments { judged, labels, json }) = command;
    let found = evalscope::arena::calibrate(judged, labels)?;
    if *json {
        output::json(&found);
    } else {
        output::result(&agreement_text(&found));
    }
    Ok(ExitCode::SUCCESS)
}

fn arena(arguments: &ArenaRunArguments, stages: Stages) -> Result<ExitCode, Failure> {
    let arena = match &arguments.config {
        Some(path) => evalscope::arena::read_arena_file(path)?,
        None => evalscope::arena::starter_arena(Path::new(""))?,
    };
    carry_out(&arena, arguments, stages)
}

/// Judges the replies of runs.
fn from(arguments: &ArenaFromArguments) -> Result<ExitCode, Failure> {
    let judge = models_given::parse_object(&arguments.judge)
        .map_err(|error| ArgumentError::new(format!("--judge is not valid JSON: {error}")))?;
    let judge = judge.unwrap_or_else(|| arguments.judge.as_str().into());
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
    let run = ArenaRunArguments {
        config: None,
        budget: arguments.budget,
        max_cost: arguments.max_cost.clone(),
        dry_run: arguments.dry_run,
        json: arguments.json,
    };
    carry_out(&arena, &run, Stages { answers: false, ..ALL })
}

fn carry_out(arena: &ArenaFile, arguments: &ArenaRunArguments, stages: Stages) -> Result<ExitCode, Failure> {
    let model = |value: &Option<serde_json::Value>| value.as_ref().map(models_given::one).transpose();
    let models = arena.contestants.iter().map(|one| model(&one.model)).collect::<Result<_, Failure>>()?;
    let stages = Stages { rate: stages.rate && arena.report.is_some(), ..stages };
    let run = ArenaRun {
        judge: model(&arena.judge)?,
        arena,
        models,
        stages,
        options: Rating::default(),
        budget: arguments.budget,
        max_cost: arguments.max_cost.as_deref().map(evalscope::parse_max_cost).transpose()?,
        is_dry: arguments.dry_run,
    };
    let say: Say = Arc::new(|text| output::note(&text));
    let found = evalscope::arena::run(&run, &environment::read(false), &say)?;
    if arguments.json {
        output::json(&found);
    } else {
        show(&found, arguments.dry_run);
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
    found.judge.iter().for_each(|judge| output::note(&meter_text(judge)));
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

fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

fn meter_text(judge: &Meter) -> String {
    format!("judge: {}", judge.sentence())
}

fn agreement_text(found: &Agreement) -> String {
    let kappa = found.kappa.map_or("-".to_owned(), |kappa| format!("{kappa:.3}"));
    let table: Vec<String> = ["first", "tie", "second"]
        .iter()
        .zip(found.table)
        .map(|(name, row)| format!("{name:<8}{:>8}{:>8}{:>8}", row[0], row[1], row[2]))
        .collect();
    format!(
        "{} pairs: agreement {:.1} %, kappa {kappa}; {} that both decided: {}\njudge   {:>8}{:>8}{:>8}  (labels)\n{}\n{}\nlabels: \
         longer answer wins {}",
        found.pairs,
        found.agreement * 100.0,
        found.decided,
        percent(found.agreement_decided),
        "first",
        "tie",
        "second",
        table.join("\n"),
        meter_text(&found.judge),
        percent(found.labels.longer_wins)
    )
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

//! `evalscope arena`: lets models compete and rates them.

use super::{app, models_given};
use crate::arguments::{
    ArenaCommand, ArenaRateArguments, ArenaRunArguments, CalibrateArguments, JudgeCommand, TiesName,
};
use crate::environment;
use crate::output::{self, Failure};
use evalscope::arena::{
    Agreement, ArenaResult, ArenaRun, Intervals, Leaderboard, Meter, RateFiles, Rating, Stages, Ties,
};
use std::path::Path;
use std::process::ExitCode;

/// What runs when all is wanted.
const ALL: Stages = Stages { answers: true, judge: true, rate: true };
/// A share of this much for an answer without content is no accident.
const NULL_MODEL_ALARM: f64 = 0.1;

/// Runs the command that was typed.
pub fn run(command: &ArenaCommand) -> Result<ExitCode, Failure> {
    let part = |config: &Path, stages| {
        arena(
            &ArenaRunArguments { config: Some(config.to_owned()), budget: None, dry_run: false, json: false },
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
    let model = |value: &Option<serde_json::Value>| value.as_ref().map(models_given::one).transpose();
    let models = arena.contestants.iter().map(|one| model(&one.model)).collect::<Result<_, Failure>>()?;
    let stages = Stages { rate: stages.rate && arena.report.is_some(), ..stages };
    let run = ArenaRun {
        judge: model(&arena.judge)?,
        arena: &arena,
        models,
        stages,
        options: Rating::default(),
        budget: arguments.budget,
        is_dry: arguments.dry_run,
    };
    let found = evalscope::arena::run(&run, &environment::read(false), &|text| output::note(&text))?;
    if arguments.json {
        output::json(&found);
    } else {
        show(&found, arguments.dry_run);
    }
    Ok(ExitCode::from(u8::from(found.calls_failed > 0)))
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
    if let Some(share) = found.null_model_share {
        let said = if share > NULL_MODEL_ALARM { ": this judge cannot be trusted" } else { "" };
        output::note(&format!("an answer without content won {:.0} % of its battles{said}", share * 100.0));
    }
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
    match &found.page {
        Some(page) => {
            output::note(&format!("reviews in {}, page in {}", found.reviews.display(), page.display()))
        }
        None => output::note(&format!("next: `evalscope arena rate {}`", found.reviews.display())),
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or("-".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

fn meter_text(judge: &Meter) -> String {
    let half = judge.first_slot_half_width_95.map_or(String::new(), |half| format!(" ± {:.0}", half * 100.0));
    let length = judge.length_slope.as_ref().map_or("-".to_owned(), |slope| {
        format!("{:+.2} [{:+.2}, {:+.2}]", slope.value, slope.interval_95.0, slope.interval_95.1)
    });
    format!(
        "judge: same verdict in both orders {} of {} pairs, first place ahead by {}{half}, longer answer wins {}, length slope \
         {length}, {} unread",
        percent(judge.swap_consistency),
        judge.swapped_pairs,
        percent(judge.first_slot_excess),
        percent(judge.longer_wins),
        judge.unread
    )
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

//! Decides in which mode the multiple-choice benchmarks of a run are asked.

use crate::argument::ArgumentError;
use crate::choice_wish::ChoiceWish;
use crate::error::Error;
use crate::eval_type::EvalType;
use crate::options::{EvalOptions, ModelOptions, Place};
use crate::prepare::Prepared;
use crate::probe::Probed;
use evalscope_benchmarks::{Needs, OpenBenchmark};
use evalscope_core::{ChoiceMode, Constraint, Plan};
use evalscope_model_api::Capabilities;
use evalscope_models::ProviderKind;
use evalscope_probe::{Footing, Seen, highest};
use evalscope_runner::{RunModel, Stage};
use evalscope_runs::RunFolder;
use std::sync::Arc;

/// Puts every multiple-choice benchmark into the mode that is wanted, and says where that is not the protocol's own.
pub(crate) fn settle(
    options: &EvalOptions,
    prepared: &mut Prepared,
    (models, capabilities): (&[RunModel], &[Capabilities]),
    probed: &Probed,
) -> Result<Vec<String>, Error> {
    let Some(wish) = options.choice_mode else { return Ok(Vec::new()) };
    has_choice(prepared)?;
    if options.stage == Stage::Review {
        let recorded = recorded_plan(&options.place)?;
        as_recorded(prepared, &recorded)?;
        return Ok(Vec::new());
    }
    let footings: Vec<Footing> = capabilities
        .iter()
        .enumerate()
        .map(|(place, capabilities)| Footing {
            capabilities,
            findings: probed.of_model(place).collect(),
            is_endpoint: matches!(options.models[place].eval_type(), EvalType::Endpoint(_)),
        })
        .collect();
    let is_raw = footings.iter().all(Footing::is_raw);
    let mut notices: Vec<String> = untouched(prepared).into_iter().collect();
    for benchmark in &mut prepared.benchmarks {
        let Some(own) = benchmark.protocol().own_choice_mode() else { continue };
        let mode = match wish {
            ChoiceWish::Auto => highest(own, &footings),
            ChoiceWish::Loglikelihood => ChoiceMode::Loglikelihood,
            ChoiceWish::TopLogprobs => ChoiceMode::TopLogprobs,
            ChoiceWish::Constrained => ChoiceMode::Constrained(constraint(&footings)),
            ChoiceWish::Generate => ChoiceMode::Generate,
        };
        check(mode, models, &footings)?;
        let is_chat = speaks(benchmark, is_raw, capabilities.iter().all(|model| model.chat));
        unshared(benchmark).depart(mode, is_chat)?;
        if mode != own {
            notices.push(format!(
                "{}: asked in the mode `{}`, while the protocol asks in `{}`: its score cannot be compared with others of \
                 this protocol",
                benchmark.protocol().name(),
                mode.word(),
                own.word()
            ));
        }
    }
    Ok(notices)
}

/// The same for a mode that needs no look at a model: for what only shows what would be asked.
pub(crate) fn settle_unseen(options: &EvalOptions, prepared: &mut Prepared) -> Result<(), Error> {
    let mode = match options.choice_mode {
        None => return Ok(()),
        Some(ChoiceWish::Auto) => {
            prepared.notices.push(
                "--choice-mode auto: the endpoint decides, and it is not asked; shown is the protocol's own mode".into(),
            );
            return has_choice(prepared);
        }
        Some(ChoiceWish::Loglikelihood) => ChoiceMode::Loglikelihood,
        Some(ChoiceWish::TopLogprobs) => ChoiceMode::TopLogprobs,
        Some(ChoiceWish::Constrained) => ChoiceMode::Constrained(Constraint::Choice),
        Some(ChoiceWish::Generate) => ChoiceMode::Generate,
    };
    has_choice(prepared)?;
    prepared.notices.extend(untouched(prepared));
    let is_raw = |model: &ModelOptions| {
        matches!(model.eval_type(), EvalType::Endpoint(ProviderKind::OpenaiCompletions))
    };
    let is_raw = options.models.iter().all(is_raw);
    for benchmark in &mut prepared.benchmarks {
        let is_chat = speaks(benchmark, is_raw, true);
        unshared(benchmark).depart(mode, is_chat)?;
    }
    Ok(())
}

/// Puts benchmarks into the modes in which a recorded run asked them.
pub(crate) fn as_recorded(prepared: &mut Prepared, recorded: &Plan) -> Result<(), Error> {
    for benchmark in &mut prepared.benchmarks {
        let name = benchmark.protocol().name();
        let planned = recorded.benchmarks.iter().find(|planned| planned.name == name);
        if let Some(planned) = planned {
            unshared(benchmark).depart_as_planned(&planned.asking["choice_mode"])?;
        }
    }
    Ok(())
}

/// Has benchmarks that compare likelihoods read recorded replies, where their protocol says how; says which.
pub(crate) fn read_replies(prepared: &mut Prepared) -> Result<(), Error> {
    for benchmark in &mut prepared.benchmarks {
        if !benchmark.protocol().reads_replies() {
            continue;
        }
        unshared(benchmark).depart(ChoiceMode::Generate, true)?;
        prepared.notices.push(format!(
            "{}: replies are read for their letter, while the protocol asks for likelihoods: the score cannot be compared \
             with others of this protocol",
            benchmark.protocol().name()
        ));
    }
    Ok(())
}

fn unshared(benchmark: &mut Arc<OpenBenchmark>) -> &mut OpenBenchmark {
    Arc::get_mut(benchmark)
        .expect("a run shares its benchmarks only once it has begun, and this is before it")
}

/// Whether a benchmark is asked as a conversation; `is_raw` when all models are endpoints of raw text.
fn speaks(benchmark: &OpenBenchmark, is_raw: bool, all_converse: bool) -> bool {
    match (benchmark.protocol().own_choice_mode(), benchmark.protocol().needs()) {
        _ if is_raw => false,
        (Some(ChoiceMode::Generate), needs) => needs == Needs::Chat,
        _ => all_converse,
    }
}

fn has_choice(prepared: &Prepared) -> Result<(), Error> {
    if prepared.benchmarks.iter().any(|benchmark| benchmark.protocol().own_choice_mode().is_some()) {
        return Ok(());
    }
    Err(ArgumentError::new("`--choice-mode` has no use: none of the benchmarks is multiple choice")
        .with_hint(Some("take it out".into()))
        .into())
}

/// Says which benchmarks of the run are asked as ever, because no single option is chosen in all of their samples.
fn untouched(prepared: &Prepared) -> Option<String> {
    let protocols = prepared.benchmarks.iter().map(|benchmark| benchmark.protocol());
    let names: Vec<&str> = protocols
        .filter(|protocol| protocol.own_choice_mode().is_none())
        .map(|protocol| protocol.name())
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "--choice-mode changes nothing for what is not all choice of one option: {}",
            names.join(", ")
        )
    })
}

fn recorded_plan(place: &Place) -> Result<Plan, Error> {
    match place {
        Place::Continue(path) | Place::Exactly(path) if RunFolder::exists(path) => {
            Ok(RunFolder::open(path)?.plan().clone())
        }
        _ => Err(ArgumentError::new(
            "`--stage review` takes the mode of multiple choice from the run, and none is named",
        )
        .with_hint(Some("name its folder with `--use-cache RUN_DIR`".into()))
        .into()),
    }
}

/// The way to constrain that all models are known to keep to, else the first that none is known to lack.
fn constraint(footings: &[Footing<'_>]) -> Constraint {
    let all = |wanted: fn(&Result<Seen, String>) -> bool| {
        Constraint::ALL.into_iter().find(|constraint| {
            footings.iter().all(|footing| wanted(&footing.holds(ChoiceMode::Constrained(*constraint))))
        })
    };
    all(|held| *held == Ok(Seen::Yes)).or_else(|| all(Result::is_ok)).unwrap_or(Constraint::Choice)
}

/// Refuses a mode that a model is known to lack.
fn check(mode: ChoiceMode, models: &[RunModel], footings: &[Footing<'_>]) -> Result<(), Error> {
    for (model, footing) in models.iter().zip(footings) {
        if let Err(lack) = footing.holds(mode) {
            let message =
                format!("the model `{}` cannot be asked in the mode `{}`: {lack}", model.id, mode.word());
            return Err(ArgumentError::new(message)
                .with_hint(Some(
                    "take another one, or let `--choice-mode auto` find the most exact one".into(),
                ))
                .into());
        }
    }
    Ok(())
}

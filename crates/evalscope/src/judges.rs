//! Judges of replies: `--judge`.

use crate::argument::ArgumentError;
use crate::dry_run::DryRunModel;
use crate::environment::Environment;
use crate::error::Error;
use crate::model;
use crate::open_model::defaults;
use crate::options::{EvalOptions, ModelOptions};
use crate::prices;
use evalscope_benchmarks::JudgeStrategy;
use evalscope_core::Price;
use evalscope_runner::{Asking, RunModel};

/// Tokens at most in a judge's reply when the user does not say; EvalScope's number.
const MOST_TOKENS: u32 = 4096;

/// Opens the judges. The options come back with what decides their answers. Nobody is asked.
pub(crate) fn open(
    options: &EvalOptions,
    environment: &Environment,
) -> Result<(EvalOptions, Vec<RunModel>), Error> {
    let mut options = options.clone();
    let mut judges: Vec<RunModel> = Vec::new();
    let hub = options.model_hub();
    let Some(wanted) = &mut options.judge else { return Ok((options, judges)) };
    if wanted.wishes.strategy == JudgeStrategy::Rule {
        options.judge = None;
        return Ok((options, judges));
    }
    wanted.wishes.judges.clear();
    for given in &wanted.models {
        let (mut judge, _) = model::open(given, hub, environment)?.unprobed();
        judge.defaults.max_tokens = Some(MOST_TOKENS);
        let name = given.model.as_deref().unwrap_or(&judge.id);
        judge.price = given.price.clone().or_else(|| options.prices.find(&[&judge.id, name]).cloned());
        if judge.price.is_none() && options.max_cost.is_some() && prices::may_cost(given.eval_type()) {
            let message =
                format!("`--max-cost` needs a price, and there is none for the judge `{}`", judge.id);
            let hint = "give it one: `price` of the judge, or its name in `--prices`".to_owned();
            return Err(ArgumentError::new(message).with_hint(Some(hint)).into());
        }
        wanted.wishes.judges.push(identity(&judge));
        judges.push(judge);
    }
    Ok((options, judges))
}

/// What decides a judge's answers, under its name.
fn identity(judge: &RunModel) -> indexmap::IndexMap<String, String> {
    let mut identity = indexmap::IndexMap::from([("judge".to_owned(), judge.id.clone())]);
    identity.extend(judge.identity.clone());
    let sampling = judge.defaults.overridden_by(&judge.sampling);
    identity.insert("sampling".to_owned(), serde_json::json!(sampling).to_string());
    identity
}

/// The judges of a dry run, how each would be asked, and its price.
pub(crate) fn described(options: &EvalOptions) -> Result<Vec<(DryRunModel, Asking, Option<Price>)>, Error> {
    let Some(wanted) = options.judge.as_ref().filter(|judge| judge.wishes.strategy != JudgeStrategy::Rule)
    else {
        return Ok(Vec::new());
    };
    let describe = |given: &ModelOptions| {
        let model = model::described(given)?;
        let mut defaults = defaults(given.eval_type());
        defaults.max_tokens = Some(MOST_TOKENS);
        let asking = Asking { defaults, sampling: model.sampling.clone() };
        let id = given.id.as_deref().unwrap_or(&model.name);
        let price = given.price.clone().or_else(|| options.prices.find(&[id, &model.name]).cloned());
        Ok((model, asking, price))
    };
    wanted.models.iter().map(describe).collect()
}

/// The options of a dry run: judges by their names.
pub(crate) fn named(options: &EvalOptions) -> Result<EvalOptions, Error> {
    let mut options = options.clone();
    if let Some(wanted) = &mut options.judge {
        let names = wanted.models.iter().map(|given| {
            let described = model::described(given)?;
            Ok(indexmap::IndexMap::from([("judge".to_owned(), described.name)]))
        });
        wanted.wishes.judges = names.collect::<Result<_, Error>>()?;
    }
    Ok(options)
}

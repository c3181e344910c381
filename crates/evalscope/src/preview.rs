//! Looks at an evaluation before it is made: what it would ask, and what that would cost.

use crate::dry_run::{CostEstimate, DryRun, DryRunModel, all_tokens};
use crate::environment::Environment;
use crate::error::Error;
use crate::eval::plan_options;
use crate::open_model::defaults;
use crate::options::EvalOptions;
use crate::{choice, judges, model, prepare, prices};
use evalscope_core::{Price, Prices};
use evalscope_runner::{Asking, Preview, TokenEstimate};

/// Says what [`eval`](crate::eval()) would do: counts calls and renders an example of each benchmark. Calls no model.
pub fn dry_run(options: &EvalOptions, environment: &Environment) -> Result<DryRun, Error> {
    let options = &judges::named(options)?;
    let mut prepared = prepare::prepare(options, environment)?;
    choice::settle_unseen(options, &mut prepared)?;
    let described = options.models.iter().map(model::described);
    let mut models = described.collect::<Result<Vec<DryRunModel>, Error>>()?;
    let given = options.models.iter().zip(&models);
    let asking: Vec<Asking> = given
        .map(|(given, model)| Asking {
            defaults: defaults(given.eval_type()),
            sampling: model.sampling.clone(),
        })
        .collect();
    let judges = judges::described(options)?;
    let judging: Vec<Asking> = judges.iter().map(|(_, asking, _)| asking.clone()).collect();
    let plan = plan_options(options, &prepared);
    let benchmarks = evalscope_runner::preview(&prepared.benchmarks, &plan, &asking, &judging)?;
    estimate(options, &benchmarks, &mut models)?;
    let judges: Vec<DryRunModel> =
        judges.into_iter().enumerate().map(|judge| with_tokens(judge, &benchmarks)).collect();
    Ok(DryRun {
        benchmarks,
        collections: prepared.collections,
        cost: CostEstimate::of_all(models.iter().chain(&judges)),
        models,
        judges,
        limit: options.limit,
        repeats: options.repeats,
        seed: options.seed,
        notices: prepared.notices,
    })
}

/// A judge with what it would take.
fn with_tokens(
    (place, (judge, _, price)): (usize, (DryRunModel, Asking, Option<Price>)),
    benchmarks: &[Preview],
) -> DryRunModel {
    let mut tokens = TokenEstimate::default();
    benchmarks.iter().filter_map(|one| one.judge_tokens.get(place)).for_each(|one| tokens.add(one));
    let cost = price.as_ref().map(|price| CostEstimate::of(&tokens, price));
    DryRunModel { tokens, cost, ..judge }
}

/// Fills in what each model would take.
fn estimate(options: &EvalOptions, benchmarks: &[Preview], models: &mut [DryRunModel]) -> Result<(), Error> {
    let names = options.models.iter().zip(&*models);
    let ids: Vec<String> =
        names.map(|(given, model)| given.id.clone().unwrap_or_else(|| model.name.clone())).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let prices = prices::of_models(options, &ids, &Prices::default());
    prices::limit(options, &ids, &prices)?;
    for (place, (model, price)) in models.iter_mut().zip(&prices).enumerate() {
        model.tokens = all_tokens(benchmarks, place);
        model.cost = price.as_ref().map(|price| CostEstimate::of(&model.tokens, price));
    }
    Ok(())
}

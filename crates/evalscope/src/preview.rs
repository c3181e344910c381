//! Looks at an evaluation before it is made: what it would ask, and what that would cost.

use crate::dry_run::{CostEstimate, DryRun, all_tokens};
use crate::environment::Environment;
use crate::error::Error;
use crate::eval::plan_options;
use crate::open_model::defaults;
use crate::options::EvalOptions;
use crate::{model, prepare, prices};
use evalscope_runner::Asking;

/// Says what [`eval`](crate::eval()) would do: counts calls and renders an example of each benchmark. Calls no model.
pub fn dry_run(options: &EvalOptions, environment: &Environment) -> Result<DryRun, Error> {
    let prepared = prepare::prepare(options, environment)?;
    let model = model::described(options)?;
    let asking = Asking { defaults: defaults(options.model.eval_type()), sampling: model.sampling.clone() };
    let benchmarks = evalscope_runner::preview(&prepared.benchmarks, &plan_options(options), &asking)?;
    let tokens = all_tokens(&benchmarks);
    let id = options.model.id.as_deref().unwrap_or(&model.name);
    let price = prices::price_of(options, &[id, &model.name])?;
    Ok(DryRun {
        benchmarks,
        tokens,
        cost: price.map(|price| CostEstimate::of(&tokens, &price)),
        model,
        limit: options.limit,
        repeats: options.repeats,
        seed: options.seed,
        notices: prepared.notices,
    })
}

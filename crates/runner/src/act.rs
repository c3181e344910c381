//! Carries out one effect on one model.

use crate::executor;
use crate::pace::Pacer;
use evalscope_core::{CallFailure, Effect, Outcome, Price, Sampling, digest};
use evalscope_model_api::{CallContext, Model};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A model as a run uses it, evaluated or a judge.
#[derive(Clone)]
pub struct RunModel {
    /// The name under which results are filed.
    pub id: String,
    /// The model itself.
    pub model: Arc<dyn Model>,
    /// What the model is asked with when neither protocol nor user says.
    pub defaults: Sampling,
    /// Sampling asked for by the user; goes over the protocol's.
    pub sampling: Sampling,
    /// Samples in flight.
    pub concurrency: usize,
    /// Time for one call, retries included.
    pub timeout: Duration,
    /// Lets calls through; absent for an engine that keeps a queue of its own.
    pub pace: Option<Arc<Pacer>>,
    /// What its tokens cost, when that was said.
    pub price: Option<Price>,
    /// What decides its answers.
    pub identity: BTreeMap<String, String>,
}

impl RunModel {
    /// The effect as this model will be asked: the user's sampling over the protocol's over the defaults, and a seed of its own
    /// for each repetition.
    pub fn adapt(&self, effect: Effect, repeat: u32, repeats: u32, seed: u64) -> Effect {
        match effect {
            Effect::Generate(mut request) => {
                request.sampling = overridden(&self.defaults, &request.sampling, &self.sampling);
                if request.sampling.temperature.is_some_and(|temperature| temperature > 0.0) {
                    request.sampling.seed.get_or_insert(seed);
                }
                if repeats > 1 {
                    let first = request.sampling.seed.unwrap_or(seed);
                    request.sampling.seed = Some(first.wrapping_add(u64::from(repeat)));
                }
                Effect::Generate(request)
            }
            other => other,
        }
    }

    /// The digest under which the outcome of `effect` on this model is journaled.
    pub fn call_digest(&self, effect: &Effect) -> String {
        match effect {
            // What becomes of a program has nothing to do with who wrote it.
            Effect::Execute(_) => digest(effect),
            Effect::Generate(_) | Effect::Loglikelihood(_) => digest(&(&self.identity, effect)),
        }
    }

    /// Asks the model. Programs are not for it.
    pub async fn act(&self, effect: &Effect, context: &CallContext) -> Result<Outcome, CallFailure> {
        match effect {
            Effect::Generate(request) => {
                let generation = self.model.generate(request, context).await?;
                if let (Some(pace), Some(usage)) = (&self.pace, generation.usage) {
                    pace.spent(usage.input_tokens.saturating_add(usage.output_tokens));
                }
                Ok(Outcome::Generation(generation))
            }
            Effect::Loglikelihood(request) => {
                self.model.loglikelihood(request, context).await.map(Outcome::Loglikelihoods)
            }
            Effect::Execute(_) => Err(executor::absent()),
        }
    }
}

/// The user's sampling over the protocol's over the model's defaults.
pub(crate) fn overridden(defaults: &Sampling, protocol: &Sampling, user: &Sampling) -> Sampling {
    defaults.overridden_by(protocol).overridden_by(user)
}

//! What a run may cost, and what it has cost.
//!
//! Before a call its highest cost is set aside; when the call has ended, what it took stands in its place. A call that
//! does not fit beside those in flight waits for them, and when it does not fit alone, the run stops.

use crate::act::RunModel;
use crate::error::Error;
use evalscope_core::event::Spent;
use evalscope_core::{Amount, CallFailure, Effect, Money, Outcome, Price, Usage, tokens};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What a run may cost, and what it has cost.
#[derive(Default)]
pub(crate) struct Budget {
    most: Option<Money>,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Default)]
struct State {
    spent: Amount,
    /// Highest cost of the calls in flight.
    reserved: Amount,
    in_flight: usize,
    /// Tokens of each model's longest reply so far: what one without a limit is expected to have at most.
    longest: BTreeMap<String, u64>,
    /// Why no call fits any more.
    ended: Option<String>,
}

/// Money that is set aside for a call in flight.
pub(crate) struct Reserved {
    budget: Arc<Budget>,
    amount: Amount,
}

/// Whether there is money for a call.
enum Fit {
    Reserved,
    /// Calls in flight may turn out cheaper.
    NotYet,
    Never,
}

impl Budget {
    /// This much at most; no limit when absent.
    pub fn new(most: Option<Money>) -> Arc<Budget> {
        Arc::new(Budget { most, ..Budget::default() })
    }

    /// Why the run ended early, when it did because of its cost.
    pub fn ended(&self) -> Option<String> {
        self.state().ended.clone()
    }

    /// Adds what a call of an earlier session took.
    pub fn add_earlier(&self, model: &RunModel, usage: &Usage) {
        self.state().add(model, usage);
    }

    /// Adds what looking at the model's endpoints took.
    pub fn add_probe(&self, model: &RunModel, usage: &Usage) {
        self.state().pay(model, usage);
    }

    /// Sets money aside for a call, and waits for it when calls in flight may leave some over. None when there will be
    /// none, or when the run stops.
    pub async fn reserve(
        self: &Arc<Self>,
        model: &RunModel,
        effect: &Effect,
        stop: &CancellationToken,
    ) -> Option<Reserved> {
        // Once: many may wait, and a long prompt takes its time.
        let amount = self.highest_cost(model, effect);
        loop {
            let freed = self.freed.notified();
            match self.fit(amount) {
                Fit::Reserved => return Some(Reserved { budget: Arc::clone(self), amount }),
                Fit::Never => return None,
                Fit::NotYet => tokio::select! {
                    () = freed => {}
                    () = stop.cancelled() => return None,
                },
            }
        }
    }

    /// Takes note of what a call took. An error when that is not known and the run has a limit.
    pub fn settle(
        &self,
        model: &RunModel,
        outcome: &Result<Outcome, CallFailure>,
    ) -> Result<Option<Spent>, Error> {
        let Ok(outcome) = outcome else { return Ok(None) };
        let Some(usage) = outcome.as_generation().and_then(|generation| generation.usage) else {
            // A model without a price under a limit costs nothing.
            let is_free = model.price.as_ref().is_none_or(Price::is_free);
            return match self.most {
                Some(_) if !is_free => Err(Error::UnknownCost { model: model.id.clone() }),
                _ => Ok(None),
            };
        };
        self.state().add(model, &usage);
        let cost = model.price.as_ref().map(|price| price.money(price.of(&usage)));
        Ok(Some(Spent { tokens: usage, cost }))
    }

    /// What a call costs at most, as far as that can be told: its prompt by estimate, its reply by its limit.
    fn highest_cost(&self, model: &RunModel, effect: &Effect) -> Amount {
        let (Some(price), Some(_)) = (&model.price, &self.most) else { return Amount::default() };
        let output = match effect {
            Effect::Generate(request) => {
                let longest = || self.state().longest.get(&model.id).copied().unwrap_or_default();
                let replies = u64::from(request.sampling.n.unwrap_or(1));
                request.sampling.most_output().unwrap_or_else(|| longest().saturating_mul(replies))
            }
            Effect::Loglikelihood(_) | Effect::Execute(_) => 0,
        };
        let reply = price.output.max(price.reasoning.unwrap_or(price.output));
        let prompt = price.input.max(price.cached_input.unwrap_or(price.input));
        prompt.of(tokens::of_prompt(effect).high).plus(reply.of(output))
    }

    fn fit(&self, amount: Amount) -> Fit {
        let mut state = self.state();
        if let Some(most) = &self.most {
            if state.ended.is_some() {
                return Fit::Never;
            }
            if state.spent.plus(state.reserved).plus(amount) > most.amount {
                if state.in_flight > 0 {
                    return Fit::NotYet;
                }
                state.ended = Some(why(most, state.spent, amount));
                return Fit::Never;
            }
        }
        state.reserved = state.reserved.plus(amount);
        state.in_flight += 1;
        Fit::Reserved
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn pay(&mut self, model: &RunModel, usage: &Usage) {
        if let Some(price) = &model.price {
            self.spent = self.spent.plus(price.of(usage));
        }
    }

    fn add(&mut self, model: &RunModel, usage: &Usage) {
        self.pay(model, usage);
        match self.longest.get_mut(&model.id) {
            Some(longest) => *longest = usage.output_tokens.max(*longest),
            None => drop(self.longest.insert(model.id.clone(), usage.output_tokens)),
        }
    }
}

fn why(most: &Money, spent: Amount, next: Amount) -> String {
    let money = |amount| Money { amount, currency: most.currency.clone() };
    format!(
        "{} of `--max-cost` {most} is spent, and the next call may cost up to {}",
        money(spent),
        money(next)
    )
}

impl Drop for Reserved {
    fn drop(&mut self) {
        let mut state = self.budget.state();
        state.reserved = state.reserved.minus(self.amount);
        state.in_flight -= 1;
        drop(state);
        self.budget.freed.notify_waiters();
    }
}

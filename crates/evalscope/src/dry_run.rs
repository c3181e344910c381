//! What an evaluation would do, as data.

use evalscope_core::tokens::TokenRange;
use evalscope_core::{Limit, Money, PlannedCollection, Price, Sampling};
use evalscope_runner::{Preview, TokenEstimate};

/// What an evaluation would do.
#[derive(Debug, serde::Serialize)]
pub struct DryRun {
    /// Each benchmark.
    pub benchmarks: Vec<Preview>,
    /// Mixes of them that are reported as one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub collections: Vec<PlannedCollection>,
    /// The models as they are named, and how they are reached, with what each would take.
    pub models: Vec<DryRunModel>,
    /// Judges, likewise, with what they would be told of all models' replies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub judges: Vec<DryRunModel>,
    /// What all of them would cost, judges too; absent without prices in one currency.
    pub cost: Option<CostEstimate>,
    /// Samples at most per subset.
    pub limit: Option<Limit>,
    /// How often each sample is asked.
    pub repeats: u32,
    /// Seed of everything random.
    pub seed: u64,
    /// What a person should know.
    pub notices: Vec<String>,
}

/// A model of a dry run. It is not asked, and a local one is not loaded.
#[derive(Debug, serde::Serialize)]
pub struct DryRunModel {
    /// As the user named it, or the default.
    pub name: String,
    /// Endpoint or engine.
    pub reached: String,
    /// Sampling asked for by the user.
    pub sampling: Sampling,
    /// Tokens of all its calls.
    pub tokens: TokenEstimate,
    /// What they would cost; absent without a price.
    pub cost: Option<CostEstimate>,
}

/// What calls would cost, estimated.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CostEstimate {
    /// The prompts alone, at the low end of their estimate, and as if the server had computed them before where that
    /// is cheaper.
    pub low: Money,
    /// The prompts at the high end, and every reply at its limit; absent when replies have no limit.
    pub high: Option<Money>,
}

impl CostEstimate {
    /// What these tokens would cost at this price.
    pub(crate) fn of(tokens: &TokenEstimate, price: &Price) -> CostEstimate {
        let TokenRange { low, high } = tokens.input;
        let reply = price.output.max(price.reasoning.unwrap_or(price.output));
        let prompt = price.input.max(price.cached_input.unwrap_or(price.input));
        let most = tokens.output_at_most.map(|output| prompt.of(high).plus(reply.of(output)));
        let least = price.input.min(price.cached_input.unwrap_or(price.input)).of(low);
        CostEstimate { low: price.money(least), high: most.map(|amount| price.money(amount)) }
    }

    /// What all models together would cost; none when that of one is not known or in another currency.
    pub(crate) fn of_all<'a>(models: impl Iterator<Item = &'a DryRunModel>) -> Option<CostEstimate> {
        let mut costs = models.map(|model| model.cost.clone());
        let first = costs.next()??;
        costs.try_fold(first, |sum, cost| sum.plus(&cost?))
    }

    fn plus(&self, other: &CostEstimate) -> Option<CostEstimate> {
        let low = self.low.plus(&other.low)?;
        let high = self.high.as_ref().zip(other.high.as_ref());
        Some(CostEstimate { low, high: high.and_then(|(one, other)| one.plus(other)) })
    }
}

/// The tokens of the model at this place for all benchmarks.
pub(crate) fn all_tokens(benchmarks: &[Preview], place: usize) -> TokenEstimate {
    let of_model = benchmarks.iter().filter_map(|benchmark| benchmark.tokens.get(place));
    of_model.fold(TokenEstimate::default(), |mut sum, tokens| {
        sum.add(tokens);
        sum
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_reaches_from_prompts_alone_to_replies_at_their_limit() {
        let price = crate::parse_price("input=1,output=2,reasoning=4").unwrap();
        let input = TokenRange { low: 1_000, high: 2_000 };
        let cost = |output_at_most| CostEstimate::of(&TokenEstimate { input, output_at_most }, &price);
        assert_eq!(cost(None).low.amount.to_string(), "0.001");
        assert_eq!(cost(None).high, None);
        assert_eq!(cost(Some(500)).high.unwrap().amount.to_string(), "0.004");
        let both = cost(Some(500)).plus(&cost(Some(500))).unwrap();
        assert_eq!(
            (both.low.amount.to_string(), both.high.unwrap().amount.to_string()),
            ("0.002".into(), "0.008".into())
        );
        assert_eq!(cost(None).plus(&cost(Some(500))).unwrap().high, None);
        let yuan = crate::parse_price("input=1,output=2,currency=CNY").unwrap();
        assert_eq!(cost(None).plus(&CostEstimate::of(&TokenEstimate::default(), &yuan)), None);
        let cached = crate::parse_price("input=1,output=2,cached_input=0.1").unwrap();
        let cost = CostEstimate::of(&TokenEstimate { input, output_at_most: Some(0) }, &cached);
        assert_eq!(
            (cost.low.amount.to_string(), cost.high.unwrap().amount.to_string()),
            ("0.0001".into(), "0.002".into())
        );
    }
}

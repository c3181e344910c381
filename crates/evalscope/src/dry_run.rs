//! What an evaluation would do, as data.

use evalscope_core::tokens::TokenRange;
use evalscope_core::{Limit, Money, Price, Sampling};
use evalscope_runner::{Preview, TokenEstimate};

/// What an evaluation would do.
#[derive(Debug, serde::Serialize)]
pub struct DryRun {
    /// Each benchmark.
    pub benchmarks: Vec<Preview>,
    /// Tokens of all of them.
    pub tokens: TokenEstimate,
    /// What they would cost; absent without a price.
    pub cost: Option<CostEstimate>,
    /// The model as it is named, and how it is reached.
    pub model: DryRunModel,
    /// Samples at most per subset.
    pub limit: Option<Limit>,
    /// How often each sample is asked.
    pub repeats: u32,
    /// Seed of everything random.
    pub seed: u64,
    /// What a person should know.
    pub notices: Vec<String>,
}

/// The model of a dry run. It is not asked, and a local one is not loaded.
#[derive(Debug, serde::Serialize)]
pub struct DryRunModel {
    /// As the user named it, or the default.
    pub name: String,
    /// Endpoint or engine.
    pub reached: String,
    /// Sampling asked for by the user.
    pub sampling: Sampling,
}

/// What calls would cost, estimated.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CostEstimate {
    /// The prompts alone, at the low end of their estimate.
    pub low: Money,
    /// The prompts at the high end, and every reply at its limit; absent when replies have no limit.
    pub high: Option<Money>,
}

impl CostEstimate {
    /// What these tokens would cost at this price.
    pub(crate) fn of(tokens: &TokenEstimate, price: &Price) -> CostEstimate {
        let TokenRange { low, high } = tokens.input;
        let reply = price.output.max(price.reasoning.unwrap_or(price.output));
        let most = tokens.output_at_most.map(|output| price.input.of(high).plus(reply.of(output)));
        CostEstimate { low: price.money(price.input.of(low)), high: most.map(|amount| price.money(amount)) }
    }
}

/// The estimates of all benchmarks together.
pub(crate) fn all_tokens(benchmarks: &[Preview]) -> TokenEstimate {
    benchmarks.iter().fold(TokenEstimate::default(), |mut sum, benchmark| {
        sum.add(&benchmark.tokens);
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
    }
}

//! Modes of multiple choice, as they are typed.

use clap::ValueEnum;
use evalscope::ChoiceWish;

/// Modes of multiple choice.
#[derive(Clone, Copy, ValueEnum)]
pub enum ChoiceModeName {
    /// As the protocol does where every model can be asked so, else the most exact way that all can
    Auto,
    /// By the log-likelihood of each option
    Loglikelihood,
    /// By the log-probabilities of the reply's first token
    TopLogprobs,
    /// By a reply that the server holds to the options
    Constrained,
    /// By a free reply
    Generate,
}

impl From<ChoiceModeName> for ChoiceWish {
    fn from(name: ChoiceModeName) -> ChoiceWish {
        match name {
            ChoiceModeName::Auto => ChoiceWish::Auto,
            ChoiceModeName::Loglikelihood => ChoiceWish::Loglikelihood,
            ChoiceModeName::TopLogprobs => ChoiceWish::TopLogprobs,
            ChoiceModeName::Constrained => ChoiceWish::Constrained,
            ChoiceModeName::Generate => ChoiceWish::Generate,
        }
    }
}

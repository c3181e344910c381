//! The modes of multiple choice that a caller can ask for.

/// The mode of multiple choice that a caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChoiceWish {
    /// The protocol's own where every model can be asked so, else the most exact one that all of them can.
    Auto,
    /// The log-likelihood of each option.
    Loglikelihood,
    /// The log-probabilities of the reply's first token.
    TopLogprobs,
    /// A reply that can be nothing but one of the options.
    Constrained,
    /// A free reply.
    Generate,
}

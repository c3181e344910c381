//! The weights of one layer.

use crate::compute::Matrix;

/// The weights of one layer. Matrices that are applied to the same input are one.
pub(super) struct Layer {
    pub(super) attention_norm: Vec<f32>,
    /// Queries, then keys, then values.
    pub(super) query_key_value: Linear,
    /// Norms of each head of queries and of keys, before they are turned.
    pub(super) head_norms: Option<HeadNorms>,
    pub(super) attention_output: Linear,
    /// Applied to what attention adds, where the family has it.
    pub(super) post_attention_norm: Option<Vec<f32>>,
    pub(super) feed_forward_norm: Vec<f32>,
    pub(super) feed_forward: FeedForward,
    /// Applied to what the feed-forward part adds, where the family has it.
    pub(super) post_feed_forward_norm: Option<Vec<f32>>,
}

/// Norms of each head.
pub(super) struct HeadNorms {
    pub(super) query: Vec<f32>,
    pub(super) key: Vec<f32>,
}

/// A matrix and what is added after it.
pub(super) struct Linear {
    pub(super) matrix: Matrix,
    pub(super) bias: Option<Vec<f32>>,
}

/// The feed-forward part of a layer.
pub(super) enum FeedForward {
    /// For all tokens.
    Dense(Gated),
    /// Several, of which each token uses a few.
    Experts(Experts),
}

/// A gated feed-forward part.
pub(super) struct Gated {
    /// Gates, then ups.
    pub(super) gate_up: Matrix,
    pub(super) down: Matrix,
}

/// Experts and what chooses them.
pub(super) struct Experts {
    pub(super) router: Matrix,
    pub(super) experts: Vec<Gated>,
    /// How many a token uses.
    pub(super) used: usize,
    /// Whether the shares of those used are made to add up to 1.
    pub(super) renormalise: bool,
}

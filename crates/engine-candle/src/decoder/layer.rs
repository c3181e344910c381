//! The weights of one layer.

use crate::compute::Matrix;

/// The weights of one layer. Matrices that are applied to the same input are one.
pub(super) struct Layer {
    pub(super) attention_norm: Vec<f32>,
    /// Queries, then keys, then values.
    pub(super) query_key_value: Matrix,
    pub(super) attention_output: Matrix,
    pub(super) feed_forward_norm: Vec<f32>,
    /// Gates, then ups.
    pub(super) gate_up: Matrix,
    pub(super) down: Matrix,
}

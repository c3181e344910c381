//! Arithmetic in 32-bit floats whose result is the same bits in every batch, on any number of threads, and with
//! any instruction set.
//!
//! The rules that make it so:
//!
//! - Each output element is a chain of fused multiply-adds over the inner dimension, from its first index to its
//!   last, cut into blocks of [`tile::BLOCK`] whose sums are added in order. Vector lanes hold different output
//!   elements, never parts of one sum, so neither lane width nor tile shape nor thread count can be seen.
//! - `mul_add` is a true fused multiply-add everywhere: an instruction where the processor has one, exact software
//!   where not. Nothing else is fused.
//! - Sums along a row (norm, softmax) have a fixed number of partial sums, folded in a fixed order.
//! - `exp` is a polynomial of our own; sines, cosines, powers and logarithms come from the `libm` crate, not from
//!   the system.

mod activation;
mod exponential;
mod instruction_set;
mod machine;
mod matrix;
mod normalise;
mod panels;
mod rotate;
mod softmax;
pub(crate) mod tile;

pub(crate) use activation::{Activation, Gate, activate, gated};
pub(crate) use instruction_set::{InstructionSet, for_each_instruction_set};
pub use machine::MachineLimits;
pub(crate) use machine::measure;
pub(crate) use matrix::{Matrix, multiply};
pub(crate) use normalise::{layer_norm, root_mean_square};
pub(crate) use rotate::{Rotation, rotate_heads};
pub(crate) use softmax::{cap_logits, cap_scores, largest, log_sum_exp, softmax, softmax_unnormalised};

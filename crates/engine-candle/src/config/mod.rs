//! The shape of a decoder or an encoder, checked: what differs between the families of models.

mod biases;
mod encoders;
mod families;
mod gguf;
mod json;
mod layouts;
mod positions;
mod text_part;

pub(crate) use encoders::{EncoderConfig, encoder_names, is_encoder};
pub(crate) use families::{Promised, family, family_names};
pub(crate) use gguf::gguf_architectures;
pub(crate) use json::Json;
pub(crate) use layouts::{Layout, Piece};
pub(crate) use text_part::text_part;

use crate::compute::Gate;
use crate::gguf::{Fault, nonsense};

/// Layers at most: a larger number is a broken one.
const MAX_LAYERS: u64 = 1024;
/// Width of any matrix at most.
const MAX_WIDTH: u64 = 1 << 20;
/// Tokens of context at most; positions beyond lose precision in 32-bit rotation angles.
const MAX_CONTEXT: u64 = 1 << 24;
/// Experts of a layer at most.
const MAX_EXPERTS: u64 = 1024;

/// The shape of a decoder. Numbers are positive and fit each other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DecoderConfig {
    /// Width of the residual stream.
    pub(crate) width: usize,
    /// Width inside the feed-forward part.
    pub(crate) feed_forward: usize,
    /// Query heads.
    pub(crate) heads: usize,
    /// Key and value heads; divides `heads`.
    pub(crate) kv_heads: usize,
    /// Width of a head; even.
    pub(crate) head_width: usize,
    /// How positions turn heads; layers choose one of them.
    pub(crate) rotations: Vec<RotationConfig>,
    /// Which dimensions of a head are turned together, in the weights as they are stored.
    pub(crate) pairs: Pairs,
    /// What differs between layers; one entry each.
    pub(crate) layers: Vec<LayerConfig>,
    /// Added to the mean square before its root.
    pub(crate) norm_epsilon: f64,
    /// The function of the gates.
    pub(crate) activation: Gate,
    /// Embeddings are multiplied by this.
    pub(crate) embedding_scale: f32,
    /// Queries are multiplied by this.
    pub(crate) query_scale: f32,
    /// Attention scores are kept below this by a hyperbolic tangent.
    pub(crate) score_cap: Option<f32>,
    /// Logits likewise.
    pub(crate) logit_cap: Option<f32>,
    /// The experts of layers that have a router.
    pub(crate) experts: Option<ExpertsConfig>,
    /// Tokens that the model can take.
    pub(crate) context: usize,
}

/// How one kind of layer turns heads with the position.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RotationConfig {
    /// The angle between neighbouring positions, for each pair of dimensions that is turned.
    pub(crate) frequencies: Vec<f64>,
    /// What is turned is multiplied by this.
    pub(crate) factor: f64,
}

/// Which dimensions are turned together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pairs {
    /// The first and the second, the third and the fourth, …
    Neighbours,
    /// One of the first half of what is turned, and the same of the second half.
    Halves,
}

/// What differs between layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LayerConfig {
    /// Index into the rotations; absent where positions are not turned.
    pub(crate) rotation: Option<usize>,
    /// Keys that a query sees, its own included; absent when it sees all before it.
    pub(crate) window: Option<usize>,
}

/// Experts, of which a router chooses a few for each token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ExpertsConfig {
    /// How many there are.
    pub(crate) count: usize,
    /// How many a token uses.
    pub(crate) used: usize,
    /// Width inside each.
    pub(crate) width: usize,
    /// Whether the shares of those used are made to add up to 1.
    pub(crate) renormalise: bool,
}

impl DecoderConfig {
    /// Width of all queries of a token.
    pub(crate) fn query_width(&self) -> usize {
        self.heads * self.head_width
    }

    /// Width of all keys, and of all values, of a token.
    pub(crate) fn kv_width(&self) -> usize {
        self.kv_heads * self.head_width
    }

    /// Dimensions of a head that are turned.
    pub(crate) fn rotated(&self) -> usize {
        self.rotations.iter().map(|rotation| 2 * rotation.frequencies.len()).max().unwrap_or(0)
    }

    fn check(&self) -> Result<(), Fault> {
        if !self.heads.is_multiple_of(self.kv_heads) {
            return nonsense(format!("{} query heads for {} key heads", self.heads, self.kv_heads));
        }
        if self.head_width == 0 || !self.head_width.is_multiple_of(2) || self.rotated() > self.head_width {
            return nonsense(format!("heads of width {}, {} of it rotated", self.head_width, self.rotated()));
        }
        if self.heads.saturating_mul(self.head_width) as u64 > MAX_WIDTH {
            return nonsense(format!("{} heads of width {}", self.heads, self.head_width));
        }
        if self.rotations.iter().any(|rotation| 2 * rotation.frequencies.len() != self.rotated()) {
            return nonsense("layers that rotate different parts of a head");
        }
        let positive = |number: f64| number.is_finite() && number > 0.0;
        let angles = self.rotations.iter().flat_map(|rotation| &rotation.frequencies);
        let factors = self.rotations.iter().map(|rotation| &rotation.factor);
        let caps = self.score_cap.iter().chain(&self.logit_cap);
        let scales = [self.embedding_scale, self.query_scale];
        let all = angles
            .chain(factors)
            .copied()
            .chain(caps.chain(&scales).map(|number| f64::from(*number)))
            .chain([self.norm_epsilon]);
        match all.into_iter().all(positive) {
            true => Ok(()),
            false => nonsense("a rotation, scale, cap or norm epsilon that is not positive"),
        }
    }
}

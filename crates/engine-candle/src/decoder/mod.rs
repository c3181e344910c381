//! The decoder: tokens in, logits out, keys and values kept in blocks.

mod attention;
mod batch;
mod experts;
mod forward;
mod kv;
mod layer;
mod load;
mod mix;
mod noise;
mod pairs;
mod weights;

pub(crate) use batch::Segment;
pub(crate) use forward::Decoder;
pub use forward::Logits;
pub(crate) use kv::{BLOCK_TOKENS, Block, KvTable};
pub(crate) use noise::{NOISE_TEXT, Noise};
pub(crate) use weights::{EMBEDDING, GgufWeights, HEAD, Weights};

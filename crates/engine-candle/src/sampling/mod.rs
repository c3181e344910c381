//! Drawing the next token from a row of logits.

mod random;
mod sampler;

pub(crate) use sampler::Sampler;

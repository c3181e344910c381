//! The shape of a Llama model, checked.

use crate::gguf::{Fault, Metadata, nonsense};

/// Layers at most: a larger number is a broken one.
const MAX_LAYERS: u64 = 1024;
/// Width of any matrix at most.
const MAX_WIDTH: u64 = 1 << 20;
/// Tokens of context at most; positions beyond lose precision in 32-bit rotation angles.
const MAX_CONTEXT: u64 = 1 << 24;

/// The shape of a Llama model. Numbers are positive and fit each other.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LlamaConfig {
    /// Layers.
    pub(crate) layers: usize,
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
    /// Dimensions of a head that are rotated; even, at most `head_width`.
    pub(crate) rotated: usize,
    /// Base of the rotation frequencies.
    pub(crate) rope_base: f64,
    /// Positions are divided by this.
    pub(crate) rope_scale: f64,
    /// Added to the mean square before its root.
    pub(crate) norm_epsilon: f64,
    /// Tokens that the model can take.
    pub(crate) context: usize,
}

impl LlamaConfig {
    /// The shape that the metadata tells.
    pub(crate) fn read(metadata: &Metadata) -> Result<Self, Fault> {
        refuse_unknown_parts(metadata)?;
        let width = required(metadata, "llama.embedding_length", MAX_WIDTH)?;
        let heads = required(metadata, "llama.attention.head_count", MAX_WIDTH)?;
        let kv_heads = optional(metadata, "llama.attention.head_count_kv", MAX_WIDTH)?.unwrap_or(heads);
        let head_width =
            optional(metadata, "llama.attention.key_length", MAX_WIDTH)?.unwrap_or(width / heads);
        let value_width =
            optional(metadata, "llama.attention.value_length", MAX_WIDTH)?.unwrap_or(head_width);
        let rotated = optional(metadata, "llama.rope.dimension_count", MAX_WIDTH)?.unwrap_or(head_width);
        let config = LlamaConfig {
            layers: required(metadata, "llama.block_count", MAX_LAYERS)?,
            width,
            feed_forward: required(metadata, "llama.feed_forward_length", MAX_WIDTH)?,
            heads,
            kv_heads,
            head_width,
            rotated,
            rope_base: metadata.number("llama.rope.freq_base")?.unwrap_or(10_000.0),
            rope_scale: rope_scale(metadata)?,
            norm_epsilon: metadata.number("llama.attention.layer_norm_rms_epsilon")?.unwrap_or(1e-5),
            context: context(metadata)?,
        };
        config.check(value_width)?;
        Ok(config)
    }

    fn check(&self, value_width: usize) -> Result<(), Fault> {
        if !self.heads.is_multiple_of(self.kv_heads) {
            return nonsense(format!("{} query heads for {} key heads", self.heads, self.kv_heads));
        }
        if value_width != self.head_width {
            return Err(Fault::Unknown("values of another width than keys".into()));
        }
        let even = self.head_width.is_multiple_of(2) && self.rotated.is_multiple_of(2);
        if self.head_width == 0 || !even || self.rotated > self.head_width {
            return nonsense(format!("heads of width {}, {} of it rotated", self.head_width, self.rotated));
        }
        if self.heads.saturating_mul(self.head_width) as u64 > MAX_WIDTH {
            return nonsense(format!("{} heads of width {}", self.heads, self.head_width));
        }
        let positive = |number: f64| number.is_finite() && number > 0.0;
        if !positive(self.rope_base) || !positive(self.rope_scale) || !positive(self.norm_epsilon) {
            return nonsense("a rotation base, rotation scale or norm epsilon that is not positive");
        }
        Ok(())
    }

    /// Width of all queries of a token.
    pub(crate) fn query_width(&self) -> usize {
        self.heads * self.head_width
    }

    /// Width of all keys, and of all values, of a token.
    pub(crate) fn kv_width(&self) -> usize {
        self.kv_heads * self.head_width
    }
}

fn refuse_unknown_parts(metadata: &Metadata) -> Result<(), Fault> {
    if metadata.count("llama.expert_count")?.unwrap_or(0) > 0 {
        return Err(Fault::Unknown("mixtures of experts".into()));
    }
    Ok(())
}

fn rope_scale(metadata: &Metadata) -> Result<f64, Fault> {
    match metadata.text("llama.rope.scaling.type")? {
        None | Some("none") => Ok(metadata.number("llama.rope.scale_linear")?.unwrap_or(1.0)),
        Some("linear") => Ok(metadata.number("llama.rope.scaling.factor")?.unwrap_or(1.0)),
        Some(other) => Err(Fault::Unknown(format!("the position scaling `{other}`"))),
    }
}

/// Within a sliding window nothing slides, so the window is the context.
fn context(metadata: &Metadata) -> Result<usize, Fault> {
    let length = required(metadata, "llama.context_length", MAX_CONTEXT)?;
    let window = metadata.count("llama.attention.sliding_window")?.filter(|window| *window > 0);
    Ok(window.map_or(length, |window| length.min(usize::try_from(window).unwrap_or(length))))
}

fn required(metadata: &Metadata, key: &str, most: u64) -> Result<usize, Fault> {
    match optional(metadata, key, most)? {
        Some(number) => Ok(number),
        None => nonsense(format!("`{key}` is missing")),
    }
}

fn optional(metadata: &Metadata, key: &str, most: u64) -> Result<Option<usize>, Fault> {
    match metadata.count(key)? {
        None => Ok(None),
        Some(number) if (1..=most).contains(&number) => Ok(Some(number as usize)),
        Some(number) => nonsense(format!("`{key}` is {number}")),
    }
}

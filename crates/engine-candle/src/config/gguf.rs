//! The shape that the metadata of a GGUF file tells.

use super::positions::plain_frequencies;
use super::{DecoderConfig, LayerConfig, MAX_CONTEXT, MAX_LAYERS, MAX_WIDTH, Pairs, RotationConfig};
use crate::compute::Gate;
use crate::gguf::{Fault, Metadata, nonsense};

impl DecoderConfig {
    /// The shape that the metadata of a Llama file tells.
    pub(crate) fn of_gguf(metadata: &Metadata) -> Result<Self, Fault> {
        refuse_unknown_parts(metadata)?;
        let width = required(metadata, "llama.embedding_length", MAX_WIDTH)?;
        let heads = required(metadata, "llama.attention.head_count", MAX_WIDTH)?;
        let kv_heads = optional(metadata, "llama.attention.head_count_kv", MAX_WIDTH)?.unwrap_or(heads);
        let head_width =
            optional(metadata, "llama.attention.key_length", MAX_WIDTH)?.unwrap_or(width / heads);
        let value_width =
            optional(metadata, "llama.attention.value_length", MAX_WIDTH)?.unwrap_or(head_width);
        if value_width != head_width {
            return Err(Fault::Unknown("values of another width than keys".into()));
        }
        let layers = required(metadata, "llama.block_count", MAX_LAYERS)?;
        let config = DecoderConfig {
            width,
            feed_forward: required(metadata, "llama.feed_forward_length", MAX_WIDTH)?,
            heads,
            kv_heads,
            head_width,
            rotations: vec![rotation(metadata, head_width)?],
            pairs: Pairs::Neighbours,
            layers: vec![LayerConfig { rotation: Some(0), window: None }; layers],
            norm_epsilon: metadata.number("llama.attention.layer_norm_rms_epsilon")?.unwrap_or(1e-5),
            activation: Gate::Silu,
            embedding_scale: 1.0,
            query_scale: 1.0 / (head_width as f32).sqrt(),
            score_cap: None,
            logit_cap: None,
            experts: None,
            context: context(metadata)?,
        };
        config.check()?;
        Ok(config)
    }
}

fn rotation(metadata: &Metadata, head_width: usize) -> Result<RotationConfig, Fault> {
    let rotated = optional(metadata, "llama.rope.dimension_count", MAX_WIDTH)?.unwrap_or(head_width);
    let base = metadata.number("llama.rope.freq_base")?.unwrap_or(10_000.0);
    let scale = rope_scale(metadata)?;
    if !rotated.is_multiple_of(2) || rotated > head_width {
        return nonsense(format!("heads of width {head_width}, {rotated} of it rotated"));
    }
    let frequencies =
        plain_frequencies(rotated, base).into_iter().map(|frequency| frequency / scale).collect();
    Ok(RotationConfig { frequencies, factor: 1.0 })
}

fn refuse_unknown_parts(metadata: &Metadata) -> Result<(), Fault> {
    if metadata.count("llama.expert_count")?.unwrap_or(0) > 0 {
        return Err(Fault::Unknown("mixtures of experts in GGUF files".into()));
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

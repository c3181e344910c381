//! The shape that the metadata of a GGUF file tells.

use super::positions::plain_frequencies;
use super::{
    DecoderConfig, ExpertsConfig, LayerConfig, MAX_CONTEXT, MAX_EXPERTS, MAX_LAYERS, MAX_WIDTH, Pairs,
    RotationConfig,
};
use crate::compute::Gate;
use crate::gguf::{Fault, Metadata, nonsense};

/// A family of models as GGUF files have it.
struct Architecture {
    name: &'static str,
    /// Which dimensions of a head are turned together: the converters change the order of Llama's rows, and of no other's.
    pairs: Pairs,
    /// Takes what is special out of the metadata.
    special: fn(&Keys<'_>, &mut DecoderConfig) -> Result<(), Fault>,
}

const ARCHITECTURES: [Architecture; 8] = [
    Architecture { name: "llama", pairs: Pairs::Neighbours, special: nothing },
    Architecture { name: "qwen2", pairs: Pairs::Halves, special: nothing },
    Architecture { name: "qwen3", pairs: Pairs::Halves, special: nothing },
    Architecture { name: "qwen3moe", pairs: Pairs::Halves, special: nothing },
    Architecture { name: "phi3", pairs: Pairs::Halves, special: slides },
    Architecture { name: "gemma", pairs: Pairs::Halves, special: gemma },
    Architecture { name: "gemma2", pairs: Pairs::Halves, special: gemma2 },
    Architecture { name: "gemma3", pairs: Pairs::Halves, special: gemma3 },
];

/// Names of the families that are read from GGUF files.
pub(crate) fn gguf_architectures() -> impl Iterator<Item = &'static str> {
    ARCHITECTURES.iter().map(|architecture| architecture.name)
}

/// The metadata under the family's name.
struct Keys<'a> {
    metadata: &'a Metadata,
    family: &'static str,
}

impl Keys<'_> {
    fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.family)
    }

    fn number(&self, key: &str) -> Result<Option<f64>, Fault> {
        self.metadata.number(&self.key(key))
    }

    fn text(&self, key: &str) -> Result<Option<&str>, Fault> {
        self.metadata.text(&self.key(key))
    }

    fn count(&self, key: &str) -> Result<Option<u64>, Fault> {
        self.metadata.count(&self.key(key))
    }

    fn required(&self, key: &str, most: u64) -> Result<usize, Fault> {
        match self.optional(key, most)? {
            Some(number) => Ok(number),
            None => nonsense(format!("`{}` is missing", self.key(key))),
        }
    }

    fn optional(&self, key: &str, most: u64) -> Result<Option<usize>, Fault> {
        match self.count(key)? {
            None => Ok(None),
            Some(number) if (1..=most).contains(&number) => Ok(Some(number as usize)),
            Some(number) => nonsense(format!("`{}` is {number}", self.key(key))),
        }
    }

    fn window(&self) -> Result<Option<usize>, Fault> {
        let window = self.count("attention.sliding_window")?.filter(|window| *window > 0);
        Ok(window.map(|window| usize::try_from(window).unwrap_or(usize::MAX)))
    }
}

impl DecoderConfig {
    /// The shape that the metadata of a file of this family tells; `None` for a family that is not known.
    pub(crate) fn of_gguf(family: &str, metadata: &Metadata) -> Result<Option<Self>, Fault> {
        let Some(architecture) = ARCHITECTURES.iter().find(|known| known.name == family) else {
            return Ok(None);
        };
        let keys = Keys { metadata, family: architecture.name };
        let width = keys.required("embedding_length", MAX_WIDTH)?;
        let heads = keys.required("attention.head_count", MAX_WIDTH)?;
        let kv_heads = keys.optional("attention.head_count_kv", MAX_WIDTH)?.unwrap_or(heads);
        let head_width = keys.optional("attention.key_length", MAX_WIDTH)?.unwrap_or(width / heads);
        let value_width = keys.optional("attention.value_length", MAX_WIDTH)?.unwrap_or(head_width);
        if value_width != head_width {
            return Err(Fault::Unknown("values of another width than keys".into()));
        }
        let layers = keys.required("block_count", MAX_LAYERS)?;
        let feed_forward = keys.required("feed_forward_length", MAX_WIDTH)?;
        let context = keys.required("context_length", MAX_CONTEXT)?;
        // The divisors for longer texts would change what short ones give as soon as a sequence grows.
        let original = match keys.text("rope.scaling.type")? {
            // One divisor for all positions.
            Some("linear") => None,
            _ => keys.optional("rope.scaling.original_context_length", MAX_CONTEXT)?,
        };
        let mut config = DecoderConfig {
            width,
            feed_forward,
            heads,
            kv_heads,
            head_width,
            rotations: vec![rotation(&keys, head_width)?],
            pairs: architecture.pairs,
            layers: vec![LayerConfig { rotation: Some(0), window: None }; layers],
            norm_epsilon: keys.number("attention.layer_norm_rms_epsilon")?.unwrap_or(1e-5),
            activation: Gate::Silu,
            embedding_scale: 1.0,
            query_scale: 1.0 / (head_width as f32).sqrt(),
            score_cap: None,
            logit_cap: None,
            experts: experts(&keys, feed_forward)?,
            context: original.map_or(context, |original| original.min(context)),
        };
        if architecture.name == "llama" {
            // Within a sliding window nothing slides, so the window is the context.
            config.context = keys.window()?.map_or(config.context, |window| config.context.min(window));
        }
        (architecture.special)(&keys, &mut config)?;
        config.check()?;
        Ok(Some(config))
    }
}

/// The experts of the families whose experts are known here: as in Mixtral and Qwen3, those chosen share the whole.
fn experts(keys: &Keys<'_>, feed_forward: usize) -> Result<Option<ExpertsConfig>, Fault> {
    if keys.count("expert_count")?.unwrap_or(0) == 0 {
        return Ok(None);
    }
    if !["llama", "qwen3moe"].contains(&keys.family) {
        return Err(Fault::Unknown(format!("mixtures of experts of the family `{}`", keys.family)));
    }
    // 1 is the code of the softmax.
    let (gate, scale) = (keys.count("expert_gating_func")?, keys.number("expert_weights_scale")?);
    if gate.is_some_and(|gate| gate > 1) || scale.is_some_and(|scale| scale != 0.0 && scale != 1.0) {
        return Err(Fault::Unknown("experts that are weighed in another way than Mixtral's".into()));
    }
    let count = keys.required("expert_count", MAX_EXPERTS)?;
    Ok(Some(ExpertsConfig {
        count,
        used: keys.required("expert_used_count", count as u64)?,
        width: keys.optional("expert_feed_forward_length", MAX_WIDTH)?.unwrap_or(feed_forward),
        renormalise: true,
    }))
}

fn nothing(_: &Keys<'_>, _: &mut DecoderConfig) -> Result<(), Fault> {
    Ok(())
}

fn slides(keys: &Keys<'_>, config: &mut DecoderConfig) -> Result<(), Fault> {
    let window = keys.window()?;
    config.layers.iter_mut().for_each(|layer| layer.window = window);
    Ok(())
}

fn gemma(_: &Keys<'_>, config: &mut DecoderConfig) -> Result<(), Fault> {
    config.activation = Gate::GeluTanh;
    config.embedding_scale = (config.width as f32).sqrt();
    Ok(())
}

/// The largest Gemma 2 and Gemma 3 divide their queries by what a head would have if the heads shared the width. The files
/// do not say so, and llama.cpp goes by the number of layers.
fn scale_queries(config: &mut DecoderConfig, layers_of_largest: usize) {
    if config.layers.len() == layers_of_largest {
        config.query_scale = 1.0 / ((config.width / config.heads) as f32).sqrt();
    }
}

fn gemma2(keys: &Keys<'_>, config: &mut DecoderConfig) -> Result<(), Fault> {
    gemma(keys, config)?;
    let cap = |key: &str| keys.number(key).map(|cap| cap.map(|cap| cap as f32));
    config.score_cap = cap("attn_logit_softcapping")?;
    config.logit_cap = cap("final_logit_softcapping")?;
    scale_queries(config, 46);
    slide_except_each(2, keys.window()?, config);
    Ok(())
}

fn gemma3(keys: &Keys<'_>, config: &mut DecoderConfig) -> Result<(), Fault> {
    gemma(keys, config)?;
    config.logit_cap = keys.number("final_logit_softcapping")?.map(|cap| cap as f32);
    scale_queries(config, 62);
    slide_except_each(6, keys.window()?, config);
    let base = keys.number("rope.freq_base_swa")?.unwrap_or(10_000.0);
    let near = RotationConfig { frequencies: plain_frequencies(config.rotated(), base), factor: 1.0 };
    config.rotations.push(near);
    for layer in config.layers.iter_mut().filter(|layer| layer.window.is_some()) {
        layer.rotation = Some(1);
    }
    Ok(())
}

/// All layers slide but each of this number.
fn slide_except_each(number: usize, window: Option<usize>, config: &mut DecoderConfig) {
    for (index, layer) in config.layers.iter_mut().enumerate() {
        layer.window = window.filter(|_| !(index + 1).is_multiple_of(number));
    }
}

fn rotation(keys: &Keys<'_>, head_width: usize) -> Result<RotationConfig, Fault> {
    let rotated = keys.optional("rope.dimension_count", MAX_WIDTH)?.unwrap_or(head_width);
    let base = keys.number("rope.freq_base")?.unwrap_or(10_000.0);
    let scale = rope_scale(keys)?;
    if !rotated.is_multiple_of(2) || rotated > head_width {
        return nonsense(format!("heads of width {head_width}, {rotated} of it rotated"));
    }
    let frequencies =
        plain_frequencies(rotated, base).into_iter().map(|frequency| frequency / scale).collect();
    let factor = keys.number("rope.scaling.attn_factor")?.unwrap_or(1.0);
    Ok(RotationConfig { frequencies, factor })
}

fn rope_scale(keys: &Keys<'_>) -> Result<f64, Fault> {
    match keys.text("rope.scaling.type")? {
        None | Some("none") => Ok(keys.number("rope.scale_linear")?.unwrap_or(1.0)),
        Some("linear") => Ok(keys.number("rope.scaling.factor")?.unwrap_or(1.0)),
        Some(other) => Err(Fault::Unknown(format!("the position scaling `{other}`"))),
    }
}

//! Builds a decoder from its configuration and weights.

use super::forward::Decoder;
use super::kv::KvShape;
use super::layer::Layer;
use super::weights::{EMBEDDING, WeightFault, Weights};
use crate::compute::{InstructionSet, Matrix, Rotation};
use crate::config::LlamaConfig;
use crate::gguf::{Fault, nonsense};
use rayon::prelude::*;

/// Tensors outside of layers. The rotation frequencies are factors of Llama 3.1 for long contexts.
const OUTER: [&str; 4] = [EMBEDDING, "output_norm.weight", "output.weight", ROTATION_FACTORS];
const ROTATION_FACTORS: &str = "rope_freqs.weight";
/// Tensors of a layer, after `blk.N.`.
const INNER: [&str; 9] = [
    "attn_norm.weight",
    "attn_q.weight",
    "attn_k.weight",
    "attn_v.weight",
    "attn_output.weight",
    "ffn_norm.weight",
    "ffn_gate.weight",
    "ffn_up.weight",
    "ffn_down.weight",
];

impl Decoder {
    /// Reads all weights. What the file has and the decoder would leave out is an error.
    pub(crate) fn load(config: LlamaConfig, weights: &dyn Weights) -> Result<Decoder, WeightFault> {
        refuse_unknown(&config, weights)?;
        let vocabulary = weights.outputs(EMBEDDING)?;
        let width = config.width;
        let embedding = pack(weights, width, &[(EMBEDDING, vocabulary)])?;
        let head = match weights.has("output.weight") {
            true => Some(pack(weights, width, &[("output.weight", vocabulary)])?),
            false => None,
        };
        let layers: Result<Vec<Layer>, WeightFault> =
            (0..config.layers).into_par_iter().map(|index| load_layer(&config, weights, index)).collect();
        Ok(Decoder {
            set: InstructionSet::detect(),
            kv_shape: KvShape::new(&config),
            embedding,
            layers: layers?,
            output_norm: weights.read("output_norm.weight", &[width])?,
            head,
            frequencies: frequencies(&config, weights)?,
            config,
        })
    }
}

fn refuse_unknown(config: &LlamaConfig, weights: &dyn Weights) -> Result<(), WeightFault> {
    for name in weights.names() {
        let inner =
            name.strip_prefix("blk.").and_then(|rest| rest.split_once('.')).is_some_and(|(number, part)| {
                number.parse().is_ok_and(|number: usize| number < config.layers) && INNER.contains(&part)
            });
        if !inner && !OUTER.contains(&name) {
            return Err(Fault::Unknown(format!("the tensor `{name}`")));
        }
    }
    Ok(())
}

fn load_layer(config: &LlamaConfig, weights: &dyn Weights, index: usize) -> Result<Layer, WeightFault> {
    let name = |part: &str| format!("blk.{index}.{part}.weight");
    let (width, query, kv) = (config.width, config.query_width(), config.kv_width());
    let inner = config.feed_forward;
    Ok(Layer {
        attention_norm: weights.read(&name("attn_norm"), &[width])?,
        query_key_value: pack(
            weights,
            width,
            &[(&name("attn_q"), query), (&name("attn_k"), kv), (&name("attn_v"), kv)],
        )?,
        attention_output: pack(weights, query, &[(&name("attn_output"), width)])?,
        feed_forward_norm: weights.read(&name("ffn_norm"), &[width])?,
        gate_up: pack(weights, width, &[(&name("ffn_gate"), inner), (&name("ffn_up"), inner)])?,
        down: pack(weights, inner, &[(&name("ffn_down"), width)])?,
    })
}

fn pack(weights: &dyn Weights, inputs: usize, parts: &[(&str, usize)]) -> Result<Matrix, WeightFault> {
    let tensors: Result<Vec<Vec<f32>>, WeightFault> =
        parts.iter().map(|(name, outputs)| weights.read(name, &[inputs, *outputs])).collect();
    let tensors = tensors?;
    let slices: Vec<&[f32]> = tensors.iter().map(Vec::as_slice).collect();
    match Matrix::pack(inputs, &slices) {
        Some(matrix) => Ok(matrix),
        None => nonsense("a matrix whose rows have different lengths"),
    }
}

fn frequencies(config: &LlamaConfig, weights: &dyn Weights) -> Result<Vec<f64>, WeightFault> {
    let mut frequencies = Rotation::frequencies(config.rotated, config.rope_base, config.rope_scale);
    if weights.has(ROTATION_FACTORS) {
        let factors = weights.read(ROTATION_FACTORS, &[config.rotated / 2])?;
        for (frequency, factor) in frequencies.iter_mut().zip(factors) {
            *frequency /= f64::from(factor);
        }
    }
    Ok(frequencies)
}

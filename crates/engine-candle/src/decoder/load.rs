//! Builds a decoder from its configuration and weights.

use super::batch::Segment;
use super::forward::Decoder;
use super::kv::{KvShape, KvTable};
use super::layer::{Experts, FeedForward, Gated, HeadNorms, Layer, Linear};
use super::noise::Noise;
use super::pairs::neighbours;
use super::weights::{EMBEDDING, HEAD, WeightFault, Weights};
use crate::compute::{InstructionSet, Matrix};
use crate::config::{DecoderConfig, RotationConfig};
use crate::gguf::{Fault, nonsense};
use crate::options::Precision;
use rayon::prelude::*;

/// Tensors outside of layers.
const OUTER: [&str; 6] =
    [EMBEDDING, "output_norm.weight", HEAD, ROTATION_FACTORS[0], ROTATION_FACTORS[1], LONG_ROTATION_FACTORS];
/// Divisors of rotation frequencies: those of Llama 3.1 for long contexts, and those of `longrope` up to the original one.
const ROTATION_FACTORS: [&str; 2] = ["rope_freqs.weight", "rope_factors_short.weight"];
/// Those beyond the original context, which is as far as we go.
const LONG_ROTATION_FACTORS: &str = "rope_factors_long.weight";
/// Tensors of a layer, after `blk.N.`.
const INNER: [&str; 18] = [
    "attn_norm.weight",
    "attn_q.weight",
    "attn_q.bias",
    "attn_k.weight",
    "attn_k.bias",
    "attn_v.weight",
    "attn_v.bias",
    "attn_q_norm.weight",
    "attn_k_norm.weight",
    "attn_output.weight",
    "attn_output.bias",
    "post_attention_norm.weight",
    "ffn_norm.weight",
    "ffn_gate.weight",
    "ffn_up.weight",
    "ffn_down.weight",
    "ffn_gate_inp.weight",
    "post_ffw_norm.weight",
];
/// Tensors of an expert, after `blk.N.expert.M.`.
const OF_EXPERT: [&str; 3] = ["ffn_gate.weight", "ffn_up.weight", "ffn_down.weight"];

impl Decoder {
    /// Reads all weights, as 32-bit floats. What the file has and the decoder would leave out is an error.
    pub(crate) fn load(config: DecoderConfig, weights: &dyn Weights) -> Result<Decoder, WeightFault> {
        refuse_unknown(&config, weights)?;
        let mut decoder = Decoder::without_layers(config, weights, Precision::F32)?;
        let config = &decoder.config;
        let load = |index| Loading { config, weights, index, precision: Precision::F32 }.layer();
        let layers: Result<Vec<Layer>, WeightFault> =
            (0..config.layers.len()).into_par_iter().map(load).collect();
        decoder.layers = layers?;
        Ok(decoder)
    }

    /// The same, kept in fewer bits; and how far that takes the log-probabilities of a text. Meanwhile one
    /// layer, the embedding and the head are in memory as floats too.
    pub(crate) fn load_kept(
        config: DecoderConfig,
        weights: &dyn Weights,
        (precision, text): (Precision, &[u32]),
    ) -> Result<(Decoder, Noise), WeightFault> {
        refuse_unknown(&config, weights)?;
        let exact = Decoder::without_layers(config.clone(), weights, Precision::F32)?;
        let mut decoder = Decoder::without_layers(config, weights, precision)?;
        let mut kv = KvTable::default();
        let mut segments = [Segment { kv: &mut kv, tokens: text, logits_from: 0 }];
        let mut pass = exact.begin(&mut segments);
        for index in 0..exact.config.layers.len() {
            let load = |precision| Loading { config: &exact.config, weights, index, precision }.layer();
            let (whole, kept) = rayon::join(|| load(Precision::F32), || load(precision));
            exact.through((index, &whole?), &mut segments, &mut pass);
            decoder.layers.push(kept?);
        }
        let expected = exact.logits(&segments, &pass);
        drop(exact);
        let mut kv = KvTable::default();
        let got = decoder.forward(&mut [Segment { kv: &mut kv, tokens: text, logits_from: 0 }]);
        let noise = Noise::between(decoder.set, &expected, &got, text);
        Ok((decoder, noise))
    }

    fn without_layers(
        config: DecoderConfig,
        weights: &dyn Weights,
        precision: Precision,
    ) -> Result<Decoder, WeightFault> {
        let vocabulary = weights.outputs(EMBEDDING)?;
        let width = config.width;
        let embedding = pack(weights, width, &[(EMBEDDING, vocabulary)], precision)?;
        let head = match weights.has(HEAD) {
            true => Some(pack(weights, width, &[(HEAD, vocabulary)], precision)?),
            false => None,
        };
        Ok(Decoder {
            set: InstructionSet::detect(),
            kv_shape: KvShape::new(&config),
            embedding,
            layers: Vec::new(),
            output_norm: weights.read("output_norm.weight", &[width])?,
            head,
            rotations: rotations(&config, weights)?,
            config,
        })
    }
}

fn refuse_unknown(config: &DecoderConfig, weights: &dyn Weights) -> Result<(), WeightFault> {
    let is_known = |name: &str| {
        let Some((layer, part)) = name.strip_prefix("blk.").and_then(|rest| rest.split_once('.')) else {
            return OUTER.contains(&name);
        };
        let below = |number: &str, most: usize| number.parse().is_ok_and(|number: usize| number < most);
        let known_part = match part.strip_prefix("expert.").and_then(|rest| rest.split_once('.')) {
            Some((expert, part)) => {
                let most = config.experts.map_or(0, |experts| experts.count);
                below(expert, most) && OF_EXPERT.contains(&part)
            }
            None => INNER.contains(&part),
        };
        below(layer, config.layers.len()) && known_part
    };
    let Some(name) = weights.names().into_iter().find(|name| !is_known(name)) else { return Ok(()) };
    let (stored, layers) = (weights.stored_name(name), config.layers.len());
    let layer = name.strip_prefix("blk.").and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
    Err(Fault::Unknown(match layer {
        Some(layer) if layer >= layers => {
            format!(
                "the tensor `{stored}`: {} says that the number of layers is {layers}",
                weights.counts_layers()
            )
        }
        _ => format!("the tensor `{stored}`"),
    }))
}

/// One layer while it is read.
struct Loading<'a> {
    config: &'a DecoderConfig,
    weights: &'a dyn Weights,
    index: usize,
    precision: Precision,
}

impl Loading<'_> {
    fn name(&self, part: &str) -> String {
        format!("blk.{}.{part}", self.index)
    }

    fn layer(&self) -> Result<Layer, WeightFault> {
        let (width, query) = (self.config.width, self.config.query_width());
        Ok(Layer {
            attention_norm: self.vector("attn_norm.weight", width)?,
            query_key_value: self.query_key_value()?,
            head_norms: self.head_norms()?,
            attention_output: Linear {
                matrix: pack(
                    self.weights,
                    query,
                    &[(&self.name("attn_output.weight"), width)],
                    self.precision,
                )?,
                bias: self.optional("attn_output.bias", width)?,
            },
            post_attention_norm: self.optional("post_attention_norm.weight", width)?,
            feed_forward_norm: self.vector("ffn_norm.weight", width)?,
            feed_forward: self.feed_forward()?,
            post_feed_forward_norm: self.optional("post_ffw_norm.weight", width)?,
        })
    }

    fn vector(&self, part: &str, length: usize) -> Result<Vec<f32>, WeightFault> {
        self.weights.read(&self.name(part), &[length])
    }

    fn optional(&self, part: &str, length: usize) -> Result<Option<Vec<f32>>, WeightFault> {
        match self.weights.has(&self.name(part)) {
            true => self.vector(part, length).map(Some),
            false => Ok(None),
        }
    }

    /// The projections before attention; queries and keys in the order in which the decoder turns them.
    fn query_key_value(&self) -> Result<Linear, WeightFault> {
        let config = self.config;
        let (query, kv) = (config.query_width(), config.kv_width());
        let parts = [("attn_q", query, true), ("attn_k", kv, true), ("attn_v", kv, false)];
        let mut matrices = Vec::new();
        let mut bias = Vec::new();
        for (part, outputs, is_turned) in parts {
            let mut rows =
                self.weights.read(&self.name(&format!("{part}.weight")), &[config.width, outputs])?;
            let mut added = self.optional(&format!("{part}.bias"), outputs)?;
            if is_turned {
                rows = neighbours(config, rows, config.width);
                added = added.map(|bias| neighbours(config, bias, 1));
            }
            bias.extend(added);
            matrices.push(rows);
        }
        let bias = match bias.len() {
            0 => None,
            3 => Some(bias.concat()),
            _ => {
                return nonsense(format!("layer {} has a bias for some of its projections only", self.index));
            }
        };
        let slices: Vec<&[f32]> = matrices.iter().map(Vec::as_slice).collect();
        match Matrix::pack(config.width, &slices, self.precision) {
            Some(matrix) => Ok(Linear { matrix, bias }),
            None => nonsense("a matrix whose rows have different lengths"),
        }
    }

    fn head_norms(&self) -> Result<Option<HeadNorms>, WeightFault> {
        let width = self.config.head_width;
        match (self.optional("attn_q_norm.weight", width)?, self.optional("attn_k_norm.weight", width)?) {
            (Some(query), Some(key)) => Ok(Some(HeadNorms {
                query: neighbours(self.config, query, 1),
                key: neighbours(self.config, key, 1),
            })),
            (None, None) => Ok(None),
            _ => nonsense(format!("layer {} normalises queries or keys and not both", self.index)),
        }
    }

    fn feed_forward(&self) -> Result<FeedForward, WeightFault> {
        let router = self.name("ffn_gate_inp.weight");
        let Some(experts) = self.config.experts.filter(|_| self.weights.has(&router)) else {
            return Ok(FeedForward::Dense(self.gated("", self.config.feed_forward)?));
        };
        let gated = (0..experts.count).map(|expert| self.gated(&format!("expert.{expert}."), experts.width));
        Ok(FeedForward::Experts(Experts {
            // It is small, and chooses.
            router: pack(self.weights, self.config.width, &[(&router, experts.count)], Precision::F32)?,
            experts: gated.collect::<Result<_, _>>()?,
            used: experts.used,
            renormalise: experts.renormalise,
        }))
    }

    fn gated(&self, prefix: &str, inner: usize) -> Result<Gated, WeightFault> {
        let name = |part: &str| self.name(&format!("{prefix}{part}.weight"));
        let width = self.config.width;
        Ok(Gated {
            gate_up: pack(
                self.weights,
                width,
                &[(&name("ffn_gate"), inner), (&name("ffn_up"), inner)],
                self.precision,
            )?,
            down: pack(self.weights, inner, &[(&name("ffn_down"), width)], self.precision)?,
        })
    }
}

fn pack(
    weights: &dyn Weights,
    inputs: usize,
    parts: &[(&str, usize)],
    precision: Precision,
) -> Result<Matrix, WeightFault> {
    let tensors: Result<Vec<Vec<f32>>, WeightFault> =
        parts.iter().map(|(name, outputs)| weights.read(name, &[inputs, *outputs])).collect();
    let tensors = tensors?;
    let slices: Vec<&[f32]> = tensors.iter().map(Vec::as_slice).collect();
    match Matrix::pack(inputs, &slices, precision) {
        Some(matrix) => Ok(matrix),
        None => nonsense("a matrix whose rows have different lengths"),
    }
}

fn rotations(config: &DecoderConfig, weights: &dyn Weights) -> Result<Vec<RotationConfig>, WeightFault> {
    let mut rotations = config.rotations.clone();
    for name in ROTATION_FACTORS.into_iter().filter(|name| weights.has(name)) {
        let factors = weights.read(name, &[config.rotated() / 2])?;
        for rotation in &mut rotations {
            for (frequency, factor) in rotation.frequencies.iter_mut().zip(&factors) {
                *frequency /= f64::from(*factor);
            }
        }
    }
    Ok(rotations)
}

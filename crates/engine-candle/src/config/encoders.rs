//! The shape of an encoder, as a `config.json` says it.

use super::json::Json;
use crate::compute::Activation;
use crate::gguf::{Fault, nonsense};

/// Sizes that a configuration may claim at most.
const MOST: u64 = 1 << 24;
/// Where positions begin, by the names of the architectures: at 0, or behind the padding token's number.
const FROM_ZERO: [&str; 2] = ["BertModel", "BertForMaskedLM"];
const BEHIND_PADDING: [&str; 6] = [
    "RobertaModel",
    "RobertaForMaskedLM",
    "XLMRobertaModel",
    "XLMRobertaForMaskedLM",
    "CamembertModel",
    "CamembertForMaskedLM",
];

/// Whether an architecture is an encoder that is computed here.
pub(crate) fn is_encoder(architecture: &str) -> bool {
    encoder_names().any(|name| name == architecture)
}

/// The architectures that are computed.
pub(crate) fn encoder_names() -> impl Iterator<Item = &'static str> {
    FROM_ZERO.into_iter().chain(BEHIND_PADDING)
}

/// The shape of an encoder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EncoderConfig {
    pub(crate) width: usize,
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    pub(crate) inner: usize,
    pub(crate) vocabulary: usize,
    pub(crate) positions: usize,
    pub(crate) types: usize,
    /// The position of a text's first token.
    pub(crate) first_position: usize,
    pub(crate) epsilon: f64,
    pub(crate) activation: Activation,
}

impl EncoderConfig {
    /// Reads the configuration of this architecture.
    pub(crate) fn read(json: Json<'_>, architecture: &str) -> Result<EncoderConfig, Fault> {
        refuse_unknown(json)?;
        let size = |key: &str| json.required(&[key], MOST);
        let first_position = match BEHIND_PADDING.contains(&architecture) {
            true => first_behind_padding(json)?,
            false => 0,
        };
        let config = EncoderConfig {
            width: size("hidden_size")?,
            layers: size("num_hidden_layers")?,
            heads: size("num_attention_heads")?,
            inner: size("intermediate_size")?,
            vocabulary: size("vocab_size")?,
            positions: size("max_position_embeddings")?,
            types: size("type_vocab_size")?,
            first_position,
            epsilon: json.number(&["layer_norm_eps"])?.unwrap_or(1e-12),
            activation: activation(json)?,
        };
        if !config.width.is_multiple_of(config.heads) {
            return nonsense(format!("{} heads in a width of {}", config.heads, config.width));
        }
        if config.positions <= first_position {
            return nonsense(format!(
                "{} positions, of which {first_position} stand empty",
                config.positions
            ));
        }
        Ok(config)
    }

    /// Tokens of a text at most.
    pub(crate) fn context(&self) -> usize {
        self.positions - self.first_position
    }
}

/// Where a file does not name the padding token, it is number 1 in these families.
fn first_behind_padding(json: Json<'_>) -> Result<usize, Fault> {
    match json.number(&["pad_token_id"])? {
        None => Ok(2),
        Some(id) if id.fract() == 0.0 && (0.0..f64::from(u16::MAX)).contains(&id) => Ok(id as usize + 1),
        Some(id) => nonsense(format!("`pad_token_id` is {id}")),
    }
}

/// Refuses what would be left out in silence.
fn refuse_unknown(json: Json<'_>) -> Result<(), Fault> {
    let positions = json.text(&["position_embedding_type"])?.unwrap_or("absolute");
    if positions != "absolute" {
        return Err(Fault::Unknown(format!("`position_embedding_type` {positions}")));
    }
    for flag in ["is_decoder", "add_cross_attention"] {
        if json.flag(flag)? {
            return Err(Fault::Unknown(format!("`{flag}`")));
        }
    }
    Ok(())
}

fn activation(json: Json<'_>) -> Result<Activation, Fault> {
    match json.text(&["hidden_act"])?.unwrap_or("gelu") {
        "gelu" => Ok(Activation::Gelu),
        "gelu_new" | "gelu_pytorch_tanh" => Ok(Activation::GeluTanh),
        "relu" => Ok(Activation::Relu),
        other => Err(Fault::Unknown(format!("`hidden_act` {other}"))),
    }
}

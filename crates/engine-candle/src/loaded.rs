//! What is read from a model's files, whatever their form.

use crate::config::DecoderConfig;
use crate::decoder::{Decoder, NOISE_TEXT, Noise, Weights};
use crate::gguf::Fault;
use crate::options::Precision;
use crate::tokenizer::Tokenizer;

/// What a model's files hold.
pub(crate) struct Loaded {
    pub(crate) decoder: Decoder,
    /// What fewer bits than 32 did to log-probabilities.
    pub(crate) noise: Option<Noise>,
    pub(crate) tokenizer: Tokenizer,
    /// The chat template, where there is one.
    pub(crate) template: Option<String>,
    /// What a person should know of them.
    pub(crate) notices: Vec<String>,
}

/// Reads the weights and keeps them so.
pub(crate) fn decoder(
    config: DecoderConfig,
    weights: &dyn Weights,
    precision: Precision,
    tokenizer: &Tokenizer,
) -> Result<(Decoder, Option<Noise>), Fault> {
    if precision == Precision::F32 {
        return Ok((Decoder::load(config, weights)?, None));
    }
    let mut text = tokenizer.encode_prompt(NOISE_TEXT).unwrap_or_default();
    // A tokenizer may not know its signs; the decoder takes no empty text.
    text.resize(text.len().max(2), 0);
    text.truncate(config.context);
    let (decoder, noise) = Decoder::load_kept(config, weights, (precision, &text))?;
    Ok((decoder, Some(noise)))
}

//! Reads the weights of an encoder under the names that BERT gave them.

use super::forward::{Encoder, Layer, Linear, Norm};
use crate::compute::{InstructionSet, Matrix};
use crate::config::EncoderConfig;
use crate::folder::Shards;
use crate::gguf::{Fault, nonsense};
use crate::options::Precision;
use rayon::prelude::*;

/// What may stand before all names: the part of a larger model that the encoder is.
const PREFIXES: [&str; 3] = ["", "bert.", "roberta."];
/// Heads that give no embedding, and positions that are counted anew.
const LEFT_OUT: [&str; 4] = ["pooler.", "cls.", "lm_head.", "embeddings.position_ids"];
const WORDS: &str = "embeddings.word_embeddings.weight";

/// Reads all weights. What the files have and the encoder would leave out is an error.
pub(crate) fn load(config: &EncoderConfig, shards: &Shards) -> Result<Encoder, Fault> {
    let has_words = |prefix: &&&str| shards.has(&format!("{prefix}{WORDS}"));
    let Some(prefix) = PREFIXES.iter().find(has_words) else {
        return nonsense(format!("the tensor `{WORDS}` is missing"));
    };
    let from = Reading { shards, prefix, config };
    from.refuse_unknown()?;
    let width = config.width;
    let types = from.read("embeddings.token_type_embeddings.weight", &[config.types, width])?;
    let layers: Result<Vec<Layer>, Fault> =
        (0..config.layers).into_par_iter().map(|at| from.layer(at)).collect();
    Ok(Encoder {
        set: InstructionSet::detect(),
        words: from.read(WORDS, &[config.vocabulary, width])?,
        positions: from.read("embeddings.position_embeddings.weight", &[config.positions, width])?,
        // Every token is of the first type: a text stands alone.
        first_type: types[..width].to_vec(),
        norm: from.norm("embeddings.LayerNorm")?,
        layers: layers?,
        config: config.clone(),
    })
}

struct Reading<'a> {
    shards: &'a Shards,
    prefix: &'a str,
    config: &'a EncoderConfig,
}

impl Reading<'_> {
    fn refuse_unknown(&self) -> Result<(), Fault> {
        let is_known = |name: &str| {
            let own = name.strip_prefix(self.prefix).unwrap_or(name);
            if LEFT_OUT.iter().any(|begin| own.starts_with(begin) || name.starts_with(begin)) {
                return true;
            }
            match own.strip_prefix("encoder.layer.").and_then(|rest| rest.split_once('.')) {
                Some((at, part)) => {
                    at.parse().is_ok_and(|at: usize| at < self.config.layers) && is_of_layer(part)
                }
                None => is_of_embeddings(own),
            }
        };
        match self.shards.tensors().find(|(name, _)| !is_known(name)) {
            Some((name, _)) => Err(Fault::Unknown(format!("the tensor `{name}`"))),
            None => Ok(()),
        }
    }

    fn layer(&self, at: usize) -> Result<Layer, Fault> {
        let (width, inner) = (self.config.width, self.config.inner);
        let name = |part: &str| format!("encoder.layer.{at}.{part}");
        let own = ["query", "key", "value"].map(|part| name(&format!("attention.self.{part}")));
        Ok(Layer {
            query_key_value: self.linear(&own.each_ref().map(String::as_str), (width, width))?,
            attention_output: self.linear(&[&name("attention.output.dense")], (width, width))?,
            attention_norm: self.norm(&name("attention.output.LayerNorm"))?,
            up: self.linear(&[&name("intermediate.dense")], (width, inner))?,
            down: self.linear(&[&name("output.dense")], (inner, width))?,
            norm: self.norm(&name("output.LayerNorm"))?,
        })
    }

    /// Matrices that are applied to the same input, as one.
    fn linear(&self, parts: &[&str], (inputs, outputs): (usize, usize)) -> Result<Linear, Fault> {
        let (mut matrices, mut bias) = (Vec::new(), Vec::new());
        for part in parts {
            matrices.push(self.read(&format!("{part}.weight"), &[outputs, inputs])?);
            bias.extend(self.read(&format!("{part}.bias"), &[outputs])?);
        }
        let matrices: Vec<&[f32]> = matrices.iter().map(Vec::as_slice).collect();
        match Matrix::pack(inputs, &matrices, Precision::F32) {
            Some(matrix) => Ok(Linear { matrix, bias }),
            None => nonsense(format!("`{}` has no rows of {inputs} numbers", parts.join("`, `"))),
        }
    }

    /// A norm; the first files of BERT have other names for its halves.
    fn norm(&self, name: &str) -> Result<Norm, Fault> {
        let half = |new: &str, old: &str| {
            let old = format!("{name}.{old}");
            let is_old = self.shards.has(&format!("{}{old}", self.prefix));
            let name = if is_old { old } else { format!("{name}.{new}") };
            self.read(&name, &[self.config.width])
        };
        Ok(Norm { weight: half("weight", "gamma")?, bias: half("bias", "beta")? })
    }

    fn read(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Fault> {
        let tensor = self.shards.tensor(&format!("{}{name}", self.prefix))?;
        if tensor.shape != shape {
            return nonsense(format!(
                "the tensor `{}` has the shape {:?} and should have {shape:?}",
                tensor.name, tensor.shape
            ));
        }
        let columns = shape[1..].iter().product();
        self.shards.read(tensor, columns, std::slice::from_ref(&(0..shape[0])))
    }
}

fn is_of_layer(part: &str) -> bool {
    let Some((part, half)) = part.rsplit_once('.') else { return false };
    match part {
        "attention.output.LayerNorm" | "output.LayerNorm" => is_half_of_norm(half),
        "attention.self.query"
        | "attention.self.key"
        | "attention.self.value"
        | "attention.output.dense"
        | "intermediate.dense"
        | "output.dense" => half == "weight" || half == "bias",
        _ => false,
    }
}

fn is_of_embeddings(name: &str) -> bool {
    let of_norm = name.strip_prefix("embeddings.LayerNorm.").is_some_and(is_half_of_norm);
    let tables = ["word", "position", "token_type"];
    of_norm || tables.iter().any(|table| name == format!("embeddings.{table}_embeddings.weight"))
}

fn is_half_of_norm(half: &str) -> bool {
    ["weight", "bias", "gamma", "beta"].contains(&half)
}

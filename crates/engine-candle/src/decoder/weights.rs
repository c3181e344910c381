//! Where weights come from: GGUF files here, folders of safetensors in `folder`.

use crate::config::{DecoderConfig, ExpertsConfig};
use crate::gguf::{Fault, TensorInfo, nonsense, read_tensor};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::ops::Range;
use std::path::PathBuf;

/// Why a tensor could not be had.
pub(crate) type WeightFault = Fault;

/// Name of the embedding.
pub(crate) const EMBEDDING: &str = "token_embd.weight";
/// Name of the head; where there is none, the embedding serves as one.
pub(crate) const HEAD: &str = "output.weight";

/// Named tensors as 32-bit floats. Names are those of GGUF files.
pub(crate) trait Weights: Sync {
    /// Whether there is a tensor of this name.
    fn has(&self, name: &str) -> bool;

    /// All names.
    fn names(&self) -> Vec<&str>;

    /// The name that a weight has in the files.
    fn stored_name(&self, name: &str) -> String {
        name.to_owned()
    }

    /// What says how many layers there are.
    fn counts_layers(&self) -> &'static str {
        "`block_count`"
    }

    /// Number of outputs of a matrix.
    fn outputs(&self, name: &str) -> Result<usize, WeightFault>;

    /// Reads a tensor that must have this shape, fastest dimension first.
    fn read(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightFault>;
}

/// The tensors of a GGUF file.
pub(crate) struct GgufWeights {
    /// The file.
    pub(crate) path: PathBuf,
    /// Where its tensors lie.
    pub(crate) tensors: BTreeMap<String, TensorInfo>,
    /// Weights that are rows of a tensor.
    parts: BTreeMap<String, Part>,
}

/// Rows of a tensor that holds several weights.
struct Part {
    whole: String,
    /// Sizes that the whole must have, fastest first.
    shape: Vec<usize>,
    rows: Range<usize>,
}

/// The family whose files hold several weights in one tensor.
const PACKED_FAMILY: &str = "phi3";

impl GgufWeights {
    /// The weights of a file of this family and shape.
    pub(crate) fn new(
        path: PathBuf,
        tensors: BTreeMap<String, TensorInfo>,
        family: &str,
        config: &DecoderConfig,
    ) -> GgufWeights {
        let mut parts = BTreeMap::new();
        for layer in 0..config.layers.len() {
            if family == PACKED_FAMILY {
                parts.extend(packed(config, layer));
            }
            if let Some(experts) = config.experts {
                parts.extend(stacked(config.width, experts, layer, &tensors));
            }
        }
        GgufWeights { path, tensors, parts }
    }

    /// The weights of a file that holds each in a tensor of its own.
    pub(crate) fn plain(path: PathBuf, tensors: BTreeMap<String, TensorInfo>) -> GgufWeights {
        GgufWeights { path, tensors, parts: BTreeMap::new() }
    }

    /// Rows of a tensor; no others are read.
    fn part(&self, part: &Part, shape: &[usize]) -> Result<Vec<f32>, WeightFault> {
        let info = self.shaped(&part.whole, &part.shape)?;
        match info.rows(&part.rows) {
            Some(rows) if is_shape(&rows, shape) => self.read_info(&rows),
            _ => nonsense(format!("rows {:?} of `{}` are asked for as {shape:?}", part.rows, part.whole)),
        }
    }

    /// Number of tokens that the embedding has.
    pub(crate) fn vocabulary(&self) -> Result<usize, WeightFault> {
        self.outputs(EMBEDDING)
    }

    fn info(&self, name: &str) -> Result<&TensorInfo, WeightFault> {
        match self.tensors.get(name) {
            Some(info) => Ok(info),
            None => nonsense(format!("the tensor `{name}` is missing")),
        }
    }
}

impl Weights for GgufWeights {
    fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name) || self.parts.contains_key(name)
    }

    fn names(&self) -> Vec<&str> {
        let wholes: BTreeSet<&str> = self.parts.values().map(|part| part.whole.as_str()).collect();
        let own = self.tensors.keys().map(String::as_str).filter(|name| !wholes.contains(name));
        own.chain(self.parts.keys().map(String::as_str)).collect()
    }

    fn outputs(&self, name: &str) -> Result<usize, WeightFault> {
        match self.info(name)?.shape.as_slice() {
            [_, outputs] => Ok(*outputs as usize),
            shape => nonsense(format!("the tensor `{name}` has the shape {shape:?} and should be a matrix")),
        }
    }

    fn read(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightFault> {
        match self.parts.get(name) {
            Some(part) => self.part(part, shape),
            None => self.read_info(self.shaped(name, shape)?),
        }
    }
}

impl GgufWeights {
    /// Where a tensor lies that must have this shape.
    fn shaped(&self, name: &str, shape: &[usize]) -> Result<&TensorInfo, WeightFault> {
        let info = self.info(name)?;
        match is_shape(info, shape) {
            true => Ok(info),
            false => nonsense(format!(
                "the tensor `{name}` has the shape {:?} and should have {shape:?}",
                info.shape
            )),
        }
    }

    fn read_info(&self, info: &TensorInfo) -> Result<Vec<f32>, WeightFault> {
        // Each reader has its own file handle, because layers are read in parallel.
        read_tensor(&mut File::open(&self.path)?, info)
    }
}

fn is_shape(info: &TensorInfo, shape: &[usize]) -> bool {
    info.shape.iter().map(|size| *size as usize).eq(shape.iter().copied())
}

fn name(layer: usize, part: &str) -> String {
    format!("blk.{layer}.{part}.weight")
}

/// What Phi-3 has in one tensor each: queries, keys and values, and the two halves of the gate.
fn packed(config: &DecoderConfig, layer: usize) -> [(String, Part); 5] {
    let (query, kv, inner) = (config.query_width(), config.kv_width(), config.feed_forward);
    let of = |part: &str, whole: &str, outputs: usize, rows: Range<usize>| {
        (name(layer, part), Part { whole: name(layer, whole), shape: vec![config.width, outputs], rows })
    };
    let all = query + 2 * kv;
    [
        of("attn_q", "attn_qkv", all, 0..query),
        of("attn_k", "attn_qkv", all, query..query + kv),
        of("attn_v", "attn_qkv", all, query + kv..all),
        of("ffn_gate", "ffn_up", 2 * inner, 0..inner),
        of("ffn_up", "ffn_up", 2 * inner, inner..2 * inner),
    ]
}

/// The matrices of a layer's experts, which are one tensor each for gate, up and down.
fn stacked(
    width: usize,
    experts: ExpertsConfig,
    layer: usize,
    tensors: &BTreeMap<String, TensorInfo>,
) -> Vec<(String, Part)> {
    let inner = experts.width;
    let mut parts = Vec::new();
    for (part, inputs, outputs) in
        [("ffn_gate", width, inner), ("ffn_up", width, inner), ("ffn_down", inner, width)]
    {
        let (whole, shape) = (name(layer, &format!("{part}_exps")), vec![inputs, outputs, experts.count]);
        // What a file says of experts that it does not have must not fill the memory.
        if !tensors.get(&whole).is_some_and(|info| is_shape(info, &shape)) {
            continue;
        }
        parts.extend((0..experts.count).map(|expert| {
            let rows = expert * outputs..(expert + 1) * outputs;
            let own = name(layer, &format!("expert.{expert}.{part}"));
            (own, Part { whole: whole.clone(), shape: shape.clone(), rows })
        }));
    }
    parts
}

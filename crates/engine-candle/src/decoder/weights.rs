//! Where weights come from: GGUF files here, folders of safetensors in `folder`.

use crate::config::DecoderConfig;
use crate::gguf::{Fault, TensorInfo, nonsense, read_tensor};
use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::path::PathBuf;

/// Why a tensor could not be had.
pub(crate) type WeightFault = Fault;

/// Name of the embedding.
pub(crate) const EMBEDDING: &str = "token_embd.weight";

/// Named tensors as 32-bit floats. Names are those of GGUF files.
pub(crate) trait Weights: Sync {
    /// Whether there is a tensor of this name.
    fn has(&self, name: &str) -> bool;

    /// All names.
    fn names(&self) -> Vec<&str>;

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
    /// Weights that are rows of a tensor: which, and which rows.
    parts: BTreeMap<String, (String, Range<usize>)>,
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
        if family == PACKED_FAMILY {
            let (query, kv, inner) = (config.query_width(), config.kv_width(), config.feed_forward);
            for layer in 0..config.layers.len() {
                let mut add = |part: &str, whole: &str, rows: Range<usize>| {
                    let name = |part: &str| format!("blk.{layer}.{part}.weight");
                    parts.insert(name(part), (name(whole), rows));
                };
                add("attn_q", "attn_qkv", 0..query);
                add("attn_k", "attn_qkv", query..query + kv);
                add("attn_v", "attn_qkv", query + kv..query + 2 * kv);
                add("ffn_gate", "ffn_up", 0..inner);
                add("ffn_up", "ffn_up", inner..2 * inner);
            }
        }
        GgufWeights { path, tensors, parts }
    }

    /// The weights of a file that holds each in a tensor of its own.
    pub(crate) fn plain(path: PathBuf, tensors: BTreeMap<String, TensorInfo>) -> GgufWeights {
        GgufWeights { path, tensors, parts: BTreeMap::new() }
    }

    /// Rows of a tensor.
    fn part(&self, whole: &str, rows: &Range<usize>, shape: &[usize]) -> Result<Vec<f32>, WeightFault> {
        let columns = shape.first().copied().unwrap_or(0);
        if shape.len() != 2 || shape[1] != rows.len() {
            return nonsense(format!("rows {rows:?} of `{whole}` are asked for as {shape:?}"));
        }
        let most = self.outputs(whole)?;
        let all = self.read_whole(whole, &[columns, most])?;
        match all.get(rows.start * columns..rows.end * columns) {
            Some(part) => Ok(part.to_vec()),
            None => nonsense(format!("the tensor `{whole}` has {most} rows, too few")),
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
        let is_whole = |name: &str| self.parts.values().any(|(whole, _)| whole == name);
        let own = self.tensors.keys().map(String::as_str).filter(|name| !is_whole(name));
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
            Some((whole, rows)) => self.part(whole, rows, shape),
            None => self.read_whole(name, shape),
        }
    }
}

impl GgufWeights {
    fn read_whole(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightFault> {
        let info = self.info(name)?;
        if !info.shape.iter().map(|size| *size as usize).eq(shape.iter().copied()) {
            return nonsense(format!(
                "the tensor `{name}` has the shape {:?} and should have {shape:?}",
                info.shape
            ));
        }
        // Each reader has its own file handle, because layers are read in parallel.
        read_tensor(&mut File::open(&self.path)?, info)
    }
}

//! Where weights come from: GGUF files here, folders of safetensors in `folder`.

use crate::gguf::{Fault, TensorInfo, nonsense, read_tensor};
use std::collections::BTreeMap;
use std::fs::File;
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
}

impl GgufWeights {
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
        self.tensors.contains_key(name)
    }

    fn names(&self) -> Vec<&str> {
        self.tensors.keys().map(String::as_str).collect()
    }

    fn outputs(&self, name: &str) -> Result<usize, WeightFault> {
        match self.info(name)?.shape.as_slice() {
            [_, outputs] => Ok(*outputs as usize),
            shape => nonsense(format!("the tensor `{name}` has the shape {shape:?} and should be a matrix")),
        }
    }

    fn read(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightFault> {
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

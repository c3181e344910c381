//! Which projections of attention have a bias, by family and configuration.

use super::json::Json;
use crate::gguf::Fault;

/// Those of queries, keys and values.
const INPUTS: &[&str] = &["attn_q.bias", "attn_k.bias", "attn_v.bias"];
/// Those of all four projections.
const ALL: &[&str] = &["attn_q.bias", "attn_k.bias", "attn_v.bias", "attn_output.bias"];

/// The biases of a family.
pub(super) struct Biases {
    parts: &'static [&'static str],
    /// Says whether they are there; without it they always are.
    key: Option<&'static str>,
    /// What it means when the key is absent.
    when_absent: bool,
}

/// Llama, and all that keep its configuration.
pub(super) const OF_LLAMA: Biases = Biases { parts: ALL, key: Some("attention_bias"), when_absent: false };
/// Qwen 2.
pub(super) const OF_QWEN_2: Biases = Biases { parts: INPUTS, key: None, when_absent: true };
/// GLM-4 in the form of transformers.
pub(super) const OF_GLM: Biases = Biases { parts: INPUTS, key: Some("attention_bias"), when_absent: true };
/// ChatGLM3 and GLM-4 in the form of their authors.
pub(super) const OF_CHATGLM: Biases = Biases { parts: INPUTS, key: Some("add_qkv_bias"), when_absent: false };
/// InternLM2.
pub(super) const OF_INTERNLM_2: Biases = Biases { parts: ALL, key: Some("bias"), when_absent: true };
/// Families without any.
pub(super) const NONE: Biases = Biases { parts: &[], key: None, when_absent: false };

impl Biases {
    /// The biases that each layer has by this configuration.
    pub(super) fn parts(&self, json: Json<'_>) -> Result<&'static [&'static str], Fault> {
        match self.key.map_or(Ok(true), |key| json.flag_or(key, self.when_absent))? {
            true => Ok(self.parts),
            false => Ok(&[]),
        }
    }
}

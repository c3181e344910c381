//! The text part of models that see too. Its configuration stands within theirs, and leaves out what is the default of its
//! family.

use serde_json::{Map, Value, json};

/// Architectures whose text part is a family of ours.
pub(super) const GEMMA_3: &str = "Gemma3ForConditionalGeneration";

/// The configuration of the text part with what it leaves out, where the model has one; the ends of replies and the
/// architecture are those of the whole.
pub(crate) fn text_part(config: &Map<String, Value>) -> Option<Map<String, Value>> {
    let name = config.get("architectures")?.get(0)?.as_str()?;
    let text = config.get("text_config")?.as_object().filter(|_| name == GEMMA_3)?;
    // The defaults of transformers 5.24.
    let defaults = json!({
        "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256, "max_position_embeddings": 131_072,
        "rms_norm_eps": 1e-6, "rope_theta": 1e6, "rope_local_base_freq": 1e4, "query_pre_attn_scalar": 256,
        "sliding_window": 4096, "hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 26,
        "hidden_activation": "gelu_pytorch_tanh", "tie_word_embeddings": true,
    });
    let mut whole = defaults.as_object().cloned().unwrap_or_default();
    let of_whole =
        ["architectures", "eos_token_id", "bos_token_id", "quantization_config", "tie_word_embeddings"];
    let is_of_whole = |key: &str| of_whole.contains(&key);
    let own = text.iter().filter(|(key, _)| !is_of_whole(key));
    let shared = config.iter().filter(|(key, _)| is_of_whole(key));
    let given = own.chain(shared).filter(|(_, value)| !value.is_null());
    whole.extend(given.map(|(key, value)| (key.clone(), value.clone())));
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Json, family};

    /// As the files of the model with 4 billion weights have it.
    fn four() -> Value {
        json!({
            "architectures": [GEMMA_3], "eos_token_id": [1, 106], "model_type": "gemma3",
            "text_config": {
                "hidden_size": 2560, "intermediate_size": 10240, "model_type": "gemma3_text",
                "num_hidden_layers": 34, "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
                "sliding_window": 1024,
            },
            "vision_config": {"hidden_size": 1152, "num_hidden_layers": 27},
        })
    }

    #[test]
    fn what_the_text_part_leaves_out_is_the_default() {
        let part = text_part(four().as_object().unwrap()).unwrap();
        let config = family(GEMMA_3).unwrap().read(Json(&part)).unwrap();
        assert_eq!((config.width, config.layers.len(), config.feed_forward), (2560, 34, 10240));
        assert_eq!((config.heads, config.kv_heads, config.head_width, config.context), (8, 4, 256, 131_072));
        assert_eq!((config.layers[0].window, config.layers[5].window), (Some(1024), None));
        assert!((config.query_scale - 1.0 / 16.0).abs() < 1e-9);
        // Far layers are stretched, near ones turn as they were trained.
        assert_eq!(config.rotations[0].frequencies[0], 1.0 / 8.0);
        assert_eq!(config.rotations[1].frequencies[0], 1.0);
        assert_eq!(part["eos_token_id"], json!([1, 106]));
    }

    #[test]
    fn other_models_have_no_text_part() {
        let mut other = four();
        other["architectures"] = json!(["LlavaForConditionalGeneration"]);
        assert!(text_part(other.as_object().unwrap()).is_none());
        let plain = json!({"architectures": ["Gemma3ForCausalLM"], "hidden_size": 8});
        assert!(text_part(plain.as_object().unwrap()).is_none());
    }
}

//! The families of models, as `architectures` in `config.json` names them, and what their configurations mean.

use super::biases::{self, Biases};
use super::json::Json;
use super::layouts::{self, Layout};
use super::positions::{Plain, Positions, stretched};
use super::text_part;
use super::{
    DecoderConfig, ExpertsConfig, LayerConfig, MAX_CONTEXT, MAX_EXPERTS, MAX_LAYERS, MAX_WIDTH, Pairs,
};
use crate::compute::Gate;
use crate::gguf::{Fault, nonsense};

/// What the files of a model hold by its configuration, beside what every decoder needs.
#[derive(Debug)]
pub(crate) struct Promised {
    /// A head of its own; else the embedding serves as one, whatever stands there.
    pub(crate) head: bool,
    /// Biases of each layer, after `blk.N.`.
    pub(crate) biases: &'static [&'static str],
    /// Tokens that the embedding has at least; rows beyond them fill it up.
    pub(crate) tokens: Option<usize>,
}

/// A family of models.
pub(crate) struct Family {
    /// Names under `architectures`.
    names: &'static [&'static str],
    /// How its weights are stored.
    layout: &'static Layout,
    /// What an absent `tie_word_embeddings` means, by the defaults of transformers 5.24.
    is_tied: bool,
    /// Which projections of attention have a bias.
    biases: Biases,
    /// Takes what is special out of the configuration.
    special: fn(Json<'_>, &mut DecoderConfig) -> Result<(), Fault>,
}

const FAMILIES: [Family; 16] = [
    Family {
        names: &["LlamaForCausalLM", "YiForCausalLM"],
        layout: &layouts::LLAMA,
        is_tied: false,
        biases: biases::OF_LLAMA,
        special: llama,
    },
    Family {
        names: &["MistralForCausalLM"],
        layout: &layouts::LLAMA,
        is_tied: false,
        biases: biases::NONE,
        special: slides,
    },
    Family {
        names: &["MixtralForCausalLM"],
        layout: &layouts::LLAMA,
        is_tied: false,
        biases: biases::NONE,
        special: mixtral,
    },
    Family {
        names: &["Qwen2ForCausalLM"],
        layout: &layouts::LLAMA,
        is_tied: false,
        biases: biases::OF_QWEN_2,
        special: qwen,
    },
    Family {
        names: &["Qwen3ForCausalLM"],
        layout: &layouts::LLAMA,
        is_tied: false,
        biases: biases::OF_LLAMA,
        special: qwen,
    },
    Family {
        names: &["Qwen3MoeForCausalLM"],
        layout: &layouts::LLAMA,
        is_tied: false,
        biases: biases::OF_LLAMA,
        special: qwen_experts,
    },
    Family {
        names: &["SmolLM3ForCausalLM"],
        layout: &layouts::LLAMA,
        is_tied: true,
        biases: biases::OF_LLAMA,
        special: smollm3,
    },
    Family {
        names: &["GemmaForCausalLM"],
        layout: &layouts::GEMMA,
        is_tied: true,
        biases: biases::OF_LLAMA,
        special: gemma,
    },
    Family {
        names: &["Gemma2ForCausalLM"],
        layout: &layouts::GEMMA_2,
        is_tied: true,
        biases: biases::OF_LLAMA,
        special: gemma2,
    },
    Family {
        names: &["Gemma3ForCausalLM"],
        layout: &layouts::GEMMA_2,
        is_tied: true,
        biases: biases::OF_LLAMA,
        special: gemma3,
    },
    Family {
        names: &[text_part::GEMMA_3],
        layout: &layouts::GEMMA_3_SEEING,
        is_tied: true,
        biases: biases::OF_LLAMA,
        special: gemma3,
    },
    Family {
        names: &["Phi3ForCausalLM"],
        layout: &layouts::LLAMA,
        is_tied: false,
        biases: biases::NONE,
        special: slides,
    },
    Family {
        names: &["GlmForCausalLM", "Glm4ForCausalLM"],
        layout: &layouts::GLM_4,
        is_tied: false,
        biases: biases::OF_GLM,
        special: glm,
    },
    Family {
        names: &["ChatGLMModel", "ChatGLMForConditionalGeneration"],
        layout: &layouts::CHATGLM,
        is_tied: false,
        biases: biases::OF_CHATGLM,
        special: chatglm,
    },
    Family {
        names: &["InternLM2ForCausalLM"],
        layout: &layouts::INTERNLM_2,
        is_tied: false,
        biases: biases::OF_INTERNLM_2,
        special: nothing,
    },
    Family {
        names: &["BaichuanForCausalLM", "BaiChuanForCausalLM"],
        layout: &layouts::BAICHUAN,
        is_tied: false,
        biases: biases::NONE,
        special: baichuan,
    },
];

/// The family of that name.
pub(crate) fn family(name: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.names.contains(&name))
}

/// All names.
pub(crate) fn family_names() -> Vec<&'static str> {
    FAMILIES.iter().flat_map(|family| family.names).copied().collect()
}

impl Family {
    /// How the weights of a model with this configuration are stored.
    pub(crate) fn layout(&self, json: Json<'_>) -> &'static Layout {
        // Only the second version of Baichuan was trained with this loss, and its head with it.
        match self.names.contains(&"BaichuanForCausalLM") && json.has("z_loss_weight") {
            true => &layouts::BAICHUAN_2,
            false => self.layout,
        }
    }

    /// What a configuration says of the files, beside what every decoder needs.
    pub(crate) fn promised(&self, json: Json<'_>) -> Result<Promised, Fault> {
        Ok(Promised {
            head: !json.flag_or("tie_word_embeddings", self.is_tied)?,
            biases: self.biases.parts(json)?,
            tokens: json.count(&["vocab_size"], u64::MAX)?,
        })
    }

    /// The shape that a configuration tells.
    pub(crate) fn read(&self, json: Json<'_>) -> Result<DecoderConfig, Fault> {
        if json.has("quantization_config") {
            return Err(Fault::Unknown(
                "weights that another program quantised (`quantization_config`)".into(),
            ));
        }
        let width = json.required(&["hidden_size"], MAX_WIDTH)?;
        let heads = json.required(&["num_attention_heads"], MAX_WIDTH)?;
        let kv_heads = json.count(&["num_key_value_heads", "multi_query_group_num"], MAX_WIDTH)?;
        let head_width = json.count(&["head_dim", "kv_channels"], MAX_WIDTH)?.unwrap_or(width / heads);
        let layers = json.required(&["num_hidden_layers", "num_layers"], MAX_LAYERS)?;
        let context =
            json.required(&["max_position_embeddings", "seq_length", "model_max_length"], MAX_CONTEXT)?;
        let positions = positions(json, head_width, context)?;
        let mut config = DecoderConfig {
            width,
            feed_forward: json.required(&["intermediate_size", "ffn_hidden_size"], MAX_WIDTH)?,
            heads,
            kv_heads: kv_heads.unwrap_or(heads),
            head_width,
            rotations: vec![positions.rotation],
            pairs: Pairs::Halves,
            layers: vec![LayerConfig { rotation: Some(0), window: None }; layers],
            norm_epsilon: json.number(&["rms_norm_eps", "layernorm_epsilon"])?.unwrap_or(1e-6),
            activation: activation(json, self.layout.norms_from_one)?,
            embedding_scale: 1.0,
            query_scale: 1.0 / (head_width as f32).sqrt(),
            score_cap: None,
            logit_cap: None,
            experts: None,
            context: positions.context.unwrap_or(context),
        };
        (self.special)(json, &mut config)?;
        config.check()?;
        Ok(config)
    }
}

fn positions(json: Json<'_>, head_width: usize, context: usize) -> Result<Positions, Fault> {
    let scaling = match json.object("rope_parameters")? {
        Some(parameters) => Some(parameters),
        None => json.object("rope_scaling")?,
    };
    let scaling = match scaling {
        // Kinds of layers that turn differently: theirs is taken where the family is known to have it.
        Some(by_layer) if by_layer.has("full_attention") => by_layer.object("full_attention")?,
        other => other,
    };
    let base = of_either(json, scaling, "rope_theta")?.unwrap_or(10_000.0);
    let share = of_either(json, scaling, "partial_rotary_factor")?.unwrap_or(1.0);
    if !(0.0..=1.0).contains(&share) {
        return nonsense(format!("`partial_rotary_factor` is {share}"));
    }
    let rotated = (head_width as f64 * share) as usize / 2 * 2;
    stretched(&Plain { rotated, base, context }, scaling, json)
}

fn of_either(json: Json<'_>, scaling: Option<Json<'_>>, key: &str) -> Result<Option<f64>, Fault> {
    match scaling {
        Some(scaling) if scaling.has(key) => scaling.number(&[key]),
        _ => json.number(&[key]),
    }
}

fn activation(json: Json<'_>, is_gemma: bool) -> Result<Gate, Fault> {
    match json.text(&["hidden_activation", "hidden_act"])?.unwrap_or("silu") {
        "silu" | "swish" => Ok(Gate::Silu),
        "gelu_pytorch_tanh" => Ok(Gate::GeluTanh),
        // Gemma's first configurations say so, and mean the approximation. Elsewhere it is another function.
        "gelu" if is_gemma && !json.has("hidden_activation") => Ok(Gate::GeluTanh),
        other => Err(Fault::Unknown(format!("the activation `{other}`"))),
    }
}

fn nothing(_: Json<'_>, _: &mut DecoderConfig) -> Result<(), Fault> {
    Ok(())
}

fn llama(json: Json<'_>, _: &mut DecoderConfig) -> Result<(), Fault> {
    match json.flag("mlp_bias")? {
        true => Err(Fault::Unknown("biases of feed-forward layers (`mlp_bias`)".into())),
        false => Ok(()),
    }
}

fn window(json: Json<'_>) -> Result<Option<usize>, Fault> {
    json.count(&["sliding_window"], u64::MAX)
}

fn slides(json: Json<'_>, config: &mut DecoderConfig) -> Result<(), Fault> {
    let window = window(json)?;
    config.layers.iter_mut().for_each(|layer| layer.window = window);
    Ok(())
}

fn mixtral(json: Json<'_>, config: &mut DecoderConfig) -> Result<(), Fault> {
    slides(json, config)?;
    let count = json.required(&["num_local_experts"], MAX_EXPERTS)?;
    let used = json.required(&["num_experts_per_tok"], count as u64)?;
    config.experts = Some(ExpertsConfig { count, used, width: config.feed_forward, renormalise: true });
    Ok(())
}

fn qwen(json: Json<'_>, config: &mut DecoderConfig) -> Result<(), Fault> {
    if !json.flag("use_sliding_window")? {
        return Ok(());
    }
    let window = window(json)?;
    let first = json.number(&["max_window_layers"])?.unwrap_or(0.0) as usize;
    config.layers.iter_mut().skip(first).for_each(|layer| layer.window = window);
    Ok(())
}

fn qwen_experts(json: Json<'_>, config: &mut DecoderConfig) -> Result<(), Fault> {
    qwen(json, config)?;
    let count = json.required(&["num_experts", "num_local_experts"], MAX_EXPERTS)?;
    config.experts = Some(ExpertsConfig {
        count,
        used: json.required(&["num_experts_per_tok"], count as u64)?,
        width: json.required(&["moe_intermediate_size"], MAX_WIDTH)?,
        renormalise: json.flag("norm_topk_prob")?,
    });
    Ok(())
}

fn smollm3(json: Json<'_>, config: &mut DecoderConfig) -> Result<(), Fault> {
    llama(json, config)?;
    qwen(json, config)?;
    let turned = json.numbers("no_rope_layers")?;
    for (index, layer) in config.layers.iter_mut().enumerate() {
        let is_turned = match &turned {
            Some(turned) => turned.get(index).copied().unwrap_or(1.0) != 0.0,
            None => (index + 1) % 4 != 0,
        };
        layer.rotation = layer.rotation.filter(|_| is_turned);
    }
    Ok(())
}

fn gemma(_: Json<'_>, config: &mut DecoderConfig) -> Result<(), Fault> {
    config.activation = Gate::GeluTanh;
    config.embedding_scale = (config.width as f32).sqrt();
    Ok(())
}

fn gemma2(json: Json<'_>, config: &mut DecoderConfig) -> Result<(), Fault> {
    gemma(json, config)?;
    let cap = |key: &str| json.number(&[key]).map(|cap| cap.map(|cap| cap as f32));
    config.score_cap = cap("attn_logit_softcapping")?;
    config.logit_cap = cap("final_logit_softcapping")?;
    let scalar = json.number(&["query_pre_attn_scalar"])?.unwrap_or(config.head_width as f64);
    config.query_scale = (1.0 / scalar.sqrt()) as f32;
    slide_by_type(json, config, 2)
}

fn gemma3(json: Json<'_>, config: &mut DecoderConfig) -> Result<(), Fault> {
    gemma2(json, config)?;
    slide_by_type(json, config, 6)?;
    let near = match json.object("rope_parameters")? {
        Some(by_layer) => by_layer.object("sliding_attention")?,
        None => None,
    };
    let base = match near {
        Some(near) => near.number(&["rope_theta"])?,
        None => json.number(&["rope_local_base_freq"])?,
    };
    let plain = Plain { rotated: config.rotated(), base: base.unwrap_or(10_000.0), context: config.context };
    config.rotations.push(stretched(&plain, near, json)?.rotation);
    for layer in config.layers.iter_mut().filter(|layer| layer.window.is_some()) {
        layer.rotation = Some(1);
    }
    Ok(())
}

/// Which layers slide: `layer_types` says it, or all but each `pattern`-th do.
fn slide_by_type(json: Json<'_>, config: &mut DecoderConfig, pattern: usize) -> Result<(), Fault> {
    let window = window(json)?;
    let types = json.list("layer_types")?;
    let pattern =
        json.count(&["sliding_window_pattern", "_sliding_window_pattern"], MAX_LAYERS)?.unwrap_or(pattern);
    for (index, layer) in config.layers.iter_mut().enumerate() {
        let slides = match types.get(index).and_then(|name| name.as_str()) {
            Some(name) => name == "sliding_attention",
            None => !(index + 1).is_multiple_of(pattern),
        };
        layer.window = window.filter(|_| slides);
    }
    Ok(())
}

fn glm(json: Json<'_>, config: &mut DecoderConfig) -> Result<(), Fault> {
    config.pairs = Pairs::Neighbours;
    // Half a head is turned, which configurations of transformers 4 leave to the code.
    let says = json.has("partial_rotary_factor")
        || json.object("rope_parameters")?.is_some_and(|parameters| parameters.has("partial_rotary_factor"));
    if !says {
        turn_half(config, json.number(&["rope_theta"])?.unwrap_or(10_000.0));
    }
    Ok(())
}

fn turn_half(config: &mut DecoderConfig, base: f64) {
    let rotated = config.head_width / 2 / 2 * 2;
    config.rotations[0].frequencies = super::positions::plain_frequencies(rotated, base);
}

fn chatglm(json: Json<'_>, config: &mut DecoderConfig) -> Result<(), Fault> {
    if json.has("rmsnorm") && !json.flag("rmsnorm")? {
        return Err(Fault::Unknown("ChatGLM without root-mean-square norms".into()));
    }
    if !json.flag("multi_query_attention")? {
        config.kv_heads = config.heads;
    }
    config.pairs = Pairs::Neighbours;
    config.activation = Gate::Silu;
    turn_half(config, 10_000.0 * json.number(&["rope_ratio"])?.unwrap_or(1.0));
    Ok(())
}

fn baichuan(json: Json<'_>, _: &mut DecoderConfig) -> Result<(), Fault> {
    match json.has("max_position_embeddings") {
        true => Ok(()),
        false => Err(Fault::Unknown("the positions of Baichuan 13B (ALiBi)".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(name: &str, key: &str, activation: &str) -> Result<Gate, Fault> {
        let mut config = json!({
            "hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "intermediate_size": 8,
            "max_position_embeddings": 16,
        });
        config[key] = Value::from(activation);
        let config = config.as_object().cloned().unwrap();
        family(name).unwrap().read(Json(&config)).map(|config| config.activation)
    }

    #[test]
    fn gelu_means_its_approximation_in_gemma_alone() {
        for name in ["LlamaForCausalLM", "Qwen2ForCausalLM", "MistralForCausalLM", "Phi3ForCausalLM"] {
            let refused = read(name, "hidden_act", "gelu");
            assert!(matches!(refused, Err(Fault::Unknown(what)) if what.contains("`gelu`")), "{name}");
            assert!(matches!(read(name, "hidden_act", "gelu_pytorch_tanh"), Ok(Gate::GeluTanh)));
        }
        assert!(matches!(read("GemmaForCausalLM", "hidden_act", "gelu"), Ok(Gate::GeluTanh)));
        assert!(read("Gemma2ForCausalLM", "hidden_activation", "gelu").is_err());
    }
}

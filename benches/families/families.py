"""Writes the golden logits of small random-weight models of every family that the embedded engine computes.

    python benches/families/families.py FOLDER > crates/engine-candle/vectors/families.json

FOLDER is scratch space for the model folders. Weights are a function of a tensor's name and shape, so that the test
makes the same ones without reading them from anywhere. Where transformers has the family, the logits are those of its
model, loaded from a folder with the family's own tensor names. Where the family's code lives outside of transformers
(ChatGLM, InternLM2, Baichuan), they are those of the transformers model with the same arithmetic, to which the packed
tensors are unpacked as the family's own code unpacks them.

Needs torch, transformers, safetensors and numpy; the vectors name the versions.
"""
import json
import math
import pathlib
import sys

import numpy as np
import torch
import transformers
from safetensors.torch import save_file

MASK = (1 << 64) - 1
VOCABULARY, WIDTH, INNER, HEADS, KV_HEADS, LAYERS = 48, 32, 40, 4, 2, 4
IDS = [7, 3, 41, 0, 19, 3, 7, 22, 40, 11, 2, 2, 33, 47, 5, 6, 28, 19, 1, 30, 9, 14]
ROWS = [0, 5, 13, 21]


def numbers(name, count):
    """Uniform in [-0.5, 0.5): splitmix64 of the FNV-1a hash of the name plus the index."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & MASK
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24) - np.float32(0.5)


def tensor(name, shape, norm_base):
    values = numbers(name, math.prod(shape))
    if "norm" in name and len(shape) == 1:
        values = np.float32(norm_base) + values * np.float32(0.25)
    else:
        values = values * np.float32(0.625)
    return torch.from_numpy(values.reshape(shape).copy())


BASE = {
    "vocab_size": VOCABULARY, "hidden_size": WIDTH, "intermediate_size": INNER, "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "rms_norm_eps": 1e-5, "hidden_act": "silu",
    "max_position_embeddings": 64, "rope_theta": 10000.0, "tie_word_embeddings": False, "bos_token_id": 0,
    "eos_token_id": 1, "pad_token_id": 2,
}


def shapes(head=8, bias=False, qk_norm=False, packed=False, norms=(), experts=None, tied=False, dense=(), out_bias=False):
    """Tensors with the names that Llama gave them."""
    query, kv = HEADS * head, KV_HEADS * head
    all_shapes = {"model.embed_tokens.weight": [VOCABULARY, WIDTH], "model.norm.weight": [WIDTH]}
    if not tied:
        all_shapes["lm_head.weight"] = [VOCABULARY, WIDTH]
    for layer in range(LAYERS):
        at = f"model.layers.{layer}."
        for norm in ("input_layernorm", "post_attention_layernorm", *norms):
            all_shapes[f"{at}{norm}.weight"] = [WIDTH]
        if packed == "all":
            all_shapes[f"{at}self_attn.qkv_proj.weight"] = [query + 2 * kv, WIDTH]
        else:
            for part, size in (("q", query), ("k", kv), ("v", kv)):
                all_shapes[f"{at}self_attn.{part}_proj.weight"] = [size, WIDTH]
                if bias:
                    all_shapes[f"{at}self_attn.{part}_proj.bias"] = [size]
        if qk_norm:
            all_shapes[f"{at}self_attn.q_norm.weight"] = [head]
            all_shapes[f"{at}self_attn.k_norm.weight"] = [head]
        all_shapes[f"{at}self_attn.o_proj.weight"] = [WIDTH, query]
        if out_bias:
            all_shapes[f"{at}self_attn.o_proj.bias"] = [WIDTH]
        if experts and layer not in dense:
            router, prefix, (gate, up, down), count, inner = experts
            all_shapes[f"{at}{router}.weight"] = [count, WIDTH]
            for expert in range(count):
                all_shapes[f"{at}{prefix}.{expert}.{gate}.weight"] = [inner, WIDTH]
                all_shapes[f"{at}{prefix}.{expert}.{up}.weight"] = [inner, WIDTH]
                all_shapes[f"{at}{prefix}.{expert}.{down}.weight"] = [WIDTH, inner]
            continue
        if packed:
            all_shapes[f"{at}mlp.gate_up_proj.weight"] = [2 * INNER, WIDTH]
        else:
            all_shapes[f"{at}mlp.gate_proj.weight"] = [INNER, WIDTH]
            all_shapes[f"{at}mlp.up_proj.weight"] = [INNER, WIDTH]
        all_shapes[f"{at}mlp.down_proj.weight"] = [WIDTH, INNER]
    return all_shapes


MIXTRAL = ("block_sparse_moe.gate", "block_sparse_moe.experts", ("w1", "w3", "w2"), 4, INNER)
QWEN_EXPERTS = ("mlp.gate", "mlp.experts", ("gate_proj", "up_proj", "down_proj"), 6, 24)
GEMMA_NORMS = ("pre_feedforward_layernorm", "post_feedforward_layernorm")


def case(name, architecture, model_type, extra=None, norm_base=1.0, **kinds):
    config = {**BASE, "architectures": [architecture], "model_type": model_type, **(extra or {})}
    return {"name": name, "config": config, "shapes": shapes(**kinds), "norm_base": norm_base}


def llama3():
    scaling = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
               "original_max_position_embeddings": 16}
    return case("llama3", "LlamaForCausalLM", "llama", {"rope_scaling": scaling, "head_dim": 16}, head=16)


def gemma3_seeing():
    """The text part of Gemma 3 from 4 billion weights on, with names as in Google's files, and two of the tensors of its eyes."""
    text = {**BASE, "model_type": "gemma3_text", "head_dim": 16, "query_pre_attn_scalar": 20, "sliding_window": 3,
            "rope_scaling": {"rope_type": "linear", "factor": 8.0}, "sliding_window_pattern": 2}
    for left_out in ("rope_theta", "rms_norm_eps", "eos_token_id"):
        del text[left_out]
    eyes = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "image_size": 8,
            "patch_size": 4, "model_type": "siglip_vision_model"}
    one = case("gemma3_seeing", "Gemma3ForConditionalGeneration", "gemma3", norm_base=0.0, head=16, tied=True,
               norms=GEMMA_NORMS, qk_norm=True)
    one["config"] = {"architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3", "eos_token_id": [1, 3],
                     "text_config": text, "vision_config": eyes, "mm_tokens_per_image": 4, "image_token_index": 46,
                     "boi_token_index": 44, "eoi_token_index": 45}
    one["shapes"] = {f"language_model.{name}": shape for name, shape in one["shapes"].items()}
    one["shapes"] |= {"vision_tower.vision_model.post_layernorm.weight": [8],
                      "multi_modal_projector.mm_soft_emb_norm.weight": [8]}
    return one


CASES = [
    case("llama2", "LlamaForCausalLM", "llama"),
    llama3(),
    case("llama_linear", "LlamaForCausalLM", "llama", {"rope_scaling": {"rope_type": "linear", "factor": 2.0}}),
    case("llama_bias", "LlamaForCausalLM", "llama", {"attention_bias": True}, bias=True, out_bias=True),
    case("smollm", "LlamaForCausalLM", "llama", {"tie_word_embeddings": True, "rope_theta": 100000.0}, tied=True),
    case("smollm3", "SmolLM3ForCausalLM", "smollm3",
         {"no_rope_layers": [1, 1, 1, 0], "use_sliding_window": False, "tie_word_embeddings": True}, tied=True),
    case("mistral", "MistralForCausalLM", "mistral", {"sliding_window": 6}),
    case("mixtral", "MixtralForCausalLM", "mixtral",
         {"sliding_window": None, "num_local_experts": 4, "num_experts_per_tok": 2}, experts=MIXTRAL),
    case("qwen2", "Qwen2ForCausalLM", "qwen2", {"rope_theta": 1000000.0, "use_sliding_window": False}, bias=True),
    case("qwen2_yarn", "Qwen2ForCausalLM", "qwen2",
         {"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}}, bias=True),
    case("qwen2_window", "Qwen2ForCausalLM", "qwen2",
         {"use_sliding_window": True, "sliding_window": 5, "max_window_layers": 2}, bias=True),
    case("qwen3", "Qwen3ForCausalLM", "qwen3", {"head_dim": 16, "attention_bias": False}, head=16, qk_norm=True),
    case("qwen3_moe", "Qwen3MoeForCausalLM", "qwen3_moe",
         {"head_dim": 16, "num_experts": 6, "num_experts_per_tok": 3, "moe_intermediate_size": 24,
          "norm_topk_prob": True, "decoder_sparse_step": 1, "mlp_only_layers": [1]},
         head=16, qk_norm=True, experts=QWEN_EXPERTS, dense=(1,)),
    case("gemma", "GemmaForCausalLM", "gemma",
         {"head_dim": 16, "hidden_act": "gelu", "hidden_activation": "gelu_pytorch_tanh", "tie_word_embeddings": True},
         norm_base=0.0, head=16, tied=True),
    case("gemma2", "Gemma2ForCausalLM", "gemma2",
         {"head_dim": 16, "hidden_activation": "gelu_pytorch_tanh", "attn_logit_softcapping": 2.0,
          "final_logit_softcapping": 3.0, "query_pre_attn_scalar": 24, "sliding_window": 5,
          "tie_word_embeddings": True},
         norm_base=0.0, head=16, tied=True, norms=GEMMA_NORMS),
    case("gemma3", "Gemma3ForCausalLM", "gemma3_text",
         {"head_dim": 16, "hidden_activation": "gelu_pytorch_tanh", "query_pre_attn_scalar": 20, "sliding_window": 5,
          "rope_theta": 1000000.0, "rope_local_base_freq": 10000.0, "tie_word_embeddings": True,
          "layer_types": ["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"]},
         norm_base=0.0, head=16, tied=True, norms=GEMMA_NORMS, qk_norm=True),
    gemma3_seeing(),
    case("phi3", "Phi3ForCausalLM", "phi3", {"sliding_window": 7}, packed="all"),
    case("phi3_longrope", "Phi3ForCausalLM", "phi3",
         {"original_max_position_embeddings": 32,
          "rope_scaling": {"type": "longrope", "short_factor": [1.0, 1.25, 1.5, 2.0],
                           "long_factor": [2.0, 3.0, 4.0, 5.0]}}, packed="all"),
    case("glm", "GlmForCausalLM", "glm", {"head_dim": 8, "partial_rotary_factor": 0.5, "attention_bias": True},
         bias=True, packed="mlp"),
    case("glm4", "Glm4ForCausalLM", "glm4", {"head_dim": 8, "partial_rotary_factor": 0.5, "attention_bias": True},
         bias=True, packed="mlp", norms=("post_self_attn_layernorm", "post_mlp_layernorm")),
]


def remote(name, config, reference, layout, keep_norm_head=False):
    """A family whose code is not in transformers: `layout` gives its tensors and what each becomes."""
    return {"name": name, "config": config, "reference": reference, "layout": layout, "norm_base": 1.0,
            "unit_head": keep_norm_head}


def parts(names, sizes):
    """Rows of a packed tensor, one part after the other."""
    return lambda packed: dict(zip(names, torch.split(packed, sizes)))


def grouped(names, head):
    """InternLM2: the queries of a key head, then its key, then its value."""
    group = HEADS // KV_HEADS

    def unpack(packed):
        by_head = packed.reshape(KV_HEADS, group + 2, head, WIDTH)
        split = [by_head[:, :group], by_head[:, group:group + 1], by_head[:, group + 1:]]
        return {name: rows.reshape(-1, WIDTH) for name, rows in zip(names, split)}
    return unpack


def same(name):
    return lambda whole: {name: whole}


def projections(at, ending="weight"):
    return [f"{at}self_attn.{part}_proj.{ending}" for part in "qkv"]


def internlm2():
    layout = {"model.tok_embeddings.weight": ([VOCABULARY, WIDTH], same("model.embed_tokens.weight")),
              "model.norm.weight": ([WIDTH], same("model.norm.weight")),
              "output.weight": ([VOCABULARY, WIDTH], same("lm_head.weight"))}
    for layer in range(LAYERS):
        at = f"model.layers.{layer}."
        layout |= {
            f"{at}attention_norm.weight": ([WIDTH], same(f"{at}input_layernorm.weight")),
            f"{at}ffn_norm.weight": ([WIDTH], same(f"{at}post_attention_layernorm.weight")),
            f"{at}attention.wqkv.weight": ([(HEADS + 2 * KV_HEADS) * 8, WIDTH], grouped(projections(at), 8)),
            f"{at}attention.wo.weight": ([WIDTH, WIDTH], same(f"{at}self_attn.o_proj.weight")),
            f"{at}feed_forward.w1.weight": ([INNER, WIDTH], same(f"{at}mlp.gate_proj.weight")),
            f"{at}feed_forward.w3.weight": ([INNER, WIDTH], same(f"{at}mlp.up_proj.weight")),
            f"{at}feed_forward.w2.weight": ([WIDTH, INNER], same(f"{at}mlp.down_proj.weight")),
        }
    config = {**BASE, "architectures": ["InternLM2ForCausalLM"], "model_type": "internlm2", "bias": False,
              "rope_scaling": {"type": "dynamic", "factor": 2.0}}
    reference = {**BASE, "architectures": ["LlamaForCausalLM"], "model_type": "llama"}
    return remote("internlm2", config, reference, layout)


def baichuan2():
    layout = {"model.embed_tokens.weight": ([VOCABULARY, WIDTH], same("model.embed_tokens.weight")),
              "model.norm.weight": ([WIDTH], same("model.norm.weight")),
              "lm_head.weight": ([VOCABULARY, WIDTH],
                                 lambda head: {"lm_head.weight": torch.nn.functional.normalize(head)})}
    for layer in range(LAYERS):
        at = f"model.layers.{layer}."
        layout[f"{at}self_attn.W_pack.weight"] = ([3 * WIDTH, WIDTH], parts(projections(at), [WIDTH] * 3))
        for name, shape in (("self_attn.o_proj", [WIDTH, WIDTH]), ("input_layernorm", [WIDTH]),
                            ("post_attention_layernorm", [WIDTH]), ("mlp.gate_proj", [INNER, WIDTH]),
                            ("mlp.up_proj", [INNER, WIDTH]), ("mlp.down_proj", [WIDTH, INNER])):
            layout[f"{at}{name}.weight"] = (shape, same(f"{at}{name}.weight"))
    config = {key: value for key, value in BASE.items() if key not in ("num_key_value_heads", "rope_theta")}
    reference = {**config, "architectures": ["LlamaForCausalLM"], "model_type": "llama"}
    config = {**config, "architectures": ["BaichuanForCausalLM"], "model_type": "baichuan", "z_loss_weight": 0}
    return remote("baichuan2", config, reference, layout)


def chatglm():
    query, kv = HEADS * 8, KV_HEADS * 8
    layout = {"transformer.embedding.word_embeddings.weight": ([VOCABULARY, WIDTH], same("model.embed_tokens.weight")),
              "transformer.encoder.final_layernorm.weight": ([WIDTH], same("model.norm.weight")),
              "transformer.output_layer.weight": ([VOCABULARY, WIDTH], same("lm_head.weight"))}
    for layer in range(LAYERS):
        at, to = f"transformer.encoder.layers.{layer}.", f"model.layers.{layer}."
        sizes = [query, kv, kv]
        layout |= {
            f"{at}self_attention.query_key_value.weight": ([query + 2 * kv, WIDTH], parts(projections(to), sizes)),
            f"{at}self_attention.query_key_value.bias": ([query + 2 * kv], parts(projections(to, "bias"), sizes)),
            f"{at}self_attention.dense.weight": ([WIDTH, query], same(f"{to}self_attn.o_proj.weight")),
            f"{at}input_layernorm.weight": ([WIDTH], same(f"{to}input_layernorm.weight")),
            f"{at}post_attention_layernorm.weight": ([WIDTH], same(f"{to}post_attention_layernorm.weight")),
            f"{at}mlp.dense_h_to_4h.weight": ([2 * INNER, WIDTH], same(f"{to}mlp.gate_up_proj.weight")),
            f"{at}mlp.dense_4h_to_h.weight": ([WIDTH, INNER], same(f"{to}mlp.down_proj.weight")),
        }
    config = {"architectures": ["ChatGLMModel"], "model_type": "chatglm", "padded_vocab_size": VOCABULARY,
              "hidden_size": WIDTH, "ffn_hidden_size": INNER, "num_layers": LAYERS, "num_attention_heads": HEADS,
              "multi_query_attention": True, "multi_query_group_num": KV_HEADS, "kv_channels": 8, "seq_length": 64,
              "layernorm_epsilon": 1e-5, "rmsnorm": True, "add_qkv_bias": True, "add_bias_linear": False,
              "rope_ratio": 50, "tie_word_embeddings": False, "eos_token_id": 1}
    reference = {**BASE, "architectures": ["GlmForCausalLM"], "model_type": "glm", "head_dim": 8,
                 "partial_rotary_factor": 0.5, "attention_bias": True, "rope_theta": 500000.0}
    return remote("chatglm", config, reference, layout)


def logits(folder, config, tensors):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    model, info = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    eyes = ("model.vision_tower.", "model.multi_modal_projector.")
    missing = {name for name in info["missing_keys"] if name != "lm_head.weight" and not name.startswith(eyes)}
    assert not missing and not info["unexpected_keys"], (folder.name, info)
    with torch.no_grad():
        rows = model.eval()(torch.tensor([IDS]), use_cache=False).logits[0]
    return [[round(value, 6) for value in rows[row].tolist()] for row in ROWS]


def main(scratch):
    out = []
    for one in [*CASES, internlm2(), baichuan2(), chatglm()]:
        layout = one.get("layout")
        sizes = {name: shape for name, (shape, _) in layout.items()} if layout else one["shapes"]
        stored = {name: tensor(name, shape, one["norm_base"]) for name, shape in sizes.items()}
        tensors = stored
        if layout:
            tensors = {}
            for name, (_, unpack) in layout.items():
                tensors |= {to: part.contiguous() for to, part in unpack(stored[name]).items()}
        rows = logits(scratch / one["name"], one.get("reference", one["config"]), tensors)
        print(one["name"], file=sys.stderr)
        out.append({"name": one["name"], "norm_base": one["norm_base"], "config": one["config"],
                    "tensors": [[name, shape] for name, shape in sizes.items()], "logits": rows})
    versions = {"transformers": transformers.__version__, "torch": torch.__version__.split("+")[0]}
    print('{"by": "benches/families/families.py", "versions": ' + json.dumps(versions)
          + f', "ids": {json.dumps(IDS)}, "rows": {json.dumps(ROWS)}, "cases": [')
    print(",\n".join(json.dumps(one) for one in out))
    print("]}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

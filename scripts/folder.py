#!/usr/bin/env python3
"""Writes a GGUF file of the Llama family with byte-level tokens as a folder of safetensors, as transformers reads it.

usage: folder.py IN.gguf OUT-FOLDER        needs PyPI's gguf (made with 0.19.0); the weights are the file's in 32 bits

For tests and measurements that need the same model in both forms: `crates/engine-candle/src/folder/from_gguf.rs` is the same in
Rust, and `reencode.py` writes the GGUF file in 32 bits.
"""

import json
import sys
from pathlib import Path

import gguf
import numpy as np
from gguf.quants import dequantize

PARTS = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
WHOLE = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
# `tokenizer.ggml.token_type` of tokens that stand for themselves in text.
CONTROL = 3


def halves(rows: np.ndarray, heads: int) -> np.ndarray:
    """Puts the two dimensions of each turning pair into the two halves of a head again."""
    size = rows.shape[0] // heads
    return rows.reshape(heads, size // 2, 2, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def tensors(reader: gguf.GGUFReader, heads: int, key_heads: int) -> dict[str, np.ndarray]:
    out = {}
    for tensor in reader.tensors:
        numbers = np.array(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        if tensor.name in WHOLE:
            out[WHOLE[tensor.name]] = numbers
            continue
        _, layer, part, _ = tensor.name.split(".")
        if part in ("attn_q", "attn_k"):
            numbers = halves(numbers, heads if part == "attn_q" else key_heads)
        out[f"model.layers.{layer}.{PARTS[part]}.weight"] = numbers
    return out


def write_safetensors(path: Path, numbers: dict[str, np.ndarray]) -> None:
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, tensor in numbers.items():
        end = at + tensor.nbytes
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in numbers.values():
            file.write(np.ascontiguousarray(tensor).tobytes())


def tokenizer(tokens: list[str], merges: list[str], kinds: list[int]) -> dict:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    digits = {"type": "Digits", "individual_digits": True}
    added = [
        {"id": index, "content": token, **flags}
        for index, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
        if kind == CONTROL
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [digits, byte_level]},
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: index for index, token in enumerate(tokens)},
            "merges": merges,
        },
    }


def main() -> None:
    source, target = sys.argv[1], Path(sys.argv[2])
    reader = gguf.GGUFReader(source)

    def field(name: str):
        return reader.fields[name].contents()

    if (family := field("general.architecture")) != "llama":
        sys.exit(f"error: this is a model of the family {family}, and only llama is known here")
    if (words := field("tokenizer.ggml.pre")) != "smollm":
        sys.exit(f"error: words are cut as {words} does, and only smollm is known here")
    heads, key_heads = field("llama.attention.head_count"), field("llama.attention.head_count_kv")
    numbers = tensors(reader, heads, key_heads)
    tokens = field("tokenizer.ggml.tokens")
    begin, end = field("tokenizer.ggml.bos_token_id"), field("tokenizer.ggml.eos_token_id")
    files = {
        "config.json": {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "torch_dtype": "float32",
            "vocab_size": len(tokens),
            "hidden_size": field("llama.embedding_length"),
            "intermediate_size": field("llama.feed_forward_length"),
            "num_hidden_layers": field("llama.block_count"),
            "num_attention_heads": heads,
            "num_key_value_heads": key_heads,
            "max_position_embeddings": field("llama.context_length"),
            "rope_theta": field("llama.rope.freq_base"),
            "rms_norm_eps": field("llama.attention.layer_norm_rms_epsilon"),
            "hidden_act": "silu",
            "tie_word_embeddings": "lm_head.weight" not in numbers,
            "bos_token_id": begin,
            "eos_token_id": end,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": tokens[begin],
            "eos_token": tokens[end],
            "model_max_length": field("llama.context_length"),
            "clean_up_tokenization_spaces": False,
            "chat_template": field("tokenizer.chat_template"),
        },
        "tokenizer.json": tokenizer(
            tokens, field("tokenizer.ggml.merges"), field("tokenizer.ggml.token_type")
        ),
    }
    target.mkdir(parents=True, exist_ok=True)
    write_safetensors(target / "model.safetensors", numbers)
    for name, content in files.items():
        (target / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


main()

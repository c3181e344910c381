"""Writes the golden rows of small random-weight encoders that the embedded engine computes.

    python benches/families/encoders.py FOLDER > crates/engine-candle/vectors/encoders.json

FOLDER is scratch space for the model folders. Weights are made as in families.py. Rows are those of the last layer of the
transformers model, alone and in a padded batch, where they must be the same to 1e-5.

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

from families import numbers

VOCABULARY, WIDTH, INNER, HEADS, LAYERS, POSITIONS = 48, 32, 40, 4, 3, 24
TEXTS = [[2, 7, 3, 41, 19, 3, 7, 22, 40, 11, 33, 47, 5, 6, 28, 19, 9, 14, 4], [2, 30, 4], [2, 17, 17, 8, 45, 4]]
BASE = {
    "vocab_size": VOCABULARY, "hidden_size": WIDTH, "intermediate_size": INNER, "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS, "max_position_embeddings": POSITIONS, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
    "hidden_act": "gelu", "pad_token_id": 0,
}


def shapes(prefix, types):
    embeddings = {"word": VOCABULARY, "position": POSITIONS, "token_type": types}
    every = {f"{prefix}embeddings.{part}_embeddings.weight": [size, WIDTH] for part, size in embeddings.items()}
    norm = lambda name: {f"{prefix}{name}.weight": [WIDTH], f"{prefix}{name}.bias": [WIDTH]}
    linear = lambda name, inputs, outputs: {
        f"{prefix}{name}.weight": [outputs, inputs], f"{prefix}{name}.bias": [outputs]}
    every |= norm("embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        for part in ("query", "key", "value"):
            every |= linear(f"{at}attention.self.{part}", WIDTH, WIDTH)
        every |= linear(f"{at}attention.output.dense", WIDTH, WIDTH) | norm(f"{at}attention.output.LayerNorm")
        every |= linear(f"{at}intermediate.dense", WIDTH, INNER) | linear(f"{at}output.dense", INNER, WIDTH)
        every |= norm(f"{at}output.LayerNorm")
    return every


def tensor(name, shape):
    values = numbers(name, math.prod(shape))
    is_norm = "LayerNorm" in name and name.endswith("weight")
    values = np.float32(1) + values * np.float32(0.25) if is_norm else values * np.float32(0.625)
    return torch.from_numpy(values.reshape(shape).copy())


CASES = [
    ("bert", "BertModel", {"model_type": "bert"}, ""),
    ("bert_masked_lm", "BertForMaskedLM", {"model_type": "bert", "hidden_act": "gelu_new"}, "bert."),
    ("roberta", "RobertaModel", {"model_type": "roberta", "type_vocab_size": 1, "pad_token_id": 1, "hidden_act": "relu"}, ""),
    ("xlm_roberta", "XLMRobertaModel",
     {"model_type": "xlm-roberta", "type_vocab_size": 1, "pad_token_id": 1, "layer_norm_eps": 1e-05}, ""),
]


def rows(folder, config, tensors):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    model, info = transformers.AutoModel.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    missing = {name for name in info["missing_keys"] if not name.startswith("pooler.")}
    assert not missing and not info["unexpected_keys"], (folder.name, info)
    model.eval()
    longest = max(map(len, TEXTS))
    padded = torch.tensor([text + [config["pad_token_id"]] * (longest - len(text)) for text in TEXTS])
    mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in TEXTS])
    with torch.no_grad():
        alone = [model(torch.tensor([text])).last_hidden_state[0] for text in TEXTS]
        batch = model(padded, attention_mask=mask).last_hidden_state
    for text, one, many in zip(TEXTS, alone, batch):
        assert torch.allclose(one, many[: len(text)], atol=1e-5), folder.name
    return [[[round(float(value), 6) for value in row] for row in (one[0], one[-1], one.mean(0))] for one in alone]


def main(scratch):
    out = []
    for name, architecture, extra, prefix in CASES:
        config = {**BASE, "architectures": [architecture], **extra}
        sizes = shapes(prefix, config["type_vocab_size"])
        tensors = {name: tensor(name, shape) for name, shape in sizes.items()}
        picked = rows(scratch / name, config, tensors)
        out.append({"name": name, "config": config, "tensors": list(sizes.items()), "rows": picked})
    versions = {"transformers": transformers.__version__, "torch": torch.__version__.split("+")[0]}
    print('{"by": "benches/families/encoders.py", "versions": ' + json.dumps(versions)
          + f', "texts": {json.dumps(TEXTS)}, "picked": ["first", "last", "mean"], "cases": [')
    print(",\n".join(json.dumps(one) for one in out))
    print("]}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

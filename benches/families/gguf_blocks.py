"""Writes one block of each way in which GGUF files keep numbers, and what it means.

    python benches/families/gguf_blocks.py > crates/engine-candle/vectors/gguf_blocks.json

The bytes are made up, but for the scales, which are 16-bit floats and to be small numbers. Needs gguf and numpy; the vectors name
the version of gguf.
"""
import importlib.metadata
import json
import sys

import gguf
import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as Kind

# Where the 16-bit floats of a block stand.
SCALES = {
    Kind.Q4_0: [0], Kind.Q4_1: [0, 2], Kind.Q5_0: [0], Kind.Q5_1: [0, 2], Kind.Q8_0: [0],
    Kind.Q2_K: [80, 82], Kind.Q3_K: [108], Kind.Q4_K: [0, 2], Kind.Q5_K: [0, 2], Kind.Q6_K: [208],
}
PLAIN = {Kind.F32: np.float32, Kind.F16: np.float16}


def block(kind, random):
    if kind in PLAIN:
        return np.frombuffer(random.uniform(-2, 2, 32).astype(PLAIN[kind]).tobytes(), np.uint8)
    if kind == Kind.BF16:
        words = random.uniform(-2, 2, 32).astype(np.float32).view(np.uint32) >> 16
        return np.frombuffer(words.astype(np.uint16).tobytes(), np.uint8)
    data = random.integers(0, 256, GGML_QUANT_SIZES[kind][1], dtype=np.uint8)
    for at in SCALES[kind]:
        data[at:at + 2] = np.frombuffer(np.float16(random.uniform(-0.1, 0.1)).tobytes(), np.uint8)
    return data


def main():
    random, cases = np.random.default_rng(20261130), []
    for kind in [*PLAIN, Kind.BF16, *SCALES]:
        data = block(kind, random)
        values = gguf.quants.dequantize(data.reshape(1, -1), kind).reshape(-1)
        cases.append({"kind": kind.name, "code": int(kind), "bytes": data.tobytes().hex(),
                      "values": [float(value) for value in values.astype(np.float32)]})
    json.dump({"by": f"benches/families/gguf_blocks.py with gguf {importlib.metadata.version('gguf')}", "cases": cases},
              sys.stdout)


if __name__ == "__main__":
    main()

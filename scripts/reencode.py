#!/usr/bin/env python3
"""Writes a GGUF file anew with its matrices in another form: the same numbers as f32, or rounded as f16, q8_0 or q4_0.

usage: reencode.py IN OUT f32|f16|q8_0|q4_0        needs PyPI's gguf (made with 0.19.0)
"""

import sys

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFValueType, LlamaFileType
from gguf.quants import dequantize, quantize

FORMS = {
    "f32": (Type.F32, LlamaFileType.ALL_F32),
    "f16": (Type.F16, LlamaFileType.MOSTLY_F16),
    "q8_0": (Type.Q8_0, LlamaFileType.MOSTLY_Q8_0),
    "q4_0": (Type.Q4_0, LlamaFileType.MOSTLY_Q4_0),
}
# What the writer writes itself.
OWN = ("GGUF.", "general.architecture", "general.file_type", "general.quantization_version")


def main() -> None:
    source, target, name = sys.argv[1:]
    form, file_type = FORMS[name]
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, reader.fields["general.architecture"].contents())
    writer.add_file_type(file_type)
    for field in reader.fields.values():
        if not field.name.startswith(OWN):
            kinds = field.types
            inner = kinds[-1] if kinds[0] == GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), kinds[0], sub_type=inner)
    for tensor in reader.tensors:
        numbers = np.array(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        # Vectors stay as they are, as in llama.cpp's own files.
        if numbers.ndim == 1 or form == Type.F32:
            writer.add_tensor(tensor.name, numbers)
        else:
            writer.add_tensor(tensor.name, quantize(numbers, form), raw_dtype=form)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


main()

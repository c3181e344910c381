"""Writes what transformers puts before a text, by `tokenizer.json` and by `add_bos_token` of `tokenizer_config.json`.

    python benches/families/bos_vectors.py FOLDER > crates/engine-candle/vectors/bos.json

FOLDER is scratch space. Needs transformers and tokenizers; the vectors name the versions.
"""
import itertools
import json
import pathlib
import sys

import tokenizers
import transformers

TEXT = "a b"


def added(number, text):
    return {"id": number, "content": text, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
            "special": True}


BEGINS = {
    "type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
    "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
}
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
FILES = {
    "byte level": {
        "pre_tokenizer": BYTES, "decoder": BYTES,
        "model": {"type": "BPE", "vocab": {"<unk>": 0, "<s>": 1, "</s>": 2, "a": 3, "b": 4, "Ġ": 5, "Ġb": 6},
                  "merges": ["Ġ b"]},
    },
    "metaspace": {
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False},
        "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False},
        "model": {"type": "BPE", "vocab": {"<unk>": 0, "<s>": 1, "</s>": 2, "a": 3, "b": 4, "▁": 5, "▁a": 6, "▁b": 7},
                  "merges": ["▁ a", "▁ b"], "unk_token": "<unk>"},
    },
}


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    cases, files = [], {}
    for (name, file), begins in itertools.product(FILES.items(), (True, False)):
        name = f"{name}, {'begins' if begins else 'bare'}"
        files[name] = {"version": "1.0", "truncation": None, "padding": None, "normalizer": None,
                       "added_tokens": [added(number, text) for number, text in enumerate(("<unk>", "<s>", "</s>"))],
                       "post_processor": BEGINS if begins else None, **file}
        (folder / "tokenizer.json").write_text(json.dumps(files[name]))
        for kind, model, wish in itertools.product(
                ("LlamaTokenizerFast", "PreTrainedTokenizerFast", "Qwen2Tokenizer"), ("llama", "qwen2"),
                (True, False, None)):
            if name.startswith("metaspace") and "Qwen2Tokenizer" in (kind, {"qwen2": "Qwen2Tokenizer"}.get(model)):
                continue  # A class that takes every vocabulary for one of bytes.
            settings = {"tokenizer_class": kind, "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
            if wish is not None:
                settings["add_bos_token"] = wish
            (folder / "tokenizer_config.json").write_text(json.dumps(settings))
            (folder / "config.json").write_text(json.dumps({"model_type": model, "vocab_size": 8}))
            ids = transformers.AutoTokenizer.from_pretrained(folder)(TEXT).input_ids
            cases.append({"file": name, "settings": settings, "model_type": model, "ids": ids})
    versions = {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__}
    print(json.dumps({"by": "benches/families/bos_vectors.py", "versions": versions, "text": TEXT, "files": files,
                      "cases": cases}, ensure_ascii=False).replace('{"file"', '\n{"file"'))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

"""Writes a small SentencePiece model and the tokens that SentencePiece finds with it.

    python benches/families/sentencepiece_vectors.py crates/engine-candle/vectors

Needs sentencepiece, whose version the vectors name.
"""
import io
import json
import pathlib
import sys

import sentencepiece

CORPUS = [
    "The model reads the question and writes the answer.",
    "A question has an answer; an answer has a number.",
    "There are 12 apples and 345 pears in the basket.",
    "Was der Mensch sät, das wird er ernten.",
    "模型读题目并写出答案。", "答案是一个数字。",
]
TEXTS = [
    "The answer is 42.", " two  spaces and\nlines", "模型的答案", "naïve café 🙂", "", "a",
    "questionquestion", "\t\ttabs",
]


def train(**kinds):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS * 4), model_writer=model, vocab_size=360, byte_fallback=True,
        minloglevel=2, **kinds)
    return model.getvalue()


def main(folder):
    bytes_ = train(model_type="bpe", normalization_rule_name="identity", remove_extra_whitespaces=False)
    (folder / "sentencepiece.model").write_bytes(bytes_)
    processor = sentencepiece.SentencePieceProcessor(model_proto=bytes_)
    cases = [{"text": text, "ids": processor.encode(text)} for text in TEXTS]
    out = {"by": f"benches/families/sentencepiece_vectors.py with sentencepiece {sentencepiece.__version__}",
           "size": processor.get_piece_size(), "cases": cases}
    (folder / "sentencepiece.json").write_text(json.dumps(out, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

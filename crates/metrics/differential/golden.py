"""Writes the vectors that `cargo test` reads: `golden.py ../vectors`. A part of the inputs, with what the originals say."""

import json
import random
import sys
from pathlib import Path

import errors
import inputs
import instructions
import references

FOLDER = Path(sys.argv[1])


def write(metric, cases):
    lines = [json.dumps({"answer": a, "targets": t, "out": out, "from": references.source(metric)}, ensure_ascii=False)
             for a, t, out in cases]
    (FOLDER / f"{metric}.jsonl").write_text("\n".join(lines) + "\n")


def texts():
    short = [(a, t) for a, t in inputs.nasty_pairs() if len(a) + sum(map(len, t)) < 150]
    pairs = random.Random(5).sample(short, 26) + [("", [""]), ("a", [""]), ("", ["a"])]
    pairs += [(a, t) for a, t in inputs.pairs(60, 51) if len(a) + sum(map(len, t)) < 400][:14]
    for metric, theirs in references.TEXT.items():
        more = list(inputs.span_pairs(12, 52)) if metric.startswith("drop") else []
        write(metric, [(a, t, theirs(a, t)) for a, t in pairs + more])


def truthful():
    short = [(a, t) for a, t in inputs.truthful_nasty_pairs() if len(a) + len(t[0]) < 200]
    pairs = random.Random(6).sample(short, 12) + [case for case in inputs.truthful_pairs(80, 54) if len(case[1][0]) < 400][:18]
    for metric, theirs in references.TRUTHFUL.items():
        write(metric, [(a, t, theirs(a, t)) for a, t in pairs])


def ifeval():
    utils = references.ifeval()
    known = [case for case in instructions.cases(400, 53) if len(case[0]) < 300][:60]
    for loose, reading in ((False, "strict"), (True, "loose")):
        flags = [references.followed(utils, a, row, loose) for a, row in known]
        targets = [[json.dumps(row, ensure_ascii=False)] for _, row in known]
        write(f"ifeval_prompt_{reading}", [(a, t, float(all(f))) for (a, _), t, f in zip(known, targets, flags)])
        write(f"ifeval_instruction_{reading}", [(a, t, sum(f) / len(f)) for (a, _), t, f in zip(known, targets, flags)])


if __name__ == "__main__":
    (FOLDER / "sets.jsonl").write_text("".join(line + "\n" for line in errors.vectors()))
    texts()
    truthful()
    ifeval()

"""Aggregates over whole sets and their standard errors: the reference's number of all, and of all but one question or
cluster in turn (the jackknife)."""

import json
import math
import random
import re

import numpy as np
import sacrebleu
from sklearn.metrics import matthews_corrcoef

import inputs

LN2 = math.log(2)


def ratio(samples, parts):
    total = sum(parts(s) for s in samples)
    return sum(s["value"] * parts(s) for s in samples) / total if total else None


def texts(samples, size):
    return -sum(s["value"] for s in samples) / sum(size(s["targets"][0]) for s in samples)


def columns(samples):
    return [s["answer"] for s in samples], [[s["targets"][0] for s in samples]]


def words(text):
    return len(re.split(r"\s+", text))


THEIRS = {
    "matthews": lambda s: float(matthews_corrcoef([x["targets"][0] for x in s], [x["answer"] for x in s])),
    "corpus_bleu": lambda s: sacrebleu.corpus_bleu(*columns(s)).score,
    "corpus_bleu_char": lambda s: sacrebleu.corpus_bleu(*columns(s), tokenize="char").score,
    "corpus_chrf": lambda s: sacrebleu.corpus_chrf(*columns(s)).score,
    "corpus_chrf_plus_plus": lambda s: sacrebleu.corpus_chrf(*columns(s), word_order=2).score,
    "corpus_ter": lambda s: sacrebleu.corpus_ter(*columns(s)).score,
    "perplexity": lambda s: math.exp(-float(np.mean([x["value"] for x in s]))),
    "word_perplexity": lambda s: math.exp(texts(s, words)),
    "byte_perplexity": lambda s: math.exp(texts(s, lambda t: len(t.encode()))),
    "bits_per_byte": lambda s: texts(s, lambda t: len(t.encode())) / LN2,
    "ifeval_instructions": lambda s: ratio(s, lambda x: len(json.loads(x["targets"][0])["instruction_id_list"])),
    "mean_over_targets": lambda s: ratio(s, lambda x: len(x["targets"])),
}


def sample(rng, aggregate):
    if aggregate == "matthews":
        target = rng.choice("abc")
        return {"value": 0.0, "answer": target if rng.random() < 0.6 else rng.choice("abc"), "targets": [target]}
    if aggregate == "ifeval_instructions":
        asked = rng.randint(1, 4)
        target = json.dumps({"instruction_id_list": ["x"] * asked})
        return {"value": rng.randint(0, asked) / asked, "answer": "", "targets": [target]}
    if aggregate == "mean_over_targets":
        return {"value": rng.choice([0.0, 0.5, 1.0]), "answer": "", "targets": ["A"] * rng.randint(1, 5)}
    answer, targets = rng.choice(PAIRS)
    return {"value": -rng.random() * len(targets[0]), "answer": answer, "targets": targets[:1]}


PAIRS = [(a, t) for a, t in inputs.pairs(2000, 71) if 0 < len(t[0]) < 80 and len(a) < 80]


def error(aggregate, questions, clusters):
    groups = clusters if clusters else list(range(len(questions)))
    theirs, left = THEIRS[aggregate], []
    for out in sorted(set(groups)):
        rest = [s for question, group in zip(questions, groups) if group != out for s in question]
        left.append(theirs(rest))
    left, count = np.array(left), len(left)
    return float(np.sqrt((count - 1) / count * np.sum((left - left.mean()) ** 2)))


def cases(number, seed):
    for aggregate in THEIRS:
        rng = random.Random(seed)
        for at in range(number):
            size = rng.randint(3, 7 if aggregate == "corpus_ter" else 16)
            questions = [[sample(rng, aggregate) for _ in range(1 if at % 3 else rng.randint(1, 2))] for _ in range(size)]
            clusters = None
            if at % 2:
                drawn = [rng.randrange(max(2, size // 2)) for _ in questions]
                known = list(dict.fromkeys(drawn))
                clusters = [known.index(one) for one in drawn] if len(known) > 1 else None
            flat = [s for question in questions for s in question]
            value = THEIRS[aggregate](flat)
            alike = aggregate == "matthews" and min(len({s["answer"] for s in flat}), len({s["targets"][0] for s in flat})) < 2
            yield aggregate, questions, clusters, value, None if alike else error(aggregate, questions, clusters)


def run(compare):
    for aggregate, asked in by_aggregate(100, 72).items():
        compare(f"set {aggregate}", [{"ask": "set", "aggregate": a, "questions": q, "clusters": c} for a, q, c, _, _ in asked],
                [[value, wrong] for *_, value, wrong in asked])


def by_aggregate(number, seed):
    found = {}
    for case in cases(number, seed):
        found.setdefault(case[0], []).append(case)
    return found


def vectors():
    """A few of each, as lines."""
    source = {"matthews": "scikit-learn 1.9", "corpus": "sacrebleu 2.6.0"}
    for aggregate, questions, clusters, value, wrong in cases(6, 73):
        program = source.get(aggregate.split("_")[0], "NumPy 2.4.6")
        yield json.dumps({"aggregate": aggregate, "questions": questions, "clusters": clusters, "value": value, "error": wrong,
                          "from": f"{program}, of all and of all but one"}, ensure_ascii=False)

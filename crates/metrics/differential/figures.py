"""Corpus scores and statistics."""

import math
import random

import numpy as np
import sacrebleu
from scipy import stats
from sklearn.metrics import matthews_corrcoef
from statsmodels.stats.contingency_tables import mcnemar

import inputs


def corpora(compare):
    rng = random.Random(11)
    pairs = list(inputs.pairs(3000, 12)) + list(inputs.nasty_pairs(13))
    groups = [rng.sample(pairs, rng.randint(1, 20)) for _ in range(1200)]
    # sacrebleu's TER takes minutes for long texts; those it has in run.py.
    short = [rng.sample(pairs[:3000], rng.randint(1, 4)) for _ in range(1000)]
    theirs = {
        "bleu": lambda a, t: sacrebleu.corpus_bleu(a, [t]).score,
        "chrf": lambda a, t: sacrebleu.corpus_chrf(a, [t]).score,
        "chrf_plus_plus": lambda a, t: sacrebleu.corpus_chrf(a, [t], word_order=2).score,
        "ter": lambda a, t: sacrebleu.corpus_ter(a, [t]).score,
    }
    for metric, function in theirs.items():
        chosen = short if metric == "ter" else groups
        questions, values = [], []
        for group in chosen:
            answers, targets = [a for a, _ in group], [t[0] for _, t in group]
            questions.append({"ask": "corpus", "metric": metric, "answers": answers, "targets": [[t] for t in targets]})
            values.append(function(answers, targets))
        compare(f"corpus {metric}", questions, values)


def values(rng):
    size = rng.choice([2, 3, 5, 30, 200, 2000])
    kind = rng.randrange(4)
    if kind == 0:
        return [float(rng.choice([-1, 0, 0, 1])) for _ in range(size)]
    if kind == 1:
        return [rng.gauss(0.01, 0.3) for _ in range(size)]
    if kind == 2:
        return [rng.random() ** 8 * 1e6 for _ in range(size)]
    return [rng.gauss(5, 1e-6) for _ in range(size)]


def paired(x):
    x = np.array(x)
    if np.all(x == x[0]):
        return [x[0], 0.0, x[0], x[0], float(x[0] == 0)]
    test = stats.ttest_rel(x, np.zeros(len(x)))
    low, high = test.confidence_interval(0.95)
    return [float(x.mean()), float(stats.sem(x)), float(low), float(high), float(test.pvalue)]


def clustered(x, c):
    from inspect_ai.scorer._metrics.std import _clustered_stderr
    groups = {}
    for value, cluster in zip(x, c):
        groups.setdefault(cluster, []).append(value)
    return _clustered_stderr(list(groups.values())) if len(groups) > 1 else None


def pass_at_k(n, c, k):
    if c > n or k == 0 or k > n:
        return [None, None]
    at = 1.0 if n - c < k else float(1.0 - np.prod(1.0 - k / np.arange(n - c + 1, n + 1)))
    return [at, math.comb(c, k) / math.comb(n, k)]


def run(compare):
    corpora(compare)
    rng = random.Random(21)
    many = [values(rng) for _ in range(1200)]
    compare("paired difference", [{"ask": "paired", "values": x} for x in many], [paired(x) for x in many])
    pairs = [(x, [rng.randrange(max(2, len(x) // 4)) for _ in x]) for x in many]
    compare("clustered standard error", [{"ask": "clustered", "values": x, "clusters": c} for x, c in pairs],
            [clustered(x, c) for x, c in pairs])
    counts = [(rng.randint(0, 10 ** rng.randint(0, 4)), rng.randint(0, 10 ** rng.randint(0, 4))) for _ in range(1200)]

    def both(b, c):
        if b + c == 0:
            return [1.0, 1.0]
        table = [[0, b], [c, 0]]
        return [min(1.0, float(mcnemar(table, exact=True).pvalue)), float(mcnemar(table, exact=False, correction=True).pvalue)]
    compare("McNemar", [{"ask": "mcnemar", "losses": b, "wins": c} for b, c in counts], [both(b, c) for b, c in counts])
    labels = []
    for _ in range(1200):
        size, classes = rng.randint(2, 300), rng.randint(1, 6)
        targets = [str(rng.randrange(classes)) for _ in range(size)]
        labels.append(([t if rng.random() < 0.6 else str(rng.randrange(classes)) for t in targets], targets))
    compare("Matthews", [{"ask": "matthews", "answers": a, "targets": t} for a, t in labels],
            [float(matthews_corrcoef(t, a)) for a, t in labels])
    cases = [(n := rng.randint(1, 300), rng.randint(0, n), rng.randint(0, n + 1)) for _ in range(1200)]
    compare("pass@k, pass^k", [{"ask": "pass", "count": n, "right": c, "k": k} for n, c, k in cases],
            [pass_at_k(*case) for case in cases])
    shares = [(10 ** rng.uniform(-4, 1), rng.choice([rng.randint(1, 40), rng.randint(1, 200_000)]), rng.uniform(0.001, 0.5),
               rng.uniform(0.1, 0.999)) for _ in range(1200)]
    compare("minimum detectable effect",
            [{"ask": "detectable", "error": e, "freedom": f, "significance": s, "power": p} for e, f, s, p in shares],
            [float((stats.t.ppf(1 - s / 2, f) + stats.t.ppf(p, f)) * e) for e, f, s, p in shares])
    likelihoods(compare, rng)


def likelihoods(compare, rng):
    import re
    from lm_eval.api.metrics import bits_per_byte, weighted_perplexity
    texts = [a for a, _ in inputs.pairs(1000, 31)] + [t for t in inputs.NASTY]
    questions, theirs = [], []
    for _ in range(1200):
        some = [rng.choice(texts) for _ in range(rng.randint(1, 9))]
        sums = [-rng.random() * (len(text) + 1) for text in some]
        words = [(s, len(re.split(r"\s+", text))) for text, s in zip(some, sums)]
        size = [(s, len(text.encode())) for text, s in zip(some, sums)]
        if sum(n for _, n in size) == 0:
            continue
        try:
            theirs.append([weighted_perplexity(words), weighted_perplexity(size), bits_per_byte(size)])
        except OverflowError:
            continue
        questions.append({"ask": "likelihood", "texts": some, "sums": sums})
    compare("perplexity of words and bytes, bits per byte", questions, theirs)

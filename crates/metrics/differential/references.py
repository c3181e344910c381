"""What the original programs say. `TEXT` maps our names of metrics to functions of an answer and its targets."""

import functools
import json
import re
import string
import sys
from collections import Counter

import jieba
import numpy as np
import sacrebleu
from lm_eval.api.metrics import exact_match_hf_evaluate
from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from rapidfuzz.distance import Indel, Levenshtein
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.scoring import BootstrapAggregator
from sacrebleu.metrics import BLEU, CHRF, TER

jieba.setLogLevel(60)
import warnings
warnings.filterwarnings("ignore")
sys.setrecursionlimit(10000)


def punkt():
    """NLTK's Punkt with the parameters of punkt_tab, which NLTK would fetch from the network."""
    from punkt.data import english as data
    parameters = PunktParameters()
    parameters.abbrev_types = set(data.ABBREV_TYPES)
    parameters.collocations = set(map(tuple, data.COLLOCATIONS))
    parameters.sent_starters = set(data.SENT_STARTERS)
    for word, flags in data.ORTHO_CONTEXT.items():
        parameters.ortho_context[word] = flags
    tokenizer = PunktSentenceTokenizer()
    tokenizer._params = parameters
    return tokenizer


PUNKT = punkt()


def squad_normalize(text):
    """As SQuAD 1.1's evaluation script defines it."""
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def squad_f1(answer, target):
    answer, target = squad_normalize(answer).split(), squad_normalize(target).split()
    same = sum((Counter(answer) & Counter(target)).values())
    if same == 0:
        return 0
    precision, recall = same / len(answer), same / len(target)
    return 2 * precision * recall / (precision + recall)


def drop(part):
    from lm_eval.tasks.drop.utils import process_results

    def spans(target):
        try:
            found = json.loads(target)
        except ValueError:
            return (target,)
        return tuple(found) if isinstance(found, list) and found and all(isinstance(x, str) for x in found) else (target,)
    return lambda a, t: float(process_results({"answers": [spans(target) for target in t]}, [a])[part])


@functools.cache
def truthful_all(answer, target):
    from lm_eval.tasks.truthfulqa import utils
    # It draws 1,000 times from one score, which is that score each time.
    utils.scoring.BootstrapAggregator = functools.partial(BootstrapAggregator, n_samples=1)
    known = json.loads(target)
    return utils.process_results_gen({"correct_answers": known["correct"], "incorrect_answers": known["incorrect"]}, [answer])


def truthful(name):
    return lambda a, t: float(truthful_all(a, t[0])[name])


def harness_exact(**switches):
    def value(answer, targets):
        # NumPy drops NUL at the end of texts; an x after every text keeps it.
        hits = (exact_match_hf_evaluate([answer + "x"], [target + "x"], **switches)["exact_match"] for target in targets)
        return max(float(hit) for hit in hits)
    return value


def bleu(**switches):
    metric = BLEU(effective_order=True, **switches)
    return lambda a, t: metric.sentence_score(a, t).score


def nltk(method):
    smoothing = getattr(SmoothingFunction(), f"method{method}")
    return lambda a, t: float(sentence_bleu([target.split() for target in t], a.split(), smoothing_function=smoothing))


class Jieba:
    def tokenize(self, text):
        return [word.lower() for word in jieba.cut(text) if word.strip()]


def rouge(kind, **switches):
    scorer = RougeScorer([kind], **switches)
    return lambda a, t: float(scorer.score_multi(t, a)[kind].fmeasure)


TEXT = {
    "exact_match": harness_exact(),
    "exact_match_ignore_case": harness_exact(ignore_case=True),
    "exact_match_ignore_case_punctuation": harness_exact(ignore_case=True, ignore_punctuation=True),
    "exact_match_ignore_case_punctuation_numbers": harness_exact(
        ignore_case=True, ignore_punctuation=True, ignore_numbers=True),
    "squad_exact": lambda a, t: float(max(squad_normalize(a) == squad_normalize(target) for target in t)),
    "squad_f1": lambda a, t: float(max(squad_f1(a, target) for target in t)),
    "drop_exact": drop("em"),
    "drop_f1": drop("f1"),
    "edit_similarity": lambda a, t: max(Levenshtein.normalized_similarity(a, target) for target in t),
    "indel_similarity": lambda a, t: max(Indel.normalized_similarity(a, target) for target in t),
    "bleu": bleu(),
    "bleu_intl": bleu(tokenize="intl"),
    "bleu_zh": bleu(tokenize="zh"),
    "bleu_char": bleu(tokenize="char"),
    "bleu_none": bleu(tokenize="none"),
    "bleu_floor": bleu(smooth_method="floor"),
    "bleu_add_k": bleu(smooth_method="add-k"),
    "bleu_unsmoothed": bleu(smooth_method="none"),
    "nltk_bleu": nltk(0), "nltk_bleu_1": nltk(1), "nltk_bleu_2": nltk(2), "nltk_bleu_3": nltk(3),
    "nltk_bleu_4": nltk(4), "nltk_bleu_5": nltk(5), "nltk_bleu_7": nltk(7),
    "chrf": lambda a, t: CHRF().sentence_score(a, t).score,
    "chrf_plus": lambda a, t: CHRF(word_order=1).sentence_score(a, t).score,
    "chrf_plus_plus": lambda a, t: CHRF(word_order=2).sentence_score(a, t).score,
    "ter": lambda a, t: TER().sentence_score(a, t).score,
    "rouge_1": rouge("rouge1"), "rouge_2": rouge("rouge2"), "rouge_l": rouge("rougeL"), "rouge_lsum": rouge("rougeLsum"),
    "rouge_1_stemmed": rouge("rouge1", use_stemmer=True), "rouge_2_stemmed": rouge("rouge2", use_stemmer=True),
    "rouge_l_stemmed": rouge("rougeL", use_stemmer=True), "rouge_lsum_stemmed": rouge("rougeLsum", use_stemmer=True),
    "rouge_1_zh": rouge("rouge1", tokenizer=Jieba()), "rouge_2_zh": rouge("rouge2", tokenizer=Jieba()),
    "rouge_l_zh": rouge("rougeL", tokenizer=Jieba()), "rouge_lsum_zh": rouge("rougeLsum", tokenizer=Jieba()),
}

# lm-eval's names; what it calls ROUGE-L is Lsum.
TRUTHFUL = {f"truthful_{ours}_{part}": truthful(f"{theirs}_{part}") for ours, theirs in (
    ("bleu", "bleu"), ("rouge_1", "rouge1"), ("rouge_2", "rouge2"), ("rouge_lsum", "rougeL")) for part in ("max", "acc", "diff")}

SOURCE = {
    "exact": "lm-eval 0.4.13 exact_match_hf_evaluate", "squad": "evaluate-v1.1.py of SQuAD 1.1, by its definition",
    "drop": "lm-eval 0.4.13 drop/utils.py", "edit": "rapidfuzz 3.14.5 Levenshtein", "indel": "rapidfuzz 3.14.5 Indel",
    "bleu": "sacrebleu 2.6.0", "chrf": "sacrebleu 2.6.0", "ter": "sacrebleu 2.6.0", "nltk": "NLTK 3.10.4 sentence_bleu",
    "rouge": "rouge-score 0.1.2", "truthful": "lm-eval 0.4.13 truthfulqa/utils.py, sacrebleu 2.6.0, rouge-score 0.1.2", "ifeval": "lm-eval 0.4.13 ifeval, langdetect 1.0.9 with seed 0, NLTK 3.10.4 punkt_tab",
}


def source(metric):
    text = SOURCE[metric.split("_")[0]]
    return text + ", jieba 0.42.1" if metric.endswith("_zh") and metric.startswith("rouge") else text


def ifeval():
    """lm-eval's checkers, with Punkt from a package and a seeded langdetect, so that they answer the same each time."""
    import langdetect
    import nltk
    langdetect.DetectorFactory.seed = 0
    nltk.sent_tokenize = lambda text, language="english": PUNKT.tokenize(text)
    nltk.tokenize.sent_tokenize = nltk.sent_tokenize
    module = sys.modules["nltk.tokenize"]
    module.sent_tokenize = nltk.sent_tokenize
    nltk.data.find = lambda *a, **k: "here"
    nltk.download = lambda *a, **k: True
    from lm_eval.tasks.ifeval import instructions_util, utils
    instructions_util._get_sentence_tokenizer = lambda: PUNKT
    return utils


def followed(utils, answer, row, loose):
    sample = utils.InputExample(0, row["instruction_id_list"], row.get("prompt", ""), row["kwargs"])
    test = utils.test_instruction_following_loose if loose else utils.test_instruction_following_strict
    return [bool(flag) for flag in test(sample, answer).follow_instruction_list]

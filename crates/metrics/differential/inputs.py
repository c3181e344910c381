"""Made-up texts: random ones, and nasty ones that break scorers. Always the same for the same seed."""

import json
import random

WORDS = """river stone window quiet seven garden paper orange market the a an of and in on to with from over under before
after because although running runners ran walked walking happily nationalization relational flies dying skies agreed
controlling adoption quickly quick brown fox jumps lazy dog house houses housing created creation creative 3 42 1,000
3.5 2024 first second teacher teachers' mother-in-law don't can't it's Dr. Mr. U.S. e.g. NATO ISBN Café naïve über
straße coöperate résumé señor 中国 北京 天气 今天 学习 语言模型 数据 机器学习 你好 世界 東京 日本語 カタカナ ひらがな 한국어 привет мир Москва
😀 🎉 👍🏽 — – … “quoted” ‘single’ (brackets) [square] {curly} 50% $20 €15 #tag @name a/b x=y https://example.org/a?b=c
""".split()
MARKS = [".", ",", "!", "?", ";", ":", "", "", "", "", "。", "，", "！", "、"]

NASTY = [
    "", " ", "\n", "\t \n", "\u00a0", "\u200b", "\u2028", "\x1c", "\x1f a \x1e", "a", "A", "the", "a an the", "The The",
    ".", "...", "!?", "。", "-", "--", "_", "'", '"', '""', "''", "``", "&quot;", "&amp;&lt;&gt;", "<skipped>", "a-\nb",
    "-\n", "\n-", "a\nb", "a\r\nb", "0", "-1", "1.0", "1", "01", "1e3", "1000", "1,000", "1_000", ".5", "5.", "½", "²", "٣",
    "inf", "nan", "NaN", "Infinity", "-inf", "1/2", "3-4", "3 - 4", "10%", "$5", "I", "i", "İ", "ı", "ß", "ẞ", "ﬁ", "ǆ", "ǅ", "ΑΣ",
    "e\u0301", "é", "\u0301", "a\u0301b", "नमस्ते", "வணக்கம்", "สวัสดี", "שלום", "مرحبا بالعالم", "👨‍👩‍👧‍👦", "🇩🇪", "😀😀😀", "中", "中文", "中文。", "中 文",
    "中文abc中文", "ＡＢＣ１２３", "，。！", "\ufeffword", "word\ufeff", "\ufffd", "x" * 300, "ab " * 200, "中" * 200, "a\u0000b", "\\", "\\n",
    "*", "**", "***", "****", "******", "[x]", "[]", "<<x>>", "<<>>", "```json\n{}\n```", "{}", "null", "P.S. x", "p. p. s x",
    "My answer is yes.", "can't won't don't", "U.S.A. is e.g. here", "x.y.z", "..a..", "a..b", "a . b", "a ,b", "1.2.3", "1,2,3",
    "2-3", "a-b-c", "a/b", "a\\b", "#1", "@a", "a@b.c", "http://a.b/c?d=e&f", "(a)", "((a", "a))", "“a”", "«a»", "‘a’", "a…b", "a—b",
]


def sentence(rng, low=1, high=14):
    words = [rng.choice(WORDS) for _ in range(rng.randint(low, high))]
    if rng.random() < 0.6:
        words[0] = words[0][:1].upper() + words[0][1:]
    return " ".join(word + (rng.choice(MARKS) if rng.random() < 0.2 else "") for word in words) + rng.choice([".", "", "!", "。"])


def text(rng):
    lines = [" ".join(sentence(rng) for _ in range(rng.randint(1, 3))) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    return rng.choice(["\n", "\n\n", " "]).join(lines)


def altered(rng, base):
    words = base.split(" ")
    for _ in range(rng.randint(0, max(1, len(words) // 2))):
        place = rng.randrange(len(words)) if words else 0
        act = rng.randrange(6)
        if act == 0 and len(words) > 1:
            words.pop(place)
        elif act == 1:
            words.insert(place, rng.choice(WORDS))
        elif act == 2:
            words[place] = rng.choice(WORDS)
        elif act == 3 and len(words) > 3:
            size = rng.randint(1, min(5, len(words) - 1))
            start = rng.randrange(len(words) - size)
            run, words = words[start:start + size], words[:start] + words[start + size:]
            goal = rng.randint(0, len(words))
            words = words[:goal] + run + words[goal:]
        elif act == 4:
            words[place] = words[place].upper()
        elif words[place]:
            words[place] = words[place][:-1]
    return " ".join(words)


def pairs(count=1000, seed=7):
    """`count` random pairs of an answer and its targets."""
    rng = random.Random(seed)
    for _ in range(count):
        base = text(rng)
        targets = [base] + [altered(rng, base) if rng.random() < 0.5 else text(rng) for _ in range(rng.choice([0, 0, 0, 1, 2]))]
        answer = altered(rng, base) if rng.random() < 0.85 else text(rng)
        yield answer, targets


def nasty_pairs(seed=8):
    """Each nasty text with itself, with nothing, with another one, and long texts."""
    rng = random.Random(seed)
    for place, one in enumerate(NASTY):
        other = NASTY[(place * 7 + 3) % len(NASTY)]
        yield one, [one]
        yield one, [other]
        yield other + " " + one, [one + " " + other, other]
    for one in NASTY[::3]:
        yield one, [""]
        yield "", [one]
    for words in (500, 2000):
        base = " ".join(rng.choice(WORDS) for _ in range(words))
        yield altered(rng, base), [base]
        yield base, [base]
        yield " ".join(rng.sample(base.split(" "), words // 4)), [base]
    yield "a " * 30, ["a " * 2000]
    yield "b a " * 1000, ["a b " * 20]


def span_pairs(count=1000, seed=9):
    """Answers and targets of several spans, as DROP has them: JSON lists of short texts and numbers."""
    rng = random.Random(seed)
    known = [word for word in WORDS if len(word) < 12] + ["3", "42", "1,000", "3.5", "12-yard", "the 2nd", "1e3", "0.50", "٣", "1_000"]
    span = lambda: " ".join(rng.choice(known) for _ in range(rng.randint(1, 3)))
    for _ in range(count):
        spans = [span() for _ in range(rng.randint(1, 4))]
        answer = rng.choice([span(), rng.choice(spans), " ".join(spans), rng.choice(spans) + " " + span(), ""])
        yield answer, [json.dumps(spans), rng.choice([span(), json.dumps([span(), span()]), ""])]


def truthful(rng, answers):
    """A target of TruthfulQA: some answers are true, the others false."""
    cut = rng.randint(1, len(answers) - 1)
    return json.dumps({"correct": answers[:cut], "incorrect": answers[cut:]})


def truthful_pairs(count=1000, seed=10):
    """Written answers to questions with some true and some false ones: altered ones of them, and others."""
    rng = random.Random(seed)
    for _ in range(count):
        known = [sentence(rng, 1, 10) for _ in range(rng.randint(2, 8))]
        if rng.random() < 0.2:
            known[0] = " . ".join([known[0], sentence(rng, 1, 5)])
        answer = rng.choice([altered(rng, rng.choice(known)), altered(rng, rng.choice(known)), text(rng), rng.choice(known)])
        yield answer, [truthful(rng, known)]


def truthful_nasty_pairs(seed=11):
    rng = random.Random(seed)
    for answer, targets in nasty_pairs():
        yield answer, [truthful(rng, [targets[0], rng.choice(NASTY), answer if rng.random() < 0.3 else rng.choice(NASTY)])]

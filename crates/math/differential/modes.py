"""What the originals of the modes give that are no computer algebra: vectors, or verdicts on the pairs of `pairs.py`.

usage: modes.py vectors CURATED OUT
       modes.py verdicts MODE PAIRS OUT [FOLDER]   FOLDER: that of competition_math in EvalScope 0.5.2, for its mode

needs: pip install lm-eval==0.4.13 math-verify==0.9.0 sympy==1.14.0, and then antlr4-python3-runtime==4.11.1
"""

import importlib.util
import json
import re
import sys
import types
from pathlib import Path

import lm_eval
from lm_eval.filters.extraction import RegexFilter

REPLIES = [
    "so the total is 9 * 2 = $<<9*2=18>>18.\n#### 18",
    "#### 1,234.50",
    "#### -7 and then #### 8",
    "####18",
    "She makes $1,800.00 a day.",
    "The answer is 5, 6 or 7.",
    "It costs 3 dollars",
    "no number here",
    "-12",
    "1.2.3",
    "€5",
    "a 1/2",
    "The answer is $\\frac{1}{2}$.",
    "First $x=2$, then $y=3$.",
    "Only one $ sign",
    "$5$",
    "plain 42",
    "Final Answer: The final answer is $[2,5)$. I hope it is correct.",
    "Final Answer: The final answer is 24. I hope it is correct.",
    "Final Answer: The final answer is $x = 5$",
    "Final Answer: The final answer is $0.5$.",
    "Final Answer: The final answer is $1$. I hope it is correct. Final Answer: The final answer is $2$. I hope it is correct.",
    "The final answer is 3. I hope it is correct.",
    "Final Answer: The final answer is\n$7$. I hope it is correct.",
]

EXTRA = [
    ("x = \\frac12 \\text{ inches}", "\\frac{1}{2}"),
    ("2\\pi cm", "2\\pi"),
    ("1,000", "1000"),
    ("0,1", "01"),
    ("\\left(1,2\\right)", "(1,2)"),
    ("\\sqrt3", "\\sqrt{3}"),
    ("\\sqrt[3]2", "\\sqrt[3]{2}"),
    ("k = 7", "7"),
    ("abc = 7", "7"),
    ("\\$5", "5"),
    ("90^\\circ", "90"),
    ("\\frac1{72}", "\\frac{1}{72}"),
    ("\\frac", "\\frac"),
    ("\\sqrt", "\\sqrt"),
    ("5\\text{ cm}", "5"),
    ("5\\text{ cm}\\text{ x}", "5"),
    ("0.5", "\\frac{1}{2}"),
    ("3/4", "\\frac{3}{4}"),
    ("a/b", "a/b"),
    (".5", "0.5"),
    ("10\\%", "10"),
    ("\\text{(A)}", "(A)"),
    ("\\mbox{east}", "\\text{east}"),
    ("12 square feet", "12"),
    ("an apple", "apple"),
    ("#### 18", "18"),
    ("$18.", "18"),
    ("18.", "18"),
    ("18.0", "18"),
    ("YES", "yes"),
    ("1+", "1"),
    ("1.", "1"),
    ("2(1,2)", "2"),
    ("2[1,2]", "2"),
    ("(1,2)", "(1,3)"),
    ("1,2", "1,3"),
    ("1,234", "1234"),
    ("x(1,2", "x"),
    ("x(x+1)", "x^2+x"),
    ("x(x+1)", "x(1+x)"),
    ("x_{1", "x"),
    ("2x_{1,2}", "2"),
    ("x^{1,2}", "x"),
    ("3x4", "12"),
    ("2\\{1,2\\}", "2"),
    ("2\\%", "2"),
    ("1,\\%", "1"),
    ("\\log_2 81", "\\log_{28}1"),
    ("\\sin^2 3", "(\\sin 3)^2"),
    ("\\sin x\\cdot y", "\\sin(xy)"),
    ("\\sin x+y", "y+\\sin(x)"),
    ("\\sin 2x", "2\\sin x\\cos x"),
    ("\\sin^2 x+\\cos^2 x", "1"),
    ("\\sin\\frac{\\pi}{6}", "\\frac12"),
    ("\\sqrt[3]{-8}", "-2"),
    ("\\sqrt{x^2}", "x"),
    ("|x|^2", "x^2"),
    ("x^2^3", "x^6"),
    ("X", "x"),
    ("\\infty", "\\infty+1"),
    ("dx", "d\\cdot x"),
    ("x<3", "x<4"),
    ("\\left|-3\\right|", "3"),
    ("|-3|", "3"),
    ("\\lfloor 2.5\\rfloor", "2"),
    ("\\binom{5}{2}", "10"),
    ("5!", "120"),
    ("007", "7"),
]


def module(name):
    folder = Path(lm_eval.__file__).parent / "tasks" / name / "utils.py"
    spec = importlib.util.spec_from_file_location(name, folder)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def evalscope(folder):
    """The adapter of competition_math, without the rest of EvalScope 0.5.2."""
    for name in ("evalscope", "evalscope.benchmarks", "evalscope.metrics", "evalscope.metrics.metrics", "evalscope.utils", "evalscope.utils.logger"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["evalscope.benchmarks"].DataAdapter = object
    sys.modules["evalscope.metrics.metrics"].weighted_mean = None
    sys.modules["evalscope.utils"].normalize_score = None
    sys.modules["evalscope.utils.logger"].get_logger = lambda: None
    spec = importlib.util.spec_from_file_location("adapter", Path(folder) / "competition_math_adapter.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded.CompetitionMathAdapter


def gsm8k_text(text):
    for ignored in [",", "\\$", "(?s).*#### ", "\\.$"]:
        text = re.sub(ignored, "", text)
    return text.lower()


def between_dollars(text):
    places = [place for place, char in enumerate(text) if char == "$"]
    return text if len(places) <= 1 else text[places[0] + 1 : places[-1]]


def original(mode, folder):
    """How the original finds an answer, and whether it is the target."""
    if mode == "evalscope-0.5":
        adapter = evalscope(folder)
        return lambda text: adapter._math_postprocess(text), lambda a, b: adapter._is_equiv(b, a)
    if mode == "hendrycks_math":
        hendrycks = module("hendrycks_math")
        return between_dollars, lambda a, b: hendrycks.is_equiv(b, a)
    if mode == "minerva":
        minerva = module("minerva_math")
        normal = minerva.normalize_final_answer
        found = lambda text: None if (answer := minerva.get_unnormalized_answer(text)) == "[invalidanswer]" else answer
        return found, lambda a, b: minerva.is_equiv(normal(b), normal(a))
    strict = RegexFilter("#### (\\-?[0-9\\.\\,]+)")
    flexible = RegexFilter("(-?[$0-9.,]{2,})|(-?[0-9]+)", group_select=-1)
    pattern = strict if mode == "gsm8k-strict" else flexible
    found = lambda text: None if (answer := pattern.apply([[text]], [{}])[0][0]) == "[invalid]" else answer
    return found, lambda a, b: gsm8k_text(a) == gsm8k_text(b)


def write_vectors(curated, path):
    rows = [json.loads(line) for line in open(curated, encoding="utf-8")]
    pairs = EXTRA + [(row["a"], row["b"]) for row in rows]
    modes = ["hendrycks_math", "minerva", "gsm8k-strict", "gsm8k-flexible"]
    with open(path, "w", encoding="utf-8") as out:
        for mode in modes:
            for reply in REPLIES:
                out.write(json.dumps({"mode": mode, "reply": reply, "out": original(mode, None)[0](reply)}, ensure_ascii=False) + "\n")
        for mode in modes[:3]:
            compare = original(mode, None)[1]
            for a, b in pairs:
                out.write(json.dumps({"mode": mode, "a": a, "b": b, "equal": bool(compare(a, b))}, ensure_ascii=False) + "\n")


def write_verdicts(mode, pairs, path, folder):
    find, compare = original(mode, folder)
    with open(pairs, encoding="utf-8") as lines, open(path, "w", encoding="utf-8") as out:
        for line in lines:
            pair = json.loads(line)
            answer = find(pair["b"]) if pair["kind"] == "reply" else pair["b"]
            try:
                is_equal = answer is not None and bool(compare(pair["a"], answer))
            except ValueError:
                is_equal = None  # The original ends with an exception.
            out.write(json.dumps({**pair, "found": answer, "verdict": is_equal}, ensure_ascii=False) + "\n")


def main():
    if sys.argv[1] == "vectors":
        write_vectors(*sys.argv[2:])
    else:
        write_verdicts(*sys.argv[2:5], sys.argv[5] if len(sys.argv) > 5 else None)


main()

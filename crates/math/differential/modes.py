"""Writes the vectors of the modes that are named after lm-evaluation-harness: what its own functions give.

usage: modes.py CURATED OUT      needs: pip install lm-eval==0.4.13 sympy antlr4-python3-runtime==4.11
"""

import importlib.util
import json
import re
import sys
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
]


def module(name):
    folder = Path(lm_eval.__file__).parent / "tasks" / name / "utils.py"
    spec = importlib.util.spec_from_file_location(name, folder)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def gsm8k_text(text):
    for ignored in [",", "\\$", "(?s).*#### ", "\\.$"]:
        text = re.sub(ignored, "", text)
    return text.lower()


def main():
    hendrycks, minerva = module("hendrycks_math"), module("minerva_math")
    strict = RegexFilter("#### (\\-?[0-9\\.\\,]+)")
    flexible = RegexFilter("(-?[$0-9.,]{2,})|(-?[0-9]+)", group_select=-1)

    def between_dollars(text):
        places = [place for place, char in enumerate(text) if char == "$"]
        return text if len(places) <= 1 else text[places[0] + 1 : places[-1]]

    finders = {
        "hendrycks_math": between_dollars,
        "minerva": lambda text: None if (found := minerva.get_unnormalized_answer(text)) == "[invalidanswer]" else found,
        "gsm8k-strict": lambda text: None if (found := strict.apply([[text]], [{}])[0][0]) == "[invalid]" else found,
        "gsm8k-flexible": lambda text: None if (found := flexible.apply([[text]], [{}])[0][0]) == "[invalid]" else found,
    }
    comparers = {
        "hendrycks_math": lambda a, b: hendrycks.is_equiv(b, a),
        "minerva": lambda a, b: minerva.is_equiv(minerva.normalize_final_answer(b), minerva.normalize_final_answer(a)),
        "gsm8k-strict": lambda a, b: gsm8k_text(a) == gsm8k_text(b),
    }
    curated = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    pairs = EXTRA + [(row["a"], row["b"]) for row in curated]
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        for mode, find in finders.items():
            for reply in REPLIES:
                out.write(json.dumps({"mode": mode, "reply": reply, "out": find(reply)}, ensure_ascii=False) + "\n")
        for mode, compare in comparers.items():
            for a, b in pairs:
                out.write(json.dumps({"mode": mode, "a": a, "b": b, "equal": bool(compare(a, b))}, ensure_ascii=False) + "\n")


main()

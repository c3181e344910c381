"""Makes replies that announce an answer, each with what it says, a target that may be another, and EvalScope's verdict.

usage: announced.py OUT REPOSITORY      needs: pip install math-verify==0.9.0; REPOSITORY: EvalScope 1.14.1, unpacked
"""

import json
import random
import sys
import types
import warnings

warnings.filterwarnings("ignore")

LEADS = [
    "The answer is @.", "So the answer is @", "The answer is: @.", "The final answer is @", "The final answer is @.", "Final Answer: @", "**Final Answer:** @",
    "Answer: @", "ANSWER: @", "**Answer:** @.", "The answer is **@**.", "*The answer is @*", "Answer: *@*", "答案是 @", "答案：@", "最终答案是 @。", "#### @", "#### Answer: @",
    "#### The answer is @.", "Thus @.",
]
CALCULATIONS = [
    "{a} * {b} = {v}", "{a}*{b}={v}", "{a} * {b} = {v} dollars", "{a} x {b} = {v}", "{a}x{b}={v}", "{a} × {b} = {v}", "${a} * ${b} = ${v}", "{a} + {b} = {v} apples",
    "{a}+{b}={v}", "{a} - {b} = {v}", "{a}-{b}={v}", "{a}/{b} = {v}", "({a} + {b}) * 2 = {v}", "{a} eggs * ${b} per egg = ${v} per day", "x = {a} * {b} = {v}", "x = {v}", "{v}",
    "{v} dollars", "{a} * {b} = {a} + {b} = {v}", "{a}.5 * {b} = {v}", "{a} · {b} = {v}", "{a} ÷ {b} = {v}", "-{a} + {b} = {v}", "{a}^{b} = {v}", "{a} \\times {b} = {v}",
]
VALUES = ["18", "7", "2.5", "1,200", "-4", "100"]
FORMULAS = [
    ("3x", "3*x"), ("y = 3x + 2", "y = 3*x + 2"), ("3x + 4y = 12", "3x + 4y = 12"), ("300000", "3 * 10^5"), ("3 \\times 10^5", "3 × 10^5"), ("3:4", "3:4"), ("(2,3)", "(2, 3)"),
    ("\\frac{3}{4}", "3/4"), ("(0,9) \\cup (9,36)", "$(0,9) \\cup (9,36)$"), ("[2,3) \\cup (4,5]", "$[2,3) \\cup (4,5]$"), ("[1,4] \\cap [2,9]", "$[1,4] \\cap [2,9]$"),
    ("(2,3), (4,5)", "$(2,3), (4,5)$"), ("(0,9) \\cup (9,36)", "(0,9) ∪ (9,36)"), ("3x + 4 = 16", "3x + 4 = 16"),
]
HEADINGS = ["#### Step 1: Eggs", "#### Step 2: money", "#### 1. Multiply", "#### 2. Add 3 more", "#### 3) Total", "#### 2 Compute", "#### **Step 2**", "#### 第2步：计算", "#### (a) 5 eggs", "#### 5 + 13"]
BODIES = ["5*3 = 15", "She has 16 eggs and eats 3.", "We get $16-3=13$.", "那么还有9个。"]
ENDS = [
    "The answer is @.", "The total is **@**.", "**Answer: @**", "So she makes @ dollars.", "#### @", "#### @ dollars", "#### $@", "#### **@**", "####@", "#### @.", "#### @;", "#### =@",
    "#### Total: @", "#### Conclusion: James pays @ dollars.", "#### 9 * 2 = @", "#### x = @", "#### \\(@\\)", "#### @ (since 9 + 9 = 4)", "#### @元", "#### Final Answer\n\n@", "#### Answer\nThe answer is @ dollars.",
    "#### @\nI hope this helps with 2 of them.", "#### @ dollars\n\nLet me know of 1 more question.",
]


def replies(draw):
    for lead in LEADS:
        for calculation in CALCULATIONS:
            value = draw.choice(VALUES)
            a, b = str(draw.randint(2, 12)), str(draw.randint(2, 9))
            text = calculation.replace("{a}", a).replace("{b}", b).replace("{v}", value)
            yield value, draw.choice([value, value, a, b, "12"]), lead.replace("@", text)
        for target, text in FORMULAS:
            if lead.startswith(("Thus", "####", "*The")) or "@*" in lead:
                continue
            yield target, target, lead.replace("@", text)
    for end in ENDS:
        for count in range(4):
            value = draw.choice(VALUES)
            sections = [f"{draw.choice(HEADINGS)}\n{draw.choice(BODIES)}\n\n" for _ in range(count)]
            yield value, draw.choice([value, value, "1", "2", "3", "5"]), "".join(sections) + end.replace("@", value)


def evalscope(path):
    """EvalScope's own parser, without the process that it runs in."""
    source = open(f"{path}/evalscope/metrics/math/parser.py", encoding="utf-8").read()
    stand_ins = (
        "class InvalidMathReference(Exception): pass\nclass MathEvaluationError(Exception): pass\n"
        "class MathResult:\n    def __init__(self, **facts):\n        self.matched = self.reference_valid = False\n        self.__dict__.update(facts)"
    )
    source = source.replace("from .contracts import InvalidMathReference, MathEvaluationError, MathResult", stand_ins)
    source = source.replace("from .isolation import isolation_available, run_isolated", "isolation_available = lambda: False\nrun_isolated = None")
    module = types.ModuleType("parser")
    exec(compile(source, "parser", "exec"), module.__dict__)
    return module


def main():
    parser = evalscope(sys.argv[2])
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for says, target, reply in replies(random.Random(7)):
            verdict = parser.math_equal(parser.extract_answer(reply), target)
            out.write(json.dumps({"reply": reply, "says": says, "target": target, "evalscope": bool(verdict)}, ensure_ascii=False) + "\n")


main()

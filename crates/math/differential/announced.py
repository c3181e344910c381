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

# Ordinary replies, each after what it says. After `final answer is` the first calculation counts, after `Final Answer:` the last
# of its sentence, after other words the last one that is no check.
FINALS = ["The final answer is @", "The final answer is: @", "So my final answer is **@**", "Final Answer: @", "**Final Answer:** @", "最终答案：@"]
WORDS = ["Answer: @", "**Answer:** @", "The answer is @", "So, the answer is: @", "答案：@", "#### @"]
CHECKED = [
    "72: 48 + 24 = 72. Check: 72 - 24 = 48.", "72: 48 + 24 = 72. Let me verify: 72 - 48 = 24.", "72: 48 + 24 = 72 clips. Verification: 72 - 24 = 48 ✓", "18: 9 * 2 = 18 (16 - 7 = 9)",
    "18: 9 * 2 = 18, leaving 20 - 18 = 2.", "18: 9 * 2 = 18 dollars, given that 16 - 7 = 9.", "18: 9 × 2 = 18. Note: 18 / 2 = 9", "18: 9 * 2 = 18, because 16 - 3 - 4 = 9.", "72: 48+24=72。验证：72-24=48",
    "72: 48+24=72，验算：72-24=48。", "18: 9×2=18元。另外20-18=2。", "18: 9 * 2 = 18.",
]
FIRST = [
    "18: 6 + 12 = 18 years; in 2 years, 18 + 2 = 20.", "18: 9 * 2 = 18. Then 20 - 18 = 2 is left over.", "18: $9 \\times 2 = 18$ dollars. She had $16 - 7 = 9$ eggs.", "18: $9 * $2 = $18 every day",
    "3 \\times 10^8: 3 * 10^8 m/s.", "18: 9 * 2 = 18 and 18 * 7 = 126 a week.",
]
LATER = ["18: 16 - 3 - 4 = 9 eggs sold, 9 * 2 = 18 dollars", "18: 16 - 3 - 4 = 9 eggs. 9 * 2 = $18.", "72: 48 / 2 = 24. Natalia sold 48 + 24 = 72 clips.", "1500: 3 * 500 = 1.5e3", "1/2: 16 - 7 = 9, 9 / 18 = \\frac{1}{2}"]
SOLVED = [
    "10: 2 * x = 20, x = 10", "10: 2*5 = x, x = 10", "10: x*2 = 20, x = 20/2 = 10", "2: 2x = 4, x = 2", "10: 5 + x = 15, x = 10.", "10: 2 * x = 20; x = 10", "6: v = d/t = 12/2 = 6 m/s.", "x=2,y=3: x = 2, y = 3",
    "2,3: x = 2, x = 3", "1/2: 2x = 1, x = \\frac{1}{2}", "18: 2x = 36, x = $18", "18: x = 18 N",
]
COUNTED = [
    "18: 18 dollars every day", "27: 27 total minutes", "18: $18 a year", "18: 18 miles per hour", "18: 18 minutes a day", "18: 18 pages each day", "27: 27 US dollars", "27: 27 school days", "1200: $1,200 per year",
    "18: 18 per month", "18: 18 in a year", "18: 18 times a year", "27: 27 light years", "18: 18 for the whole month", "18: 18 eggs", "18: 18 eggs a day", "18: 18 cups of flour", "5: 5 years old", "90: 90 m/s", "90: 90 km/h",
    "12: 12 square feet", "12: 12 cm^2", "18: 18 N", "18: 18 J", "18: 18 L", "18: 18 V", "1/2: 1/2 N", "10^5: 10^5 J", "50%: 50% of them",
]
BOXED = ["27: \\boxed{27 miles per hour}", "27: \\boxed{27 per day}", "27: \\boxed{27 grams}", "27: \\boxed{27 \\text{ miles}/\\text{hour}}", "27: <answer>The answer is 27.</answer>", "27: <answer>27 oz</answer>"]
TITLES = ["#### 3 cases", "#### 2 days", "#### 5%", "#### 16 - 3 = 13", "#### 2 steps were used", "#### 2x + 3 = 7"]
BELOW = [
    "18: The answer is $18$.", "18: The answer is \\(18\\).", "1/2: The final answer is $\\frac{1}{2}$.", "18: The final answer is 18 eggs.", "18: The answer is 18 eggs.", "18: The answer is **18 eggs**.", "1/2: 答案：$\\frac{1}{2}$",
    "18: The answer is 18.", "18: Answer: 18", "18: **Answer**: $18 a day", "18: The answer to this is **18**.", "18: 最终答案是 18。",
]
ABOVE = [
    "18: The answer is 18.\n\n#### 2 steps were used\nThat is all.", "18: The answer is $18$.\n\n#### 2 more ways\nBoth give the same.", "18: The answer is 18.\n#### 18", "18: The answer is 9.\n#### 18", "18: Answer: 9 eggs\n\n#### 18 dollars",
    "18: The answer is 18.\n\n#### 18\n\nI hope this helps.", "18: #### 18\n\nQuestion: What is 2 + 3?\nThe answer is 5.", "18: #### 18 eggs\n\nI hope this helps with 2 of them.",
]


def ordinary():
    for leads, texts in [(FINALS, CHECKED + FIRST), (WORDS, CHECKED + LATER), (WORDS[:4], SOLVED), (["#### @", "The answer is @.", "Final Answer: @"], COUNTED), (["@"], BOXED + ABOVE)]:
        for lead in leads:
            for text in texts:
                says, _, text = text.partition(": ")
                is_chinese = "。" in text or "，" in text
                if is_chinese != ("答案" in lead) or (lead.startswith("####") and "50%" in text) or ("**@**" in lead and "$" in text):
                    continue
                if "Final Answer:" in lead and " and 18 * 7" in text:
                    continue
                yield says, lead.replace("@", text)
    for title in TITLES:
        for text in BELOW:
            says, _, text = text.partition(": ")
            yield says, f"{title}\n15 + 3 is what we need.\n\n{text}"


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
    for says, reply in ordinary():
        yield says, says, reply


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

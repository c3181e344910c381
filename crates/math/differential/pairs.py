"""Writes the pairs of the differential test: {"class", "a" (target), "b" (answer), "kind", "truth"} per line.

usage: pairs.py OUT [DATA [SEED]]

DATA is a folder of data sets in their upstream forms (MATH, MATH-500, GSM8K, AIME, AMC, Minerva, Gaokao, replays);
without it only the generated pairs are written. The same DATA and SEED give the same pairs.
`kind` is `answer` or, for a whole solution, `reply`. `truth` is known by construction for generated pairs, else null.
"""

import json
import random
import re
import sys
from fractions import Fraction
from pathlib import Path

rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 20240823)
PAIRS = []

# A class that hardly occurs in answers is thinned: one pair in so many is kept.
THINNED = {"complex numbers": 3}


def pair(name, target, answer, truth=None, kind="answer"):
    PAIRS.append({"class": name, "a": target, "b": answer, "kind": kind, "truth": truth})


def frac(value):
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return f"{sign}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def rational(most=60):
    return Fraction(rng.randint(-most, most), rng.randint(1, most))


def integers(count):
    for _ in range(count):
        n = rng.choice([rng.randint(-99, 99), rng.randint(1000, 10**7), rng.randint(-(10**5), 10**12)])
        forms = [str(n), f"{n:,}", f"${n}$", f"\\boxed{{{n}}}", f"{n}.0", f"x={n}", f"{n:,}".replace(",", "{,}"), f"\\text{{{n}}}"]
        pair("integers", str(n), rng.choice(forms), True)
        pair("integers", str(n), str(n + rng.choice([-10, -1, 1, 2, 100])), False)


def fractions(count):
    for _ in range(count):
        v = rational()
        k = rng.randint(2, 9)
        p, q = v.numerator, v.denominator
        forms = [f"{p * k}/{q * k}", f"\\dfrac{{{p * k}}}{{{q * k}}}", f"\\frac{{{-p}}}{{{-q}}}", f"{p}/{q}", f"{p}\\div {q}"]
        if q in (1, 2, 4, 5, 8, 10, 16, 20, 25, 40, 50):
            forms += [str(float(v))] * 3
        whole, rest = divmod(abs(p), q)
        if whole and rest:
            forms.append(("-" if p < 0 else "") + f"{whole}\\frac{{{rest}}}{{{q}}}")
        pair("fractions", frac(v), rng.choice(forms), True)
        pair("fractions", frac(v), frac(v + Fraction(1, rng.randint(2, 30))), False)
        if p and abs(p) != q:
            pair("fractions", frac(v), frac(1 / v), False)


def decimals(count):
    for _ in range(count):
        digits = rng.randint(1, 4)
        n = rng.randint(-10**6, 10**6)
        v = Fraction(n, 10**digits)
        text = f"{n / 10**digits:.{digits}f}"
        forms = [text + "00", frac(v), f"${text}$", f"{text}\\times 10^{{0}}", f"{n}\\times 10^{{-{digits}}}", f"{n}E-{digits}"]
        pair("decimals", text, rng.choice(forms), True)
        pair("decimals", text, f"{(n + 1) / 10**digits:.{digits}f}", False)


def percents(count):
    for _ in range(count):
        n = rng.randint(1, 99)
        pair("percent", f"{n}\\%", rng.choice([f"{n}%", f"{n} percent", f"0.{n:02d}", f"{n}", f"\\frac{{{n}}}{{100}}"]), True)
        pair("percent", f"{n}\\%", f"{n + 1}\\%", False)


def units(count):
    names = ["cm", "km", "feet", "inches", "dollars", "degrees", "mph", "hours", "minutes", "meters", "kg", "square units"]
    for _ in range(count):
        n = rng.randint(2, 5000)
        unit = rng.choice(names)
        forms = [f"{n}\\text{{ {unit}}}", f"{n}\\ \\text{{{unit}}}", f"{n} \\mbox{{ {unit}}}", f"\\${n}", f"{n}^\\circ"]
        pair("units", str(n), rng.choice(forms), True)
        pair("units", f"{n}\\text{{ {unit}}}", str(n), True)
        pair("units", f"{n}\\text{{ {unit}}}", str(n + 1), False)


def surds(count):
    for _ in range(count):
        a, b, c = rng.randint(2, 12), rng.choice([2, 3, 5, 6, 7, 10, 11, 13]), rng.randint(2, 9)
        forms = [
            (f"{a}\\sqrt{{{b}}}", f"\\sqrt{{{a * a * b}}}"),
            (f"\\frac{{\\sqrt{{{b}}}}}{{{b}}}", f"\\frac{{1}}{{\\sqrt{{{b}}}}}"),
            (f"\\frac{{{a}\\sqrt{{{b}}}}}{{{c}}}", f"\\frac{{{a}}}{{{c}}}\\sqrt{{{b}}}"),
            (f"{a}+\\sqrt{{{b}}}", f"\\sqrt{{{b}}}+{a}"),
            (f"({a}+\\sqrt{{{b}}})^2", f"{a * a + b}+{2 * a}\\sqrt{{{b}}}"),
            (f"\\frac{{1}}{{{a}-\\sqrt{{{b}}}}}", f"\\frac{{{a}+\\sqrt{{{b}}}}}{{{a * a - b}}}"),
            (f"\\sqrt[3]{{{a**3 * b}}}", f"{a}\\sqrt[3]{{{b}}}"),
            (f"\\sqrt{{{b}}}\\sqrt{{{c}}}", f"\\sqrt{{{b * c}}}"),
        ]
        left, right = rng.choice(forms)
        if a * a == b:
            continue
        if rng.random() < 0.5:
            left, right = right, left
        pair("surds", left, right, True)
        pair("surds", left, rng.choice([f"{a}\\sqrt{{{b + 1}}}+1", f"\\sqrt{{{a * a * b + 1}}}+{c}"]), False)


def pis(count):
    for _ in range(count):
        v = abs(rational(30)) + Fraction(1, 7)
        p, q = v.numerator, v.denominator
        forms = [f"\\frac{{{p}\\pi}}{{{q}}}", f"\\frac{{{p}}}{{{q}}}\\pi", f"{p}\\pi/{q}", f"\\frac{{{2 * p}\\pi}}{{{2 * q}}}"]
        left, right = rng.sample(forms, 2)
        pair("pi", left, right, True)
        pair("pi", left, f"\\frac{{{p + 1}\\pi}}{{{q}}}", False)
        pair("pi", left, str(round(3.14 * p / q, 2)), False)


def term(c, v, n):
    if n == 0:
        return str(c)
    coefficient = {1: "", -1: "-"}.get(c, str(c))
    return f"{coefficient}{v}" + ("" if n == 1 else f"^{n}" if n < 10 else f"^{{{n}}}")


def poly(terms, v="x"):
    text = "+".join(term(c, v, n) for c, n in terms if c) or "0"
    return text.replace("+-", "-")


def polynomials(count):
    for _ in range(count):
        v = rng.choice("xyznt")
        a, b, c, d = (rng.choice([-7, -5, -3, -2, -1, 1, 2, 3, 4, 6, 9]) for _ in range(4))
        expanded = [(a * c, 2), (a * d + b * c, 1), (b * d, 0)]
        factored = f"({poly([(a, 1), (b, 0)], v)})({poly([(c, 1), (d, 0)], v)})"
        shuffled = expanded[:]
        rng.shuffle(shuffled)
        pair("polynomials", poly(expanded, v), rng.choice([factored, poly(shuffled, v)]), True)
        wrong = [(a * c, 2), (a * d + b * c + 1, 1), (b * d, 0)]
        pair("polynomials", poly(expanded, v), poly(wrong, v), False)
        pair("rational functions", f"\\frac{{{poly(expanded, v)}}}{{{poly([(a, 1), (b, 0)], v)}}}", poly([(c, 1), (d, 0)], v), True)
        pair("rational functions", f"\\frac{{{poly(expanded, v)}}}{{{v}}}", poly([(c, 1), (d, 0)], v), False)


def collections(count):
    for _ in range(count):
        size = rng.randint(2, 4)
        values = rng.sample([rational(20) for _ in range(12)] + [Fraction(n) for n in range(-9, 10)], size)
        values = list(dict.fromkeys(values))
        if len(values) < 2:
            continue
        listed = ",".join(map(frac, values))
        spaced = ", ".join(f"{v.numerator}/{v.denominator}" if v.denominator > 1 else str(v) for v in values)
        shuffled = values[:]
        rng.shuffle(shuffled)
        wrong = values[:-1] + [values[-1] + 1]
        pair("tuples", f"({listed})", rng.choice([f"\\left({listed}\\right)", f"({spaced})"]), True)
        pair("tuples", f"({listed})", "(" + ",".join(map(frac, wrong)) + ")", False)
        if values != values[::-1]:
            pair("tuples", f"({listed})", "(" + ",".join(map(frac, values[::-1])) + ")", False)
        pair("sets", f"\\{{{listed}\\}}", "\\{" + ",".join(map(frac, shuffled)) + "\\}", True)
        pair("sets", listed, ", ".join(map(frac, shuffled)), True)
        if len(set(wrong)) == len(wrong):
            pair("sets", f"\\{{{listed}\\}}", "\\{" + ",".join(map(frac, wrong)) + "\\}", set(wrong) == set(values))


def intervals(count):
    for _ in range(count):
        a, b = sorted(rng.sample(range(-20, 20), 2))
        left, right = rng.choice("(["), rng.choice(")]")
        text = f"{left}{a},{b}{right}"
        same = rng.choice([f"\\left{left}{a}, {b}\\right{right}", f"{left} {2 * a}/2 , {b} {right}", f"x \\in {left}{a},{b}{right}"])
        pair("intervals", text, same, True)
        other = {"(": "[", "[": "("}[left]
        pair("intervals", text, f"{other}{a},{b}{right}", False)
        pair("intervals", text, f"{left}{a},{b + 1}{right}", False)
        pair("unions", f"(-\\infty,{a})\\cup({b},\\infty)", f"({b},\\infty)\\cup(-\\infty,{a})", True)
        pair("unions", f"(-\\infty,{a})\\cup({b},\\infty)", f"(-\\infty,{a}]\\cup({b},\\infty)", False)
        sign, flip = rng.choice([("<", ">"), ("\\le", "\\ge"), ("\\leq", "\\geq"), (">", "<")])
        pair("inequalities", f"x {sign} {a}", rng.choice([f"{a} {flip} x", f"x{sign} {a}"]), True)
        pair("inequalities", f"x {sign} {a}", rng.choice([f"x {flip} {a}", f"x {sign} {a + 1}"]), False)


def matrices(count):
    for _ in range(count):
        rows, columns = rng.randint(1, 3), rng.randint(1, 3)
        cells = [[rational(9) for _ in range(columns)] for _ in range(rows)]
        kind, other = rng.choice(["pmatrix", "bmatrix"]), rng.choice(["pmatrix", "bmatrix"])

        def made(values, name, gap):
            inside = f" \\\\{gap}".join(f"{gap}&{gap}".join(map(frac, row)) for row in values)
            return f"\\begin{{{name}}}{gap}{inside}{gap}\\end{{{name}}}"

        pair("matrices", made(cells, kind, " "), made(cells, other, rng.choice(["", " "])), True)
        wrong = [row[:] for row in cells]
        wrong[-1][-1] += 1
        pair("matrices", made(cells, kind, " "), made(wrong, kind, " "), False)


def equations(count):
    for _ in range(count):
        a, b, k = rng.choice([-5, -3, -2, 2, 3, 4, 7]), rng.choice([-9, -4, -1, 1, 5, 8]), rng.choice([2, 3, -1])
        line = f"y={poly([(a, 1), (b, 0)])}"
        same = [f"y={poly([(b, 0), (a, 1)])}", poly([(a, 1), (b, 0)]) + "=y", f"{poly([(a, 1), (b, 0)])}-y=0", f"{k}y={poly([(k * a, 1), (k * b, 0)])}"]
        pair("equations", line, rng.choice(same), True)
        pair("equations", line, f"y={poly([(a, 1), (b + 1, 0)])}", False)
        pair("equations", f"x={a}", str(a), True)
        pair("equations", str(a), f"x={a}", True)
        pair("equations", f"x={a}", str(a + 1), False)


def functions(count):
    exact = [("\\sin\\frac{\\pi}{6}", "\\frac{1}{2}"), ("\\cos\\frac{\\pi}{4}", "\\frac{\\sqrt{2}}{2}"), ("\\tan\\frac{\\pi}{3}", "\\sqrt{3}"),
             ("\\sin\\frac{\\pi}{12}", "\\frac{\\sqrt{6}-\\sqrt{2}}{4}"), ("\\cos\\pi", "-1"), ("\\arctan 1", "\\frac{\\pi}{4}")]
    for _ in range(count):
        b, n, m = rng.choice([2, 3, 5, 10]), rng.randint(2, 6), rng.randint(2, 9)
        forms = [
            (f"{b}^{{{n}}}", str(b**n)), (f"{b}^{{-{n}}}", f"\\frac{{1}}{{{b**n}}}"), (f"\\log_{{{b}}}{{{b**n}}}", str(n)),
            (f"\\ln {m}+\\ln {n}", f"\\ln {m * n}"), (f"e^{{{n}}}e^{{{m}}}", f"e^{{{n + m}}}"), (f"\\binom{{{n + m}}}{{{m}}}", f"\\binom{{{n + m}}}{{{n}}}"),
            (f"{n}!", str(__import__("math").factorial(n))), (f"|{-m}|", str(m)), rng.choice(exact), rng.choice(exact),
            (f"2^{{{n}x}}", f"{2**n}^x"), ("\\sin^2 x+\\cos^2 x", "1"), ("\\sin 2x", "2\\sin x\\cos x"),
        ]
        left, right = rng.choice(forms)
        if rng.random() < 0.5:
            left, right = right, left
        pair("functions", left, right, True)
        pair("functions", left, f"{m}\\sqrt{{{n}}}+{m}x", False)


def complexes(count):
    for _ in range(count):
        a, b, c, d = (rng.choice([-6, -4, -3, -2, 2, 3, 5, 7]) for _ in range(4))
        product = (a * c - b * d, a * d + b * c)
        text = lambda re_, im: (f"{re_}{im:+d}i" if im else str(re_)).replace("+1i", "+i").replace("-1i", "-i")
        pair("complex numbers", text(*product), rng.choice([f"({text(a, b)})({text(c, d)})", f"{product[1]}i+{product[0]}".replace("+-", "-")]), True)
        pair("complex numbers", text(a, b), text(a, -b), False)


def words(count):
    names = ["Evelyn", "Friday", "odd", "even", "yes", "no", "north", "ellipse", "Tuesday", "circle", "parabola"]
    for _ in range(count):
        name, other = rng.sample(names, 2)
        pair("words", f"\\text{{{name}}}", rng.choice([name, f"\\text{{{name}}}", f"\\textbf{{{name}}}", f"\\mathrm{{{name}}}"]), True)
        pair("words", f"\\text{{{name}}}", other, False)
        letter, wrong = rng.sample("ABCDE", 2)
        pair("words", f"\\text{{({letter})}}", rng.choice([letter, f"({letter})", f"\\text{{{letter}}}"]), True)
        pair("words", f"\\text{{({letter})}}", wrong, False)


def rewritten(answer):
    text = answer
    for before, after in rng.sample(
        [("\\frac", "\\dfrac"), ("\\left", ""), ("\\right", ""), (",", ", "), (" ", ""), ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"), ("+", " + ")], 3
    ):
        if (before in ("\\left", "\\right") and ("\\left." in text or "\\leq" in text or "\\rightarrow" in text)) or (
            before == " " and re.search(r"\\[a-zA-Z]+ [a-zA-Z]", text)
        ) or (before == "," and re.search(r"\d,\d", text)):
            continue
        if before in ("\\left", "\\right"):
            text = text.replace("\\left", "").replace("\\right", "")
        else:
            text = text.replace(before, after)
    return rng.choice([text, f"${text}$", f"\\boxed{{{text}}}"])


def nudged(answer):
    numbers = list(re.finditer(r"\d+", answer))
    if not numbers:
        return None
    one = rng.choice(numbers)
    return answer[: one.start()] + str(int(one.group()) + 1) + answer[one.end() :]


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def answers_of(name, answers, count):
    answers = [str(answer) for answer in answers]
    for answer in answers:
        pair(f"{name}: rewritten", answer, rewritten(answer))
        wrong = nudged(answer)
        if wrong:
            pair(f"{name}: nudged", answer, wrong)
    for _ in range(count):
        pair(f"{name}: another's answer", *rng.sample(answers, 2))


def from_data(data):
    math = rows(data / "competition_math/llm-foundry/math.jsonl")
    answers_of("MATH", [row["answer"] for row in math], 1000)
    for row in math[::2]:
        pair("MATH: solution", row["answer"], row["chain_of_thought"], kind="reply")
    math_500 = rows(data / "math_500/test.jsonl")
    answers_of("MATH-500", [row["answer"] for row in math_500], 300)
    for row in math_500:
        pair("MATH-500: solution", row["answer"], row["solution"], kind="reply")
    gsm8k = rows(data / "gsm8k/test.jsonl")
    answers_of("GSM8K", [row["answer"].rsplit("#### ", 1)[1] for row in gsm8k], 300)
    for row in rows(data / "replays/gsm8k_gpt3/example_model_solutions.jsonl"):
        target = row["ground_truth"].rsplit("A:", 1)[1].strip()
        for model in ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"):
            pair("GSM8K: replay", target, row[model]["solution"], kind="reply")
    whole = [str(int(row["answer"])) for name in ("aime25", "amc") for row in rows(data / name / "test.jsonl")]
    answers_of("AIME, AMC", whole + [str(row["answer"]) for row in rows(data / "aime24/test.jsonl")], 200)
    answers_of("Gaokao", [row["answer"] for row in rows(data / "gaokao2023en/test.jsonl")], 200)
    boxed = [re.search(r"\\boxed\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}", row["solution"]) for row in rows(data / "minerva_math/test.jsonl")]
    answers_of("Minerva", [found.group(1) for found in boxed if found], 150)
    answers_of("OckBench", [row["answer"] for row in rows(data / "ockbench/OckBench_math.jsonl")], 100)
    targets = {str(row["id"]): row["answer"] for row in rows(data / "math_vision/test.jsonl")}
    for row in rows(data / "replays/math_vision/Qwen-VL-Max.jsonl"):
        if str(row["id"]) in targets and str(row["response"]).strip():
            pair("MATH-Vision: replay", str(targets[str(row["id"])]), str(row["model_answer"]))


def main():
    for make, count in [(integers, 500), (fractions, 500), (decimals, 400), (percents, 150), (units, 300), (surds, 700), (pis, 250),
                        (polynomials, 500), (collections, 350), (intervals, 250), (matrices, 150), (equations, 250), (functions, 350),
                        (complexes, 250), (words, 80)]:
        make(count)
    if len(sys.argv) > 2:
        from_data(Path(sys.argv[2]))
    seen = {name: 0 for name in THINNED}
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for one in PAIRS:
            name = one["class"]
            if name in seen:
                seen[name] += 1
                if seen[name] % THINNED[name]:
                    continue
            out.write(json.dumps(one, ensure_ascii=False) + "\n")


main()

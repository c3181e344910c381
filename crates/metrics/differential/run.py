"""Compares our metrics with the originals and prints a line for each. See README.md."""

import json
import math
import subprocess
import sys
import time

import inputs
import references

OURS = sys.argv[1]
ONLY = set(sys.argv[2:])
TOLERANCE = 1e-9


def ask(questions):
    text = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run([OURS], input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def differs(ours, theirs):
    if isinstance(theirs, (list, tuple)):
        return ours is None or len(ours) != len(theirs) or any(map(differs, ours, theirs))
    if ours is None or theirs is None:
        return ours is not theirs
    if isinstance(theirs, str):
        return ours != theirs
    return not math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def compare(name, questions, theirs):
    """Prints how many answers agree, and the first that do not."""
    started = time.time()
    ours = ask(questions)
    apart = [(q, o, t) for q, o, t in zip(questions, ours, theirs, strict=True) if differs(o, t)]
    print(f"{name}\t{len(questions)}\t{len(apart)}\t{time.time() - started:.2f} s", flush=True)
    for question, our, their in apart[:3]:
        print("   ", json.dumps(question, ensure_ascii=False)[:600], our, their)


def texts():
    sets = {"random": list(inputs.pairs()), "nasty": list(inputs.nasty_pairs())}
    for metric, theirs in references.TEXT.items():
        if ONLY and metric not in ONLY:
            continue
        more = {"spans": list(inputs.span_pairs())} if metric.startswith("drop") else {}
        for name, pairs in (sets | more).items():
            questions = [{"ask": "text", "metric": metric, "answer": a, "targets": t} for a, t in pairs]
            compare(f"{metric} {name}", questions, [theirs(a, t) for a, t in pairs])
    sets = {"random": list(inputs.truthful_pairs()), "nasty": list(inputs.truthful_nasty_pairs())}
    for metric, theirs in references.TRUTHFUL.items():
        if ONLY and metric not in ONLY and "truthful" not in ONLY:
            continue
        for name, pairs in sets.items():
            questions = [{"ask": "text", "metric": metric, "answer": a, "targets": t} for a, t in pairs]
            compare(f"{metric} {name}", questions, [theirs(a, t) for a, t in pairs])


if __name__ == "__main__":
    import errors
    import instructions
    if not ONLY & {"numbers", "ifeval", "errors"}:
        texts()
    if not ONLY or "errors" in ONLY:
        errors.run(compare)
    if not ONLY or "numbers" in ONLY:
        import figures
        figures.run(compare)
    if not ONLY or "ifeval" in ONLY:
        instructions.run(compare)

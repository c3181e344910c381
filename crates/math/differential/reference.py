"""Adds Math-Verify's verdict to every pair, as EvalScope 1.14.1 calls it: {"verdict", "parsed", ...} per line.

usage: reference.py PAIRS OUT      needs: pip install math-verify==0.9.0
"""

import json
import logging
import re
import sys

from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify

logging.disable(logging.CRITICAL)
SCIENTIFIC = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+")
CONFIG = [LatexExtractionConfig(boxed_match_priority=0), ExprExtractionConfig()]


def parsed(text, kind):
    text = text.strip()
    if not text:
        return []
    if SCIENTIFIC.fullmatch(text):
        text = f"${text.replace('e', 'E')}$"
    if kind == "answer" and not text.startswith(("$", r"\(", r"\[", r"\boxed", r"\fbox")):
        text = f"${text}$"
    found = parse(text, CONFIG, fallback_mode="first_match", extraction_mode="first_match", parsing_timeout=5)
    return [one for one in found if not isinstance(one, str)]


def main():
    with open(sys.argv[1], encoding="utf-8") as pairs, open(sys.argv[2], "w", encoding="utf-8") as out:
        for line in pairs:
            pair = json.loads(line)
            target, answer = parsed(pair["a"], "answer"), parsed(pair["b"], pair["kind"])
            is_equal = bool(target and answer) and verify(
                [target[0]], [answer[0]], strict=True, float_rounding=6, numeric_precision=15, allow_set_relation_comp=False, timeout_seconds=5
            )
            sides = [bool(target), bool(answer)]
            out.write(json.dumps({**pair, "verdict": is_equal, "parsed": sides}, ensure_ascii=False) + "\n")


main()

"""Compares verdict vectors with what a program gives the same replies, and adds more of them: what the scripts of verdicts have in common."""

import json
import math

TOLERANCE = 1e-9


def differing(scores, case):
    """How a vector differs from the program's verdict."""
    found, expected = scores(case), case['scores']
    # A single metric may have another name.
    pairs = [(found[name], expected[name]) for name in expected] if len(expected) > 1 else zip(found.values(), expected.values(), strict=True)
    if all(math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE) for one, other in pairs):
        return None
    return f"{case['target']} {case['reply']!r}: there {found}, here {expected}"


def missing(rows, cases):
    """A vector without scores for each reply that is not among the cases. What is thought before an answer we take off, which these programs do not."""
    known = [{name: case[name] for name in case if name != 'scores'} for case in cases]
    for benchmark, subset, targets, options, said in rows:
        made = [{'benchmark': benchmark, 'subset': subset, 'target': targets, 'options': options, 'reply': reply}
                for reply in dict.fromkeys(said) if '<think>' not in reply]
        yield from (case for case in made if case not in known)


def compare(vectors, benchmarks, scores, rows=()):
    """Prints how the vectors of these benchmarks compare with `scores`, after adding those of `rows`: benchmark, subset, targets, options, replies."""
    cases = [json.loads(line) for line in vectors.read_text(encoding='utf-8').splitlines()]
    cases = [case for case in cases if benchmarks(case['benchmark'])]
    new = [{**case, 'scores': scores(case)} for case in missing(rows, cases)]
    with vectors.open('a', encoding='utf-8') as out:
        out.writelines(json.dumps(case, ensure_ascii=False) + '\n' for case in new)
    for benchmark in dict.fromkeys(case['benchmark'] for case in cases + new):
        its = [case for case in cases + new if case['benchmark'] == benchmark]
        wrong = [line for line in (differing(scores, case) for case in its) if line]
        print(f'{benchmark:<42} {len(its):>5} compared {len(wrong):>4} differ', flush=True)
        for line in wrong:
            print(f'    {line}', flush=True)

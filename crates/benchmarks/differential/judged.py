"""Compares what judges are asked by `evalscope-1.14` with what EvalScope 1.14.1's adapters build for the same replies.

    python judged.py PROGRAM DATA [NAME…]

PROGRAM is our `evalscope`, DATA a folder with a folder of each benchmark in its authors' form; the rows of `chinese_simpleqa` are made up
here. Our program asks a server in this program, which stands for model and judge; EvalScope's adapters are handed the same questions and
replies. Requests are compared message by message. Prints one line for each benchmark: requests compared, requests that differ.
Needs `pip install evalscope==1.14.1`.
"""

import csv
import http.server
import importlib
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import types

from prompts import Echo, lines

LIMIT = 1000
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


def asked(program, name, folder, out, arguments, url):
    """What our program asked: index of the sample -> messages and reply of each call, in their order."""
    judge = json.dumps({'model': 'j', 'api_url': url, 'null_model': 0})
    more = json.dumps({name: {'local_path': str(folder), **arguments}})
    command = [program, 'eval', '--model', 'm', '--api-url', url, '--no-probe', '--datasets', f'{name}@evalscope-1.14', '--limit', str(LIMIT),
               '--dataset-args', more, '--judge', judge, '--generation-config', 'stream=false', '--work-dir', str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    found = {}
    for file in sorted(out.glob('*/predictions/m/*.jsonl')):
        for line in lines(file):
            found.setdefault((file.stem, line['index']), {})[line['call']] = line
    if not found:
        raise RuntimeError(done.stderr[-1000:])
    return [[calls[call] for call in sorted(calls)] for _, calls in sorted(found.items())]


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


def main():
    program, data, names = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:] or sorted(BENCHMARKS)
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f'http://127.0.0.1:{server.server_port}/v1'
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
            for calls in asked(program, name, folder, out, arguments, url):
                # Subsets divide the rows: a sample is found by what EvalScope says of it.
                reference, metadata = sample_of(name, samples, calls, by_question)
                expected = requests(adapter, context(calls, turns, reference, metadata), orders)
                found = [pairs(call['messages']) for call in calls[turns:]]
                for mine, other in zip(expected, found, strict=True):
                    compared += 1
                    if mine != other:
                        differ += 1
                        first = first or f'; first: {mine} {other}'[:2000]
        print(f'{name:<18} {compared:>5} compared {differ:>4} differ{first}', flush=True)


def sample_of(name, samples, calls, by_question):
    """The sample of these calls: of conversations the one with this first turn, else the one at this place."""
    if name != 'mt_bench':
        return samples[calls[0]['index']]
    if not by_question:
        by_question.update({metadata['turns'][0]: (reference, metadata) for reference, metadata in samples})
    return by_question[calls[0]['messages'][-1]['content']]


if __name__ == '__main__':
    main()

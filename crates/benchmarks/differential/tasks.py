"""Compares what `lm-eval-0.4` asks and scores with what the task code of lm-evaluation-harness does, on the same rows.

    python tasks.py PROGRAM DATA [NAME…]

PROGRAM is our `evalscope`, DATA a folder with a folder of each benchmark in its authors' form. The task's own YAML makes its requests
from rows in the columns of the hub; our program sends its prompts to a server in this program. Texts, stop texts and numbers of tokens
are compared, and where the task scores a reply by itself, each metric of each reply to 1e-9. Prints one line for each benchmark.
Needs `pip install lm-eval==0.4.13 sacrebleu==2.6.0 rouge-score==0.1.2`.
"""

import csv
import http.server
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

os.environ['HF_DATASETS_OFFLINE'] = os.environ['HF_HUB_OFFLINE'] = '1'

import lm_eval.tasks
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks._yaml_loader import load_yaml
from prompts import lines
from rouge_score import scoring

TOLERANCE = 1e-9
# Replies that are scored by both.
SCORED = 100


def truthful_qa(data):
    answers = lambda text: [part.strip() for part in text.split(';') if part.strip()]
    with (data / 'truthful_qa/TruthfulQA.csv').open(encoding='utf-8', newline='') as file:
        return [{'question': row['Question'], 'correct_answers': answers(row['Correct Answers']),
                 'incorrect_answers': answers(row['Incorrect Answers'])} for row in csv.DictReader(file)]


def humaneval(data):
    return lines(data / 'humaneval/HumanEval.jsonl.gz')


# Our name: the task's file, its rows in the hub's columns and their split, and whether replies can be scored without running them.
TASKS = {
    'truthful_qa@lm-eval-0.4-generation': ('truthfulqa/truthfulqa_gen.yaml', truthful_qa, 'validation', True),
    'humaneval@lm-eval-0.4': ('humaneval/humaneval.yaml', humaneval, 'test', False),
}


def task_of(yaml, rows, split, is_scored, folder):
    source = folder / 'rows.jsonl'
    source.write_text(''.join(json.dumps(row) + '\n' for row in rows), encoding='utf-8')
    path = pathlib.Path(lm_eval.tasks.__file__).parent / yaml
    config = load_yaml(path, resolve_func=is_scored)
    config |= {'dataset_path': 'json', 'dataset_name': None, 'dataset_kwargs': {'data_files': {split: str(source)}}}
    if not is_scored:
        # Its metric runs programs, and is fetched from the network.
        config['metric_list'] = [{'metric': 'exact_match'}]
        config.pop('filter_list', None)
    task = ConfigurableTask(config=config)
    task.build_all_requests(limit=None, rank=0, world_size=1)
    return task


def reply(number, rows):
    """A reply that has something of the answers: one of them, a part of one, two together, or nothing."""
    row = rows[number]
    known = row.get('correct_answers', []) + row.get('incorrect_answers', []) or ['    return 1']
    one, other = known[number % len(known)], known[(number // 3 + 1) % len(known)]
    words = one.split(' ')
    made = [one, f'A: {one}.', ' '.join(words[:len(words) // 2]), f'{one} . {other}', f'\n{other}', '', one.upper()]
    return made[number % len(made)]


class Server(http.server.ThreadingHTTPServer):
    def __init__(self, asked, rows):
        self.numbers = {text: number for number, (text, _) in enumerate(asked)}
        self.rows = rows
        super().__init__(('127.0.0.1', 0), Handler)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers['content-length'])))
        number = self.server.numbers.get(body.get('prompt'))
        said = '' if number is None else reply(number, self.server.rows)
        answer = json.dumps({'model': 'm', 'choices': [{'index': 0, 'text': said, 'finish_reason': 'stop'}]}).encode()
        self.send_response(200)
        self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def ours(program, data, name, url, folder):
    short = name.split('@')[0]
    arguments = [program, 'eval', '--model', 'm', '--api-url', url, '--eval-type', 'openai_completions', '--datasets', name, '--no-probe',
                 '--dataset-args', json.dumps({short: {'local_path': str(data / short)}}), '--work-dir', str(folder), '--no-timestamp']
    if name.startswith('humaneval'):
        arguments += ['--stage', 'infer']
    # The texts that our prompts need may have to be fetched.
    surroundings = {key: value for key, value in os.environ.items() if not key.endswith('_OFFLINE')}
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, env=surroundings)
    read = lambda kind: {row['index']: row for path in (folder / kind).rglob('*.jsonl') for row in lines(path)}
    return read('predictions'), read('reviews')


def apart(theirs, row):
    """Whether a recorded request is not the task's."""
    text, options = theirs
    sampling = row['sampling']
    return (row['prompt'], sampling['stop'], sampling['max_tokens']) != (text, options['until'], options['max_gen_toks'])


def compare(program, data, name):
    yaml, read, split, is_scored = TASKS[name]
    rows = read(data)
    with tempfile.TemporaryDirectory() as made:
        made = pathlib.Path(made)
        task = task_of(yaml, rows, split, is_scored, made)
        asked = [request.args for request in task.instances]
        server = Server(asked, rows)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sent, scored = ours(program, data, name, f'http://127.0.0.1:{server.server_port}/v1', made / 'out')
        server.shutdown()
    wrong = sum(number not in sent or apart(asked[number], sent[number]) for number in range(len(rows)))
    # Of one score, 1,000 draws are that score each time.
    scoring.BootstrapAggregator.__init__.__defaults__ = (0.95, 1)
    values = differing = 0
    for number in range(min(len(rows), SCORED)) if is_scored else ():
        theirs = task.process_results(task.instances[number].doc, [reply(number, rows)])
        value = scored[number]['sample_score']['score']['value']
        values += len(theirs)
        differing += sum(not math.isclose(float(theirs[metric]), value[metric], rel_tol=TOLERANCE, abs_tol=TOLERANCE) for metric in theirs)
    print(f'{name}\trequests {len(rows)}, differ {wrong}\tscores {values}, differ {differing}', flush=True)


if __name__ == '__main__':
    for name in sys.argv[3:] or TASKS:
        compare(sys.argv[1], pathlib.Path(sys.argv[2]), name)

"""Compares the prompts of `evalscope-1.14` with those of EvalScope 1.14.1 itself, on the same rows.

    python prompts.py PROGRAM DATA [NAME…]

PROGRAM is our `evalscope`, DATA a folder with a folder of each benchmark in its authors' form, as `--dataset-dir` takes it.
EvalScope is handed rows of the columns that its hub's data sets have; ours reads DATA itself and sends its prompts to a
server in this program. Up to LIMIT samples of each subset are compared, message by message. Prints one line for each
benchmark: samples compared, samples that differ.
Needs `pip install evalscope==1.14.1 langdetect`.
"""

import contextlib
import csv
import gzip
import http.server
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import threading

LIMIT = 20


def lines(path):
    opened = gzip.open(path, 'rt', encoding='utf-8') if path.suffix == '.gz' else path.open(encoding='utf-8')
    with opened as file:
        return [json.loads(line) for line in file if line.strip()]


def cells(path, names=None):
    if not path.exists():
        return None
    with path.open(encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file, fieldnames=names))


def mmlu(data, subset, split):
    subjects = [subset] if subset not in (None, 'all', 'default') else sorted(
        file.stem.removesuffix('_test') for file in (data / 'mmlu/test').iterdir())
    rows = []
    for subject in subjects:
        found = cells(data / f'mmlu/{split}/{subject}_{split}.csv', ['question', 'A', 'B', 'C', 'D', 'answer'])
        rows += [{'question': row['question'], 'choices': [row[letter] for letter in 'ABCD'],
                  'answer': 'ABCD'.index(row['answer']), 'subject': subject} for row in found or []]
    return rows


def cmmlu(data, subset, split):
    rows = []
    for file in sorted((data / f'cmmlu/{split}').iterdir()):
        rows += [{'question': row['Question'], 'choices': [f'({letter}) {row[letter]}' for letter in 'ABCD'],
                  'answer': f"({row['Answer']})", 'category': file.stem} for row in cells(file)]
    return rows


def commonsense_qa(data, subset, split):
    return [{'question': row['question'] if isinstance(row['question'], str) else row['question']['stem'],
             'choices': row['choices']['text'] if isinstance(row['choices'], dict)
             else [choice['text'] for choice in row['question']['choices']],
             'answer': row['answerKey']} for row in lines(data / 'commonsense_qa/dev_rand_split.jsonl')]


def piqa(data, subset, split):
    return [{'question': row['goal'], 'choices': [row['sol1'], row['sol2']], 'answer': 'AB'[int(row['label'])]}
            for row in lines(data / 'piqa/hub_schema/validation.jsonl')]


def mbpp(data, subset, split):
    first, last = {'prompt': (1, 10), 'test': (11, 510)}[split]
    return [row for row in lines(data / 'mbpp/mbpp.jsonl') if first <= row['task_id'] <= last]


def gsm8k(data, subset, split):
    return lines(data / f"gsm8k/{'test' if split == 'test' else 'train_first64'}.jsonl")


def cmath(data, subset, split):
    return [{**row, 'golden': row['answer']} for row in lines(data / 'cmath/test.jsonl')]


def aime25(data, subset, split):
    return [{'problem': row['question'], 'answer': str(int(row['answer']))} for row in lines(data / 'aime25/test.jsonl')]


def plain(path):
    return lambda data, subset, split: lines(data / path.replace('{subset}', subset or ''))


# What a data set of the hub would hold: folder of data, name of the subset, split -> rows.
ROWS = {
    'aime24': plain('aime24/test.jsonl'),
    'aime25': aime25,
    'arc': plain('arc/hub_schema/{subset}/test.jsonl'),
    'boolq': plain('boolq/hub_schema/validation.jsonl'),
    'ceval': lambda data, subset, split: cells(data / f'ceval/{split}/{subset}_{split}.csv'),
    'cmath': cmath,
    'cmmlu': cmmlu,
    'commonsense_qa': commonsense_qa,
    'gsm8k': gsm8k,
    'humaneval': plain('humaneval/HumanEval.jsonl.gz'),
    'ifeval': plain('ifeval/input_data.jsonl'),
    'math_500': plain('math_500/test.jsonl'),
    'mbpp': mbpp,
    'minerva_math': plain('minerva_math/test.jsonl'),
    'mmlu': mmlu,
    'piqa': piqa,
    'winogrande': plain('winogrande/hub_schema/validation.jsonl'),
}
# Where the data here have not all subsets, those that are compared.
SUBSETS = {
    'mmlu': lambda data: sorted(file.stem.removesuffix('_test') for file in (data / 'mmlu/test').iterdir()),
    'ceval': lambda data: sorted(file.stem.removesuffix('_val') for file in (data / 'ceval/val').iterdir()),
}


def theirs(name, data, arguments):
    """EvalScope's messages: subset -> list of samples."""
    import datasets
    from evalscope.api.dataset import loader
    from evalscope.api.registry import get_benchmark
    from evalscope.config import TaskConfig

    def load(self):
        rows = ROWS[name](data, self.subset, self.split)
        if not rows:
            raise FileNotFoundError(f'{name}: no rows for {self.subset}, {self.split}')
        return self._to_memory_dataset(datasets.Dataset.from_list(rows))

    loader.RemoteDataLoader.load = load
    config = TaskConfig(model='m', eval_type='mock_llm', datasets=[name], limit=LIMIT,
                        dataset_args={name: dict(arguments)}, judge={'strategy': 'rule'})
    with contextlib.redirect_stderr(io.StringIO()):
        found = get_benchmark(name, config).load_dataset()
    return {subset: [messages(sample.input) for sample in samples][:LIMIT] for subset, samples in found.items()}


def messages(given):
    if isinstance(given, str):
        return [('user', given)]
    text = lambda content: content if isinstance(content, str) else ''.join(part.text for part in content)
    return [(message.role, text(message.content)) for message in given]


class Echo(http.server.BaseHTTPRequestHandler):
    """Stands for a model; what it replies is for `text` to say."""

    protocol_version = 'HTTP/1.1'

    def text(self, asked):
        return 'A'

    def answer(self):
        asked = json.loads(self.rfile.read(int(self.headers.get('Content-Length', 0))) or '{}')
        choice = {'index': 0, 'message': {'role': 'assistant', 'content': self.text(asked)}, 'finish_reason': 'stop'}
        usage = {'prompt_tokens': 1, 'completion_tokens': 1, 'total_tokens': 2}
        body = json.dumps({'choices': [choice], 'data': [], 'usage': usage}).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


def ours(program, name, data, arguments, url):
    """Our messages: subset -> list of samples."""
    with tempfile.TemporaryDirectory() as folder:
        command = [program, 'eval', '--model', 'm', '--api-url', url, '--no-probe', '--stage', 'infer',
                   '--limit', str(LIMIT), '--datasets', f'{name}@evalscope-1.14', '--dataset-hub', 'local',
                   '--dataset-dir', str(data), '--dataset-args', json.dumps({name: arguments}),
                   '--work-dir', folder]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr[-1000:])
        found = {}
        for file in sorted(pathlib.Path(folder).glob('*/predictions/*/*.jsonl')):
            samples = {line['index']: line['messages'] for line in lines(file)}
            key = file.stem.removeprefix(name).lstrip('@_').removeprefix('evalscope-1.14').lstrip('_')
            found[key] = [[(message['role'], message['content']) for message in samples[at]]
                          for at in sorted(samples)]
    return found


def main():
    program, data, names = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:] or sorted(ROWS)
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f'http://127.0.0.1:{server.server_port}/v1'
    for name in names:
        arguments = {'subset_list': SUBSETS[name](data)} if name in SUBSETS else {}
        try:
            expected, found = theirs(name, data, arguments), ours(program, name, data, arguments, url)
        except Exception as error:  # one benchmark that cannot be compared does not end the others
            print(f'{name:<18} not compared: {type(error).__name__}: {str(error)[:200]}', flush=True)
            continue
        # Subsets are named alike but for characters that a file name cannot have, and come in the same order of names.
        pairs = list(zip(sorted(expected.items()), sorted(found.items())))
        compared = sum(len(one[1]) for one, _ in pairs)
        differ = [(subset, at) for (subset, mine), (_, other) in pairs
                  for at in range(max(len(mine), len(other))) if mine[at:at + 1] != other[at:at + 1]]
        note = '' if len(expected) == len(found) else f'; {len(expected)} subsets there, {len(found)} here'
        print(f'{name:<18} {compared:>5} compared {len(differ):>4} differ{note} {differ[:3] or ""}', flush=True)


if __name__ == '__main__':
    main()

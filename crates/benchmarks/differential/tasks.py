"""Compares what `lm-eval-0.4` asks and scores with what the task code of lm-evaluation-harness does, on the same rows.

    python tasks.py PROGRAM DATA [NAME…]

PROGRAM is our `evalscope`, DATA a folder with a folder of each benchmark in its authors' form. The task's own YAML makes its requests from rows
in the columns of the hub; our program reads the same rows, or DATA itself, and asks a server in this program. Up to LIMIT rows of each subset are
compared, with as many examples as by default and with others: texts, continuations, stop texts and numbers of tokens. What the server makes up,
replies or log-likelihoods, both score: each metric of each row is compared to 1e-9, but for programs. Prints one line for each.
Needs what `lm_eval_tasks.py` needs.
"""

import csv
import http.server
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import zlib

from lm_eval_tasks import sampling, tasks
from prompts import cells, lines, write_lines
from rouge_score import scoring

TOLERANCE = 1e-9
LIMIT = 200
# Of those with dozens of subsets, rows of each; of others, all.
LIMITS = {'bbh': 10, 'ceval': 6, 'cmmlu': 6, 'mmlu': 6, 'truthful_qa': 817}
# Rows at the end of a test set that stand for the examples of a split that is not at hand.
SPARE = 60


def parted(rows, subset, split):
    """Rows that are asked and examples, of one file."""
    return {subset: (rows[:-SPARE], rows[-SPARE:], split)}


def truthful_qa(data):
    with (data / 'truthful_qa/TruthfulQA.csv').open(encoding='utf-8', newline='') as file:
        found = list(csv.DictReader(file))
    answers = lambda text: [part.strip() for part in text.split(';') if part.strip()]
    rows = []
    for row in found:
        right, wrong = answers(row['Correct Answers']), answers(row['Incorrect Answers'])
        best = row['Best Answer'].strip()
        rows.append({'question': row['Question'], 'correct_answers': right, 'incorrect_answers': wrong,
                     'mc1_targets': {'choices': [best, *wrong], 'labels': [1] + [0] * len(wrong)},
                     'mc2_targets': {'choices': right + wrong, 'labels': [1] * len(right) + [0] * len(wrong)}})
    return rows


def boolq(data):
    return [{**row, 'label': int(row['answer'])} for row in lines(data / 'boolq/hub_schema/validation.jsonl')]


def commonsense_qa(data):
    plain = lambda found: found if isinstance(found, str) else found['stem']
    options = lambda row: row['choices'] if 'choices' in row else row['question']['choices']
    texts = lambda found: found if isinstance(found, dict) else {'text': [one['text'] for one in found], 'label': [one['label'] for one in found]}
    return [{'question': plain(row['question']), 'choices': texts(options(row)), 'answerKey': row['answerKey']}
            for row in lines(data / 'commonsense_qa/dev_rand_split.jsonl')]


def competition_math(data):
    """The real problems, without those that lm-eval cannot show as examples: it takes an answer in brackets for a list."""
    return [{'problem': row['context'], 'level': 'Level 1', 'type': row['category'], 'solution': row['chain_of_thought']}
            for row in lines(data / 'competition_math/llm-foundry/math.jsonl') if not row['answer'].startswith(('[', '('))]


def copa(data):
    """SuperGLUE's columns, put together again from its sentences."""
    rows = []
    for number, row in enumerate(lines(data / 'copa/llm-foundry/copa.jsonl')):
        premise, word = row['query'].rsplit(' ', 1)
        large = lambda text: text[:1].upper() + text[1:]
        rows.append({'premise': premise + '.', 'choice1': large(row['choices'][0]), 'choice2': large(row['choices'][1]),
                     'question': {'because': 'cause', 'therefore': 'effect'}[word], 'label': row['gold'], 'idx': number})
    return rows


def hellaswag(data):
    return [{**row, 'ctx_a': row['ctx'], 'ctx_b': ''} for row in lines(data / 'hellaswag/hub_schema/hellaswag_val.jsonl')]


def lambada(data):
    return [{'text': f"{row['context']} {row['continuation']}"} for row in lines(data / 'lambada/llm-foundry/lambada_openai.jsonl')]


def siqa(data):
    """Scene and question, which are one text here, parted at the last end of a sentence."""
    rows = []
    for row in lines(data / 'siqa/hub_schema/validation.jsonl'):
        scene, end, question = row['context_question'].rpartition('. ')
        rows.append({**row, 'context': scene + end.strip(), 'question': question})
    return rows


def trivia_qa(data):
    question = lambda row: row['context'].removeprefix('Question: ').removesuffix('\nAnswer:')
    return [{'question': question(row), 'answer': {'aliases': row['aliases'], 'value': row['answer']}}
            for row in lines(data / 'trivia_qa/llm-foundry/triviaqa_sm_sub.jsonl')]


def wsc(data):
    """The hub's columns, put together again: what the two beginnings share stands before a pronoun."""
    rows = []
    for row in lines(data / 'winograd_wsc/llm-foundry/winograd_wsc.jsonl'):
        shared = os.path.commonprefix(row['context_options'])
        shared = shared[:shared.rstrip().rfind(' ') + 1] if shared.endswith(('the ', 'The ')) else shared[:shared.rfind(' ') + 1]
        options = [text[len(shared):] for text in row['context_options']]
        rows.append({'text': f"{shared}it {row['continuation']}", 'pronoun': 'it', 'pronoun_loc': len(shared),
                     'options': [text[:1].upper() + text[1:] for text in options], 'label': row['gold']})
    return rows


def mmlu(data, subset, split):
    rows = cells(data / f'mmlu/{split}/{subset}_{split}.csv', ['question', 'A', 'B', 'C', 'D', 'answer'])
    return [{'question': row['question'], 'choices': [row[letter] for letter in 'ABCD'], 'answer': 'ABCD'.index(row['answer'])} for row in rows]


def race(data):
    """Made-up articles, as there are none at hand, with questions and gaps to fill; what is asked of all but the last stands in the prompt."""
    problem = lambda number: {'question': [f'What is it ({number})?', f'It is  _  .', 'Which "sign" is {x}?', '第三题'][number % 4],
                              'answer': 'ABCD'[number % 4], 'options': [f'{word} {number}' for word in ('ice', "a 'b'", '雪', '10 %')]}
    return [{'article': f'Article {number}.\nIt has "two" lines. ', 'problems': str([problem(number + at) for at in range(1 + number % 4)])}
            for number in range(120)]


def of_folder(folder, split, suffix=''):
    return sorted(file.stem.removesuffix(suffix) for file in (folder / split).iterdir())


def lettered(read, folder, split, suffix):
    """Subsets that our program reads from the authors' folder: the rows that are asked and the examples."""
    return lambda data: {subset: (read(data, subset, split), read(data, subset, 'dev'), None) for subset in of_folder(data / folder, split, suffix)}


def bbh(data):
    read = lambda subset: json.loads((data / f'bbh/data/{subset}.json').read_text(encoding='utf-8'))['examples']
    return {subset: (read(subset), [], None) for subset in of_folder(data / 'bbh', 'data')}


# Our protocol -> data -> subset -> rows that are asked, examples, and the file for our program with the name of the split in its place.
ROWS = {
    'arc@lm-eval-0.4': lambda data: {subset: parted(lines(data / f'arc/hub_schema/{subset}/test.jsonl'), subset, f'{subset}/{{test,train}}.jsonl')[subset]
                                     for subset in ('ARC-Easy', 'ARC-Challenge')},
    'bbh@lm-eval-0.4': bbh,
    'boolq@lm-eval-0.4': lambda data: parted(boolq(data), 'boolq', 'boolq/{validation,train}.jsonl'),
    'ceval@lm-eval-0.4': lettered(lambda data, subset, split: cells(data / f'ceval/{split}/{subset}_{split}.csv'), 'ceval', 'val', '_val'),
    'cmmlu@lm-eval-0.4': lettered(lambda data, subset, split: cells(data / f'cmmlu/{split}/{subset}.csv'), 'cmmlu', 'test', ''),
    'commonsense_qa@lm-eval-0.4': lambda data: parted(commonsense_qa(data), 'default', '{validation,train}.jsonl'),
    'competition_math@lm-eval-0.4': lambda data: parted(competition_math(data), 'Level 1', '{test,train}.jsonl'),
    'copa@lm-eval-0.4': lambda data: parted(copa(data), 'copa', 'copa/{validation,train}.jsonl'),
    'gsm8k@lm-eval-0.4': lambda data: {'main': (lines(data / 'gsm8k/test.jsonl'), lines(data / 'gsm8k/train_first64.jsonl'), '{test,train}.jsonl')},
    'hellaswag@lm-eval-0.4': lambda data: parted(hellaswag(data), 'default', 'hellaswag_{validation,train}.jsonl'),
    'humaneval@lm-eval-0.4': lambda data: {'openai_humaneval': (lines(data / 'humaneval/HumanEval.jsonl.gz'), [], None)},
    'lambada@lm-eval-0.4': lambda data: {'default': (lambada(data), [], 'lambada_{test}.jsonl')},
    'mmlu@lm-eval-0.4': lettered(mmlu, 'mmlu', 'test', '_test'),
    'openbookqa@lm-eval-0.4': lambda data: parted(lines(data / 'openbookqa/hub_schema/test.jsonl'), 'main', '{test,train}.jsonl'),
    'piqa@lm-eval-0.4': lambda data: parted(lines(data / 'piqa/hub_schema/validation.jsonl'), 'default', '{validation,train}.jsonl'),
    'race@lm-eval-0.4': lambda data: {'high': (race(data), [], 'high/{test}.jsonl')},
    'siqa@lm-eval-0.4': lambda data: parted(siqa(data), 'default', '{validation,train}.jsonl'),
    'trivia_qa@lm-eval-0.4': lambda data: parted(trivia_qa(data), 'rc.nocontext', 'rc.nocontext/{validation,train}.jsonl'),
    'truthful_qa@lm-eval-0.4': lambda data: {'multiple_choice': (truthful_qa(data), [], 'multiple_choice/{validation}.jsonl')},
    'truthful_qa@lm-eval-0.4-generation': lambda data: {'generation': (truthful_qa(data), [], 'generation/{validation}.jsonl')},
    'winogrande@lm-eval-0.4': lambda data: parted(lines(data / 'winogrande/hub_schema/validation.jsonl'), 'winogrande_xl', '{validation,train}.jsonl'),
    'wsc@lm-eval-0.4': lambda data: {'wsc273': (wsc(data), [], 'wsc273/{test}.jsonl')},
}
# Numbers of examples beside the default.
SHOTS = {
    'arc@lm-eval-0.4': [5, 25], 'bbh@lm-eval-0.4': [0], 'boolq@lm-eval-0.4': [2], 'ceval@lm-eval-0.4': [5], 'cmmlu@lm-eval-0.4': [5],
    'commonsense_qa@lm-eval-0.4': [4], 'competition_math@lm-eval-0.4': [4], 'copa@lm-eval-0.4': [4], 'gsm8k@lm-eval-0.4': [0, 8],
    'hellaswag@lm-eval-0.4': [10], 'mmlu@lm-eval-0.4': [5], 'openbookqa@lm-eval-0.4': [5], 'piqa@lm-eval-0.4': [3], 'race@lm-eval-0.4': [2], 'siqa@lm-eval-0.4': [3],
    'trivia_qa@lm-eval-0.4': [5], 'winogrande@lm-eval-0.4': [5], 'wsc@lm-eval-0.4': [2],
}
# Whose replies are programs, which are not run.
PROGRAMS = {'humaneval@lm-eval-0.4'}
# Names of our metrics where they are others: number of the task, its metric.
METRICS = {('truthful_qa@lm-eval-0.4', 0, 'acc'): 'mc1', ('truthful_qa@lm-eval-0.4', 1, 'acc'): 'mc2'}


def reply(task, number, stops):
    """A reply that has something of the right answer or of another one, cut where a server would cut it."""
    gold = lambda at: said(task, task.instances[at % len(task.instances)].doc)
    right, other = gold(number), gold(number + 1)
    made = [right, f'So the answer is {right}.', f'The answer is {right}. It is.', f' {right}\n', f'We get {other}.\n#### {right}', f'${right}$', '',
            right.upper(), f'#### {right}, or $1,234.', f'{right} . {other}', other, f'\\boxed{{{right}}} is ${right}$ = ${other}$', right[:len(right) // 2]]
    text = made[number % len(made)]
    return text[:min([text.find(stop) for stop in stops if stop in text], default=len(text))]


def said(task, doc):
    """A text that is right, or, at every other row, wrong where the row says what is wrong."""
    if 'correct_answers' in doc:
        known = doc['correct_answers'] + doc['incorrect_answers']
        return known[len(doc['question']) % len(known)]
    gold = task.doc_to_target(doc)
    gold = gold[-1] if isinstance(gold, list) else gold
    return gold.rsplit('#### ', 1)[-1]


def tokens(prompt):
    """Made-up tokens of a prompt, with a number for each that depends on all before it, and whether it is the likeliest."""
    seen, found = 0, []
    for token in re.findall(r'\s*\S+|\s+$', prompt):
        seen = zlib.crc32(token.encode(), seen)
        # Sums of eighths are exact.
        found.append((token, -((seen >> 8) % 64 + 1) / 8, seen % 5 != 0))
    return found


def loglikelihood(prefix, continuation):
    """What the server's numbers say of a continuation: their sum, and whether each token is the likeliest."""
    at, numbers = 0, []
    for token, number, is_likeliest in tokens(prefix + continuation):
        at += len(token)
        if at > len(prefix.rstrip()):
            numbers.append((number, is_likeliest))
    return sum(number for number, _ in numbers), all(is_likeliest for _, is_likeliest in numbers)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    # An answer leaves in one piece: its second half would wait for the first one to be acknowledged.
    wbufsize = -1

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers['content-length'])))
        prompt = body['prompt']
        choice = {'index': 0, 'text': self.server.replies.get(prompt, ''), 'finish_reason': 'stop'}
        if body.get('echo'):
            made = [*tokens(prompt), (' end', -1.0, True)]
            choice['text'] = f'{prompt} end'
            choice['logprobs'] = {'tokens': [token for token, _, _ in made], 'token_logprobs': [None] + [number for _, number, _ in made[1:]],
                                  'top_logprobs': [{token if likeliest else '?': number if likeliest else number + 1} for token, number, likeliest in made]}
        answer = json.dumps({'model': 'm', 'choices': [choice]}).encode()
        self.send_response(200)
        self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def ours(program, name, url, arguments, limit, folder):
    """What our program recorded: of each subset the requests and the scores, by the numbers of the rows."""
    short = name.split('@')[0]
    command = [program, 'eval', '--model', 'm', '--api-url', url, '--eval-type', 'openai_completions', '--datasets', name, '--no-probe', '--limit',
               str(limit), '--dataset-args', json.dumps({short: arguments}), '--work-dir', str(folder), '--no-timestamp']
    if name in PROGRAMS:
        command += ['--stage', 'infer']
    # The texts that our prompts need may have to be fetched.
    surroundings = {key: value for key, value in os.environ.items() if not key.endswith('_OFFLINE')}
    done = subprocess.run(command, capture_output=True, text=True, env=surroundings)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-1000:])
    read = lambda kind: {file.stem: lines(file) for file in sorted((folder / kind).rglob('*.jsonl'))}
    sent, scored = {}, {}
    for subset, calls in read('predictions').items():
        for row in sorted(calls, key=lambda row: (row['index'], row['call'])):
            sent.setdefault(subset, {}).setdefault(row['index'], []).extend(asked(row))
    for subset, rows in read('reviews').items():
        scored[subset] = {row['index']: row['sample_score']['score']['value'] for row in rows}
    return sent, scored


def asked(row):
    """A recorded request as those of a task are: a text and its continuation, or a text and what is asked of generation."""
    if 'continuations' in row:
        return [(''.join(row['prefix']), continuation) for continuation in row['continuations']]
    return [(row['prompt'], {key: row['sampling'][key] for key in ('max_tokens', 'temperature', 'stop')})]


def request(instance):
    text, other = instance.args
    return (text, sampling(other)) if isinstance(other, dict) else (text, other)


def of_row(task, number):
    """The requests that a task makes of one row."""
    return [instance for instance in task.instances if instance.doc_id == number]


def values(name, made, number):
    """Each metric that the tasks have of a row, under our name."""
    found = {}
    for at, task in enumerate(made):
        instances = of_row(task, number)
        doc = instances[0].doc
        if task.OUTPUT_TYPE != 'generate_until':
            scored = task.process_results(doc, [loglikelihood(*instance.args) for instance in instances])
            found |= {METRICS.get((name, at, metric), metric): value for metric, value in scored.items()}
            continue
        readings = instances[0].filtered_resps
        for reading, text in readings.items():
            scored = task.process_results(doc, [text])
            # Where a reply is read in several ways, each way is a metric of ours.
            found |= scored if len(readings) == 1 else {reading: value for value in scored.values()}
    return found


def arguments(name, data, found, home):
    """How our program is told of the rows, which are written where it does not read them from the authors' files."""
    given = {'local_path': str(data / name.split('@')[0]), 'subset_list': list(found)}
    for rows, examples, file in found.values():
        if file:
            given['local_path'] = str(home)
            start, splits, end = re.split(r'[{}]', file)
            for split, part in zip(splits.split(','), (rows, examples)):
                write_lines(home / f'{start}{split}{end}', part)
    return given


def replies(made):
    """Gives every request for a text a reply, which its task reads, and returns them for the server."""
    given = {}
    for task in (task for tasks in made.values() for task in tasks if task.OUTPUT_TYPE == 'generate_until'):
        for number, instance in enumerate(task.instances):
            text, options = instance.args
            instance.resps = [given.setdefault(text, reply(task, number, options['until']))]
        task.apply_filters()
    return given


def compare(program, data, name, shots):
    """Requests of rows and values: subset, number of the row, there, here."""
    found, limit = ROWS[name](data), LIMITS.get(name.split('@')[0], LIMIT)
    made = {subset: tasks(name, subset, rows, examples, limit, count=shots) for subset, (rows, examples, _) in found.items()}
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.replies = replies(made)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as home:
        given = arguments(name, data, found, pathlib.Path(home)) | ({} if shots is None else {'few_shot_num': shots})
        sent, scored = ours(program, name, f'http://127.0.0.1:{server.server_port}/v1', given, limit, pathlib.Path(home) / 'out')
    server.shutdown()
    requests, numbers = [], []
    # The files of subsets have the same order of names.
    for (subset, theirs), file in zip(sorted(made.items()), sorted(sent), strict=True):
        for number in range(min(limit, len(found[subset][0]))):
            expected = [request(instance) for task in theirs for instance in of_row(task, number)]
            requests.append((subset, number, expected, sent[file].get(number)))
            if name not in PROGRAMS:
                own = scored[file][number]
                numbers += [((subset, metric), number, float(value), own.get(metric)) for metric, value in values(name, theirs, number).items()]
    return requests, numbers


def is_near(one, other):
    return other is not None and math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def main():
    # Of one score, 1,000 draws are that score each time.
    scoring.BootstrapAggregator.__init__.__defaults__ = (0.95, 1)
    for name in sys.argv[3:] or ROWS:
        for shots in [None, *SHOTS.get(name, [])]:
            label = f'{name:<36} {"default" if shots is None else f"{shots} examples":<12}'
            try:
                requests, numbers = compare(sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), name, shots)
            except Exception as error:  # one benchmark that cannot be compared does not end the others
                print(f'{label} not compared: {type(error).__name__}: {str(error)[-400:]}', flush=True)
                continue
            wrong = [one for one in requests if one[2] != one[3]]
            apart = [one for one in numbers if not is_near(one[2], one[3])]
            print(f'{label} requests {len(requests):>4}, differ {len(wrong)} {wrong[:1] or ""}\tscores {len(numbers):>4}, differ {len(apart)} {apart[:3] or ""}', flush=True)


if __name__ == '__main__':
    main()

"""Compares the prompts of `evalscope-1.14` with those of EvalScope 1.14.1 itself, on the same rows.

    python prompts.py PROGRAM DATA [--tokenizer FOLDER] [NAME…]

PROGRAM is our `evalscope`, DATA a folder with a folder of each benchmark in its authors' form, as `--dataset-dir` takes it.
EvalScope is handed rows of the columns that its hub's data sets have. Ours reads DATA itself, or, where the authors' form is
not one that it reads, the same rows in files, and sends its prompts to a server in this program. Up to LIMIT samples of each
subset are compared, message by message, and their targets where a reply is compared with one. Each benchmark is asked as it
is by default, and then with other numbers of examples, examples drawn at random, shuffled options and shuffled samples, as
far as EvalScope has them. Prints one line for each: samples compared, samples that differ.
Needs `pip install evalscope==1.14.1 langdetect`, and FOLDER, a tokenizer, for `needle_haystack`.
"""

import argparse
import contextlib
import csv
import functools
import gzip
import http.server
import io
import json
import pathlib
import subprocess
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


def hellaswag(data, subset, split):
    return [{**row, 'ctx_a': row['ctx'], 'ctx_b': ''} for row in lines(data / 'hellaswag/hub_schema/hellaswag_val.jsonl')]


def siqa(data, subset, split):
    return [{'question': row['context_question'], 'choices': [row['answerA'], row['answerB'], row['answerC']],
             'answer': 'ABC'[int(row['label']) - 1]} for row in lines(data / 'siqa/hub_schema/validation.jsonl')]


def truthful_qa(data, subset, split):
    rows = []
    for row in cells(data / 'truthful_qa/TruthfulQA.csv'):
        close = lambda text: text.strip() if text.strip().endswith('.') else text.strip() + '.'
        best = close(row['Best Answer'])
        right, wrong = ([close(one) for one in row[f'{kind} Answers'].split(';') if one.strip()] for kind in ('Correct', 'Incorrect'))
        rows.append({'question': row['Question'],
                     'mc1_targets': {'choices': [best, *wrong], 'labels': [1] + [0] * len(wrong)},
                     'mc2_targets': {'choices': right + wrong, 'labels': [1] * len(right) + [0] * len(wrong)}})
    return rows


def agieval(data, subset, split):
    """The hub's rows; a list of letters stands in them as its text, and an answer without options as the label."""
    rows = []
    for row in lines(data / f'agieval/v1/{subset}.jsonl'):
        label = row['label'] or row['answer']
        rows.append({**{key: row[key] for key in ('passage', 'question', 'options')},
                     'label': str(label) if isinstance(label, list) else label, 'answer': None})
    return rows


def amc(data, subset, split):
    plain = lambda number: str(int(number)) if number == int(number) else str(number)
    return [{'problem': row['problem'], 'answer': plain(row['answer']), 'year': 2023, 'url': row['url']}
            for row in lines(data / 'amc/test.jsonl')]


def trivia_qa(data, subset, split):
    """Real questions; articles are made up, with what Python's notation of a list could trip over."""
    rows = []
    for number, row in enumerate(lines(data / 'trivia_qa/llm-foundry/triviaqa_sm_sub.jsonl')):
        question = row['context'].removeprefix('Question: ').removesuffix('\nAnswer:')
        articles = [f"Article {number}: it's of {row['answer']}.\nA \"second\" line, a tab\tand a backslash \\.", 'Café 北京 \u200b']
        rows.append({'question_id': f'q{number}', 'question': question, 'entity_pages': {'wiki_context': articles[:number % 3]},
                     'answer': {'aliases': row['aliases'], 'normalized_aliases': [one.lower() for one in row['aliases']]}})
    return rows


def competition_math(data, subset, split):
    """The real problems and solutions; their levels are not in the data, and are counted off here."""
    rows = [{'problem': row['context'], 'solution': row['chain_of_thought'], 'level': f'Level {1 + number % 5}', 'type': row['category']}
            for number, row in enumerate(lines(data / 'competition_math/llm-foundry/math.jsonl'))]
    return rows[:500] if split == 'test' else rows[500:700]


def arc(data, subset, split):
    """The real test set; its last questions stand for the split that examples come from."""
    rows = lines(data / f'arc/hub_schema/{subset}/test.jsonl')
    return rows[:-100] if split == 'test' else rows[-100:]


def mt_bench(data, subset, split):
    """The authors' questions, with GPT-4's answers where it is judged by them."""
    home = data / 'mt_bench/mt_bench'
    references = {row['question_id']: row['choices'][0]['turns'] for row in lines(home / 'reference_answer/gpt-4.jsonl')}
    return [{'prompt_id': row['question_id'], 'category': row['category'], 'prompt': row['turns'],
             'reference': references.get(row['question_id'], [])} for row in lines(home / 'question.jsonl')]


# Where there are no rows at hand, these are made up in the columns of the hub.


def asked(number):
    """A question with what templates could trip over."""
    return ['Which harbour freezes first?', 'What is {x} when "y" is 2\n(and z is 3)?', '第三题：哪个港口最先结冰？', 'Is $a_{1}$ more than \\frac{1}{2} %s?'][number % 4] + f' ({number})'


def options(number, count):
    return [['ice', 'steam {0}', '雪', 'a "b"\nc', '10 %', '$5', 'rain', 'fog', 'hail', 'wind'][(number + place) % 10] + f' {place}' for place in range(count)]


def super_gpqa(data, subset, split):
    fields = ['Astronomy', 'Law', 'Mathematics']
    return [{'uuid': f'made-{number}', 'question': asked(number), 'options': options(number, 4 + number % 7), 'answer': options(number, 4)[number % 4],
             'answer_letter': 'ABCD'[number % 4], 'discipline': 'Made', 'field': fields[number % 3], 'subfield': 'Made', 'difficulty': 'easy',
             'is_calculation': False} for number in range(66)]


def simple_qa(data, subset, split):
    return cells(data / 'simple_qa/simple_qa_test_set.csv')


def alpaca_eval(data, subset, split):
    return json.loads((data / 'alpaca_eval/gpt4_1106_preview_model_outputs.json').read_text(encoding='utf-8'))


def arena_hard(data, subset, split):
    return [{'question': row['prompt'], 'prediction': 'A reply.'} for row in lines(data / 'arena_hard/arena-hard-v0.1/question.jsonl')]


def plain(path):
    return lambda data, subset, split: lines(data / path.replace('{subset}', subset or ''))


# What a data set of the hub would hold: folder of data, name of the subset, split -> rows.
ROWS = {
    'agieval': agieval,
    'aime24': plain('aime24/test.jsonl'),
    'aime25': aime25,
    'alpaca_eval': alpaca_eval,
    'amc': amc,
    'arc': arc,
    'arena_hard': arena_hard,
    'bbh': lambda data, subset, split: json.loads((data / f'bbh/data/{subset}.json').read_text(encoding='utf-8'))['examples'],
    'boolq': plain('boolq/hub_schema/validation.jsonl'),
    'ceval': lambda data, subset, split: cells(data / f'ceval/{split}/{subset}_{split}.csv'),
    'cmath': cmath,
    'cmmlu': cmmlu,
    'commonsense_qa': commonsense_qa,
    'competition_math': competition_math,
    'gsm8k': gsm8k,
    'hellaswag': hellaswag,
    'humaneval': plain('humaneval/HumanEval.jsonl.gz'),
    'ifeval': plain('ifeval/input_data.jsonl'),
    'math_500': plain('math_500/test.jsonl'),
    'mbpp': mbpp,
    'minerva_math': plain('minerva_math/test.jsonl'),
    'mmlu': mmlu,
    'mt_bench': mt_bench,
    'piqa': piqa,
    'simple_qa': simple_qa,
    'siqa': siqa,
    'super_gpqa': super_gpqa,
    'trivia_qa': trivia_qa,
    'truthful_qa': truthful_qa,
    'winogrande': plain('winogrande/hub_schema/validation.jsonl'),
}
# Where the data here have not all subsets, those that are compared.
SUBSETS = {
    'agieval': lambda data: sorted(file.stem for file in (data / 'agieval/v1').glob('*.jsonl')),
    'amc': lambda data: ['amc23'],
    'bbh': lambda data: sorted(file.stem for file in (data / 'bbh/data').iterdir()),
    'ceval': lambda data: sorted(file.stem.removesuffix('_val') for file in (data / 'ceval/val').iterdir()),
    'mmlu': lambda data: sorted(file.stem.removesuffix('_test') for file in (data / 'mmlu/test').iterdir()),
    'super_gpqa': lambda data: ['Astronomy', 'Law', 'Mathematics'],
}
# Whose rows our program reads from files that are written here: file, subset, split.
WRITTEN = {
    'alpaca_eval': [('alpaca_eval_gpt4_baseline.json', None, 'test')],
    'amc': [('amc23.jsonl', 'amc23', 'test')],
    'arc': [(f'{subset}/{split}.jsonl', subset, split) for subset in ('ARC-Easy', 'ARC-Challenge') for split in ('test', 'train')],
    'arena_hard': [('test.jsonl', None, 'test')],
    'competition_math': [(f'{split}.jsonl', None, split) for split in ('test', 'train')],
    'mt_bench': [('rows.jsonl', None, 'train')],
    'simple_qa': [('simple_qa_test_set.csv', None, 'test')],
    'super_gpqa': [('train.jsonl', None, 'train')],
    'siqa': [('validation.jsonl', None, 'validation')],
    'trivia_qa': [('rc.wikipedia/validation.jsonl', None, 'validation')],
    'truthful_qa': [('multiple_choice/validation.jsonl', 'multiple_choice', 'validation')],
}


# Those that read folders of their user: each writes what both read.


def general_mcq(data, folder):
    """EvalScope's own example, questions of MMLU, and questions with several right options."""
    home = data / 'custom_eval/text/mcq'
    for name in ('example_dev.csv', 'example_val.csv', 'example_multi_dev.jsonl', 'example_multi_val.jsonl'):
        (folder / name).write_bytes((home / name).read_bytes())
    for split, rows in (('val', mmlu(data, 'anatomy', 'test')), ('dev', mmlu(data, 'anatomy', 'dev'))):
        row = lambda number, one: {'id': number, 'question': one['question'], **dict(zip('ABCD', one['choices'])), 'answer': 'ABCD'[one['answer']]}
        write_lines(folder / f'anatomy_{split}.jsonl', [row(*one) for one in enumerate(rows)])


def general_qa(data, folder):
    """EvalScope's own examples, questions of GSM8K, and conversations."""
    home = data / 'custom_eval/text/qa'
    for name in ('example.jsonl', 'test.jsonl'):
        (folder / name).write_bytes((home / name).read_bytes())
    rows = gsm8k(data, 'main', 'test')[:60]
    write_lines(folder / 'asked.jsonl', [{'question': row['question'], 'answer': row['answer']} for row in rows[:30]])
    talk = lambda row: [{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': row['question']},
                        {'role': 'assistant', 'content': row['answer']}, {'role': 'user', 'content': 'Are you sure?'}]
    write_lines(folder / 'talks.jsonl', [{'messages': talk(row), 'answer': 'Yes.'} for row in rows[30:]])


def needle_haystack(data, folder):
    """Essays of the data as one file; passages of CMRC in the place of the novel, which is not at hand."""
    essays = sorted((data / 'needle_haystack/PaulGrahamEssays').glob('*.txt'))
    (folder / 'PaulGraham_Essays.txt').write_text(''.join(file.read_text(encoding='utf-8') for file in essays), encoding='utf-8')
    articles = json.loads((data / 'cmrc2018/cmrc2018_dev.json').read_text(encoding='utf-8'))['data']
    passages = [paragraph['context'] for article in articles for paragraph in article['paragraphs']]
    (folder / 'Journey_to_the_West.txt').write_text('\n'.join(passages), encoding='utf-8')


FOLDERS = {'general_mcq': general_mcq, 'general_qa': general_qa, 'needle_haystack': needle_haystack}

# How a benchmark is asked beside its default.
SHUFFLED = {'shuffle_choices': True}
RANDOM = {'few_shot_random': True}
ORDER = {'shuffle': True}
SHOTS = {count: {'few_shot_num': count} for count in (0, 1, 2, 3, 5)}
VARIANTS = {
    'agieval': [ORDER],
    'aime24': [ORDER],
    'arc': [SHUFFLED, SHOTS[3], {**SHOTS[3], **SHUFFLED}, {**SHOTS[3], **RANDOM}, ORDER],
    'bbh': [SHOTS[0], ORDER],
    'boolq': [SHUFFLED],
    'ceval': [SHUFFLED, SHOTS[0], SHOTS[2], {**SHOTS[2], **RANDOM}, ORDER],
    'cmath': [ORDER],
    'cmmlu': [SHUFFLED, SHOTS[5], {**SHOTS[2], **RANDOM}, ORDER],
    'commonsense_qa': [SHUFFLED, ORDER],
    'competition_math': [SHOTS[0], SHOTS[2], {**SHOTS[3], **RANDOM}, ORDER],
    'general_mcq': [{'subset_list': ['anatomy'], **SHUFFLED}, {'subset_list': ['anatomy'], **SHOTS[2]},
                    {'subset_list': ['anatomy'], **SHOTS[3], **RANDOM, **SHUFFLED}, {'subset_list': ['anatomy'], **ORDER},
                    {'extra_params': {'use_cot': True}},
                    {'subset_list': ['example_multi'], 'extra_params': {'multiple_correct': True}, **SHUFFLED},
                    {'subset_list': ['example_multi'], 'extra_params': {'multiple_correct': True, 'use_cot': True}, **SHOTS[2]}],
    'general_qa': [ORDER],
    'gsm8k': [SHOTS[0], SHOTS[2], RANDOM, ORDER],
    'hellaswag': [SHUFFLED, ORDER],
    'math_500': [ORDER],
    'mbpp': [SHOTS[0]],
    'mmlu': [SHUFFLED, SHOTS[0], SHOTS[2], RANDOM, {**SHOTS[2], **RANDOM, **SHUFFLED}, ORDER],
    'needle_haystack': [{'extra_params': {'context_lengths_min': 100, 'context_lengths_max': 3000, 'context_lengths_num_intervals': 4,
                                          'document_depth_percent_intervals': 5, 'needles': ['First. ', 'Second one. ', 'Third!']}}],
    'piqa': [SHUFFLED, ORDER],
    'siqa': [SHUFFLED, ORDER],
    'super_gpqa': [SHOTS[5], SHUFFLED, ORDER],
    'truthful_qa': [{'extra_params': {'multiple_correct': True}}, {'shuffle_choices': False}, ORDER],
    'winogrande': [SHUFFLED, ORDER],
}


def primer():
    """The questions that stand before each of TruthfulQA's, which our program else takes from an older EvalScope."""
    from evalscope.benchmarks.truthful_qa.truthful_qa_adapter import TRUTHFUL_QA_PROMPT
    return TRUTHFUL_QA_PROMPT.removesuffix('\n\nQ: {question}\nA:')


def write_lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == '.json':
        path.write_text(json.dumps(rows), encoding='utf-8')
        return
    if path.suffix == '.csv':
        with path.open('w', encoding='utf-8', newline='') as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return
    path.write_text(''.join(json.dumps(row, ensure_ascii=False) + '\n' for row in rows), encoding='utf-8')


def theirs(name, data, arguments):
    """EvalScope's samples: subset -> messages and targets of each."""
    import datasets
    from evalscope.api.dataset import loader
    from evalscope.api.registry import get_benchmark
    from evalscope.benchmarks.arena_hard import arena_hard_adapter
    from evalscope.benchmarks.needle_haystack import needle_haystack_adapter
    from evalscope.config import TaskConfig
    from evalscope.metrics.math import parser as math_parser

    def load(self):
        rows = kept_rows(name, data, self.subset, self.split)
        if not rows:
            raise FileNotFoundError(f'{name}: no rows for {self.subset}, {self.split}')
        return self._to_memory_dataset(datasets.Dataset.from_list(rows))

    if name in ROWS:
        loader.RemoteDataLoader.load = load
    # What draws pictures and rates models is not needed for prompts.
    # In a process of its own each answer of an example would take a second.
    math_parser.isolation_available = lambda: False
    arena_hard_adapter.check_import = needle_haystack_adapter.check_import = lambda *_, **__: True
    config = TaskConfig(model='m', eval_type='mock_llm', datasets=[name], limit=LIMIT,
                        dataset_args={name: json.loads(json.dumps(arguments))}, judge={'strategy': 'rule'})
    with contextlib.redirect_stderr(io.StringIO()):
        adapter = get_benchmark(name, config)
        found = adapter.load_dataset()
    if name in CONVERSATIONS:
        return {subset: [(conversation(adapter, sample), targets(sample.target)) for sample in samples][:LIMIT] for subset, samples in found.items()}
    return {subset: [(messages(sample.input), targets(sample.target)) for sample in samples][:LIMIT] for subset, samples in found.items()}


def conversation(adapter, sample):
    """All that a model is asked for a sample, when it says what the server of this program says: messages and sampling."""
    import types
    from evalscope.api.model import GenerateConfig, ModelOutput
    seen = []

    def generate(input, config):
        seen.append([*messages(input), sampling(config.temperature, config.max_tokens)])
        return ModelOutput.from_content('m', Echo.said)

    adapter._on_inference(types.SimpleNamespace(config=GenerateConfig(), generate=generate), sample)
    return [message for call in seen for message in call]


def sampling(temperature, most):
    return ('sampling', f'temperature {temperature:g}, at most {most} tokens')


@functools.lru_cache(maxsize=64)
def kept_rows(name, data, subset, split):
    return ROWS[name](data, subset, split)


def targets(given):
    return [str(one) for one in given] if isinstance(given, list) else [str(given)]


def messages(given):
    if isinstance(given, str):
        return [('user', given)]
    text = lambda content: content if isinstance(content, str) else ''.join(part.text for part in content)
    return [(message.role, text(message.content)) for message in given]


class Echo(http.server.BaseHTTPRequestHandler):
    """Stands for a model; what it replies is for `text` to say."""

    protocol_version = 'HTTP/1.1'
    said = 'A'

    def text(self, asked):
        return self.said

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
    """Our samples: subset -> messages and targets of each, the latter where a reply is compared with them."""
    stage = ['--stage', 'infer'] if name in NOT_SCORED else []
    if name in JUDGED:
        stage += ['--judge', json.dumps({'model': 'j', 'api_url': url})]
    with tempfile.TemporaryDirectory() as folder:
        command = [program, 'eval', '--model', 'm', '--api-url', url, '--no-probe', *stage,
                   '--limit', str(LIMIT), '--datasets', f'{name}@evalscope-1.14', '--dataset-hub', 'local',
                   '--dataset-dir', str(data), '--dataset-args', json.dumps({name: arguments}),
                   '--work-dir', folder]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr[-1000:])
        found = {}
        for file in sorted(pathlib.Path(folder).glob('*/predictions/*/*.jsonl')):
            calls = sorted(lines(file), key=lambda line: (line['index'], line['call']))
            asked = {}
            for line in calls:
                said = [(message['role'], message['content']) for message in line['messages']]
                if name in CONVERSATIONS:
                    said.append(sampling(line['sampling']['temperature'], line['sampling']['max_tokens']))
                asked.setdefault(line['index'], []).extend(said)
            reviews = file.parents[2] / 'reviews' / file.parent.name / file.name
            wanted = {line['index']: line['target'] for line in lines(reviews)} if reviews.exists() else {}
            key = file.stem.removeprefix(name).lstrip('@_').removeprefix('evalscope-1.14').lstrip('_')
            found[key] = [(asked[at], wanted.get(at)) for at in sorted(asked)]
    return found


# What only a judge scores, who is not asked here, and programs, whose tests decide.
JUDGED = {'alpaca_eval', 'arena_hard', 'mt_bench', 'simple_qa'}
NOT_SCORED = {'humaneval', 'mbpp', *JUDGED}
# Which ask more than once.
CONVERSATIONS = {'mt_bench'}
# Whose targets are letters.
LETTERS = {'arc', 'boolq', 'ceval', 'cmmlu', 'commonsense_qa', 'general_mcq', 'hellaswag', 'mmlu', 'piqa', 'siqa', 'super_gpqa', 'truthful_qa', 'winogrande'}


def compare(program, name, data, variant, url, tokenizer):
    """Samples compared, those that differ, and what else there is to say."""
    arguments = {'subset_list': SUBSETS[name](data)} if name in SUBSETS else {}
    arguments = {**arguments, **variant}
    with tempfile.TemporaryDirectory() as home:
        home, local = pathlib.Path(home), {}
        for file, subset, split in WRITTEN.get(name, []):
            write_lines(home / file, kept_rows(name, data, subset, split))
            local = {'local_path': str(home)}
        if name == 'truthful_qa':
            (home / 'primer.txt').write_text(primer(), encoding='utf-8')
        if name in FOLDERS:
            FOLDERS[name](data, home)
            local = {'local_path': str(home)}
            arguments.setdefault('subset_list', ['english', 'chinese'] if name == 'needle_haystack' else sorted(
                {file.stem.removesuffix('_val') for file in home.iterdir() if 'dev' not in file.name and 'multi' not in file.name}))
        if name == 'needle_haystack':
            arguments['extra_params'] = {'tokenizer_path': tokenizer, **arguments.get('extra_params', {})}
        expected = theirs(name, data, {**arguments, **(local if name in FOLDERS else {})})
        found = ours(program, name, data, {**arguments, **local}, url)
    # Subsets are named alike but for characters that a file name cannot have, and come in the same order of names.
    pairs = list(zip(sorted(expected.items()), sorted(found.items())))
    same = lambda one, other: one[0] == other[0] and (name not in LETTERS or other[1] is not None and sorted(one[1]) == sorted(other[1]))
    compared = sum(len(one[1]) for one, _ in pairs)
    differ = [(subset, at) for (subset, mine), (_, other) in pairs for at in range(max(len(mine), len(other)))
              if at >= min(len(mine), len(other)) or not same(mine[at], other[at])]
    note = '' if len(expected) == len(found) else f'; {len(expected)} subsets there, {len(found)} here'
    return compared, differ, note


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('program')
    parser.add_argument('data', type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument('names', nargs='*', default=sorted({*ROWS, *FOLDERS}))
    parser.add_argument('--tokenizer', help='folder of a tokenizer, for needle_haystack')
    asked = parser.parse_intermixed_args()
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f'http://127.0.0.1:{server.server_port}/v1'
    for name in asked.names:
        for variant in [{}, *VARIANTS.get(name, [])]:
            shown = ', '.join(f'{key} {json.dumps(value)}' for key, value in variant.items()) or 'default'
            label = f'{name:<17} {shown:<46}'
            try:
                compared, differ, note = compare(asked.program, name, asked.data, variant, url, asked.tokenizer)
            except Exception as error:  # one benchmark that cannot be compared does not end the others
                print(f'{label} not compared: {type(error).__name__}: {str(error)[-300:]}', flush=True)
                continue
            print(f'{label} {compared:>5} compared {len(differ):>4} differ{note} {differ[:3] or ""}', flush=True)


if __name__ == '__main__':
    main()

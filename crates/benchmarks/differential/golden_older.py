"""What EvalScope 0.5.2 asks about the made-up row of a benchmark's file, for `golden.py`.

Needs its package, unpacked, in `PYTHONPATH`, and PyYAML; what the package imports beside that is not needed and best not there (`older.py`).
"""

import contextlib
import importlib
import io
import sys
import unittest.mock

import older

LETTERS = 'ABCDEFGHIJ'
CHOICES = lambda row: dict(zip('ABCD', row['choices']))
# Our columns as those that its adapters read, where they are others.
COLUMNS = {
    'cmmlu': lambda row: {'Question': row['question'], **CHOICES(row), 'Answer': row['answer']},
    'mmlu': lambda row: {'input': row['question'], **CHOICES(row), 'target': row['answer']},
    'trivia_qa': lambda row: {
        'input': [{'role': 'system', 'content': 'Follow the given examples and answer the question.'}, {'role': 'user', 'content': row['question']}],
        'ideal': [*row['answer']['aliases'], *row['answer']['normalized_aliases']],
    },
}
# Right answers as our letters, where they are others.
TARGETS = {
    'hellaswag': lambda gold: LETTERS[int(gold)],
    'truthful_qa': lambda gold: [LETTERS[at] for at, label in enumerate(gold['mc1_labels']) if label],
}


def asked(benchmark, protocol, subset, row, shots, count):
    """What a benchmark's adapter asks, with `count` examples or as many as it is made for."""
    if not any(isinstance(finder, older.Absent) for finder in sys.meta_path):
        sys.meta_path.append(older.Absent())
    if benchmark == 'humaneval':
        return program(row)
    column = COLUMNS.get(benchmark, lambda row: row)
    with contextlib.redirect_stderr(io.StringIO()):
        made = adapter(benchmark, count)
        data = {subset: {made.eval_split: [column(row)], made.train_split: [column(shot) for shot in shots]}}
        made.config_kwargs['few_shot_random'] = False
        (prompt,) = made.gen_prompts(data)[subset]
    gold = TARGETS.get(benchmark, lambda gold: gold)(made.get_gold_answer(column(row)))
    targets = gold if isinstance(gold, list) else [gold]
    prompted, options = prompt['data'], prompt.get('multi_choices')
    if isinstance(prompted[0], tuple):
        return {'pairs': prompted, 'targets': targets, 'sampling': None}
    (text,) = prompted
    if options:
        return {'pairs': [(text, letter) for letter in options], 'targets': targets, 'sampling': None}
    return {'said': [('user', text)], 'targets': targets, 'sampling': sampling()}


def adapter(benchmark, count):
    """The benchmark's adapter, as a run makes it that says nothing but how many examples there are."""
    module = importlib.import_module(f'evalscope.benchmarks.{benchmark}.{benchmark}_adapter')
    kinds = [kind for name, kind in vars(module).items() if name.endswith('Adapter') and name != 'DataAdapter']
    return kinds[0](few_shot_num=count)


def program(row):
    """HumanEval has an evaluator of its own instead of an adapter; its tests decide."""
    evaluator = importlib.import_module('evalscope.evaluator.evaluator')
    evaluator.tqdm = lambda found, **_: found
    made = object.__new__(evaluator.HumanevalEvaluator)
    made.problems = {row['task_id']: row}
    made.model_adapter = unittest.mock.MagicMock()
    made._postprocess = lambda text: text
    made.get_answers({})
    (prompt,) = made.model_adapter.predict.call_args.kwargs['inputs']['data']
    return {'said': [('user', prompt)], 'targets': None, 'sampling': sampling()}


def sampling():
    """What its command line asks for when it is told nothing."""
    run = importlib.import_module('evalscope.run')
    with unittest.mock.patch.object(sys, 'argv', ['run', '--model', 'm']):
        options = run.parse_str_args(run.parse_args().generation_config)
    assert not options['do_sample'], options
    return {'max_tokens': options['max_new_tokens'], 'temperature': 0.0}

"""What EvalScope 1.14.1 asks about the made-up row of a benchmark's file, for `golden.py`.

Needs `pip install evalscope==1.14.1 langdetect`.
"""

import ast
import contextlib
import importlib
import io
import json
import pathlib
import re
import tempfile
import unittest.mock

from prompts import messages, targets, write_lines

LETTERS = 'ABCDEFGHIJ'


def lettered(row, subset):
    return {**row, 'choices': [f'({LETTERS[at]}) {text}' for at, text in enumerate(row['choices'])], 'answer': f"({row['answer']})", 'category': subset}


def in_language(row, subset):
    return {'language': subset.split('-')[1], **row}


# Our columns as those of the hub, where they are others: row, subset -> row.
COLUMNS = {
    'agieval': lambda row, subset: {'passage': None, 'answer': None, **row, 'label': str(row['label']) if isinstance(row.get('label'), list) else row.get('label')},
    'arc': lambda row, subset: {**row, 'choices': row['choices'] if isinstance(row['choices'], dict) else {'text': row['choices'], 'label': list(LETTERS[:len(row['choices'])])}},
    'cmmlu': lettered,
    'math_500': lambda row, subset: {'solution': '', 'unique_id': '', 'subject': '', **row},
    'multipl_e': in_language,
    'multiple_humaneval': in_language,
    'multiple_mbpp': in_language,
    'simple_qa': lambda row, subset: {'metadata': '{}', **row},
    'mmlu': lambda row, subset: {**row, 'answer': LETTERS.index(row['answer']), 'subject': subset},
}
# Files of those that read a folder of their user: of the row that is asked, and of the examples.
FOLDERS = {'general_mcq': ('{subset}_val.jsonl', '{subset}_dev.jsonl'), 'general_qa': ('{subset}.jsonl', None)}
# Whose number of examples is fixed.
FIXED = {'mbpp'}
# Questions that stand before each, which decide how its options are shuffled: the name that a golden file shows stands for them.
PRIMER = 'evalscope.benchmarks.truthful_qa.truthful_qa_adapter.TRUTHFUL_QA_PROMPT', '⟦primer⟧\n\nQ: {question}\nA:'
# Targets as ours: all that counts as one answer is a list in DROP; where a reply is not compared with a text of the row, there are none.
TARGETS = {
    'drop': lambda found: [one[0] if len(one) == 1 else json.dumps(one, separators=(',', ':')) for one in ast.literal_eval(found)],
    'ifeval': lambda found: None,
    'minerva_math': lambda found: None,
}
# One of MBPP's worked examples.
WORKED = re.compile(r'(task: ).*?( Your code should pass these tests:\n\n).*?(\n\[BEGIN\]\n).*?(\n\[DONE\]\n)', re.DOTALL)


def named(benchmark, subset):
    """What EvalScope calls the benchmark that asks in this way."""
    if benchmark == 'multipl_e':
        return f"multiple_{subset.split('-')[0]}"
    return 'gpqa_diamond' if benchmark.startswith('gpqa_') else benchmark


def asked(benchmark, protocol, subset, row, shots, count):
    """What EvalScope asks, with `count` examples or as many as the benchmark has."""
    with contextlib.redirect_stderr(io.StringIO()), tempfile.TemporaryDirectory() as home:
        if benchmark == 'needle_haystack':
            sample = needle(row)
        else:
            sample = sample_of(benchmark, subset, row, shots, count, pathlib.Path(home))
    said = messages(sample.input)
    if benchmark == 'mbpp':
        said = [(role, with_ours(text, shots)) for role, text in said]
    return {'said': said, 'targets': TARGETS.get(benchmark, targets)(sample.target), 'sampling': None}


def sample_of(benchmark, subset, row, shots, count, home):
    """EvalScope's sample of the row."""
    import datasets
    from evalscope.api.dataset import loader
    from evalscope.api.registry import get_benchmark
    from evalscope.benchmarks.arena_hard import arena_hard_adapter
    from evalscope.config import TaskConfig
    name = named(benchmark, subset)
    column = COLUMNS.get(benchmark, lambda row, subset: row)
    arguments = {'subset_list': [subset]}
    if benchmark in FOLDERS:
        arguments['local_path'] = str(home)
        for file, rows in zip(FOLDERS[benchmark], ([row], shots)):
            if file and rows:
                write_lines(home / file.replace('{subset}', subset), rows)

    def made():
        config = TaskConfig(model='m', eval_type='mock_llm', datasets=[name], dataset_args={name: json.loads(json.dumps(arguments))}, judge={'strategy': 'rule'})
        return get_benchmark(name, config)

    arena_hard_adapter.check_import = lambda *_, **__: True
    adapter = made()
    if count is None and benchmark not in FIXED:
        count = min(adapter.few_shot_num, len(shots)) if shots else None
    if count is not None:
        arguments['few_shot_num'] = count
        adapter = made()
    # The same split may be asked and shown.
    rows, load_shots = [row], type(adapter).load_fewshot_subset

    def load(self):
        return self._to_memory_dataset(datasets.Dataset.from_list([column(one, subset) for one in rows]))

    def load_examples(self, *given, **more):
        nonlocal rows
        rows, kept = shots or rows, rows
        try:
            return load_shots(self, *given, **more)
        finally:
            rows = kept

    replaced = [(loader.RemoteDataLoader, 'load', load), (type(adapter), 'load_fewshot_subset', load_examples)]
    with contextlib.ExitStack() as stack:
        for owner, name, function in replaced:
            stack.enter_context(unittest.mock.patch.object(owner, name, function))
        if benchmark == 'truthful_qa':
            stack.enter_context(unittest.mock.patch(*PRIMER))
        found = adapter.load_dataset()
    (sample,) = [sample for samples in found.values() for sample in samples]
    return sample


def needle(row):
    """What is asked about a text that is put together already, without the tokenizer that does so."""
    from evalscope.api.registry import get_benchmark
    from evalscope.benchmarks.needle_haystack import needle_haystack_adapter
    from evalscope.config import TaskConfig
    needle_haystack_adapter.check_import = lambda *_, **__: True
    adapter = get_benchmark('needle_haystack', TaskConfig(model='m', eval_type='mock_llm', datasets=['needle_haystack'], judge={'strategy': 'rule'}))
    sample = adapter.record_to_sample(row)
    sample.input = adapter.process_sample_str_input(sample, 'english')
    return sample


def with_ours(text, shots):
    """MBPP's prompt with our examples in the place of its fixed ones, each in the same frame."""
    left = iter(shots)

    def ours(found):
        shot = next(left)
        filled = zip(found.groups(), (shot['text'], '\n'.join(shot['test_list']), shot['code'].strip(), ''))
        return ''.join(part for pair in filled for part in pair)

    return WORKED.sub(ours, text)

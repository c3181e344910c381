"""Has EvalScope 1.14.1 make the prompts of the made-up rows of which `benchmarks/golden` shows ours, and writes their checksums.

    python golden.py BENCHMARKS [--write FILE] [NAME…]

BENCHMARKS is our folder `benchmarks`. EvalScope is handed the `example:` of each file in the columns of its hub's data sets. A prompt is
laid out as the golden file lays it out; of its text the SHA-256 goes into FILE, which a test compares with our golden prompts. Prints a line
for each benchmark: equal, the first place that differs, or why it was not made. Where a golden file shows a name in `⟦…⟧`, a text that is not
ours to ship, what stands around it is compared.
Needs `pip install evalscope==1.14.1 langdetect`.
"""

import argparse
import contextlib
import hashlib
import io
import json
import pathlib
import re
import tempfile

from prompts import messages, write_lines

PROTOCOL = 'evalscope-1.14'
LETTERS = 'ABCDEFGHIJ'


def lettered(row, subset):
    return {**row, 'choices': [f'({LETTERS[at]}) {text}' for at, text in enumerate(row['choices'])], 'answer': f"({row['answer']})", 'category': subset}


# Our columns as those of the hub, where they are others: row, subset -> row.
COLUMNS = {
    'agieval': lambda row, subset: {'passage': None, 'answer': None, **row, 'label': str(row['label']) if isinstance(row.get('label'), list) else row.get('label')},
    'arc': lambda row, subset: {**row, 'choices': row['choices'] if isinstance(row['choices'], dict) else {'text': row['choices'], 'label': list(LETTERS[:len(row['choices'])])}},
    'cmmlu': lettered,
    'math_500': lambda row, subset: {'solution': '', 'unique_id': '', 'subject': '', **row},
    'multiple_humaneval': lambda row, subset: {'language': subset.split('-')[1], **row},
    'multiple_mbpp': lambda row, subset: {'language': subset.split('-')[1], **row},
    'simple_qa': lambda row, subset: {'metadata': '{}', **row},
    'mmlu': lambda row, subset: {**row, 'answer': LETTERS.index(row['answer']), 'subject': subset},
}
# Files of those that read a folder of their user: of the row that is asked, and of the examples.
FOLDERS = {'general_mcq': ('{subset}_val.jsonl', '{subset}_dev.jsonl'), 'general_qa': ('{subset}.jsonl', None)}


def laid_out(said):
    """Messages as a golden file shows them."""
    def visible(line):
        inner = line.strip(' ')
        if not inner:
            return '␣' * len(line)
        return '␣' * (len(line) - len(line.lstrip(' '))) + inner + '␣' * (len(line) - len(line.rstrip(' ')))

    page = []
    for role, text in said:
        page.append(f'── {role}')
        lines = text.split('\n')
        page += [visible(line) + ('⏎' if at + 1 < len(lines) else '') for at, line in enumerate(lines)]
    return ''.join(line + '\n' for line in page)


def ours(page):
    """What a golden file says that is asked of the model."""
    lines = page.split('\n')
    lines = lines[next(at for at, line in enumerate(lines) if line.startswith('── ')):-1]
    end = next((at for at, line in enumerate(lines) if line.startswith('# judged')), len(lines))
    return ''.join(line + '\n' for line in lines[:end])


def theirs(name, file):
    """EvalScope's prompt of the example of a benchmark's file."""
    import datasets
    from evalscope.api.dataset import loader
    from evalscope.api.registry import get_benchmark
    from evalscope.benchmarks.arena_hard import arena_hard_adapter
    from evalscope.config import TaskConfig
    example, data = file['example'], file['data']
    subset = example.get('subset') or (data['subsets'][0] if isinstance(data['subsets'], list) else 'default')
    column = COLUMNS.get(name, lambda row, subset: row)
    shots = example.get('shots', [])

    def load(self):
        rows = shots if shots and self.split == data.get('shots') and self.shuffle_for_shots else [example['row']]
        return self._to_memory_dataset(datasets.Dataset.from_list([column(row, subset) for row in rows]))

    arguments = {'subset_list': [subset]}
    if name in FOLDERS:
        home = tempfile.TemporaryDirectory()
        arguments['local_path'] = home.name
        for file_name, rows in zip(FOLDERS[name], ([example['row']], shots)):
            if file_name and rows:
                write_lines(pathlib.Path(home.name) / file_name.replace('{subset}', subset), rows)
    arena_hard_adapter.check_import = lambda *_, **__: True
    kept = loader.RemoteDataLoader.load
    loader.RemoteDataLoader.load = load
    try:
        config = lambda: TaskConfig(model='m', eval_type='mock_llm', datasets=[name], dataset_args={name: json.loads(json.dumps(arguments))}, judge={'strategy': 'rule'})
        with contextlib.redirect_stderr(io.StringIO()):
            adapter = get_benchmark(name, config())
            if adapter.few_shot_num and shots:
                arguments['few_shot_num'] = min(adapter.few_shot_num, len(shots))
                adapter = get_benchmark(name, config())
            # The same split may be asked and shown.
            original = type(adapter).load_fewshot_subset
            loader.RemoteDataLoader.shuffle_for_shots = False

            def load_shots(self, *given, **more):
                loader.RemoteDataLoader.shuffle_for_shots = True
                try:
                    return original(self, *given, **more)
                finally:
                    loader.RemoteDataLoader.shuffle_for_shots = False

            type(adapter).load_fewshot_subset = load_shots
            try:
                found = adapter.load_dataset()
            finally:
                type(adapter).load_fewshot_subset = original
    finally:
        loader.RemoteDataLoader.load = kept
    (sample,) = [sample for samples in found.values() for sample in samples]
    return laid_out(messages(sample.input))


def main():
    import yaml
    parser = argparse.ArgumentParser()
    parser.add_argument('benchmarks', type=pathlib.Path)
    parser.add_argument('names', nargs='*')
    parser.add_argument('--write', type=pathlib.Path, help='file of the checksums')
    asked = parser.parse_intermixed_args()
    pages = sorted(asked.benchmarks.glob(f'golden/*@{PROTOCOL}.txt'))
    written = []
    for path in pages:
        name = path.name.split('@')[0]
        if asked.names and name not in asked.names:
            continue
        own = ours(path.read_text(encoding='utf-8'))
        try:
            # PyYAML trips over a question mark before a comma.
            text = re.sub(r': ([^"\'\[{,\n][^,{}\[\]\n]*\?),', r': "\1",', (asked.benchmarks / f'{name}.yaml').read_text(encoding='utf-8'))
            file = yaml.safe_load(text)
            expected = theirs(name, file)
        except Exception as error:  # one benchmark that cannot be made does not end the others
            print(f'{name:<18} not made: {type(error).__name__}: {str(error)[-200:]}', flush=True)
            continue
        # Where a name stands for what is not ours to ship, EvalScope may have anything.
        if re.fullmatch('.*'.join(re.escape(part) for part in re.split('⟦.*?⟧', own)), expected, re.DOTALL):
            expected = own
        elif '⟦' in own:
            print(f'{name:<18} not compared: the text that is not shown decides more than its place', flush=True)
            continue
        pairs = zip(expected.split('\n'), own.split('\n'))
        differ = next((f'there {one!r}, here {other!r}' for one, other in pairs if one != other), '' if expected == own else 'one is longer')
        print(f'{name:<18} {"differs: " + differ if differ else "equal"}', flush=True)
        written.append({'benchmark': f'{name}@{PROTOCOL}', 'sha256': hashlib.sha256(expected.encode()).hexdigest()})
    if asked.write:
        asked.write.write_text(''.join(json.dumps(one) + '\n' for one in written), encoding='utf-8')


if __name__ == '__main__':
    main()

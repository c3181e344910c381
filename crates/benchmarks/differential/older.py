"""Compares the verdicts of `evalscope-0.5` with those of EvalScope 0.5.2 itself, on the replies of `verdicts.py`.

    pip download --no-deps evalscope==0.5.2 && unzip evalscope-0.5.2*.whl -d FOLDER
    python -S older.py PROGRAM FOLDER [--write FILE] [NAME…]

PROGRAM is our `evalscope`, FOLDER the package as it is, of which only the adapters of the benchmarks are used: what they import for models
and hubs is not needed, and with `-S` not there. Those whose reply is text are compared; of the others the older version compares log-likelihoods. Prints one line
for each benchmark, replies compared and verdicts that differ, and below it each reply that does. `--write` adds verdicts of one row of each
subset to FILE as vectors, without those that differ.
"""

import argparse
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import io
import json
import pathlib
import sys
import tempfile
import unittest.mock

import verdicts

PROTOCOL = 'evalscope-0.5'
# Benchmark -> adapter, and subsets that have other names there.
ADAPTERS = {
    'bbh': 'bbh.bbh_adapter:BBHAdapter',
    'competition_math': 'competition_math.competition_math_adapter:CompetitionMathAdapter',
    'gsm8k': 'gsm8k.gsm8k_adapter:GSM8KAdapter',
    'trivia_qa': 'trivia_qa.trivia_qa_adapter:TriviaQaAdapter',
}


class Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands for every package that is not there."""

    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] == 'evalscope':
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = unittest.mock.MagicMock(name=spec.name)
        module.__spec__, module.__path__, module.__name__ = spec, [], spec.name
        return module

    def exec_module(self, module):
        pass


def adapter(folder, name):
    sys.path.insert(0, str(folder))
    sys.meta_path.append(Absent())
    path, kind = ADAPTERS[name].split(':')
    with contextlib.redirect_stderr(io.StringIO()):
        module = importlib.import_module(f'evalscope.benchmarks.{path}')
    made = object.__new__(getattr(module, kind))
    return module, made


def theirs(module, made, name, one):
    """EvalScope's scores, and what it extracted."""
    row = dict(one.row)
    if name == 'bbh':
        row['task_type'] = module.MULTIPLE_CHOICE if one.subset in module.MULTIPLE_CHOICE_LIST else module.FREE_FORM
    if name == 'trivia_qa':
        row = {'input': [{'role': 'user', 'content': row['question']}], 'ideal': [*row['answer']['aliases'], *row['answer']['normalized_aliases']]}
    gold = made.get_gold_answer(row)
    scores = []
    for reply in one.replies:
        read = made.parse_pred_result(reply, row, 'checkpoint')
        scores.append((float(made.match(gold, read)), read))
    return gold, scores


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('program')
    parser.add_argument('folder', type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument('names', nargs='*', default=sorted(ADAPTERS))
    parser.add_argument('--write', type=pathlib.Path, help='file that vectors are added to')
    asked = parser.parse_intermixed_args()
    for name in asked.names or sorted(ADAPTERS):
        module, made = adapter(asked.folder, name)
        file, _, rows = verdicts.CASES[name]
        compared, differ, vectors, seen = 0, [], [], set()
        for one in rows():
            gold, expected = theirs(module, made, name, one)
            with tempfile.TemporaryDirectory() as home:
                # Rows are shuffled there: each is asked by itself.
                verdicts.write_rows(name, file, pathlib.Path(home), [one])
                arguments = {'few_shot_num': 0, 'subset_list': [one.subset]}
                found, targets = verdicts.ours(asked.program, name, arguments, [one], pathlib.Path(home), PROTOCOL)
            for reply, (score, read), (own, answer) in zip(one.replies, expected, found[0], strict=True):
                compared += 1
                value = own.get('accuracy', next(iter(own.values()), None))
                if value != score:
                    differ.append(f'{gold!r} {reply!r}: there {score}, here {value}; read {read!r}, {answer!r}')
                elif one.subset not in seen:
                    vectors.append({'benchmark': f'{name}@{PROTOCOL}', 'subset': one.subset, 'target': targets[0], 'options': 0, 'reply': reply,
                                    'scores': {'accuracy': score}})
            seen.add(one.subset)
        print(f'{name:<18} {compared:>5} compared {len(differ):>4} differ', flush=True)
        for line in differ:
            print(f'    {line}', flush=True)
        if asked.write:
            with asked.write.open('a', encoding='utf-8') as out:
                out.writelines(json.dumps(vector, ensure_ascii=False) + '\n' for vector in vectors)


if __name__ == '__main__':
    main()

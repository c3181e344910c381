"""Compares verdict vectors of `lm-eval-0.4` with what the tasks of lm-evaluation-harness give the same replies.

    python lm_eval_verdicts.py VECTORS [--write]

VECTORS is our file. Each reply in it goes through the filters of its task and is scored by it, beside a row that has nothing but the right
answers. Prints one line for each benchmark, replies compared and verdicts that differ, and below it each reply that does. `--write` adds
verdicts on replies made by rule, those of `ROWS`. Needs `pip install lm-eval==0.4.13 sacrebleu==2.6.0 rouge-score==0.1.2`.
"""

import argparse
import contextlib
import io
import json
import logging
import os
import pathlib
import tempfile

os.environ['HF_DATASETS_OFFLINE'] = os.environ['HF_HUB_OFFLINE'] = '1'

import lm_eval.tasks
import recorded
import replies
from lm_eval.api.instance import Instance
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks._yaml_loader import load_yaml
from rouge_score import scoring

# A row of the task with these right answers.
answered = lambda targets: json.loads(targets[0])
TASKS = {
    'gsm8k@lm-eval-0.4': ('gsm8k/gsm8k.yaml', lambda targets: {'question': '', 'answer': f'#### {targets[0]}'}),
    'bbh@lm-eval-0.4': ('bbh/cot_fewshot/{subset}.yaml', lambda targets: {'input': '', 'target': targets[0]}),
    'competition_math@lm-eval-0.4': ('hendrycks_math/hendrycks_math_algebra.yaml', lambda targets: {
        'problem': '', 'solution': f'\\boxed{{{targets[0]}}}'}),
    'trivia_qa@lm-eval-0.4': ('triviaqa/default.yaml', lambda targets: {'question': '', 'answer': {'aliases': targets}}),
    'truthful_qa@lm-eval-0.4-generation': ('truthfulqa/truthfulqa_gen.yaml', lambda targets: {
        'question': '', 'correct_answers': answered(targets)['correct'], 'incorrect_answers': answered(targets)['incorrect']}),
}

# Of short answers, as the task reads them: without signs, in small letters, up to white space at the ends. {t} the right one, {w} a wrong one,
# {s} and {u} the right one in small and large letters.
SHORT = '''{t}
 {t}
{t} 
|{t}
{s}
{u}
{w}
the {t}
The {t}
{t}!
"{t}"
“{t}”
({t})
**{t}**
`{t}`
{t}'s
{t} is right
{t}  
{t} / {w}
{t}
; {t}
{t}.
{t}, of course
{t}…
{t}-
-{t}-
$ {t} $
{t}。
{t} 🎉
{t}
Q: {t}
{w} or {t}
{t}{t}
{t}?
A: {t}
answer is {t}
 
 {u} !'''
ROWS = [('trivia_qa@lm-eval-0.4', 'rc.nocontext', targets, 0, replies.made(SHORT, t=right, w=wrong, s=right.lower(), u=right.upper()))
        for targets, right, wrong in ((["St. Mary's", 'Saint Mary'], "St. Mary's", 'Holy Cross'), (['Green Aller', 'The  Green-Aller'], 'The  Green-Aller', 'Blue Aller'))]


def task_of(yaml, row, folder):
    """A task whose only row this is."""
    source = folder / 'rows.jsonl'
    source.write_text(json.dumps(row) + '\n', encoding='utf-8')
    config = load_yaml(pathlib.Path(lm_eval.tasks.__file__).parent / yaml, resolve_func=True)
    splits = dict.fromkeys(('train', 'validation', 'test'), str(source))
    config |= {'dataset_path': 'json', 'dataset_name': None, 'dataset_kwargs': {'data_files': splits}, 'num_fewshot': 0}
    return ConfigurableTask(config=config)


class Judge:
    """Scores replies as the tasks do; a task is made once for each row."""

    def __init__(self, folder):
        self.folder, self.tasks = folder, {}

    def scores(self, case):
        key = (case['benchmark'], case['subset'], *case['target'])
        if key not in self.tasks:
            yaml, row = TASKS[case['benchmark']]
            home = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
            with contextlib.redirect_stderr(io.StringIO()):
                self.tasks[key] = task_of(yaml.replace('{subset}', case['subset']), row(case['target']), home)
        task = self.tasks[key]
        (row,) = task.eval_docs
        task._instances = [Instance(request_type='generate_until', doc=row, arguments=('', {}), idx=0, resps=[case['reply']])]
        task.apply_filters()
        read = task._instances[0].filtered_resps
        by_filter = {name: task.process_results(row, [text]) for name, text in read.items()}
        if len(by_filter) > 1:
            return {name: float(*found.values()) for name, found in by_filter.items()}
        return {name: float(value) for found in by_filter.values() for name, value in found.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('vectors', type=pathlib.Path)
    parser.add_argument('--write', action='store_true', help='add verdicts of the rows of this script')
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    # Of one score, 1,000 draws are that score each time.
    scoring.BootstrapAggregator.__init__.__defaults__ = (0.95, 1)
    with tempfile.TemporaryDirectory() as folder:
        recorded.compare(asked.vectors, TASKS.__contains__, Judge(pathlib.Path(folder)).scores, ROWS if asked.write else [])


if __name__ == '__main__':
    main()

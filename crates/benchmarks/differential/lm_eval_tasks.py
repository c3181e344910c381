"""The tasks of lm-evaluation-harness 0.4.13 that `lm-eval-0.4` asks as, made of its own YAML over rows that are at hand.

For `golden_lm_eval.py` and `tasks.py`. Needs `pip install lm-eval==0.4.13 sacrebleu==2.6.0 rouge-score==0.1.2`.
"""

import os
import pathlib

os.environ['HF_DATASETS_OFFLINE'] = os.environ['HF_HUB_OFFLINE'] = '1'

import datasets
import lm_eval.tasks
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks._yaml_loader import load_yaml

# The number that a run draws examples from when it is told none.
SEED = 1234
# The tokens that its models write where a task does not say how many.
MAX_TOKENS = 256

# Our protocol -> files of its tasks; of several, each makes a part of what is asked.
TASKS = {
    'arc@lm-eval-0.4': ['arc/{subset}.yaml'],
    'bbh@lm-eval-0.4': ['bbh/cot_fewshot/{subset}.yaml'],
    'boolq@lm-eval-0.4': ['super_glue/boolq/default.yaml'],
    'ceval@lm-eval-0.4': ['ceval/ceval-valid_{subset}.yaml'],
    'cmmlu@lm-eval-0.4': ['cmmlu/cmmlu_{subset}.yaml'],
    'commonsense_qa@lm-eval-0.4': ['commonsense_qa/default.yaml'],
    'competition_math@lm-eval-0.4': ['hendrycks_math/hendrycks_math_algebra.yaml'],
    'copa@lm-eval-0.4': ['super_glue/copa/default.yaml'],
    'gsm8k@lm-eval-0.4': ['gsm8k/gsm8k.yaml'],
    'hellaswag@lm-eval-0.4': ['hellaswag/hellaswag.yaml'],
    'humaneval@lm-eval-0.4': ['humaneval/humaneval.yaml'],
    'lambada@lm-eval-0.4': ['lambada/lambada_openai.yaml'],
    'mmlu@lm-eval-0.4': ['mmlu/default/mmlu_{subset}.yaml'],
    'openbookqa@lm-eval-0.4': ['openbookqa/openbookqa.yaml'],
    'piqa@lm-eval-0.4': ['piqa/piqa.yaml'],
    'race@lm-eval-0.4': ['race/race.yaml'],
    'siqa@lm-eval-0.4': ['siqa/siqa.yaml'],
    'trivia_qa@lm-eval-0.4': ['triviaqa/default.yaml'],
    'truthful_qa@lm-eval-0.4': ['truthfulqa/truthfulqa_mc1.yaml', 'truthfulqa/truthfulqa_mc2.yaml'],
    'truthful_qa@lm-eval-0.4-generation': ['truthfulqa/truthfulqa_gen.yaml'],
    'winogrande@lm-eval-0.4': ['winogrande/default.yaml'],
    'wsc@lm-eval-0.4': ['wsc273/default.yaml'],
}


def tasks(name, subset, rows, shots, limit=None, **shown):
    """The tasks of a protocol with their requests for the first of these rows, which are in the columns of the hub."""
    files = [file.replace('{subset}', subset.replace('-', '_').lower()) for file in TASKS[name]]
    made = [task(pathlib.Path(lm_eval.tasks.__file__).parent / file, name, rows, shots, **shown) for file in files]
    for one in made:
        one.set_fewshot_seed(SEED)
        one.build_all_requests(limit=limit, rank=0, world_size=1)
    return made


def task(path, name, rows, shots, count=None, in_order=False):
    """A task that shows `count` of the examples, or as many as it is made for; `in_order` they are the first ones."""
    is_program = name.startswith('humaneval')
    config = load_yaml(path, resolve_func=not is_program)
    if is_program:
        # Its metric runs programs, and is fetched from the network.
        config['metric_list'] = [{'metric': 'exact_match'}]
        config.pop('filter_list', None)
    if count is not None:
        config['num_fewshot'] = count
    shown = config.get('fewshot_config') or {}
    if in_order:
        config['fewshot_config'] = {**shown, 'sampler': 'first_n'}
        if not shown.get('samples'):
            config['num_fewshot'] = min(config.get('num_fewshot') or 0, len(shots))
    config['custom_dataset'] = lambda **_: splits(config, rows, shots)
    return ConfigurableTask(config=config)


def splits(config, rows, shots):
    """A data set whose rows are asked and whose examples are shown, under the names that a task has for them.

    Where a task takes its examples from the rows that it asks, they stand before those.
    """
    asked = config.get('test_split') or config['validation_split']
    shown = {config[kind] for kind in ('training_split', 'validation_split', 'fewshot_split') if config.get(kind)} - {asked}
    parts = {name: shots or rows for name in shown} | {asked: rows if shown else shots + rows}
    return datasets.DatasetDict({name: datasets.Dataset.from_list(part) for name, part in parts.items()})


def sampling(options):
    """What a task asks of generation, as we say it."""
    assert not options['do_sample'], options
    return {'max_tokens': options.get('max_gen_toks', MAX_TOKENS), 'temperature': float(options.get('temperature', 0)), 'stop': options['until']}

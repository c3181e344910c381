"""What the tasks of lm-evaluation-harness 0.4.13 ask about the made-up row of a benchmark's file, for `golden.py`.

Needs what `lm_eval_tasks.py` needs.
"""

import json
import re

from lm_eval_tasks import sampling, tasks

LETTERS = 'ABCDEFGHIJ'

# Our columns as those of the hub, where they are others.
COLUMNS = {
    'cmmlu': lambda row: {'Question': row['question'], **dict(zip('ABCD', row['choices'])), 'Answer': row['answer']},
    'commonsense_qa': lambda row: {'question': row['question'], 'choices': {'text': row['choices'], 'label': list('ABCDE')}, 'answerKey': row['answer']},
    'mmlu': lambda row: {**row, 'answer': LETTERS.index(row['answer'])},
    'piqa': lambda row: {'goal': row['question'], 'sol1': row['choices'][0], 'sol2': row['choices'][1], 'label': LETTERS.index(row['answer'])},
}
# The right answer as the task compares it, where that is not the text that its examples show. Of programs, tests decide.
TARGETS = {
    'gsm8k@lm-eval-0.4': lambda task, doc: without(task.config.metric_list[0]['regexes_to_ignore'], task.doc_to_target(doc)),
    'humaneval@lm-eval-0.4': lambda task, doc: None,
    'truthful_qa@lm-eval-0.4-generation': lambda task, doc: json.dumps({'correct': doc['correct_answers'], 'incorrect': doc['incorrect_answers']}),
}


def without(patterns, text):
    for pattern in patterns:
        text = re.sub(pattern, '', text)
    return text


def asked(benchmark, protocol, subset, row, shots, count):
    """What the tasks of a benchmark ask, with `count` examples or as many as they are made for."""
    name, column = f'{benchmark}@{protocol}', COLUMNS.get(benchmark, lambda row: row)
    made = tasks(name, subset, [column(row)], [column(shot) for shot in shots], count=count, in_order=True)
    # The row stands behind the examples where both are of one split.
    requests = [request for task in made for request in task.instances if request.doc_id == task.instances[-1].doc_id]
    task, doc = made[0], requests[0].doc
    if task.OUTPUT_TYPE == 'generate_until':
        (request,) = requests
        text, options = request.args
        return {'said': [('text', text)], 'targets': targets(name, task, doc), 'sampling': sampling(options)}
    return {'pairs': [request.args for request in requests], 'targets': right(task, doc), 'sampling': None}


def right(task, doc):
    """Letters of the continuations with which the task is content, when each is the likeliest."""
    count = len(task.doc_to_choice(doc)) if task.OUTPUT_TYPE == 'multiple_choice' else 1
    likeliest = lambda at: [(-1.0 if at == place else -100.0 - place, at == place) for place in range(count)]
    return [LETTERS[at] for at in range(count) if task.process_results(doc, likeliest(at))['acc'] == 1]


def targets(name, task, doc):
    """What a reply is compared with."""
    found = TARGETS.get(name, lambda task, doc: task.doc_to_target(doc))(task, doc)
    return found if found is None or isinstance(found, list) else [found]

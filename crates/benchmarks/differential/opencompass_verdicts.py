"""Compares verdict vectors of `opencompass-0.2`, or of another protocol of OpenCompass, with what OpenCompass gives the same replies.

    python opencompass_verdicts.py FOLDER VECTORS [--protocol NAME] [--write]

FOLDER is the package as for `opencompass_prompts.py`, VECTORS our file. Each reply in it goes through OpenCompass's client of an endpoint, its
configuration's post-processor and its evaluator. Prints one line for each benchmark, replies compared and verdicts that differ, and below it
each reply that does. `--write` adds verdicts on replies made by rule, those of `ROWS`.
Needs what `opencompass_prompts.py` needs, and `pip install jieba rapidfuzz rouge_chinese rouge_score`.
"""

import argparse
import contextlib
import inspect
import io
import pathlib

import recorded
import replies
from opencompass_prompts import configuration, load

# Ours, where OpenCompass's name of a metric is another: of replies made here and of several metrics.
METRICS = {'score': 'exact_match', 'rouge1': 'rouge_1', 'rouge2': 'rouge_2', 'rougeL': 'rouge_l', 'rougeLsum': 'rouge_lsum'}

# What OpenCompass looks for in letters, beside what everybody does: {r} the right one, {w} a wrong one.
LETTERS = '''答案选项应该是{r}
答案应该是 {r}
答案应该选{r}
答案选项为：{r}
答案选项是: {r}
答案选 {r}
故选{r}
故选：{r}
只有选项{r}是对的
只有{r}不正确
说法错误的是{r}
{r}是正确的
{r} 是正确答案，{w} 不是
选项{r}正确
所以{r}。
综上，{r}。
综上所述，即{r}
因此{r}
显然 {r}.
答案是 河边（{r}）。
The answer is option {r}
The correct answer is: ({r})
the correct answer is $\\boxed{{{r}}}$
The answer to the question is {r}, not {w}
选项{r}
{r}选项
1. {r}
1. {w}|2. {r}
{r}: it fits
A cat sat on it. {r}
{w}. {r}.
{r}|{w}
<p>{r}</p>
É {r}
{w} 是错的，{r} 是对的
Both {w} and {r}'''

# Of spans: {t} a right one, {w} a wrong one.
SPANS = '''{t}
{w}
答案是{t}
答案是{w}
答案是：{t}
答案是: {t}
答案是“{t}”
答案是「{t}」
答案是《{t}》
答案是 {t} 。
答案是{t}。
答案是{t}.
答案是{t}!
答案是{t}，因为文中说了。
答案是{t},文中说了
答案是{t}.文中说了
答案是{t}|文中说了
答案是|{t}
答案是{t}答案是{w}
答案是{w}。答案是{t}
文中说了，答案是{t}
不，答案是{t}吗？
答案：{t}
答案为{t}
正确答案是{t}
答案 是{t}
‘答案是’{t}
**答案是{t}**
答案是**{t}**
答案是 the {t}
答案是{t}和{w}
{t}{t}
{t}。
（{t}）
||{t}
||答案是{t}
| 答案是{t} |
答案是
 
我不知道。
The answer is {t}
答案是{t} 🎉'''

# Of the word that ends a sentence: {t} the right one, {w} a wrong one, {s} and {u} the right one in small and large letters.
ENDINGS = '''{t}
{w}
{t}.
{t}, and
{t}; {w}
{t}! She
"{t}"
'{t}'
“{t}”
({t})
*{t}*
_{t}_
{t}'s
{t}s
{t}-{w}
{t}—{w}
{t}…
{t} {w}
{w} {t}
{t}|{w}
{t}.|{w}
the {t}
a {t}
The {t}.
{u}
{s}
 {t}
|{t}
{t}	{w}
.{t}
... {t}
$ {t}
{t}/{w}
{t}:
{t}@home
{t}=2
made {t}
 
{t}。
{t} 🎉
🎉{t}'''

# With white space around them, which the client takes off: {t} the right answer, {w} a wrong one.
BLANK = '''||{t}
|{t}
 {t} 
	{t}|
||{w}
||The answer is {t}.
||{t}||{w}
|{w}||{t}'''

# Of mathematics, as the four examples end.
FINAL = '''Final Answer: The final answer is ${t}$. I hope it is correct.
We have {w}.|Final Answer: The final answer is {t}. I hope it is correct.
Final Answer: The final answer is $\\boxed{{{t}}}$. I hope it is correct.
The final answer is ${t}$ and not ${w}$.
The final answer is {t} units
The final answer is ${t}$.||Problem: {w}
The final answer is ${w}$.|The final answer is ${t}$.
final answer {t}
Final Answer: ${t}$
Final Answer: {t}, {w}
the answer is $x={t}$
the answer is {t} or {w}.
the answer is ${t}$, that is, \\boxed{{{w}}}'''

# Of each protocol: benchmark, subset, right answers, options, and replies.
ROWS = {'opencompass-0.2': [
    *((name, subset, [right], count, replies.letters(right, wrong) + replies.made(LETTERS, r=right, w=wrong)) for name, subset, right, wrong, count in (
        ('arc', 'ARC-Challenge', 'B', 'C', 4), ('arc', 'ARC-Easy', 'D', 'A', 4), ('hellaswag', 'default', 'A', 'D', 4), ('openbookqa', 'main', 'C', 'B', 4),
        ('winogrande', 'default', 'B', 'A', 2), ('copa', 'copa', 'A', 'B', 2), ('c3', 'c3', 'C', 'A', 4))),
    ('cmrc', 'cmrc2018', ['三百里', '长三百里'], 0, replies.made(SPANS, t='长三百里', w='五百里')),
    *((name, subset, [right], 0, replies.made(BLANK, t=right, w=wrong)) for name, subset, right, wrong in (
        ('drcd', 'drcd', '三百里', '五百里'), ('strategyqa', 'default', 'yes', 'no'), ('strategyqa', 'default', 'no', 'yes'))),
    ('lambada', 'default', ['Tea'], 0, replies.made(ENDINGS, t='Tea', w='coffee', s='tea', u='TEA')),
], 'opencompass-0.2-four-shot': [
    ('competition_math', 'Level 1', [right], 0, replies.maths(right, wrong) + replies.made(FINAL, t=right, w=wrong))
    for right, wrong in (('13', '12'), ('\\frac{3}{4}', '\\frac{4}{3}'))
]}


def post_processor(config):
    """What a configuration does to a reply before it is evaluated."""
    from opencompass.registry import TEXT_POSTPROCESSORS
    options = dict(config.eval_cfg.get('pred_postprocessor', {'type': str}))
    kind = options.pop('type')
    process = TEXT_POSTPROCESSORS.get(kind) if isinstance(kind, str) else kind
    return lambda text: process(text, **options)


class Judge:
    """OpenCompass's way from what an endpoint says to scores."""

    def __init__(self, client):
        self.client, self.ways = client, {}

    def way(self, benchmark, subset):
        """Post-processor and evaluator."""
        from opencompass.registry import ICL_EVALUATORS
        # Both sets are evaluated in the same way.
        config = configuration(benchmark, 'ARC-Challenge' if benchmark == 'arc' else subset)
        return post_processor(config), ICL_EVALUATORS.build(config.eval_cfg.evaluator)

    def scores(self, case):
        benchmark, subset, targets = case['benchmark'].split('@')[0], case['subset'], case['target']
        if (benchmark, subset) not in self.ways:
            self.ways[benchmark, subset] = self.way(benchmark, subset)
        process, evaluator = self.ways[benchmark, subset]
        kind = type(evaluator).__name__
        reference = targets[0]
        if kind in ('EMEvaluator', 'NQEvaluator', 'TriviaQAEvaluator') or kind.startswith('GaokaoBench'):
            reference = targets
        elif kind == 'EDAccEvaluator':
            texts = [(letter, f'option {place}') for place, letter in enumerate('ABCDEF'[:case['options']])]
            reference = {'candidates': [[f'{letter}. {text}', letter, text] for letter, text in texts], 'label': 'ABCDEF'.index(targets[0])}
        self.client.reply = case['reply']
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            given = {'predictions': [process(self.client.model._generate('?', 1, 0))], 'references': [reference], 'origin_prompt': ['?']}
            found = evaluator.score(**{name: given[name] for name in inspect.signature(evaluator.score).parameters})
        return {METRICS.get(name, name): value / 100 for name, value in found.items() if isinstance(value, (int, float))}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('folder', type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument('vectors', type=pathlib.Path)
    parser.add_argument('--protocol', default='opencompass-0.2', choices=ROWS)
    parser.add_argument('--write', action='store_true', help='add verdicts of the rows of this script')
    asked = parser.parse_args()
    rows = [(f'{benchmark}@{asked.protocol}', *row) for benchmark, *row in ROWS[asked.protocol]] if asked.write else []
    recorded.compare(asked.vectors, lambda benchmark: benchmark.endswith(f'@{asked.protocol}'), Judge(load(asked.folder)).scores, rows)


if __name__ == '__main__':
    main()

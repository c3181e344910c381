"""Replies made by rule from a right and a wrong answer: bare, wordy, marked up, in Chinese, refused, empty, unfinished, thought only."""

# Of letters: {r} the right one, {w} a wrong one, {s} the right one as a small letter, {f} as a wide one.
LETTERS = '''ANSWER: {r}
ANSWER: {w}
Answer: {r}
answer: {r}
answer: {w}
ANSWER:{r}
ANSWER :{r}
ANSWER: {r}.
ANSWER: {r},
ANSWER: {r})
ANSWER: ({r})
ANSWER: [{r}]
ANSWER: "{r}"
ANSWER: '{r}'
ANSWER: {s}
ANSWER: {f}
ANSWER： {r}
**ANSWER: {r}**
**ANSWER:** {r}
ANSWER: **{r}**
**Answer**: {r}
*ANSWER: {r}*
### ANSWER: {r}
> ANSWER: {r}
- ANSWER: {r}
`ANSWER: {r}`
```|ANSWER: {r}|```
\\boxed{{{r}}}
$\\boxed{{\\text{{{r}}}}}$
ANSWER: \\boxed{{{r}}}
ANSWER: ${r}$
{r}
({r})
{r}.
{r})
**{r}**
{s}
{w}
The answer is {r}.
The correct answer is ({r}).
Option {r} is right, because the others do not fit.
I would choose {r}
Let me think. {w} is tempting, but it is wrong.||ANSWER: {r}
ANSWER: {w}||Wait, that is wrong.||ANSWER: {r}
ANSWER: {r}||ANSWER: {w}
ANSWER: {r}|Explanation: {w} does not fit.
ANSWER: {r} or {w}
ANSWER: {r}, {w}
ANSWER: {r}{w}
ANSWER: {r} and {w}
ANSWER: {r} (not {w})
ANSWER: {r}: it fits best
ANSWER: {r}) it fits best
ANSWER: {r} - it fits best
ANSWER: it is {r}
ANSWER: the letter {r}
ANSWER: option {r}
ANSWER: Option {r}.
ANSWER:|{r}
ANSWER:||{r}
ANSWER {r}
ANSWER = {r}
ANSWER - {r}
FINAL ANSWER: {r}
My final answer: {r}
1. {w} is wrong.|2. {r} is right.
ANSWER: {r}|ANSWER: {r}
The format is 'ANSWER: [LETTER]'. So ANSWER: {r}
<answer>{r}</answer>
{{"answer": "{r}"}}
ANSWER: {r} 🎉
Réponse : {r}
答案：{r}
答案：{w}
答案: {r}
答案:{r}
答案：{r}。
答案： {r}
答案：（{r}）
答案：**{r}**
**答案：{r}**
答案：“{r}”
答案：{s}
答案：{f}
答案是{r}
答案是：{r}
答案为{r}
正确答案是 {r}。
正确答案：{r}
选{r}
应该选择 {r} 项。
我们逐项分析。{w} 不对。||答案：{r}
答案：{w}||不，再想一想。||答案：{r}
答案：{r}||解释：{w} 不对。
答案：{r}、{w}
答案：{r}{w}
答案：{r} 和 {w}
答案：选项{r}
ANSWER: {r}||答案：{w}
 
|
I am sorry, but I cannot answer this question.
抱歉，我无法回答这个问题。
As an AI, I have no opinion.
I do not know.
ANSWER:
ANSWER: none of these
ANSWER: Z
ANSWER: 1
ANSWER: A B C D
答案：
答案：都不对
First, let us see what is asked. The question
首先，我们看题目的意思
<think>ANSWER: {w}</think>||ANSWER: {r}
<think>ANSWER: {r}</think>||ANSWER: {w}
<think>It could be {r}, so ANSWER: {r}'''

# Of several letters: {r} all right ones, {c}, {d}, {e}, {n} the same with other signs between them, {w} a wrong one, {o} one of the right ones.
SEVERAL = '''ANSWER: {r}
ANSWER: {c}
ANSWER: {n}
ANSWER: {d}
ANSWER: {e}
ANSWER: {v}
ANSWER: {o}
ANSWER: {w}
ANSWER: {r}{w}
ANSWER: [{c}]
ANSWER: ({r})
ANSWER: {r}.
ANSWER: {c}.
answer: {s}
Answer: {r}
**ANSWER: {r}**
ANSWER: **{c}**
**ANSWER:** {c}
### ANSWER: {r}
\\boxed{{{r}}}
ANSWER: \\boxed{{{r}}}
{r}
{c}
The answers are {c}.
The right options are {n}.
ANSWER: {w}||Wait.||ANSWER: {r}
ANSWER: {r}||ANSWER: {w}
ANSWER: {r}|because {w} is wrong.
ANSWER: {c} (not {w})
ANSWER:|{r}
ANSWER: {r} 🎉
FINAL ANSWER: {c}
答案：{r}
答案：{v}
答案：{d}
答案：{c}
答案：{e}
答案：{o}
答案：{w}
答案：{r}{w}
答案：{d}。
答案：{r}。
答案: {r}
**答案：{r}**
答案：**{d}**
答案：（{r}）
答案：{s}
答案是{r}
正确答案：{d}
选{r}
答案：{w}||不对，再想。||答案：{d}
答案：{r}||解释：{w} 不对。
 
|
I am sorry, but I cannot answer this question.
抱歉，我无法回答。
ANSWER:
答案：
ANSWER: all of them
答案：以上都对
ANSWER: Z
First, let us see
<think>ANSWER: {w}</think>||ANSWER: {r}
<think>It could be {r}'''

# Of mathematics: {t} the right answer, {w} a wrong one.
MATHS = '''\\boxed{{{t}}}
\\boxed{{{w}}}
The answer is \\boxed{{{t}}}.
The answer is $\\boxed{{{t}}}$.
\\[ \\boxed{{{t}}} \\]
$$\\boxed{{{t}}}$$
\\boxed{{ {t} }}
\\boxed{{{t}.}}
\\boxed{{${t}$}}
\\boxed{{x = {t}}}
\\boxed{{\\text{{{t}}}}}
\\boxed{{\\mathbf{{{t}}}}}
\\fbox{{{t}}}
\\boxed{{{t}}} dollars
\\boxed{{{t} \\text{{ cm}}}}
\\boxed{{{t}\\%}}
\\boxed{{{t}
\\boxed{{}}
\\boxed{{{w}}} is wrong, so \\boxed{{{t}}}
First \\boxed{{{t}}}, hence \\boxed{{{w}}}
\\boxed{{{t}}}, \\boxed{{{w}}}
We compute 1 + 1 = 2, and so on.||**Answer:** \\boxed{{{t}}}
Step 1: think.|Step 2: \\boxed{{{t}}}
ANSWER: {t}
Answer: {t}
Final answer: {t}
**Answer: {t}**
**{t}**
#### {t}
The answer is {t}.
The answer is ${t}$.
So the final answer is {t}
Therefore, the answer is: {t}
So it is {t}.
{t}
${t}$
 {t} 
= {t}
x = {t}
{w}
The answer is {w}.
The answer is not {w} but {t}.
It is {t}, because {w} is too much.
{t} or {w}
答案是 {t}
答案是{t}
答案：{t}
答案：\\boxed{{{t}}}
所以答案是 \\boxed{{{t}}}。
因此，一共有 \\boxed{{{t}}} 个。
最终答案：**{t}**
```|{t}|```
<answer>{t}</answer>
{{"answer": "{t}"}}
 
|
I am sorry, but I cannot solve this problem.
抱歉，我不会做这道题。
I do not know.
There is no solution.
First, let us write down what we know. We have
\\boxed{{{t}}} 🎉
<think>\\boxed{{{w}}}</think>||\\boxed{{{t}}}
<think>\\boxed{{{t}}}</think>||\\boxed{{{w}}}
<think>Perhaps \\boxed{{{t}}}'''

# Of words, after the phrase that BIG-Bench Hard's prompt asks for.
WORDS = '''So the answer is {t}.
So the answer is {t}
So the answer is {w}.
so the answer is {t}.
The answer is {t}.
So the answer is **{t}**.
So the answer is "{t}".
So the answer is '{t}'.
So the answer is ({t}).
So the answer is: {t}.
So the answer is [{t}].
So the answer is `{t}`.
So the answer is $\\boxed{{{t}}}$.
**So the answer is {t}.**
So the answer is **{t}.**
So the answer is {t}.|That is all.
So the answer is {w}.|Wait.|So the answer is {t}.
So the answer is {t}. So the answer is {w}.
So the answer is {t} or {w}.
So the answer is {t} {w}.
So the answer is {t}..
So the answer is {t} .
So the answer is  {t}.
So the answer is {t}, because the rest is {w}.
So the answer is|{t}.
So the answer is {s}.
So the answer is {u}.
{t}
({t})
{t}.
**{t}**
Answer: {t}
ANSWER: {t}
Let's think. We see {w} first, and then {t}.
答案是{t}
So the answer is {t}。
 
|
So the answer is
So the answer is .
I am sorry, but I cannot answer this question.
I do not know.
First, let us see what
<think>So the answer is {w}.</think>So the answer is {t}.
<think>So the answer is {t}.'''

# Of short answers in words.
SHORT = '''ANSWER: {t}
ANSWER: {w}
Answer: {t}
answer: {s}
ANSWER: {u}
ANSWER: {t}.
ANSWER: the {t}
ANSWER: The {t}, of course
ANSWER: {w} and {t}
ANSWER: "{t}"
ANSWER: [{t}]
ANSWER: **{t}**
**ANSWER: {t}**
**ANSWER:** {t}
### ANSWER: {t}
ANSWER:|{t}
ANSWER: {t}|Because it is so.
ANSWER: {w}||Wait.||ANSWER: {t}
ANSWER: {t}||ANSWER: {w}
The text says so.||ANSWER: {t}
The answer is {t}.
{t}
{w}
{s}
 {t} 
a {t}
It is {t}, I think.
\\boxed{{{t}}}
答案：{t}
ANSWER：{t}
ANSWER: {t}'s
ANSWER: {t}-like
ANSWER: not{t}
ANSWER: {t} 🎉
 
|
ANSWER:
I am sorry, but I cannot answer this question.
The text does not say.
First, let us see
<think>ANSWER: {t}</think>ANSWER: {w}
<think>It may be {t}'''


def made(templates, **words):
    """Each line of the templates with its words put in; a bar is the end of a line. The empty reply comes with them."""
    return ['', *(line.replace('|', '\n').format(**words) for line in templates.split('\n'))]


def letters(right, wrong):
    return made(LETTERS, r=right, w=wrong, s=right.lower(), f=chr(ord(right) + 0xFEE0))


def several(right, wrong):
    return made(SEVERAL, r=''.join(right), c=', '.join(right), d='、'.join(right), e=' '.join(right), n=' and '.join(right),
                v=','.join(reversed(right)), s=''.join(right).lower(), o=right[0], w=wrong)


def maths(right, wrong):
    return made(MATHS, t=right, w=wrong)


def words(right, wrong):
    return made(WORDS, t=right, w=wrong, s=right.lower(), u=right.upper())


def short(right, wrong):
    return made(SHORT, t=right, w=wrong, s=right.lower(), u=right.upper())

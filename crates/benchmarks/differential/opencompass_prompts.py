"""Has OpenCompass make the prompts of the made-up rows of which `benchmarks/golden` shows ours, and writes their checksums.

    pip download --no-deps ms-opencompass==0.1.6 && unzip ms_opencompass-0.1.6*.whl -d FOLDER
    python opencompass_prompts.py BENCHMARKS FOLDER [--protocol NAME] [--write FILE] [NAME…]

BENCHMARKS is our folder `benchmarks`. The `example:` of each file is written into the files of OpenCompass's archive; its own loaders read
them, and its own task sends prompts with the template `default-api-meta-template-oc` to a client that keeps what it is given. A prompt is laid
out as the golden file lays it out; of its text the SHA-256 goes to the end of FILE with what was asked of the reply, which a test compares with
our golden prompts. Prints a line for each benchmark: equal, or the first place that differs. Where a golden file shows a name in `⟦…⟧`, a text
that is not ours to ship, what stands around it is compared. The protocol is `opencompass-0.2`; `opencompass-0.2-four-shot` wants the folder of
0.0.5. Needs `pip install mmengine-lite datasets evaluate scikit-learn pyyaml`; what else OpenCompass imports is not used, and need not be there.
"""

import argparse
import contextlib
import csv
import hashlib
import importlib
import importlib.abc
import importlib.machinery
import io
import json
import logging
import os
import pathlib
import re
import sys
import tempfile
import types
import unittest.mock

from golden import laid_out, ours

# EvalScope's own, for endpoints.
META_TEMPLATE = {'round': [{'role': 'HUMAN', 'api_role': 'HUMAN'}, {'role': 'BOT', 'api_role': 'BOT', 'generate': True}],
                 'reserved_roles': [{'role': 'SYSTEM', 'api_role': 'SYSTEM'}]}
# Of EvalScope's backend, where a configuration leaves it to the model.
MAX_OUT_LEN = 2048


def lines(change=lambda row: row):
    return lambda rows: ''.join(json.dumps(change(row)) + '\n' for row in rows)


def whole(change):
    return lambda rows: json.dumps(change(rows))


def table(change, header=None, delimiter=','):
    def text(rows):
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter).writerows([*([header] if header else []), *map(change, rows)])
        return out.getvalue()
    return text


def column(name):
    return lambda rows: ''.join(f'{row[name]}\n' for row in rows)


def named(*labels, of='label'):
    """A row whose number of a label is its name."""
    return lines(lambda row: {**row, 'label': labels[row[of]]})


def stem(question):
    """A row in the columns of the Allen Institute."""
    return lines(lambda row: {'question': {'stem': row[question], 'choices': [
        {'text': text, 'label': label} for text, label in zip(row['choices']['text'], row['choices']['label'])]}, 'answerKey': row['answerKey']})


def scene(row):
    """The scene with its activity, and endings, as the archive has cleaned them."""
    clean = lambda text: re.sub(r'\[.*?\]', '', text.strip().replace(' [title]', '. ')).replace('  ', ' ')
    return {'query': clean(f"{row['activity_label']}: {row['ctx_a']} {row['ctx_b'].capitalize()}"), 'choices': [clean(ending) for ending in row['endings']],
            'gold': int(row['label'])}


def passage(row):
    answers = [{'text': text} for text in row['answers']['text']]
    return {'paragraphs': [{'context': row['context'], 'qas': [{'question': row['question'], 'answers': answers}]}]}


ENTAILED = named('entailment', 'not_entailment')
SPANS = whole(lambda rows: {'data': [passage(row) for row in rows]})
EXAMINED = ['id', 'question', 'A', 'B', 'C', 'D', 'answer', 'explanation']
EXAM = table(lambda row: [row.get(name, '') for name in EXAMINED], EXAMINED)
CHOICES = table(lambda row: [row['question'], *row['choices'], row['answer']])
QUESTIONS = table(lambda row: [row['question'], row['answer']['aliases'] if isinstance(row['answer'], dict) else row['answer']], delimiter='\t')
MATHS = ('math/math_gen_265cce', {'math/math.json': whole(lambda rows: dict(enumerate(rows)))})

# Benchmark -> configuration, files of the archive that have the row, and those that have the examples.
CASES = {
    'afqmc': ('CLUE_afqmc/CLUE_afqmc_gen_901306', {'CLUE/AFQMC/dev.json': lines()}),
    'agieval': ('agieval/agieval_gen_64afd3', {'AGIEval/data/v1/{subset}.jsonl': lines()}),
    'arc': ('ARC_c/ARC_c_gen_1e0de5', {'ARC/ARC-c/ARC-Challenge-Dev.jsonl': stem('question')}),
    'ax_b': ('SuperGLUE_AX_b/SuperGLUE_AX_b_gen_4dfefa', {'SuperGLUE/AX-b/AX-b.jsonl': ENTAILED}),
    'ax_g': ('SuperGLUE_AX_g/SuperGLUE_AX_g_gen_68aac7', {'SuperGLUE/AX-g/AX-g.jsonl': ENTAILED}),
    'bbh': ('bbh/bbh_gen_5b92b0', {'BBH/data/{subset}.json': whole(lambda rows: {'examples': rows})}),
    'boolq': ('SuperGLUE_BoolQ/SuperGLUE_BoolQ_gen_883d50', {'SuperGLUE/BoolQ/val.jsonl': named('false', 'true', of='answer')}),
    'bustm': ('FewCLUE_bustm/FewCLUE_bustm_gen_634f41', {'FewCLUE/bustm/{subset}.json': lines()}),
    'c3': ('CLUE_C3/CLUE_C3_gen_8c358f', {'CLUE/C3/dev_0.json': whole(lambda rows: [[row['context'], [row], '0'] for row in rows])}),
    'cb': ('SuperGLUE_CB/SuperGLUE_CB_gen_854c6c', {'SuperGLUE/CB/val.jsonl': named('entailment', 'contradiction', 'neutral')}),
    'ceval': ('ceval/ceval_gen_5f30c7', {'ceval/formal_ceval/val/{subset}_val.csv': EXAM, 'ceval/formal_ceval/test/{subset}_test.csv': EXAM},
              {'ceval/formal_ceval/dev/{subset}_dev.csv': EXAM}),
    'chid': ('FewCLUE_chid/FewCLUE_chid_gen_0a29a2', {'FewCLUE/chid/{subset}.json': lines()}),
    'cluewsc': ('FewCLUE_cluewsc/FewCLUE_cluewsc_gen_c68933', {'FewCLUE/cluewsc/{subset}.json': lines()}),
    'cmnli': ('CLUE_cmnli/CLUE_cmnli_gen_1abf97', {'CLUE/cmnli/cmnli_public/dev.json': lines()}),
    'cmrc': ('CLUE_CMRC/CLUE_CMRC_gen_1bd3c8', {'CLUE/CMRC/dev.json': SPANS}),
    'competition_math': MATHS,
    'copa': ('SuperGLUE_COPA/SuperGLUE_COPA_gen_91ca53', {'SuperGLUE/COPA/val.jsonl': lines()}),
    'csl': ('FewCLUE_csl/FewCLUE_csl_gen_28b223', {'FewCLUE/csl/{subset}.json': lines()}),
    'drcd': ('CLUE_DRCD/CLUE_DRCD_gen_1bd3c8', {'CLUE/DRCD/dev.json': SPANS}),
    'eprstmt': ('FewCLUE_eprstmt/FewCLUE_eprstmt_gen_740ea0', {'FewCLUE/eprstmt/{subset}.json': lines()}),
    'gaokao_bench': ('GaokaoBench/GaokaoBench_gen_5cfe9e', {
        'GAOKAO-BENCH/data/Multiple-choice_Questions/{subset}.json': whole(lambda rows: {'example': rows})}),
    'gsm8k': ('gsm8k/gsm8k_gen_1d7fe4', {'gsm8k/test.jsonl': lines(), 'gsm8k/train.jsonl': lines()}),
    'hellaswag': ('hellaswag/hellaswag_gen_6faab5', {'hellaswag/hellaswag.jsonl': lines(scene)}),
    'humaneval': ('humaneval/humaneval_gen_8e312c', {'humaneval/human-eval-v2-20210705.jsonl': lines()}),
    'lambada': ('lambada/lambada_gen_217e11', {'lambada/test.jsonl': lines(lambda row: dict(zip(('prompt', 'label'), row['text'].rsplit(' ', 1))))}),
    'lcsts': ('lcsts/lcsts_gen_8ee1fe', {'LCSTS/test.src.txt': column('text'), 'LCSTS/test.tgt.txt': column('summary')}),
    # The first ten rows of its file are not asked.
    'mbpp': ('mbpp/deprecated_mbpp_gen_1e1056', {'mbpp/mbpp.jsonl': lambda rows: lines()(rows[:1] * 10 + rows)}),
    'mmlu': ('mmlu/mmlu_gen_4d595a', {'mmlu/test/{subset}_test.csv': CHOICES}, {'mmlu/dev/{subset}_dev.csv': CHOICES}),
    'multirc': ('SuperGLUE_MultiRC/SuperGLUE_MultiRC_gen_27071f', {'SuperGLUE/MultiRC/val.jsonl': lines(lambda row: {'passage': {
        'text': row['paragraph'], 'questions': [{'question': row['question'], 'answers': [{'text': row['answer'], 'label': row['label']}]}]}})}),
    'nq': ('nq/nq_gen_c788f6', {'nq/nq-dev.qa.csv': QUESTIONS, 'nq/nq-test.qa.csv': QUESTIONS}),
    'ocnli': ('CLUE_ocnli/CLUE_ocnli_gen_c4cb6c', {'CLUE/OCNLI/dev.json': lines()}),
    'ocnli_fc': ('FewCLUE_ocnli_fc/FewCLUE_ocnli_fc_gen_f97a97', {'FewCLUE/ocnli/{subset}.json': lines()}),
    'openbookqa': ('obqa/obqa_gen_9069e4', {'openbookqa/Main/test.jsonl': stem('question_stem')}),
    'piqa': ('piqa/piqa_gen_1194eb', {
        f'piqa/{split}{end}': write for split in ('train', 'dev') for end, write in (
            ('.jsonl', lines(lambda row: {'id': '0', 'goal': row['question'], **dict(zip(('sol1', 'sol2'), row['choices']))})),
            ('-labels.lst', lambda rows: ''.join(f"{'AB'.index(row['answer'])}\n" for row in rows)))}),
    'race': ('race/race_gen_69ee4f', {'race/validation/{subset}.jsonl': lines(), 'race/test/{subset}.jsonl': lines()}),
    'record': ('SuperGLUE_ReCoRD/SuperGLUE_ReCoRD_gen_30dea0', {'SuperGLUE/ReCoRD/val.jsonl': lines(lambda row: {
        'passage': {'text': row['passage']}, 'qas': [{'query': row['query'], 'answers': [{'text': text} for text in row['answers']]}]})}),
    'rte': ('SuperGLUE_RTE/SuperGLUE_RTE_gen_68aac7', {'SuperGLUE/RTE/val.jsonl': ENTAILED}),
    'siqa': ('siqa/siqa_gen_e78df3', {f'siqa/{split}{end}': write for split in ('train', 'dev') for end, write in (
        ('.jsonl', lines()), ('-labels.lst', column('label')))}),
    'storycloze': ('storycloze/storycloze_gen_7f656a', {'xstory_cloze/en_train.jsonl': lines(), 'xstory_cloze/en_eval.jsonl': lines()}),
    'strategyqa': ('strategyqa/strategyqa_gen_1180a7', {'strategyqa/strategyQA_train.json': whole(list)}),
    'summedits': ('summedits/summedits_gen_315438', {'summedits/summedits.jsonl': lines()}),
    'tnews': ('FewCLUE_tnews/FewCLUE_tnews_gen_b90e4a', {'FewCLUE/tnews/{subset}.json': lines()}),
    'trivia_qa': ('triviaqa/triviaqa_gen_2121ce', {'triviaqa/trivia-dev.qa.csv': QUESTIONS, 'triviaqa/trivia-test.qa.csv': QUESTIONS}),
    'wic': ('SuperGLUE_WiC/SuperGLUE_WiC_gen_d06864', {'SuperGLUE/WiC/val.jsonl': named('false', 'true')}),
    'winogrande': ('winogrande/winogrande_gen_458220', {'winogrande/dev.jsonl': lines()}),
    'wsc': ('SuperGLUE_WSC/SuperGLUE_WSC_gen_7902a7', {'SuperGLUE/WSC/val.jsonl': lines(lambda row: {
        'target': row, 'text': row['text'], 'label': ('false', 'true')[row['label']]})}),
    'xsum': ('Xsum/Xsum_gen_31397e', {'Xsum/dev.jsonl': lines(lambda row: {'dialogue': row['document'], 'summary': row['summary']})}),
}


class Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands for every package that OpenCompass's own files import and that is not there."""

    def __init__(self):
        self.names = set()

    def find_spec(self, name, path=None, target=None):
        package = name.split('.')[0]
        frame = sys._getframe(1)
        while frame.f_globals['__name__'].startswith('importlib'):
            frame = frame.f_back
        if package not in self.names and (package == 'opencompass' or not frame.f_globals['__name__'].startswith('opencompass.')):
            return None
        self.names.add(package)
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = unittest.mock.MagicMock(name=spec.name)
        module.__spec__, module.__path__, module.__name__, module.__version__ = spec, [], spec.name, '2.0.0'
        return module

    def exec_module(self, module):
        pass


def load(folder):
    """Imports OpenCompass and gives its client. Stand-ins are there only meanwhile: others would take them for what they stand for."""
    for before in ('datasets', 'evaluate', 'sklearn.metrics'):
        importlib.import_module(before)
    sys.path.insert(0, str(folder))
    absent = Absent()
    sys.meta_path.append(absent)
    with contextlib.redirect_stderr(io.StringIO()):
        for needed in ('opencompass.datasets', 'opencompass.tasks'):
            importlib.import_module(needed)
        client = Client()
    sys.meta_path.remove(absent)
    for name in [name for name in sys.modules if name.split('.')[0] in absent.names]:
        del sys.modules[name]
    logging.disable(logging.WARNING)
    return client


class Client:
    """OpenCompass's client of an endpoint, with a server that keeps what is asked and says what it is told to."""

    def __init__(self):
        from opencompass.models import openai_api
        self.asked, self.reply = [], ''
        openai_api.requests.post = self.post
        self.model = openai_api.OpenAIExtra(path='m', key='EMPTY', meta_template=META_TEMPLATE, query_per_second=64)
        # Numbers of tokens are limited by what a prompt is, never by what others have asked.
        self.model.wait = lambda: None

    def post(self, url, headers, data):
        self.asked.append(json.loads(data))
        return types.SimpleNamespace(content=b'', json=lambda: {'choices': [{'message': {'content': self.reply}}]})


def configuration(name, subset):
    """OpenCompass's configuration of a subset."""
    from mmengine.config import ConfigDict
    module = importlib.import_module(f"opencompass.configs.datasets.{CASES[name][0].replace('/', '.')}")
    (sets,) = [value for key, value in vars(module).items() if key.endswith('_datasets')]
    return ConfigDict(next(one for one in sets if one.get('name', subset) == subset))


@contextlib.contextmanager
def archive(name, subset, rows, shots):
    """A configuration, in a folder with OpenCompass's archive of these rows."""
    _, asked, *shown = CASES[name]
    there, found = os.getcwd(), configuration(name, subset)
    with tempfile.TemporaryDirectory() as home:
        for files, its in ((asked, rows), *((files, shots) for files in shown)):
            for path, text in files.items():
                path = pathlib.Path(home) / 'data' / path.replace('{subset}', subset)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text(its), encoding='utf-8')
        os.chdir(home)
        try:
            # Some loaders find no file of a folder in their own configuration, but any whose whole path is given.
            if found.path.startswith('.'):
                found.path = str(pathlib.Path(found.path).resolve())
            yield found
        finally:
            os.chdir(there)


def example_of(benchmarks, name):
    """The made-up rows of our file. PyYAML trips over a question mark before a comma."""
    import yaml
    text = (benchmarks / f'{name}.yaml').read_text(encoding='utf-8')
    return yaml.safe_load(re.sub(r': ([^"\'\[{,\n][^,{}\[\]\n]*\?),', r': "\1",', text))['example']


def prompt(client, name, subset, example):
    """The first request that OpenCompass's task sends for a row."""
    from opencompass.openicl.icl_inferencer import GenInferencer
    from opencompass.tasks import OpenICLInferTask
    from opencompass.utils import build_dataset_from_cfg
    shots = example.get('shots', [])
    GenInferencer.get_dataloader = staticmethod(lambda prompts, size: [prompts])
    client.asked.clear()
    with archive(name, subset, [example['row']], shots) as config, contextlib.redirect_stderr(io.StringIO()):
        if 'fix_id_list' in config.infer_cfg.retriever:
            config.infer_cfg.retriever.fix_id_list = list(range(len(shots)))
        model = {'type': 'OpenAIExtra', 'path': 'm', 'abbr': 'm'}
        task = types.SimpleNamespace(
            infer_cfg=config.infer_cfg, dataset=build_dataset_from_cfg(config), dataset_cfg=config, model=client.model, model_cfg=model, work_dir='.',
            sub_cfg={'models': [model], 'datasets': [[config]]}, logger=logging.getLogger(), max_out_len=MAX_OUT_LEN, min_out_len=None, batch_size=1)
        task._set_default_value = lambda *given: OpenICLInferTask._set_default_value(task, *given)
        OpenICLInferTask._inference(task)
    return client.asked[0]


def compared(own, expected):
    """What is expected of our page, and how it differs; no text where what we do not show decides more than its place."""
    if re.fullmatch('.*'.join(re.escape(part) for part in re.split('⟦.*?⟧', own)), expected, re.DOTALL):
        return own, 'equal'
    pairs = zip(expected.split('\n'), own.split('\n'))
    differ = next((f'there {one!r}, here {other!r}' for one, other in pairs if one != other), 'one is longer')
    return (None if '⟦' in own else expected), f'differs: {differ}'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('benchmarks', type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument('folder', type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument('names', nargs='*')
    parser.add_argument('--protocol', default='opencompass-0.2')
    parser.add_argument('--write', type=pathlib.Path, help='file that checksums are added to')
    asked = parser.parse_intermixed_args()
    client = load(asked.folder)
    written = []
    for path in sorted(asked.benchmarks.glob(f'golden/*@{asked.protocol}.txt')):
        name = path.name.split('@')[0]
        if asked.names and name not in asked.names:
            continue
        page = path.read_text(encoding='utf-8')
        subset = re.match(r'# \S+, subset (.*)', page)[1]
        request = prompt(client, name, subset, example_of(asked.benchmarks, name))
        said = [(said['role'], said['content']) for said in request['messages']]
        expected, verdict = compared(ours(page, []), laid_out({'targets': None, 'sampling': None, 'said': said})[1])
        print(f'{name:<18} {verdict}', flush=True)
        if expected is not None:
            sampling = {'max_tokens': request['max_tokens'], 'temperature': request['temperature']}
            written.append({'benchmark': f'{name}@{asked.protocol}', 'sha256': hashlib.sha256(expected.encode()).hexdigest(), 'sampling': sampling})
    if asked.write:
        with asked.write.open('a', encoding='utf-8') as out:
            out.writelines(json.dumps(one) + '\n' for one in written)


if __name__ == '__main__':
    main()

"""Reads our exports with the programs that they are for, and compares what those see with the run itself.

    python read.py PROGRAM

PROGRAM is our `evalscope`. It makes two runs against a server in this program and exports each in every form; inspect_ai, lm-eval, EvalScope and
pyarrow read the exports by their own functions. Prints one line for each run, form and function: how many things were read, how many differ.
Needs the packages that README.md names.
"""

import importlib.metadata
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import server

ROWS = 40


def lines(path):
    # Not splitlines: replies hold line separators of Unicode.
    return [json.loads(line) for line in path.read_text(encoding='utf-8').split('\n') if line]


def write_rows(folder):
    def write(path, rows):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(''.join(json.dumps(row) + '\n' for row in rows))

    texts = ['one', 'two', 'three', 'four']
    quiz = [{'id': f'q{n}', 'question': f'Question number {n}?', **dict(zip('ABCD', texts)), 'answer': 'B'} for n in range(ROWS)]
    write(folder / 'quiz_val.jsonl', quiz)
    choices = {'text': texts, 'label': list('ABCD')}
    arc = [{'id': f'a{n}', 'question': f'Question number {n}?', 'choices': choices, 'answerKey': 'B'} for n in range(ROWS)]
    for split in ['train', 'test']:
        write(folder / f'arc/ARC-Easy/{split}.jsonl', arc)


class Run:
    """A run of ours as its own files tell it."""

    def __init__(self, folder):
        self.folder = folder
        self.summary = json.loads((folder / 'reports/summary.json').read_text(encoding='utf-8'))
        self.samples = {}
        # What files are called after a model and a benchmark: which they are.
        self.named = {}
        protocols = {(each['benchmark'], each['protocol']) for each in self.summary['benchmarks']}
        for benchmark in self.summary['benchmarks']:
            model, name = benchmark['model'], benchmark['benchmark']
            protocol = f'{name}@{benchmark["protocol"]}'
            is_alone = sum(name == other for other, _ in protocols) == 1
            folder_name, file_name = model.replace('/', '_'), name if is_alone else protocol
            self.named[folder_name, file_name] = model, protocol
            for subset in benchmark['subsets']:
                file = f'{folder_name}/{file_name}_{subset["name"]}.jsonl'
                replies = {}
                for call in lines(folder / 'predictions' / file):
                    if 'error' not in call:
                        replies[call['index'], call['repeat']] = call
                for review in lines(folder / 'reviews' / file):
                    place = review['index'], review['repeat']
                    key = model, protocol, subset['name'], *place
                    self.samples[key] = review['sample_score']['score'], replies.get(place)

    def means(self, model, protocol):
        for benchmark in self.summary['benchmarks']:
            if benchmark['model'] == model and f'{benchmark["benchmark"]}@{benchmark["protocol"]}' == protocol:
                return {metric['name']: metric['score'] for metric in benchmark['metrics']}


def is_scored(score):
    return score['status'] == 'success'


def text(call):
    """The first reply."""
    output = (call or {}).get('model_output')
    return output['choices'][0]['message']['content'] if output else None


def near(seen, expected):
    """Both numbers; the same one twice where they differ in nothing but their last bits."""
    return (expected if math.isclose(seen, expected, rel_tol=1e-9, abs_tol=1e-12) else seen), expected


class Count:
    def __init__(self, run, form):
        self.head = f'{run} | {form}'

    def show(self, what, pairs):
        """Prints how many pairs there are, how many of them differ, and the first that does."""
        pairs = list(pairs)
        differ = [pair for pair in pairs if pair[0] != pair[1]]
        print(f'| {self.head} | {what} | {len(pairs)} | {len(differ)} |', flush=True)
        for seen, expected in differ[:1]:
            print(f'    read {seen!r}\n    ours {expected!r}')


def inspect(run, export, count):
    from inspect_ai.log import list_eval_logs, read_eval_log, read_eval_log_samples
    from inspect_ai.scorer import value_to_float

    to_float = value_to_float()
    means, samples, keys, heads = [], [], set(), []
    for info in list_eval_logs(str(export)):
        log = read_eval_log(info)
        model, protocol = log.eval.model, log.eval.task
        ours = {key: value for key, value in run.samples.items() if key[:2] == (model, protocol)}
        heads.append(((log.results.total_samples, log.results.completed_samples), (len(ours), sum(is_scored(score) for score, _ in ours.values()))))
        expected = run.means(model, protocol)
        for scored in log.results.scores:
            means.append(near(scored.metrics['mean'].value, expected[scored.name]))
        for sample in read_eval_log_samples(info, all_samples_required=False):
            key = model, protocol, sample.metadata['subset'], sample.metadata['index'], sample.epoch - 1
            keys.add(key)
            score, call = run.samples[key]
            values = {name: to_float(each.value) for name, each in (sample.scores or {}).items()}
            seen = (sample.error is None, values, sample.output.completion if text(call) is not None else None)
            samples.append((seen, (is_scored(score), score['value'], text(call))))
    count.show('`read_eval_log`: samples and completed samples of a log', heads)
    count.show('`read_eval_log`: means of metrics', means)
    count.show('`read_eval_log_samples`: error, scores and reply of a sample', samples)
    count.show('samples that are there', [(len(keys), len(run.samples))])


def lm_eval(run, export, count):
    from lm_eval import utils

    tables, samples, tasks = [], [], []
    for folder in sorted(path for path in export.iterdir() if path.is_dir()):
        files = [str(path) for path in folder.iterdir()]
        results = json.loads(pathlib.Path(utils.get_latest_filename(utils.get_results_filenames(files))).read_text(encoding='utf-8'))
        shown, task = {}, None
        for row in utils.make_table(results).splitlines()[2:]:
            cells = [cell.strip().strip('|').strip() for cell in row.strip('|').split('|')]
            task = cells[0].lstrip('- ') or task
            shown[task, cells[4]] = float(cells[6])
        for task, values in results['results'].items():
            for name, value in values.items():
                if name.endswith(',none') and '_stderr' not in name:
                    tables.append((shown.get((task, name.removesuffix(',none'))), round(value, 4)))
        model = results['model_name']
        for file in utils.get_sample_results_filenames(files):
            task = utils.get_file_task_name(os.path.basename(file))
            tasks.append((task in results['results'], True))
            meta = results['configs'][task]['metadata']
            for line in lines(pathlib.Path(file)):
                own = line['evalscope_rs']
                score, call = run.samples[model, meta['protocol'], meta['subset'], own['index'], own['repeat']]
                seen = {name: line[name] for name in line['metrics'] if name in line}, said(line)
                samples.append((seen, (score['value'], said_by_us(call))))
    count.show('`get_sample_results_filenames`, `get_file_task_name`: tasks of the table', tasks)
    count.show('`make_table`: values that it shows', tables)
    count.show('metrics and responses of a sample', samples)
    count.show('samples that are there', [(len(samples), len(run.samples))])


def said(line):
    if not line['resps']:
        return None
    first = line['resps'][0][0]
    # A pair of log-likelihood and whether it is greedy, for each continuation.
    return first if isinstance(first, str) else [[float(pair[0][0]), str(pair[0][1])] for pair in line['resps']]


def said_by_us(call):
    if call and 'loglikelihoods' in call:
        return [[each['sum'], str(each['is_greedy'])] for each in call['loglikelihoods']]
    return text(call)


# EvalScope's word for a sample whose call failed.
STATUS = {'success': 'success', 'failed': 'transport_error'}


def evalscope(run, export, count):
    from evalscope.api.evaluator.cache import ModelResult
    from evalscope.report import get_report_list
    from evalscope.report.data_frames import get_model_prediction

    means, samples, replies = [], [], []
    reports = get_report_list([str(export / 'reports')])
    for report in reports:
        model, protocol = run.named[report.model_name, report.dataset_name]
        expected = run.means(model, protocol)
        # It rounds as it reads.
        means += [(metric.score, round(expected[metric.legacy_name], 4)) for metric in report.metrics]
        for subset in {key[2] for key in run.samples if key[:2] == (model, protocol)}:
            rows = get_model_prediction(str(export), report.model_name, report.dataset_name, subset)
            ours = [run.samples[key] for key in sorted(run.samples) if key[:3] == (model, protocol, subset)]
            assert len(rows) == len(ours), (subset, len(rows), len(ours))
            for (_, row), (score, call) in zip(rows.iterrows(), ours):
                value = score['value'].get(score.get('main_score_name'))
                seen = (row['Status'], row['NScore'] if row['Status'] == 'success' else None, row['Generated'])
                samples.append((seen, (STATUS[score['status']], value, text(call) or '')))
            file = export / 'predictions' / report.model_name / f'{report.dataset_name}_{subset}.jsonl'
            calls = lines(file)
            assert len(calls) == len(ours), (subset, len(calls), len(ours))
            for line, (_, call) in zip(calls, ours):
                replies.append((ModelResult.model_validate(line).model_output.completion, text(call) or ''))
    count.show('`get_report_list`: reports', [(len(reports), len(run.summary['benchmarks']))])
    count.show('`get_report_list`: means of metrics', means)
    count.show('`get_model_prediction`: status, score and reply of a sample', samples)
    count.show('`ModelResult`: replies', replies)


def parquet(run, export, count):
    import pyarrow.parquet

    samples = []
    for row in pyarrow.parquet.read_table(export).to_pylist():
        score, call = run.samples[row['model'], row['benchmark'], row['subset'], row['index'], row['repeat']]
        seen = (row['status'] == 'scored', json.loads(row['scores'] or '{}'), row['reply'], row['error'] is None)
        samples.append((seen, (is_scored(score), score['value'], text(call), is_scored(score))))
    count.show('`read_table`: status, scores and reply of a sample', samples)
    count.show('samples that are there', [(len(samples), len(run.samples))])


FORMS = {'inspect': inspect, 'lm-eval': lm_eval, 'evalscope': evalscope, 'parquet': parquet}


def main(program):
    program = os.path.abspath(program)
    versions = {name: importlib.metadata.version(name) for name in ['inspect_ai', 'lm_eval', 'evalscope', 'pyarrow']}
    print(', '.join(f'{name} {version}' for name, version in versions.items()), flush=True)
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        write_rows(place / 'data')
        url = server.start()
        environment = {'HOME': str(place), 'EVALSCOPE_CACHE': str(place / 'cache'), 'PATH': os.environ['PATH']}

        def ours(*arguments):
            done = subprocess.run([program, *arguments], cwd=place, env=environment, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f'{arguments}: {done.stderr}')

        quiz = {'general_mcq': {'local_path': 'data', 'subset_list': ['quiz']}}
        models = [json.dumps({'model': name, 'api_url': url}) for name in ['org/first', 'second']]
        arc = {'arc': {'subset_list': ['ARC-Easy']}}
        runs = {
            'replies': ['--model', *models, '--datasets', 'starter', 'general_mcq', '--dataset-args', json.dumps(quiz), '--repeats', '2', '--ignore-errors'],
            'likelihoods': [
                *['--model', 'm', '--eval-type', 'openai_completions', '--api-url', url, '--datasets', 'arc@lm-eval-0.4', 'arc@evalscope-0.5'],
                *['--dataset-hub', 'local', '--dataset-dir', 'data', '--dataset-args', json.dumps(arc)],
            ],
        }
        for name, arguments in runs.items():
            ours('eval', *arguments, '--no-probe', '--no-timestamp', '--work-dir', name)
            run = Run(place / name)
            for form, check in FORMS.items():
                export = place / f'{name}-{form}'
                ours('export', name, '--to', form, '-o', str(export))
                check(run, export, Count(name, form))


if __name__ == '__main__':
    main(*sys.argv[1:])

"""Has the program that a protocol is named after ask about the made-up rows of which `benchmarks/golden` shows ours, and writes checksums of it.

    python golden.py REFERENCE BENCHMARKS [--write FILE] [NAME…]

REFERENCE is `evalscope-1.14`, `evalscope-0.5` or `lm-eval-0.4`, BENCHMARKS our folder `benchmarks`. The reference is handed the `example:` of
each file in the columns that its data sets have. What it asks is laid out as the golden file lays it out, and below a line for the right
answers, and one for what is asked of the generation, where the reference has them to compare; of that text the SHA-256 goes into FILE, which a
test compares with our golden prompts. Prints a line for each protocol: equal, the first place that differs, or why it was not made. Where a
golden file shows a name in `⟦…⟧`, a text that is not ours to ship, what stands around it is compared.
What each reference needs is said in `golden_evalscope.py`, `golden_older.py` and `golden_lm_eval.py`. All need PyYAML.
"""

import argparse
import hashlib
import importlib
import json
import pathlib
import re

import yaml

REFERENCES = {'evalscope-1.14': 'golden_evalscope', 'evalscope-0.5': 'golden_older', 'lm-eval-0.4': 'golden_lm_eval'}


def laid_out(asked):
    """What is asked, as a golden file shows it, below the names of the lines above it."""
    heading, page = [], []
    if asked['targets'] is not None:
        heading.append('targets')
        page.append('# targets: ' + ' | '.join(asked['targets']))
    if asked['sampling'] is not None:
        heading.append('sampling')
        page.append('# sampling: ' + json.dumps(asked['sampling'], separators=(',', ':'), ensure_ascii=False))
    for title, text in asked.get('said') or parts(asked['pairs']):
        page.append(f'── {title}')
        lines = text.split('\n')
        page += [visible(line) + ('⏎' if at + 1 < len(lines) else '') for at, line in enumerate(lines)]
    return heading, ''.join(line + '\n' for line in page)


def parts(pairs):
    """Prefixes and continuations, each prefix once for all that follow it."""
    before = None
    for prefix, continuation in pairs:
        if prefix != before:
            yield 'prefix', prefix
        yield 'continuation', continuation
        before = prefix


def visible(line):
    inner = line.strip(' ')
    if not inner:
        return '␣' * len(line)
    return '␣' * (len(line) - len(line.lstrip(' '))) + inner + '␣' * (len(line) - len(line.rstrip(' ')))


def ours(page, heading):
    """What a golden file says of the same; prefixes that follow each other are one text."""
    text = ''
    if 'targets' in heading:
        text += re.search(r'^# targets: .*?(?=; metrics: )', page, re.DOTALL | re.MULTILINE).group() + '\n'
    if 'sampling' in heading:
        text += re.search(r'^# sampling: .*\n', page, re.MULTILINE).group()
    title = None
    for line in page[page.index('\n── ') + 1:].split('\n')[:-1]:
        if line.startswith('# judged'):
            break
        if line == title == '── prefix':
            text = text.removesuffix('\n')
            continue
        title = line if line.startswith('── ') else title
        text += line + '\n'
    return text


def example(path):
    """Subset, row and examples of a benchmark's file."""
    # PyYAML trips over a question mark before a comma.
    text = re.sub(r': ([^"\'\[{,\n][^,{}\[\]\n]*\?),', r': "\1",', path.read_text(encoding='utf-8'))
    file = yaml.safe_load(text)
    made, subsets = file['example'], file['data']['subsets']
    subset = made.get('subset') or (subsets[0] if isinstance(subsets, list) else 'default')
    return subset, made['row'], made.get('shots', [])


def compared(reference, path, benchmarks):
    """What is to be said of a golden file, and its vectors: as it is, and with the file's examples where it shows none."""
    name, protocol = path.stem.split('@')
    subset, row, shots = example(benchmarks / f'{name}.yaml')
    heading, expected = laid_out(reference.asked(name, protocol, subset, row, shots, None))
    own = ours(path.read_bytes().decode(), heading)
    # Where a name stands for what is not ours to ship, the reference may have anything.
    if re.fullmatch('.*'.join(re.escape(part) for part in re.split('⟦.*?⟧', own)), expected, re.DOTALL):
        expected = own
    said = [difference(expected, own) or ' '.join(['equal', *heading])]
    vectors = [vector(path.stem, heading, expected)]
    if shots and '⟦' not in own:
        with_shots = examples(reference, name, protocol, subset, row, shots, said)
        if with_shots and with_shots != (heading, expected):
            said.append(f'made with {len(shots)} examples')
            vectors.append({**vector(path.stem, *with_shots), 'shots': len(shots)})
    return '; '.join(said), vectors


def examples(reference, name, protocol, subset, row, shots, said):
    """What is asked with all of the file's examples, or nothing where the reference has no place for them."""
    try:
        return laid_out(reference.asked(name, protocol, subset, row, shots, len(shots)))
    except Exception as error:  # what it does then is for it to know
        said.append(f'without examples: {type(error).__name__}: {str(error)[-100:]}')
        return None


def difference(expected, own):
    """The first place where two texts differ, in words."""
    pairs = zip(expected.split('\n'), own.split('\n'))
    differ = next((f'there {one!r}, here {other!r}' for one, other in pairs if one != other), '' if expected == own else 'one is longer')
    return differ and f'differs: {differ}'


def vector(benchmark, heading, text):
    return {'benchmark': benchmark, 'heading': heading, 'sha256': hashlib.sha256(text.encode()).hexdigest()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('reference', choices=REFERENCES)
    parser.add_argument('benchmarks', type=pathlib.Path)
    parser.add_argument('names', nargs='*')
    parser.add_argument('--write', type=pathlib.Path, help='file of the checksums')
    asked = parser.parse_intermixed_args()
    reference = importlib.import_module(REFERENCES[asked.reference])
    vectors = []
    for path in sorted(asked.benchmarks.glob(f'golden/*@{asked.reference}*.txt')):
        if asked.names and path.stem.split('@')[0] not in asked.names:
            continue
        try:
            said, made = compared(reference, path, asked.benchmarks)
            vectors += made
        except Exception as error:  # one benchmark that cannot be made does not end the others
            said = f'not made: {type(error).__name__}: {str(error)[-200:]}'
        print(f'{path.stem:<40} {said}', flush=True)
    if asked.write:
        asked.write.write_text(''.join(json.dumps(one) + '\n' for one in vectors), encoding='utf-8')


if __name__ == '__main__':
    main()

"""Times the rating of many battles beside arena-rank, on the same battles, and compares the ratings.

    pip install arena-rank
    python benches/arena.py path/to/evalscope [BATTLES [MODELS [ROUNDS]]]

The battles are made up here. Both programs start from the same files: ours from JSON lines, as it reads them; arena-rank from a data frame
that is in memory already, with its defaults. Its bootstrap hands rounds to forked processes, which do not come back where JAX has
threads; so a few rounds are made here, one after the other, by its own function, and their time is multiplied. Prints seconds, and the
largest difference of a rating and of an end of an interval (the ends of arena-rank are those of its sandwich).
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

import numpy
import pandas
from arena_rank.models.bradley_terry import BradleyTerry, fit_single_bootstrap_sample
from arena_rank.utils.data_utils import PairDataset

# Rounds of arena-rank's bootstrap that are timed.
TIMED = 5


def battles(count, models):
    draw = numpy.random.default_rng(1)
    a = draw.integers(models, size=count)
    b = (a + 1 + draw.integers(models - 1, size=count)) % models
    first = 1 / (1 + numpy.exp((b - a) * 0.02))
    drawn = draw.random(count)
    winner = numpy.where(drawn < 0.1, 'tie', numpy.where(drawn < 0.1 + 0.9 * first, 'model_a', 'model_b'))
    name = numpy.array([f'model-{place:02}' for place in range(models)])
    return pandas.DataFrame({'model_a': name[a], 'model_b': name[b], 'winner': winner})


def ours(program, path, rounds):
    begun = time.monotonic()
    more = ['--bootstrap', str(rounds)] if rounds else []
    out = subprocess.run([program, 'arena', 'rate', path, '--independent', '--json', *more], check=True, capture_output=True)
    took = time.monotonic() - begun
    ratings = json.loads(out.stdout)['rated']['ratings']
    return took, {one['model']: (one['rating'], *one['interval_95']) for one in ratings}


def theirs(frame, rounds):
    begun = time.monotonic()
    data = PairDataset.from_pandas(frame)
    model = BradleyTerry(len(data.competitors))
    found = model.compute_ratings_and_cis(data)
    numbers = [[float(x) for x in found[name]] for name in ('ratings', 'rating_lower', 'rating_upper')]
    took = time.monotonic() - begun
    if rounds:
        draw, counts = numpy.random.default_rng(2), numpy.array(data.counts)
        begun = time.monotonic()
        for _ in range(TIMED):
            drawn = draw.multinomial(int(counts.sum()), counts / counts.sum())
            fit_single_bootstrap_sample(drawn.astype(float), model, data)['ratings'].block_until_ready()
        took += (time.monotonic() - begun) / TIMED * rounds
    return took, dict(zip(data.competitors, zip(*numbers)))


def main():
    program = sys.argv[1]
    count, models, rounds = (int(one) for one in [*sys.argv[2:], *('1000000', '100', '1000')[len(sys.argv) - 2:]])
    frame = battles(count, models)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / 'battles.jsonl'
        with path.open('w') as file:
            for a, b, winner in frame.itertuples(index=False):
                file.write(json.dumps({'model_a': a, 'model_b': b, 'win': winner}) + '\n')
        print(f'{count} battles of {models} models; arena-rank {version("arena-rank")}')
        for name, rounds in (('sandwich', 0), (f'{rounds} bootstrap rounds', rounds)):
            (took, own), (also, other) = ours(program, path, rounds), theirs(frame, rounds)
            rating = max(abs(own[model][0] - other[model][0]) for model in own)
            end = max(abs(one - another) for model in own for one, another in zip(own[model][1:], other[model][1:]))
            print(f'{name}: evalscope {took:.2f} s, arena-rank {also:.2f} s; a rating differs by {rating:.2g} at most, an end by {end:.2g}')


if __name__ == '__main__':
    main()

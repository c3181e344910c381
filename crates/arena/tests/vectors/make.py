"""Battles made up here, and what arena-rank 0.1 says of them: `pip install arena-rank; python make.py > arena_rank.json`."""
import json
import random
from importlib.metadata import version
import pandas as pd
from arena_rank.models.bradley_terry import BradleyTerry
from arena_rank.models.contextual_bradley_terry import ContextualBradleyTerry
from arena_rank.utils.data_utils import ContextualPairDataset, PairDataset

random.seed(7)
rows = []
for _ in range(900):
    a, b = random.sample(range(6), 2)
    x = random.gauss(0, 1)
    p = 1 / (1 + 10 ** (-(a - b) * 0.15 - 0.2 * x))
    u = random.random()
    rows.append((f"m{a}", f"m{b}", "tie" if u < 0.15 else "model_a" if u < 0.15 + 0.85 * p else "model_b", x))
frame = pd.DataFrame(rows, columns=["model_a", "model_b", "winner", "x"])


def told(found, names):
    return {
        name: [float(found["ratings"][i]), float(found["rating_lower"][i]), float(found["rating_upper"][i])]
        for i, name in enumerate(names)
    }


plain = PairDataset.from_pandas(frame)
model = BradleyTerry(len(plain.competitors), ftol=1e-16, gtol=1e-14, max_iter=5000)
plain_found = told(model.compute_ratings_and_cis(plain), plain.competitors)
styled = ContextualPairDataset.from_pandas(frame, ["x"], reweighted=False)
model = ContextualBradleyTerry(len(styled.competitors), 1, ftol=1e-16, gtol=1e-14, max_iter=5000)
found = model.compute_ratings_and_cis(styled)
print(json.dumps({
    "from": f"arena-rank {version('arena-rank')}",
    "battles": [list(row) for row in rows],
    "plain": plain_found,
    "styled": {n: float(found["ratings"][i]) for i, n in enumerate(styled.competitors)},
    "coefficient": float(found["coeffs"][0]),
}))

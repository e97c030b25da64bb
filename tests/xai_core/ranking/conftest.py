"""Drawn scores, and an engine that gives scores without a network."""

from __future__ import annotations

import numpy as np

from xai_core.datasets import Dataset, Example
from xai_core.evaluation.plan import CHANCE, COLUMNS
from xai_core.ranking.standing import Scores

MERIT = {"grad_cam": 2.0, "layer_cam": 1.0, "gradient": 1.0, CHANCE: 0.0}


def scores(values: np.ndarray, witness: np.ndarray | None = None, sign: int = 1) -> Scores:
    """Scores of one metric from (n, k)."""
    n, k = values.shape
    return Scores(
        tuple(f"method {i}" for i in range(k)),
        ("relevance_gain",),
        (sign,),
        tuple(f"{i:05d}" for i in range(n)),
        np.arange(n) if witness is None else witness,
        values[:, :, None],
    )


def pictures(count: int) -> Dataset:
    """Examples that no engine of these tests reads."""
    return Dataset(
        "drawn", tuple(Example(f"{n:05d}.png", f"/nowhere/{n:05d}.png", "", ()) for n in range(count))
    )


def drawn_engine(noise=0.5, merit=MERIT, asked=None, broken=()):
    """An engine whose scores are a method's merit and noise that follows from the picture's name. Pictures
    of `broken` fail; `asked` is given every picture that is measured."""

    def engine(handle, plan, waiting):
        for group in waiting:
            for number, example in group.waiting:
                if asked is not None:
                    asked.append(example.name)
                if example.name in broken:
                    yield number, f"{example.name} cannot be read."
                    continue
                own = np.random.default_rng(int(example.name.split(".")[0]))
                shared, rows = own.normal(), []
                for method in plan.methods:
                    for metric in plan.metrics:
                        value = merit[method] + shared + noise * own.normal()
                        row = (example.name, method, metric, value, 0, 0.5, 0.0)
                        rows.append(dict(zip(COLUMNS, row, strict=True)))
                yield number, rows

    return engine

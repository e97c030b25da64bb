"""One-pixel attack: differential evolution over the places and colours of a few pixels.

    a candidate is (row, column, red, green, blue) for each pixel;   child = a + 0.5 (b - c), the better one
    stays

No gradient is used. The search ends when the answer is the wanted one, or after `generations`.

Su, Vargas and Sakurai, One Pixel Attack for Fooling Deep Neural Networks, IEEE TEVC 2019.
"""

from typing import Any

import numpy as np
import torch

from ..parameters import Param
from ..scoring.perturbations import Changes, score_inputs
from ._spec import AttackSpec, Goal


def one_pixel(
    goal: Goal,
    pixels: torch.Tensor,
    generator: torch.Generator,
    count: int,
    population: int,
    generations: int,
) -> torch.Tensor:
    """(1, 3, H, W) whole values 0..255 -> the same with `count` pixels changed, `population` x (`generations`
    + 1) forward passes at most."""
    from scipy.optimize import differential_evolution

    height, width = pixels.shape[2:]
    random = np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))
    bounds = [(0, height - 1), (0, width - 1), (0, 255), (0, 255), (0, 255)] * count
    low, high = np.array(bounds).T
    start = low + (high - low) * random.random((population, 5 * count))
    colours = 5 * np.arange(count)[:, None] + [2, 3, 4]
    start[:, colours] = np.clip(random.normal(128, 127, (population, count, 3)), 0, 255)

    def losses(candidates: np.ndarray) -> np.ndarray:
        rows = torch.from_numpy(candidates.T).to(pixels)

        def make(first: int, stop: int) -> torch.Tensor:
            return goal.grid.normalise(painted(pixels, rows[first:stop]))

        found = score_inputs(
            goal.scorer,
            make,
            len(rows),
            goal.loss,
            pixels.device,
            goal.progress,
            _changes(goal, pixels, rows) if count == 1 else None,
        )
        return -found.double().cpu().numpy()

    def done(intermediate_result: Any) -> bool:
        best = torch.from_numpy(intermediate_result.x[None]).to(pixels)
        return bool(goal.judge(painted(pixels, best))[0])

    found = differential_evolution(
        losses,
        bounds,
        maxiter=generations,
        init=start,
        mutation=0.5,
        recombination=1.0,
        polish=False,
        tol=0,
        updating="deferred",
        vectorized=True,
        rng=random,
        callback=done,
        strategy="rand1bin",
    )
    return painted(pixels, torch.from_numpy(found.x[None]).to(pixels))


def _changes(goal: Goal, pixels: torch.Tensor, rows: torch.Tensor) -> Changes:
    """What each candidate of a single pixel changes in the picture: that pixel."""
    whole = goal.grid.normalise(pixels)
    places = rows[:, :2].round().long().cpu().numpy()

    def crop(first: int, stop: int, _places: torch.Tensor) -> torch.Tensor:
        colours = rows[first:stop, 2:].round().clamp(0, 255)
        return goal.grid.normalise(colours.view(-1, 3, 1, 1))

    return Changes(np.hstack([places, np.ones_like(places)]), False, lambda _row: whole, crop)


def painted(pixels: torch.Tensor, candidates: torch.Tensor) -> torch.Tensor:
    """(1, 3, H, W) with the pixels of each candidate (N, 5 k) painted in: (N, 3, H, W), whole values."""
    pictures = pixels.expand(len(candidates), *pixels.shape[1:]).clone()
    index = torch.arange(len(candidates), device=pixels.device)
    for row, column, *colour in candidates.view(len(candidates), -1, 5).round().permute(1, 2, 0):
        pictures[index, :, row.long(), column.long()] = torch.stack(colour, 1).clamp(0, 255)
    return pictures


SPEC = AttackSpec(
    "one_pixel",
    "One pixel",
    one_pixel,
    (
        Param("count", "int", 1, "Pixels that may change.", low=1, high=20, step=2, label="Pixels"),
        Param("population", "int", 60, "Candidates of a generation.", low=8, high=1000, step=20),
        Param("generations", "int", 20, "Generations at most.", low=1, high=200, step=5),
    ),
    formula=r"\min_{\lVert\delta\rVert_0\le k}\; -L(x+\delta)\quad\text{by differential evolution}",
    paper="Su et al., IEEE TEVC 2019",
    url="https://arxiv.org/abs/1710.08864",
    reading="A few pixels of any colour, found by trial: no gradient is needed.",
    passes=lambda params: params["population"] * (params["generations"] + 1),
    colour="#0072B2",
    strength="count",
    strengths=(1, 3, 5),
    gradient=False,
)

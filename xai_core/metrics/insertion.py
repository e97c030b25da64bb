"""Insertion and deletion curves of the maps of one picture, and the areas under them.

    insertion_k = s(b with the k most important superpixels of x)
    deletion_k  = s(x with the k most important superpixels replaced by b)
    area = trapezoidal rule over the share of superpixels, 0..1

A good map has a large insertion area and a small deletion area. The importance of a superpixel is the mean of
the map over it; ties are ordered row by row.

Petsiuk, Das and Saenko, RISE, BMVC 2018.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..display import Displayed
from ..engine.estimate import seconds_a_pass
from ..inputs import superpixels as regions
from ..network.handle import ModelHandle
from ..network.scores import probabilities
from ..scoring.perturbations import FEWEST, score_inputs
from ..types import Explanation, ImageInput, InputError, IsCancelled, OnProgress, Params
from .cells import cells_of
from .curves import order_of, path
from .patch_curves import DROP, check_cells, drop_scores

SCORES = ("probability", "logit")
CHANCE = "chance"


@dataclass(frozen=True, eq=False)
class Curves(Displayed):
    """Both curves of one map: `insertion` and `deletion` float64 (d + 1,) after `num_features` 0..d
    superpixels, and the areas under them over the share of superpixels. `order` int64 (d,) is the place of
    each superpixel; 0 is the most important one."""

    _kind = "curves"
    insertion: np.ndarray
    deletion: np.ndarray
    num_features: np.ndarray
    insertion_auc: float
    deletion_auc: float
    order: np.ndarray
    method: str
    target: int
    baseline: str
    score: str

    @property
    def fractions(self) -> np.ndarray:
        """num_features as a share of all superpixels."""
        return self.num_features / self.num_features[-1]


def curves(
    handle: ModelHandle,
    image: ImageInput,
    e: Explanation,
    superpixel: int | str = 8,
    baseline: str = "black",
    score: str = "probability",
    segments: np.ndarray | None = None,
    seed: int = 0,
) -> Curves:
    """Both curves of one map. Superpixels are squares of `superpixel` pixels, the network's patches if it is
    "patch", or those that `segments` (H, W) labels. The baseline "drop" leaves patches out of a transformer
    instead of painting over them."""
    return curves_many(handle, image, [e], superpixel, baseline, score, segments, seed)[0]


def curves_many(
    handle: ModelHandle,
    image: ImageInput,
    explanations: Sequence[Explanation],
    superpixel: int | str = 8,
    baseline: str = "black",
    score: str = "probability",
    segments: np.ndarray | None = None,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> list[Curves]:
    """The curves of several maps of one picture: 2 (d - 1) inputs for each map, and 2 that all share."""
    if score not in SCORES:
        raise InputError(f"score is {score!r}; accepted are {', '.join(SCORES)}.")
    cells = cells_of(handle, superpixel, segments)
    if baseline == DROP:
        check_cells(cells, handle.layers)
    count = int(cells.max()) + 1
    orders = [order(e.upsampled(), cells) for e in explanations]
    total = 2 + 2 * (count - 1) * len(explanations)
    work = handle.progress(progress, cancelled, total)
    for e in explanations:
        handle.check_target(e.target)
    with handle.session() as net:
        x = handle.preprocess(image)

        def scores(logits: torch.Tensor) -> torch.Tensor:
            values = logits.cpu().double()
            return probabilities(values, handle.activation) if score == "probability" else values

        def of_class(target: int) -> Callable[[torch.Tensor], torch.Tensor]:
            return lambda logits: scores(logits)[:, target]

        if baseline == DROP:
            ends, paths = drop_scores(net, x, handle.layers, orders, scores, work)
            return [
                _curves(
                    e, places, list(part[:, :, e.target].numpy()), ends[:, e.target].tolist(), DROP, score
                )
                for e, places, part in zip(explanations, orders, paths, strict=True)
            ]
        b = regions.baseline(x, baseline, handle.grid, torch.Generator().manual_seed(seed))
        ends = score_inputs(
            handle.scorer, lambda start, stop: torch.cat([b, x])[start:stop], 2, scores, x.device, work
        )
        found = []
        for e, places in zip(explanations, orders, strict=True):
            inner = [
                path(
                    handle.scorer, first, last, places, cells, range(1, count), of_class(e.target), work
                ).numpy()
                for first, last in ((b, x), (x, b))
            ]
            found.append(_curves(e, places, inner, ends[:, e.target].tolist(), baseline, score))
    return found


def _curves(
    e: Explanation, order: np.ndarray, inner: list[np.ndarray], ends: list[float], baseline: str, score: str
) -> Curves:
    """The curves from their inner points and from the two end points that all maps share."""
    (empty, whole), count = ends, len(order)
    insertion = np.concatenate([[empty], inner[0], [whole]])
    deletion = np.concatenate([[whole], inner[1], [empty]])
    area, other = (float(np.trapezoid(curve, dx=1 / count)) for curve in (insertion, deletion))
    steps = np.arange(count + 1)
    return Curves(insertion, deletion, steps, area, other, order, e.method, e.target, baseline, score)


def chance(e: Explanation, seed: int = 0) -> Explanation:
    """The explanation with its map replaced by independent noise, which orders superpixels at random. Its
    method is "chance"."""
    noise = np.random.default_rng(seed).random(e.view_size, np.float32)
    return dataclasses.replace(
        e,
        heatmap=noise,
        method=CHANCE,
        layer=None,
        params=Params(),
        signed=False,
        seed=seed,
        segments=None,
        notes=(),
        facts=Params(),
    )


def passes(
    handle: ModelHandle, maps: int, superpixel: int | str = 8, segments: np.ndarray | None = None
) -> int:
    """The number of inputs that `curves_many` sends through the network."""
    cells = cells_of(handle, superpixel, segments)
    return 2 + 2 * int(cells.max()) * maps


def seconds(
    handle: ModelHandle,
    image: ImageInput,
    maps: int,
    superpixel: int | str = 8,
    segments: np.ndarray | None = None,
    measured: bool = True,
    baseline: str = "black",
) -> float:
    """Seconds that `curves_many` will take on this machine: the first steps of a path are run and timed, once
    for each size of superpixels, and for each number of maps with patches left out. With `measured=False`
    nothing is run for it: a step that was not timed counts as a pass of the whole network, which is more than
    it takes, or as half a pass with patches left out, since on average half of them stay."""
    cells = cells_of(handle, superpixel, segments)
    drop, rates = baseline == DROP, handle.ledger.rates
    if drop:
        check_cells(cells, handle.layers)
    key: tuple = ("curves", superpixel if segments is None else "segments")
    if drop:  # paths of several maps share batches
        key = ("curves", DROP, maps)
    few = int(cells.max()) < FEWEST and not drop  # scored as whole pictures, whose time is known
    if key not in rates and (few or measured):
        rates[key] = handle.seconds_per_pass if few else _rate(handle, image, cells, maps if drop else 0)
    each = rates.get(key) or handle.seconds_per_pass * (0.5 if drop else 1.0)
    return passes(handle, maps, superpixel, segments) * each


def _rate(handle: ModelHandle, image: ImageInput, cells: np.ndarray, dropping: int) -> float:
    """Seconds a step of a path; of the paths of so many maps if patches are left out."""
    count = int(cells.max()) + 1
    with handle.session() as net:
        x = handle.preprocess(image)
        if dropping:
            orders = [np.random.default_rng(seed).permutation(count) for seed in range(dropping)]
            return seconds_a_pass(
                lambda work: drop_scores(net, x, handle.layers, orders, torch.Tensor.cpu, work), handle.ledger
            )
        black, places = torch.zeros_like(x), np.arange(count)

        def score(logits: torch.Tensor) -> torch.Tensor:
            return logits[:, 0].cpu()

        return seconds_a_pass(
            lambda work: path(handle.scorer, black, x, places, cells, range(1, count), score, work),
            handle.ledger,
        )


def order(values: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """int64 (d,): the place of each superpixel of `cells` (H, W) by the mean of `values` (H, W) over it; 0 is
    the highest."""
    flat = cells.ravel()
    means = np.bincount(flat, values.ravel().astype(np.float64)) / np.bincount(flat)
    return order_of(torch.from_numpy(means)).numpy()


def picture_at(
    handle: ModelHandle,
    image: ImageInput,
    found: Curves,
    step: int,
    insert: bool,
    superpixel: int | str = 8,
    segments: np.ndarray | None = None,
    seed: int = 0,
) -> np.ndarray:
    """uint8 (H, W, 3): the picture that was scored after `step` superpixels."""
    cells = cells_of(handle, superpixel, segments)
    x = handle.preprocess(image)
    kind = (
        "mean" if found.baseline == DROP else found.baseline
    )  # what is left out is drawn in the mean colour
    b = regions.baseline(x, kind, handle.grid, torch.Generator().manual_seed(seed))
    shown = torch.from_numpy((found.order[cells] < step) == insert).to(x.device)
    pixels = handle.grid.pixels(torch.where(shown, x, b))[0].permute(1, 2, 0)
    return pixels.round().clamp(0, 255).cpu().numpy().astype(np.uint8)

"""RISE: random soft masks, each weighted by the score that the picture seen through it still gets.

    M = 1/(n p) sum_i s(x m_i + b (1 - m_i)) m_i

A mask is a random grid of zeros and ones (ones with probability p), enlarged bilinearly and shifted by a
random part of a cell. b is the baseline, black as in the paper. The paper's score is the probability. With
`draw` "pairs" the masks are drawn in pairs, which share their shift (`_pairs`); for p = 1/2 the second shows
what the first hides. The expected map is the same, and no place gains from having been shown more often than
others. With `stable` drawing stops once the maps of two halves of the masks, or of the pairs, agree
(`_adaptive`).

With cells "patch" a mask says of each patch of a transformer whether it stays, with probability p, and is
neither enlarged nor shifted; the map has one place for each patch. Only such masks allow the baseline "drop",
which leaves the other patches out instead of painting over them.

Petsiuk, Das and Saenko, RISE: Randomized Input Sampling for Explanation, BMVC 2018.
"""

import copy
import dataclasses

import numpy as np
import torch
from torch.nn import functional as F

from ..network.batches import Progress
from ..network.patches import PATCH
from ..network.scores import Score
from ..parameters import Param
from ..scoring.hiding import Hiding
from ..types import InputError
from ._adaptive import FACTS, STABLE, drawn
from ._hiding import BLUR, baseline_param, dropped, only_patches
from ._inputs import SCORE
from ._pairs import INDEPENDENT, PAIRS, chosen, draw_param, halves_of, together
from ._patch_masks import PatchSums
from ._soft_masks import SoftMasks, soft_cells, soft_masks
from ._spec import MethodSpec

SOFT = "soft"  # cells that are enlarged bilinearly and shifted, as in the paper
BLOCK = 64  # masks that are added up together; as pictures they take much memory


def rise(
    hiding: Hiding,
    x: torch.Tensor,
    score: Score,
    patches: torch.Tensor | None,
    generator: torch.Generator,
    progress: Progress,
    facts: dict,
    masks: int = 1000,
    cells: str = SOFT,
    grid: int = 7,
    keep: float = 0.5,
    stable: float = 0.0,
    draw: str = INDEPENDENT,
) -> torch.Tensor:
    """Maps (N, H, W) of inputs (N, 3, H, W), of which `hiding` hides parts, with `masks` forward passes for
    each input; (N, h, w) with cells "patch", which need the patches (N, H, W)."""
    sums: list[_Sums] | list[PatchSums]
    if cells == PATCH:
        if patches is None:
            raise InputError(f"cells of rise is {PATCH!r}, and no patches are given.")
        kept = chosen(masks, (int(patches.max()) + 1,), keep, draw, generator)
        sums = [
            PatchSums(
                hiding.regions(i, patches[i], masks), patches[i], kept, keep, draw, score.of(i), progress
            )
            for i in range(len(x))
        ]
        first = 2 * kept.shape[1]
    else:
        soft = SoftMasks(*soft_cells(masks, grid, keep, draw, generator), keep, draw)
        sums = [_Sums(hiding, i, x, score.of(i), soft, progress) for i in range(len(x))]
        first = 2 * grid**2
    maps, sampled = [], []
    for one in sums:
        sampled.append(drawn(masks, max(50, first), stable, one.draw, one.halves, together(draw)))
        maps.append(one.map(sampled[-1][0]))
    facts["samples"], facts["reliability"] = zip(*sampled, strict=True)
    return torch.stack(maps).to(x)


class _Sums:
    """sum_i s(x m_i + b (1 - m_i)) m_i of picture `number`, once over each half of the masks, or of the
    pairs: (2, H, W).

    Masks are added in blocks that depend on nothing but their number. A look at the growing map adds what it
    needs to a copy, so the sums are the same to the last bit with and without it."""

    def __init__(
        self, hiding: Hiding, number: int, x: torch.Tensor, score: Score, soft: SoftMasks, progress: Progress
    ):
        self._hiding, self._number, self._score, self._progress = hiding, number, score, progress
        self._size, self._soft, self._cells = (x.shape[2], x.shape[3]), soft, soft.cells.to(x)
        self._weight = torch.zeros(2, dtype=torch.float64)
        self._covered = x.new_zeros((2, *x.shape[2:]))
        self._halved = torch.zeros_like(self._covered)

    def _masks(self, start: int, stop: int) -> torch.Tensor:
        return soft_masks(self._cells[start:stop], self._soft.shifts[start:stop], self._size)

    def draw(self, start: int, stop: int) -> None:
        """Score the masks start .. stop - 1 and add them to the sums."""

        def masks(first: int, last: int) -> torch.Tensor:
            return self._masks(start + first, start + last)

        added = 0

        def add(found: torch.Tensor) -> None:
            nonlocal added
            for first in range(added, len(found), BLOCK):
                self._add(start + first, found[first : first + BLOCK])
            added = len(found)

        def look(found: torch.Tensor) -> None:
            full = len(found) // BLOCK * BLOCK
            add(found[:full])
            growing = copy.copy(self)
            growing._weight, growing._covered, growing._halved = (
                sums.clone() for sums in (self._weight, self._covered, self._halved)
            )
            if full < len(found):
                growing._add(start + full, found[full:])
            count = start + len(found)
            self._progress.show(growing.map(count), count, len(self._cells))

        add(self._hiding.masked(self._number, masks, stop - start, self._score, self._progress, look))

    def _add(self, start: int, scores: torch.Tensor) -> None:
        """Add one block: the masks from number `start` on, with these scores."""
        part = self._masks(start, start + len(scores))[:, 0]
        group = together(self._soft.draw)
        numbers = torch.arange(start, start + len(scores)) // group % 2
        for half in (0, 1):
            rows = (numbers == half).to(scores.device)
            self._halved[half] += torch.tensordot(scores[rows], part[rows], 1)
            self._covered[half] += part[rows].sum(0)
            self._weight[half] += float(scores[rows].cpu().double().sum())

    def map(self, count: int) -> torch.Tensor:
        """M after `count` masks: (H, W)."""
        return self._halved.sum(0) / (count * self._soft.keep)

    def halves(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The maps of two halves of the masks, or of the pairs, averaged over cells as large as a mask's. The
        mean score is subtracted from each score first, because how often a place was visible says nothing
        about the network."""
        numbers = torch.tensor([len(half) for half in halves_of(count, self._soft.draw)])
        mean = (self._weight / numbers).to(self._covered)[:, None, None]
        side = self._cells.shape[2] - 1
        maps = (self._halved - mean * self._covered).cpu()  # Apple's GPU pools to divisors of a size only
        return tuple(F.adaptive_avg_pool2d(maps, side).numpy())


SPEC = MethodSpec(
    "rise",
    "RISE",
    rise,
    ("hiding", "x", "score", "patches", "generator", "progress", "facts"),
    (
        Param("masks", "int", 1000, "Random masks.", low=10, high=8000, step=100),
        Param(
            "cells",
            "choice",
            SOFT,
            "What a mask is drawn of: soft cells of a grid of its own, or a transformer's patches.",
            choices=(SOFT, PATCH),
            needs=((PATCH, "patches"),),
        ),
        Param("grid", "int", 7, "Soft cells of a mask along each side.", low=2, high=32, step=1),
        Param("keep", "float", 0.5, "Probability that a cell stays visible.", low=0.05, high=0.95, step=0.05),
        STABLE,
        draw_param(PAIRS, "Pairs: each mask is followed by its opposite. Independent is the paper's way."),
        baseline_param("black", drop=True),
        BLUR,
        dataclasses.replace(SCORE, default="probability"),
    ),
    formula=r"M=\frac{1}{np}\sum_i s(x\odot m_i)\,m_i",
    paper="Petsiuk et al., BMVC 2018",
    url="https://arxiv.org/abs/1806.07421",
    reading="Bright where the score survives whenever the place is visible. Only differences count.",
    colour="#BE185D",
    signed=lambda params: params["score"] == "logit",
    family="Perturbation",
    passes=lambda layer, params, size: params["masks"],
    rate_by=lambda params: (*dropped(params), params["keep"]) if dropped(params) else (),
    check=only_patches("cells"),
    facts=FACTS,
    plain=(
        "Thousands of random soft masks each leave part of the picture visible, and the network scores "
        "every one. The masks are averaged, weighted by their scores. It answers whether the score "
        "survives when a place is visible."
    ),
    fails=(
        "With few masks the map is mostly chance, and small objects vanish in the coarse masks. Only "
        "differences within the map mean something, not its values."
    ),
)

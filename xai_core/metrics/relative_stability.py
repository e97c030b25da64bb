"""Relative input stability (`input_stability` has formula, range and deviations) as a quality of a map.

Agarwal, Johnson, Pawelczyk, Krishna, Saxena, Zitnik and Lakkaraju, Rethinking Stability for Attribution-based
Explanations, 2022.
"""

from __future__ import annotations

from ._quality import LOWER, Quality
from .input_stability import SAMPLES

QUALITY = Quality(
    "relative_stability",
    "Relative stability",
    lambda case: 0.0 if case.stability is None else case.stability.relative,
    LOWER,
    "0 upwards; a map that does not look at the picture has 0",
    "relative input stability, largest change of the map over that of the picture, both in per cent of each "
    "pixel; smaller is better",
    formula=r"\max_{x'}\frac{\lVert(M(x)-M(x'))/M(x)\rVert}{\lVert(x-x')/x\rVert}",
    reading=(
        "The same noise, with each value of map and picture measured by its own size. Copies that are "
        "classified otherwise do not count. Pixels near 0 weigh most."
    ),
    paper="Agarwal et al., 2022",
    url="https://arxiv.org/abs/2203.06877",
    inputs=SAMPLES + 1,
)

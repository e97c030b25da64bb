"""Local Lipschitz estimate (`input_stability` has formula, range and deviations) as a quality of a map.

Alvarez-Melis and Jaakkola, On the Robustness of Interpretability Methods, 2018.
"""

from __future__ import annotations

from ._quality import LOWER, Quality
from .input_stability import SAMPLES

QUALITY = Quality(
    "lipschitz",
    "Local Lipschitz",
    lambda case: 0.0 if case.stability is None else case.stability.lipschitz,
    LOWER,
    "0 upwards; a map that does not look at the picture has 0",
    "largest relative change of the map for each unit of change of the picture; smaller is better",
    formula=r"L=\max_{x'}\frac{\lVert M(x)-M(x')\rVert}{\lVert M(x)\rVert\,\lVert x-x'\rVert}",
    reading=(
        "How far the map moves, as a share of its length, for each unit by which noise of up to four 8-bit "
        "steps moves the picture. A map that ignores the picture is perfectly stable, so read it beside the "
        "others."
    ),
    paper="Alvarez-Melis and Jaakkola, 2018",
    url="https://arxiv.org/abs/1806.08049",
    maps=SAMPLES + 1,
)

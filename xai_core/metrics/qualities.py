"""The qualities of a map, in the order in which pages show them. A new one is one file with a QUALITY, and
one line in this list.

Each file says where Quantus 0.6.0 deviates from the paper. The four deviations that its pull request 357
lists are of other measures (non-sensitivity, continuity, Focus and consistency) and are mended in 0.6.0."""

from __future__ import annotations

from . import (
    completeness,
    gini,
    lipschitz,
    mu_fidelity,
    pixel_flipping,
    random_logit,
    rank_accuracy,
    relative_stability,
    sensitivity_n,
)
from ._quality import HIGHER, LOWER, NEITHER, Quality

__all__ = ["HIGHER", "LOWER", "NEITHER", "QUALITIES", "Quality"]

QUALITIES = (
    pixel_flipping.QUALITY,
    sensitivity_n.QUALITY,
    mu_fidelity.QUALITY,
    random_logit.QUALITY,
    lipschitz.QUALITY,
    relative_stability.QUALITY,
    gini.QUALITY,
    completeness.QUALITY,
    rank_accuracy.QUALITY,
)

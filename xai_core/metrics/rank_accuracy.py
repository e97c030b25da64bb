"""Relevance rank accuracy: of the pixels with the highest values, as many as the object has, the share that
lies on the object.

    accuracy = |P_K and G| / K,   G the pixels of the true boxes, K = |G|, P_K the K pixels of highest value

0..1, larger is better; an order at random has |G| / (H W). As everywhere in `localization` the map's positive
part counts; pixels with equal values share the places that are left in P_K, so the answer does not depend on
an order among them. Relevance mass accuracy, its companion in the paper, is `localization.energy`.

Quantus 0.6.0 (RelevanceRankAccuracy) ranks negative values too and lets the sort choose among equal ones.

Arras, Osman and Samek, CLEVR-XAI: A benchmark dataset for the ground truth evaluation of neural network
explanations, Information Fusion 2022.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..types import Box
from ._quality import HIGHER, Quality
from .case import boxed
from .localization import mask_of


def rank_accuracy(values: np.ndarray, boxes: Sequence[Box]) -> float:
    """Of a map (H, W) in whose pixels the boxes are given; NaN where none or all of the pixels lie in a box,
    or where nothing is positive."""
    positive, inside = np.maximum(values, 0), mask_of(boxes, values.shape)
    count = int(inside.sum())
    if count in (0, inside.size) or not positive.any():
        return float("nan")
    edge = np.partition(positive, -count, axis=None)[-count]
    above, level = positive > edge, positive == edge
    shared = (count - int(above.sum())) * float(inside[level].mean())
    return (int(inside[above].sum()) + shared) / count


QUALITY = Quality(
    "rank_accuracy",
    "Rank accuracy",
    boxed(lambda case: rank_accuracy(case.values, case.boxes)),
    HIGHER,
    "0 to 1; an order at random has the object's share of the picture",
    "of the highest pixels, as many as the true boxes have, the share inside them; larger is better",
    formula=r"\frac{|P_K\cap G|}{K},\quad K=|G|",
    reading=(
        "Of the pixels with the highest values, as many as the object's box has, the share that lies inside "
        "it. Only for pictures with a known box."
    ),
    paper="Arras et al., Information Fusion 2022",
    url="https://arxiv.org/abs/2003.07258",
)

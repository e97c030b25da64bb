"""Does the highlighted part matter (fidelity), is it another one for another class (contrastivity), is it
small (sparsity), and is it enough (average drop and increase in confidence)?

    fidelity       = s(x) - s(x with the highlighted part replaced by the baseline) contrastivity  = |m_A xor
    m_B| / |m_A or m_B|,   m the highlighted masks of two classes sparsity       = 1 - |m_A or m_B| / |x|
    average drop   = max(0, p(x) - p(E * x)) / p(x),   increase = [p(E * x) > p(x)],   E the map scaled to
    0..1

Pope, Kolouri, Rostami, Martin and Hoffmann, Explainability Methods for Graph Convolutional Neural Networks,
CVPR 2019; Chattopadhay, Sarkar, Howlader and Balasubramanian, Grad-CAM++, WACV 2018."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..inputs import superpixels
from ..network.handle import ModelHandle
from ..network.scores import probabilities
from ..types import Explanation, ImageInput
from .agreement import TOP, highlighted


@dataclass(frozen=True)
class Fidelity:
    """`drop` of the target's probability (-1..1) and of its logit when the highlighted `area` (0..1) is
    hidden; `average_drop` 0..1 and `increase` when only the map's part of the picture is shown."""

    drop: float
    logit_drop: float
    area: float
    average_drop: float
    increase: bool


def fidelity(
    handle: ModelHandle,
    image: ImageInput,
    e: Explanation,
    threshold: str = TOP,
    percent: float = 20.0,
    baseline: str = "black",
    seed: int = 0,
) -> Fidelity:
    """Three inputs: the picture, the picture without what is highlighted, and the picture times the map."""
    handle.check_target(e.target)
    mask = highlighted(e.upsampled(), threshold, percent)
    with handle.session():
        x = handle.preprocess(image)
        b = superpixels.baseline(x, baseline, handle.grid, torch.Generator().manual_seed(seed))
        share = torch.from_numpy(scaled(e.upsampled())).to(x)
        black = superpixels.baseline(x, "black", handle.grid, torch.Generator())
        without = torch.where(torch.from_numpy(mask).to(x.device), b, x)
        inputs = torch.cat([x, without, black + share * (x - black)])
        with torch.inference_mode():
            logits = handle.scorer(inputs.contiguous(memory_format=torch.channels_last)).cpu().double()
        handle.ledger.count(len(inputs))
    p = probabilities(logits, handle.activation)[:, e.target].tolist()
    return Fidelity(
        drop=p[0] - p[1],
        logit_drop=float(logits[0, e.target] - logits[1, e.target]),
        area=float(mask.mean()),
        average_drop=max(0.0, p[0] - p[2]) / p[0],
        increase=p[2] > p[0],
    )


def contrastivity(a: np.ndarray, b: np.ndarray) -> float:
    """Normalised Hamming distance of two masks, 0 (the same) to 1 (apart); NaN where both are empty."""
    union = int((a | b).sum())
    return float((a ^ b).sum() / union) if union else float("nan")


def sparsity(a: np.ndarray, b: np.ndarray) -> float:
    """The share of the picture that neither mask highlights."""
    return 1.0 - float((a | b).mean())


def scaled(values: np.ndarray) -> np.ndarray:
    """The positive part of a map, 0..1."""
    positive = np.maximum(values, 0)
    return positive / max(float(positive.max()), 1e-12)

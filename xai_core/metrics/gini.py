"""Sparseness: how much of a map lies in few pixels, as the Gini index of its absolute values.

    G = sum_k (2 k - n - 1) |v|_(k) / (n sum |v|),   |v|_(1) <= ... <= |v|_(n)

0 where all pixels have the same, (n - 1) / n where one pixel has all; noise drawn evenly from 0..1 has 1/3.
It says how easily a map is read, not whether it is right: larger means sparser, not better.

Quantus 0.6.0 (Sparseness) adds 1e-7 to every value of the map divided by its maximum, so an empty map has 0
there; here it is NaN.

Chalasani, Chen, Chowdhury, Jha and Wu, Concise Explanations of Neural Networks using Adversarial Training,
ICML 2020; Hurley and Rickard, Comparing Measures of Sparsity, IEEE Transactions on Information Theory 2009.
"""

from __future__ import annotations

import numpy as np

from ._quality import NEITHER, Quality


def gini(values: np.ndarray) -> float:
    """Of a map of any shape, 0..1; NaN for one that is zero everywhere."""
    sizes = np.sort(np.abs(values.astype(np.float64)), axis=None)
    total, n = float(sizes.sum()), sizes.size
    return float((2 * np.arange(1, n + 1) - n - 1) @ sizes) / (n * total) if total > 0 else float("nan")


QUALITY = Quality(
    "gini",
    "Sparseness",
    lambda case: gini(case.values),
    NEITHER,
    "0 (spread evenly) to 1 (all in one pixel)",
    "sparseness: Gini index of the map's absolute values; larger is sparser",
    formula=r"G=\frac{\sum_k(2k-n-1)\,|M|_{(k)}}{n\sum_k|M|_{(k)}}",
    reading="How much of the map lies in few pixels. A sparse map is easy to read, and may still be wrong.",
    paper="Chalasani et al., ICML 2020",
    url="https://arxiv.org/abs/1810.06583",
)

"""Pixel flipping with symmetric relevance gain: the score as superpixels are hidden, the most important first
and the least important first.

    MIF = area under s(x without its k most important superpixels)    over the share k / d, 0..1
    LIF = area under s(x without its k least important superpixels)
    SRG = LIF - MIF

MIF alone depends strongly on what hides the superpixels; in the difference this cancels for a large part. A
good map has a large gain; an order that knows nothing has an expected gain of 0. A gain lies between -1 and 1
where s is a probability. With the same superpixels and the same baseline MIF is the deletion area, and LIF
the insertion area read from its end (`insertion`), so both need the same passes.

Quantus 0.6.0 (PixelFlipping) hides the most important first only, each colour channel of a pixel by itself.

Samek, Binder, Montavon, Lapuschkin and Mueller, Evaluating the Visualization of What a Deep Neural Network
Has Learned, IEEE TNNLS 2017; Bluecher, Vielhaben and Strodthoff, Decoupling Pixel Flipping and Occlusion
Strategy for Consistent XAI Benchmarks, TMLR 2024.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..network.handle import ModelHandle
from ..types import Explanation, ImageInput, IsCancelled, OnProgress
from ._quality import HIGHER, Quality
from .case import SUPERPIXELS
from .insertion import Curves, curves_many


@dataclass(frozen=True, eq=False)
class Flipping:
    """`most_first` and `least_first` float64 (d + 1,): the score after 0..d superpixels were hidden."""

    most_first: np.ndarray
    least_first: np.ndarray

    @property
    def fractions(self) -> np.ndarray:
        """The hidden share of the superpixels, 0..1."""
        return np.linspace(0, 1, len(self.most_first))

    @property
    def most_area(self) -> float:
        """MIF; smaller is better."""
        return float(np.trapezoid(self.most_first, self.fractions))

    @property
    def least_area(self) -> float:
        """LIF; larger is better."""
        return float(np.trapezoid(self.least_first, self.fractions))

    @property
    def gain(self) -> float:
        """SRG = LIF - MIF; larger is better."""
        return self.least_area - self.most_area


def pixel_flipping(
    handle: ModelHandle,
    image: ImageInput,
    e: Explanation,
    superpixel: int | str = 8,
    baseline: str = "black",
    score: str = "probability",
    segments: np.ndarray | None = None,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Flipping:
    """2 d inputs. The arguments are those of `curves_many`, and so are the InputErrors."""
    given = (superpixel, baseline, score, segments, seed, progress, cancelled)
    return flipping_of(curves_many(handle, image, [e], *given)[0])


def flipping_of(found: Curves) -> Flipping:
    """The same from curves that are known. Hiding the k least important leaves the d - k most important, so
    the least-first curve is the insertion curve from its end."""
    return Flipping(found.deletion, found.insertion[::-1])


QUALITY = Quality(
    "relevance_gain",
    "Relevance gain",
    lambda case: flipping_of(case.curves).gain,
    HIGHER,
    "-1 to 1; an order at random is near 0",
    "symmetric relevance gain of pixel flipping; larger is better",
    formula=r"\mathrm{SRG}=\mathrm{LIF}-\mathrm{MIF}",
    reading=(
        "Squares are hidden, the least important first (LIF) and the most important first (MIF). The gain is "
        "the difference of the areas under the two curves of the probability."
    ),
    paper="Bluecher et al., TMLR 2024",
    url="https://arxiv.org/abs/2401.06654",
    inputs=2 * SUPERPIXELS**2,
)

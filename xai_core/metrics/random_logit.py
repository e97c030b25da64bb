"""Random-logit test: is it another map for another class?

    mean over random classes k of SSIM(M_target, M_k)

SSIM (`agreement.ssim`) is at most 1; smaller is better. A map that does not depend on the class has 1 and
fails, whatever else speaks for it. Between classes that look alike, alike maps may be right.

Quantus 0.6.0 (RandomLogit) draws one class, with the same draws in every batch of pictures, and takes the
SSIM of the maps' rows written one behind the other, which does not know what lies above what.

Sixt, Granz and Landgraf, When Explanations Lie: Why Many Modified BP Attributions Fail, ICML 2020.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..engine.explain import explain_many
from ..network.handle import ModelHandle
from ..types import ImageInput, InputError, IsCancelled, OnProgress, Request
from ._quality import LOWER, Quality
from .agreement import spearman, ssim
from .case import Case

CLASSES = 3


@dataclass(frozen=True, eq=False)
class RandomLogit:
    """Of each drawn class: `targets` (k,), and the structural similarity `similarity` (k,) and the rank
    correlation `rank` (k,) of its map with that of the explained class. Beside a map, one that is flat (ReLU
    kept nothing of it) has the similarity 0; otherwise flat maps have NaN."""

    targets: np.ndarray
    similarity: np.ndarray
    rank: np.ndarray

    @property
    def mean(self) -> float:
        """The mean similarity over the classes that have one; NaN without any."""
        known = self.similarity[~np.isnan(self.similarity)]
        return float(known.mean()) if len(known) else float("nan")


def random_logit(
    handle: ModelHandle,
    image: ImageInput,
    request: Request,
    classes: int = CLASSES,
    seed: int = 0,
    progress: OnProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> RandomLogit:
    """One map for each of `classes` other classes, and one more, compared on the input grid. The class of a
    parameter `contrast` is not drawn. Raises InputError without a target, or where there is no other
    class."""
    if request.target is None:
        raise InputError("The request has no target; another class than it is drawn, so one is needed.")
    taken = {request.target, request.params.get("contrast")}
    others = [index for index in range(len(handle.labels)) if index not in taken]
    if not others or classes < 1:
        raise InputError(
            f"classes is {classes!r} and {len(others)} other classes can be drawn; 1 or more are accepted."
        )
    drawn = np.random.default_rng(seed).permutation(others)[:classes]
    requests = [request, *(request.replace(target=int(index)) for index in drawn)]
    first, *maps = (
        e.upsampled() for e in explain_many(handle, image, requests, progress=progress, cancelled=cancelled)
    )
    similarity = [0.0 if np.ptp(first) and not np.ptp(one) else ssim(first, one) for one in maps]
    return RandomLogit(drawn, np.array(similarity), np.array([spearman(first, one) for one in maps]))


def _value(case: Case) -> float:
    """1 for a map that does not look at the class."""
    if case.request is None:
        return 1.0
    return random_logit(case.handle, case.image, case.request, cancelled=case.cancelled).mean


QUALITY = Quality(
    "random_logit",
    "Random logit",
    _value,
    LOWER,
    "up to 1, which is the same map for every class",
    "structural similarity with the maps of three random classes; smaller is better, 1 is blind to the class",
    formula=r"\mathrm{mean}_k\,\mathrm{SSIM}(M_{\mathrm{class}},M_k)",
    reading=(
        "How alike the map is to those of three random classes. At 1 the map is the same whatever class is "
        "asked about."
    ),
    paper="Sixt et al., ICML 2020",
    url="https://arxiv.org/abs/1912.09818",
    maps=CLASSES + 1,
)

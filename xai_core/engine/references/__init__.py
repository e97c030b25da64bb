"""The same map from the library that people know, where it is installed: pytorch-grad-cam, Captum, lime,
shap.

    check(handle, image, explanation) -> Reference(library, difference, correlation, note)

The library gets the unfolded network, the same input, and where it works on superpixels the same ones.
Methods that draw random numbers are given ours, so that what is compared is the arithmetic. A library that is
not installed, or has no such method, is named in an InputError. Each library has a file here, with a table of
its methods."""

from __future__ import annotations

import importlib.util
import warnings
from dataclasses import dataclass

import numpy as np

from ...arrays import bilinear
from ...network.handle import ModelHandle
from ...network.scores import Score
from ...types import Explanation, ImageInput, InputError
from ..arguments import Arguments
from . import captum, grad_cam, lime, shap
from .case import Case, Compute

_MODULES = {"pytorch-grad-cam": "pytorch_grad_cam", "Captum": "captum", "lime": "lime", "shap": "shap"}
_TABLES = {"pytorch-grad-cam": grad_cam.TABLE, "Captum": captum.TABLE, "lime": lime.TABLE, "shap": shap.TABLE}
_TABLE: dict[str, tuple[str, Compute]] = {
    method: (library, compute) for library, table in _TABLES.items() for method, compute in table.items()
}


@dataclass(frozen=True, eq=False)
class Reference:
    """The library's map beside ours: `heatmap` (h, w) in the library's own scale, `difference` the largest
    difference of the two as a share of ours' largest size, `correlation` Pearson's r; `note` says how they
    were made comparable."""

    library: str
    heatmap: np.ndarray
    difference: float
    correlation: float
    note: str = ""


def library_for(method: str) -> str | None:
    """The library that has this method and is installed here, or None."""
    name = _TABLE[method][0] if method in _TABLE else None
    return name if name and importlib.util.find_spec(_MODULES[name]) is not None else None


def check(handle: ModelHandle, image: ImageInput, e: Explanation) -> Reference:
    """Compute `e` with the library and compare. Raises InputError where that cannot be done."""
    library = library_for(e.method)
    if library is None:
        raise InputError(f"No installed library has {e.method}.")
    _, run = _TABLE[e.method]
    with handle.session() as net, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries warn of what they do to the network
        x = handle.preprocess(image)
        score = Score.asked(e.target, e.params, handle.activation)
        arguments = Arguments.of_input(handle, net, image, x)
        theirs, note = run(Case(net, x, e, score, arguments))
    return _compare(library, np.asarray(theirs, np.float64), e, note)


def _compare(library: str, theirs: np.ndarray, e: Explanation, note: str) -> Reference:
    ours: np.ndarray = e.heatmap.astype(np.float64)
    if library == "pytorch-grad-cam":  # the library's maps are 0..1 on the input's grid
        ours = bilinear(ours, theirs.shape).astype(np.float64)
        ours = (ours - ours.min()) / max(float(np.ptp(ours)), 1e-12) if ours.any() else ours
    elif theirs.shape != ours.shape:
        ours = np.kron(ours, np.ones([a // b for a, b in zip(theirs.shape, ours.shape, strict=True)]))
    size = max(float(np.abs(ours).max()), 1e-12)
    flat = min(float(ours.std()), float(theirs.std())) == 0
    correlation = float("nan") if flat else float(np.corrcoef(ours.ravel(), theirs.ravel())[0, 1])
    return Reference(library, theirs, float(np.abs(ours - theirs).max()) / size, correlation, note)

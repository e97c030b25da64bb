"""The gallery side by side with pytorch-grad-cam: six gradient CAMs x five layers x ReLU on, off x plain,
counterfactual."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

import xai_core as xai
from xai_core.arrays import bilinear

from .networks import TARGET_CLASS, Bench
from .report import Row, correlation, in_turn, seconds

GRADIENT_CAMS = ("grad_cam", "grad_cam_plus_plus", "xgrad_cam", "layer_cam", "hires_cam", "eigen_grad_cam")
LARGE = 4_000  # places; above, the library's full SVD (places x places) takes many seconds


def gallery(key: str, quick: bool) -> Iterator[Row]:
    """Six gradient CAMs x five layers x ReLU on, off x plain, counterfactual, both sides on the input's
    grid.
    """
    bench = Bench(key)
    layers = [layer for layer in bench.handle.layers if layer.suggested][-5:]
    if quick:
        layers = layers[-2:]
    size = {layer.key: layer.size[0] * layer.size[1] for layer in layers}
    wanted = [*product(GRADIENT_CAMS, size, (True, False), (False, True))]
    slow = {
        (method, layer) for method, layer, *_ in wanted if method == "eigen_grad_cam" and size[layer] > LARGE
    }

    def ours(combinations: list[tuple]) -> dict[tuple, xai.Explanation]:
        requests = [
            xai.Request(method, TARGET_CLASS, layer, {"relu": relu, "counterfactual": negated})
            for method, layer, relu, negated in combinations
        ]
        found = xai.explain_many(bench.handle, bench.image, requests)
        for e in found:
            e.upsampled()  # the library's maps are on the input's grid, so ours are taken there too
        return dict(zip(combinations, found, strict=True))

    def library(combinations: list[tuple]) -> dict[tuple, np.ndarray]:
        return {
            (method, layer, relu, negated): bench.ask(method, layer, relu=relu, counterfactual=negated)
            for method, layer, relu, negated in combinations
        }

    def compare(ours: dict, theirs: dict) -> float:
        return min(_agreement(ours, theirs, combination) for combination in theirs)

    rounds = 1 if quick else 3
    plain = [c for c in wanted if c[0] != "eigen_grad_cam"]
    a, b, mine, theirs = in_turn(lambda: ours(plain), lambda: library(plain), rounds)
    worst = compare(mine, theirs)
    target = None if quick else 30
    yield Row(f"{len(plain)} maps, no EigenGradCAM", bench.name, a, b, worst, target)

    eigen = [c for c in wanted if c[0] == "eigen_grad_cam" and c[:2] not in slow]
    once = [(*pair, False, False) for pair in slow]
    c, d, mine, theirs = in_turn(lambda: ours(wanted), lambda: library(eigen), rounds)
    worst = min(worst, compare(mine, theirs))
    notes = []
    for combination in once:
        d += 4 * seconds(lambda combination=combination: theirs.update(library([combination])))
        notes.append(f"library's EigenGradCAM at {combination[1]} scaled from 1 of 4 maps")
    worst = min(worst, compare(mine, theirs))
    yield Row(f"{len(wanted)} maps, all six methods", bench.name, c, b + d, worst, target, notes=notes)


def _agreement(ours: dict, theirs: dict, combination: tuple) -> float:
    """The correlation of one map. EigenGradCAM's sign is arbitrary in the library, so ours may be turned."""
    method, layer, relu, negated = combination
    found = correlation(ours[combination].upsampled(), theirs[combination])
    if method != "eigen_grad_cam":
        return found
    turned = -ours[method, layer, False, negated].heatmap
    turned = bilinear(np.maximum(turned, 0) if relu else turned, ours[combination].view_size)
    return max(found, correlation(turned, theirs[combination]))

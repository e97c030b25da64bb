"""Task 3: do maps rank the parts of a picture as occlusion does?

    rank correlation   Spearman's rho of a map and the occlusion map, both on the network's input grid

The control is the mean over several random maps. The source used 2,510 pictures of PASCAL VOC 2007.

Selvaraju et al., Grad-CAM, ICCV 2017, section 5.3; Zeiler and Fergus, ECCV 2014 (occlusion)."""

from __future__ import annotations

import numpy as np

from ...engine.explain import explain_many
from ...metrics.agreement import spearman
from ...types import Request
from .. import verdicts
from .._recipe import Bench, Found, Published, Step, Task, Values, each_picture
from ..clauses import about
from ..drawing import map_tile, scale_of
from ..outcome import Figure, Outcome, Table, Tile
from ._shared import COLUMNS, RANDOM, SHIPPED, asks, layer_of, row_of, target_of

RANDOM_MAP, DRAWS = "random", 16  # random maps for a picture: one alone may agree by chance
METHODS = {
    "grad_cam": "Grad-CAM",
    "guided_grad_cam": "guided Grad-CAM",
    "guided_backprop": "guided backpropagation",
    "contrastive_mwp": "c-MWP",
    RANDOM_MAP: RANDOM,
}
AT_LAYER = ("grad_cam", "guided_grad_cam")


def correlated(bench: Bench, step: Step) -> Values:
    """Of one picture each map's rank correlation with occlusion; of the first picture also the maps."""
    target = target_of(bench, step.picture)
    hiding = {"window": bench["window"], "stride": bench["stride"]}
    own = [method for method in METHODS if method != RANDOM_MAP]
    requests = [
        *(Request(method, target, layer_of(bench) if method in AT_LAYER else None) for method in own),
        *(Request(RANDOM_MAP, target, None, seed=DRAWS * step.picture + n) for n in range(DRAWS)),
        Request("occlusion", target, None, hiding),
    ]
    *maps, hidden = explain_many(bench.handle, bench.image(step.picture), requests, cancelled=bench.cancelled)
    found = [spearman(e.upsampled(), hidden.upsampled()) for e in maps]
    values: dict[str, np.ndarray] = {method: np.array(rho) for method, rho in zip(own, found, strict=False)}
    chance = [rho for rho in found[len(own) :] if not np.isnan(rho)]  # a flat map has no ranks
    values |= {RANDOM_MAP: np.array(np.mean(chance) if chance else np.nan), "target": np.array(target)}
    if step.picture == 0:
        values |= {f"{e.method}, map": e.heatmap for e in (*maps[: len(own)], hidden)}
    return values


def conclude(bench: Bench, found: Found) -> Outcome:
    """The mean correlations, and the methods compared picture by picture."""
    each = {method: np.array([float(v[method]) for v in found.values()]) for method in METHODS}
    rows = [row_of(METHODS[method], verdicts.mean_of(each[method].tolist())) for method in METHODS]
    clauses = tuple(
        about(
            "larger",
            {"measure": "the rank correlation with occlusion", "one": name, "other": RANDOM},
            each[method],
            each[RANDOM_MAP],
        )
        for method, name in METHODS.items()
        if method != RANDOM_MAP
    )
    pairs = {
        "cam": ("grad_cam", "guided_backprop"),
        "guided": ("guided_grad_cam", "grad_cam"),
        "mwp": ("grad_cam", "contrastive_mwp"),
    }
    estimates = {key: verdicts.gap_of(each[a].tolist(), each[b].tolist()) for key, (a, b) in pairs.items()}
    table = Table(
        "correlation", "Rank correlation with occlusion, with 95 % intervals.", ("", *COLUMNS), tuple(rows)
    )
    return Outcome((_figure(bench, found), table), estimates, clauses)


def _figure(bench: Bench, found: Found) -> Figure:
    """The first picture, its occlusion map, and the maps that are compared with it."""
    step, values = next(iter(found.items()))
    view, hidden = bench.view(step.picture), values["occlusion, map"]
    tiles = [
        Tile(view, bench.handle.labels[int(values["target"])]),
        map_tile(view, hidden, "occlusion", scale_of([hidden], signed=True), signed=True),
    ]
    tiles += [map_tile(view, values[f"{m}, map"], name) for m, name in METHODS.items() if m != RANDOM_MAP]
    side = bench["window"]
    caption = f"Occlusion with squares of {side} pixels (red: hiding it lowers the score), and four maps."
    return Figure("maps", caption, tuple(tiles), across=3)


TASK = Task(
    "3",
    "Rank correlation with occlusion",
    "Hiding a part of the picture shows what it does to the score. A map that ranks the parts in the same "
    "order is faithful to the network.",
    asks(window=32, stride=16),
    SHIPPED,
    each_picture(),
    correlated,
    conclude,
    "hidden = xai.explain(handle, image, 'occlusion', window=32, stride=16)\n"
    "e = xai.explain(handle, image, 'grad_cam', hidden.target)\n"
    "xai.metrics.agreement.spearman(e.upsampled(), hidden.upsampled())",
    (
        Published(
            "cam",
            "Grad-CAM correlates with occlusion more than guided backpropagation does.",
            "above",
            said="0.254 against 0.168; re-examined 0.051 against 0.010",
        ),
        Published(
            "guided",
            "Guided Grad-CAM correlates with occlusion more than Grad-CAM does.",
            "above",
            said="0.261 against 0.254; re-examined 0.053 against 0.051",
        ),
        Published(
            "mwp",
            "Grad-CAM correlates with occlusion more than c-MWP does.",
            "above",
            said="0.254 against 0.220",
        ),
    ),
    ("Why may a map that shows edges rank the parts of a picture otherwise than occlusion?",),
    lambda bench, step: 12 + (bench.handle.input_size[0] / 16) * (bench.handle.input_size[1] / 16),
    50,
)

"""Task 8: does Grad-CAM still find what is in a picture when an attack has changed the network's answer?

    share   of the positive part of the right class's map, how much lies in the object's box, before and after
            the attack; 0 for a map without a positive part, which shows nothing of the object

Only pictures whose answer the attack changed count. The control is a random map, whose share is the box's
share of the picture.

Selvaraju et al., Grad-CAM, ICCV 2017, section 6.2; Madry et al., ICLR 2018 (the attack)."""

from __future__ import annotations

import numpy as np

from ...attacks import attack
from ...engine.explain import explain_many
from ...metrics.agreement import spearman
from ...metrics.localization import energy
from ...types import Box, Request, bilinear
from .. import verdicts
from .._recipe import Bench, Found, Published, Step, Task, Values, each_picture
from ..clauses import about
from ..drawing import map_tile, scale_of
from ..outcome import Cell, Figure, Outcome, Table, Tile
from ._shared import COLUMNS, PAIRS, RANDOM, TRUE, asks, boxes_of, framed, layer_of, region, row_of, target_of

SHOWN = 2
MAPS = {"before": "before the attack", "after": "after it", "other": "the new answer, after it"}


def attacked(bench: Bench, step: Step) -> Values:
    """Of one picture the attack's success, the answers, and Grad-CAM of the right class before and after it
    and of the new answer after it."""
    target = target_of(bench, step.picture)
    found = attack(
        bench.handle,
        bench.image(step.picture),
        "pgd",
        seed=step.picture,
        cancelled=bench.cancelled,
        epsilon=bench["epsilon"],
        steps=bench["steps"],
    )
    new, layer = found.after.index, layer_of(bench)
    (before,) = explain_many(bench.handle, found.original, [Request("grad_cam", target, layer)])
    after, other = explain_many(
        bench.handle, found.image, [Request("grad_cam", index, layer) for index in (target, new)]
    )
    return {
        "success": np.array(found.success),
        "target": np.array(target),
        "answers": np.array([found.before.index, new]),
        "probabilities": np.array([before.probability, after.probability, other.probability]),
        "changed": np.array(np.abs(found.noise).max()),
        "before": before.heatmap,
        "after": after.heatmap,
        "other": other.heatmap,
        "view": found.image.pixels,
    }


def conclude(bench: Bench, found: Found) -> Outcome:
    """Where the maps of the right class lie before and after, and how alike they are."""
    changed = [(step, values) for step, values in found.items() if bool(values["success"])]
    rate = verdicts.share_of([float(bool(values["success"])) for values in found.values()])
    rows = [row_of("answers changed", rate)]
    if not changed:
        return Outcome((_table(rows),), {}, (), (f"No attack changed an answer (pictures: {len(found)}).",))
    size = bench.handle.grid.size
    maps = {name: np.stack([bilinear(v[name], size) for _, v in changed]) for name in MAPS}
    shares = {
        name: [share_of(m, boxes_of(bench, step.picture)) for m, (step, _) in zip(own, changed, strict=True)]
        for name, own in maps.items()
    }
    regions = [region(bench, step.picture) for step, _ in changed]
    areas = [float(one.mean()) if one.any() else float("nan") for one in regions]
    for name, words in MAPS.items():
        rows.append(row_of(f"share in the box, {words}", verdicts.share_of(shares[name])))
    rows.append(row_of(RANDOM, verdicts.share_of(areas)))
    for name, words in (("after", "the right class after it"), ("other", "the new answer")):
        alike = [spearman(a, b) for a, b in zip(maps["before"], maps[name], strict=True)]
        rows.append(row_of(f"rank correlation with the map before, {words}", verdicts.mean_of(alike)))
    estimates = {
        "still": verdicts.gap_of(shares["after"], areas),
        "moved": verdicts.gap_of(shares["after"], shares["before"]),
    }
    empty = sum(not bool((heatmap > 0).any()) for heatmap in maps["after"])
    notes = (f"Maps of the right class that are empty after the attack, and count as 0: {empty}.",)
    said = {
        "measure": "the share in the box",
        "one": "the right class's map after the attack",
        "other": RANDOM,
    }
    clause = about("larger", said, np.array(shares["after"]), np.array(areas))
    return Outcome((_figure(bench, changed), _table(rows)), estimates, (clause,), notes if empty else ())


def share_of(heatmap: np.ndarray, boxes: tuple[Box, ...]) -> float:
    """The share 0..1 of the map's positive part that lies in the boxes, 0 for a map without any; NaN without
    boxes."""
    if not boxes:
        return float("nan")
    return energy(heatmap, boxes) if (heatmap > 0).any() else 0.0


def _table(rows: list[tuple[Cell, ...]]) -> Table:
    return Table("attack", "Means with their 95 % intervals.", ("", *COLUMNS), tuple(rows))


def _figure(bench: Bench, changed: list[tuple[Step, Values]]) -> Figure:
    """The first attacked pictures with their maps; the right class's two on one scale."""
    tiles = []
    for step, values in changed[:SHOWN]:
        own = scale_of([values["before"], values["after"]])
        label, new = (bench.handle.labels[int(n)] for n in (values["target"], values["answers"][1]))
        view = values["view"]
        for box in boxes_of(bench, step.picture):
            view = framed(view, box, TRUE)
        tiles.append(Tile(view, f"attacked: {new}"))
        names = (label, label, new)
        for place, name in enumerate(MAPS):
            chance = 100 * float(values["probabilities"][place])
            scale = scale_of([values["other"]]) if name == "other" else own
            label_of = f"{names[place]}, {'before' if name == 'before' else 'after'}, {chance:.0f} %"
            tiles.append(map_tile(values["view"], values[name], label_of, scale))
    most = max(int(values["changed"]) for _, values in changed)
    caption = (
        f"Attacked pictures and Grad-CAM of the right class and of the new answer, with the class's "
        f"probability. No pixel has moved by more than {most} of 255 steps."
    )
    return Figure("attack", caption, tuple(tiles))


TASK = Task(
    "8",
    "Robustness to adversarial noise",
    "An attack changes the answer while the picture looks the same. The claim is that Grad-CAM of the right "
    "class still lies on its object.",
    asks(epsilon=8.0, steps=20),
    PAIRS,
    each_picture(),
    attacked,
    conclude,
    "changed = xai.attack(handle, image, 'pgd', epsilon=8, steps=20)\n"
    "xai.explain(handle, changed.image, 'grad_cam', changed.before.index)",
    (
        Published(
            "still",
            "After the attack, more of the right class's map lies on its object than of a random map.",
            "above",
            said="shown",
        ),
        Published("moved", "The attack changes that share by less than 0.1.", "equal", 0.0, 0.1, "shown"),
    ),
    ("Does a map that stays where it was mean that the network is robust?",),
    lambda bench, step: 3.0 * bench["steps"] + 12,
    200,
)

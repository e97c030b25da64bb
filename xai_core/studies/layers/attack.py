"""A small change of a photograph turns a Granny Smith into an ocarina; the maps before and after."""

from __future__ import annotations

import numpy as np

from ...attacks import attack
from ...engine.explain import explain_many, predict
from ...types import Params, Request
from .. import verdicts
from .._recipe import Ask, Bench, Found, Needs, Published, StandIn, Step, Task, Values, first_picture
from ..drawing import map_tile, scale_of
from ..outcome import Figure, Outcome, Table, Tile

OCARINA = 684


def attacked(bench: Bench, step: Step) -> Values:
    """The picture before and after a targeted attack, the answers, and Grad-CAM of both classes each time."""
    found = attack(
        bench.handle,
        bench.image(step.picture),
        "pgd",
        bench["target"],
        cancelled=bench.cancelled,
        epsilon=bench["epsilon"],
        steps=bench["steps"],
    )
    values: dict[str, np.ndarray] = {
        "classes": np.array([found.label, bench["target"]]),
        "success": np.array(found.success),
        "answers": np.array([found.before.index, found.after.index]),
        "changed": np.array(np.abs(found.noise).max()),
    }
    for when, image in (("before", found.original), ("after", found.image)):
        requests = [Request("grad_cam", int(target)) for target in values["classes"]]
        maps = explain_many(bench.handle, image, requests, cancelled=bench.cancelled)
        everything = predict(bench.handle, image, len(bench.handle.labels))
        scores = {one.index: one.probability for one in everything}
        values[f"{when}, view"] = image.pixels
        values[f"{when}, maps"] = np.stack([e.heatmap for e in maps])
        chances = [scores[int(target)] for target in values["classes"]]
        values[f"{when}, probabilities"] = np.array(chances)
    return values


def conclude(bench: Bench, found: Found) -> Outcome:
    """The picture and its maps before and after, the maps of one class on one scale."""
    ((_, values),) = found.items()
    labels = [bench.handle.labels[int(target)] for target in values["classes"]]
    scales = [scale_of([values[f"{when}, maps"][n] for when in ("before", "after")]) for n in (0, 1)]
    tiles, rows = [], []
    for when in ("before", "after"):
        view, chances = values[f"{when}, view"], values[f"{when}, probabilities"]
        tiles.append(Tile(view, f"{when} the attack"))
        for n, label in enumerate(labels):
            text = f"{label}, {100 * chances[n]:.0f} %"
            tiles.append(map_tile(view, values[f"{when}, maps"][n], text, scales[n]))
        rows.append(
            (when, *map(float, chances), bench.handle.labels[int(values["answers"][int(when == "after")])])
        )
    caption = (
        f"Grad-CAM before and after. No pixel has moved by more than {int(values['changed'])} of 255 steps."
    )
    columns = ("", f"probability of {labels[0]}", f"of {labels[1]}", "answer")
    return Outcome(
        (
            Figure("attack", caption, tuple(tiles), across=3),
            Table("attack", "The answers.", columns, tuple(rows)),
        ),
        {"turned": verdicts.range_of([float(values["success"])])},
    )


TASK = Task(
    "4",
    "Granny Smith to ocarina",
    "A targeted attack changes each pixel a little, until the network answers with the other class.",
    Needs(Ask("resnet50"), Ask("granny_smith"), Params({"target": OCARINA, "epsilon": 8.0, "steps": 20})),
    StandIn(Ask("efficientnet_lite0"), Ask("coffee")),
    first_picture(),
    attacked,
    conclude,
    "changed = xai.attack(handle, image, 'pgd', parameters['target'], epsilon=8, steps=20)\n"
    "xai.explain(handle, changed.image, 'grad_cam', parameters['target'])",
    (
        Published(
            "turned",
            "A small change of the picture makes the network answer with the other class.",
            "equal",
            1.0,
            0.0,
            "shown",
        ),
    ),
    ("Does the map show that the picture was attacked?",),
    lambda bench, step: 3.0 * bench["steps"] + 8,
    1,
)

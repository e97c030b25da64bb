"""Part 2: LIME on ten photographs, and whether what it marks matters to the network."""

from __future__ import annotations

import numpy as np

from .._recipe import Bench, Found, Task, each_picture
from ..clauses import about
from ..drawing import map_tile, scale_of
from ..outcome import Cell, Figure, Outcome, Table
from ._shared import ASKS, PICTURES, STAND_IN
from .maps import LIME, mapped, of_part, passes


def conclude(bench: Bench, found: Found) -> Outcome:
    """LIME's map of every picture, its fit, and what is lost when the marked parts are hidden."""
    tiles, rows, falls = [], list[tuple[Cell, ...]](), list[tuple[float, float]]()
    for number, values in of_part(found, LIME).items():
        label, chance = str(values["label"]), float(values["probability"])
        scale = scale_of([values["map"]], signed=True)
        text = f"{label}, {100 * chance:.0f}\u00a0%"
        tiles.append(map_tile(bench.view(number), values["map"], text, scale, signed=True))
        falls.append((float(values["fall"]), float(values["fall elsewhere"])))
        fit = (int(values["superpixels"]), float(values["r2"]))
        rows.append((bench.examples[number].name, label, chance, *fit, *falls[-1]))
    own, elsewhere = np.array(falls).T
    words = {
        "measure": "the fall of the logit",
        "one": "what LIME marks",
        "other": "the same weights on other superpixels",
    }
    columns = (
        "picture",
        "predicted class",
        "probability",
        "superpixels",
        "R²",
        "fall of the logit",
        "fall elsewhere",
    )
    about_hiding = (
        f"LIME's linear model, and by how much the logit falls when the {bench['percent']:.0f} % of the "
        f"picture with the largest weights is blurred; elsewhere is the mean of {bench['draws']} random "
        "exchanges of the weights."
    )
    caption = (
        f"LIME with {bench['samples']} samples, each map on its own scale: red superpixels raise the score "
        "of the predicted class, blue ones lower it."
    )
    return Outcome(
        (
            Figure("lime", caption, tuple(tiles), across=5),
            Table("lime", about_hiding, columns, tuple(rows), digits=2),
        ),
        clauses=(about("larger", words, own, elsewhere),),
    )


TASK = Task(
    "2",
    "LIME on ten photographs",
    "A linear model of the network around each picture: which superpixels raise the score of the predicted "
    "class.",
    ASKS,
    STAND_IN,
    each_picture(LIME),
    mapped,
    conclude,
    "xai.explain(handle, image, 'lime', samples=parameters['samples'], segments=parameters['segments'])",
    questions=(
        "Does LIME mark the object, its parts, or what stands around it?",
        "Where R² is low, what does the linear model miss?",
    ),
    passes=passes,
    limit=PICTURES,
)

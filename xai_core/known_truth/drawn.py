"""What the two cases with trained networks share: a drawn picture with two shapes, on a grid of nine regions.

The networks were trained by this project to name the filled shape (`models.shapes`). Picture KEY holds a
filled triangle and a filled hourglass, and both networks name these two. The truth is the Shapley value of
each region for the network as it is, against the picture's mean colour, from all 512 subsets."""

from __future__ import annotations

from ..inputs.shapes import LABELS, drawn_picture
from ..models import load_model
from .case import Case

KEY = "shapes-2-1"
OWN, OTHER = LABELS.index("triangle"), LABELS.index("hourglass")


def drawn_case(model: str, title: str, sentence: str) -> Case:
    """The case of one of the two networks."""
    return Case(
        model,
        title,
        sentence,
        lambda: load_model(model, "cpu"),
        lambda: drawn_picture(KEY),
        rows=3,
        columns=3,
        target=OWN,
        other=OTHER,
        baseline="mean",
    )

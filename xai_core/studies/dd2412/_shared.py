"""What the tasks share: what they ask for, the class that is explained, and the object's boxes."""

from __future__ import annotations

import numpy as np

from ...engine.explain import predict
from ...inputs.views import view_boxes
from ...metrics.localization import mask_of
from ...types import Box, ClassScore, Params
from .._recipe import Ask, Bench, Needs, StandIn
from ..drawing import COLOURS
from ..outcome import Cell, Estimate

IMAGENET = Params({"classes": 1000})  # how many classes the network has that these pictures are labelled for
VGG = Ask("vgg16", Params({"layer": "features.29"}))
ILSVRC = Ask("ilsvrc", IMAGENET)
LITE0 = Ask("efficientnet_lite0")
PAIRS = StandIn(LITE0, Ask("pairs", IMAGENET))
SHIPPED = StandIn(LITE0, Ask("shipped", IMAGENET))
RANDOM = "a random map"
REACH = 6  # pixels from a changed one to the frame around it
FRAME = 2  # pixels of a box's edge in a figure
TRUE, FOUND = ((255, 255, 255), tuple(bytes.fromhex(COLOURS[1][1:])))


def asks(model: Ask = VGG, pictures: Ask = ILSVRC, **parameters: object) -> Needs:
    """VGG-16 and ILSVRC's validation pictures, with a task's own parameters."""
    return Needs(model, pictures, Params(parameters))


def layer_of(bench: Bench) -> str | None:
    """The layer that the source looks at in this network; None is the method's own choice."""
    return bench.parameters.get("layer")


def right_of(bench: Bench, number: int) -> tuple[int, ...]:
    """The right classes of a picture; () where nobody knows them, or where the network that stands in has
    other classes than the pictures."""
    known = bench.parameters.get("classes") in (None, len(bench.handle.labels))
    return bench.examples[number].targets if known else ()


def place_of(answers: tuple[ClassScore, ...], right: tuple[int, ...]) -> int:
    """The place, from 0, of the first right class among the answers; -1 where there is none."""
    return next((place for place, answer in enumerate(answers) if answer.index in right), -1)


def target_of(bench: Bench, number: int) -> int:
    """The class that is explained: the right one of which the network is surest, else its answer."""
    right = right_of(bench, number)
    answers = predict(bench.handle, bench.image(number), len(bench.handle.labels) if right else 1)
    return answers[max(place_of(answers, right), 0)].index


def boxes_of(bench: Bench, number: int) -> tuple[Box, ...]:
    """The object's boxes in pixels of what the network sees; () where none lies there."""
    return view_boxes(bench.image(number), bench.handle.grid)


def region(bench: Bench, number: int) -> np.ndarray:
    """bool (H, W): the pixels whose centre lies in one of these boxes."""
    return mask_of(boxes_of(bench, number), bench.handle.grid.size)


def framed(pixels: np.ndarray, box: Box, colour: tuple[int, ...]) -> np.ndarray:
    """The picture (H, W, 3) with the edge of the box drawn into it."""
    drawn = pixels.copy()
    x0, y0, x1, y1 = (round(side) for side in (box.x0, box.y0, box.x1, box.y1))
    inner = drawn[y0 + FRAME : y1 - FRAME, x0 + FRAME : x1 - FRAME].copy()
    drawn[y0:y1, x0:x1] = colour
    drawn[y0 + FRAME : y0 + FRAME + inner.shape[0], x0 + FRAME : x0 + FRAME + inner.shape[1]] = inner
    return drawn


def around(pixel: np.ndarray, size: tuple[int, ...]) -> Box:
    """A small box around a pixel (row, column), cut at the edges of a picture of (H, W)."""
    row, column = (int(place) for place in pixel)
    top, left = max(0, row - REACH), max(0, column - REACH)
    return Box("", left, top, min(size[1], column + REACH + 1), min(size[0], row + REACH + 1))


def row_of(name: str, found: Estimate) -> tuple[Cell, ...]:
    """A line of a table: the name, the mean, the ends of its interval, and the number of pictures."""
    return name, found.value, found.low, found.high, found.pictures


COLUMNS = ("mean", "from", "to", "pictures")

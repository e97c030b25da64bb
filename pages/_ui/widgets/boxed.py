"""A map with its boxes: the true ones, the one that it finds, and its highest point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import xai_core as xai
from xai_core.figures import Look, draw_boxes, encode, overlay, ringed
from xai_core.metrics import localization
from xai_core.types import Box

from ..results import pictures
from ..state.subject import Subject
from . import layout

FOUND = "#FFB020"
KEY = (
    "White: the true box",
    "amber: the box around the largest piece of the map above the threshold",
    "ring: the map's maximum",
)


@dataclass(frozen=True)
class Found:
    """What a map makes of the boxes, in pixels and shares of the input grid."""

    box: Box | None
    iou: float
    distance: float
    energy: float
    activated_share: float


def measure(e: xai.Explanation, boxes: Sequence[Box], share: float) -> Found:
    """Of one map; `share` of the maximum is where it is cut."""
    values = e.upsampled()
    box = localization.box_of(values, share)
    return Found(
        box,
        localization.best_iou(box, boxes),
        localization.distance(values, boxes),
        localization.energy(values, boxes),
        localization.activated_share(values, boxes),
    )


def drawn(subject: Subject, e: xai.Explanation, boxes: Sequence[Box], share: float, look: Look) -> bytes:
    """The picture under the map, with the boxes and a ring; with a form that shows both beside each other,
    on both."""
    view = pictures.view(subject.model, subject.image)
    pixels, width = overlay(view, e, look), view.shape[1]
    parts = [_marked(np.ascontiguousarray(pixels[:, :width]), e, boxes, share)]
    if pixels.shape[1] > width:
        second = np.ascontiguousarray(pixels[:, -width:])
        parts += [pixels[:, width:-width], _marked(second, e, boxes, share)]
    return encode(np.concatenate(parts, axis=1), "JPEG")


def _marked(view: np.ndarray, e: xai.Explanation, boxes: Sequence[Box], share: float) -> np.ndarray:
    """The true boxes, the one that the map finds, and a ring around its maximum."""
    scale = view.shape[0] / e.view_size[0]
    values = e.upsampled()
    box = localization.box_of(values, share)
    if box is not None:
        peak = np.array([np.unravel_index(int(values.argmax()), values.shape)])
        view = ringed(draw_boxes(view, [_scaled(box, scale)], FOUND), peak, values.shape)
    return draw_boxes(view, [_scaled(one, scale) for one in boxes])


def facts(found: Found, tolerance: float) -> None:
    """The numbers under such a picture."""
    hit = "hit" if found.distance <= tolerance else f"missed by {found.distance:.0f} pixels"
    layout.caption(
        f"IoU {layout.fixed(found.iou)}",
        f"pointing {hit}",
        f"energy inside {layout.share(found.energy)}",
        f"activated share {layout.share(found.activated_share)}",
    )


def _scaled(box: Box, scale: float) -> Box:
    return Box("", *(side * scale for side in (box.x0, box.y0, box.x1, box.y1)))

"""What a notebook shows: the map's colours where it is high, a scale with its ends, and only plain text."""

from __future__ import annotations

import base64
import dataclasses
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

import xai_core as xai
from tests.test_packaging import run_python
from xai_core.figures import Look, Scale, colour_table, forms, sheet
from xai_core.figures.notebook import PAPER, SIDE
from xai_core.types import ClassScore, Explanation, ImageInput, Params

NASTY = "<script>alert('x')</script> & \"cat\""
VIEW = np.full((24, 32, 3), 100, np.uint8)
HEIGHT = SIDE * 24 // 32  # of the picture as it is shown


def explanation(signed: bool = False, **changes) -> Explanation:
    """A map of 3 x 4 cells that is 2 in the cell at row 1, column 2 and 0 elsewhere."""
    heatmap = np.zeros((3, 4), np.float32)
    heatmap[1, 2] = 2
    fields = {"heatmap": heatmap, "method": "grad_cam", "target": 3, "label": "cat", "layer": "layer4"}
    fields |= {"params": Params(), "signed": signed, "logit": 1.0, "probability": 0.8731, "forwards": 1}
    return Explanation(**(fields | {"seconds": 0.1, "view_size": (24, 32), "view": VIEW} | changes))


def curves(score: str = "probability") -> xai.Curves:
    up = np.linspace(0, 1, 5)
    return xai.Curves(up, up[::-1], np.arange(5), 0.5, 0.5, np.arange(4), NASTY, 3, "black", score)


def attacked() -> xai.PerturbedImage:
    before, after = ImageInput(VIEW, "squash"), ImageInput(VIEW + np.uint8(4), "squash")
    scores = ClassScore(3, NASTY, 1.0, 0.9), ClassScore(4, "dog", 2.0, 0.6)
    params = Params({"epsilon": 4.0})
    return xai.PerturbedImage(before, after, "fgsm", params, 3, None, True, *scores, forwards=3, seconds=0.1)


def decoded(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        return np.asarray(picture.convert("RGB"))


def texts(html: str) -> str:
    """All text of the fragment; raises if it is not well formed."""
    return " ".join(ElementTree.fromstring(html).itertext())


def test_the_peak_has_the_maps_colour_and_the_rest_its_zero():
    pixels = decoded(explanation()._repr_png_())
    at = (1.5 / 3 * HEIGHT, 2.5 / 4 * SIDE), (2, 2)  # the middle of the cell, and a corner
    for (row, column), place in zip(at, (255, 0), strict=True):
        opacity = Look().opacity if place else 0  # as opaque as the value is large
        expected = np.rint((1 - opacity) * forms.DARKER * 100 + opacity * colour_table("inferno")[place])
        assert np.abs(pixels[int(row), int(column)] - expected).max() <= 8  # smooth: not quite the peak


def test_picture_scale_and_caption_stand_below_one_another():
    pixels = decoded(explanation()._repr_png_())
    below = HEIGHT + sheet.MARGIN
    assert pixels.shape == (below + sheet.BAR + sheet.LINE + sheet.MARGIN + 2 * sheet.LINE, SIDE, 3)
    bar = pixels[below + sheet.BAR // 2]
    colours = forms.bar(Look(), False, Scale(0, 2))
    assert (bar[0] == colours[0]).all()
    assert (bar[-1] == colours[-1]).all()
    caption = pixels[below + sheet.BAR + sheet.LINE :]
    assert (caption.min(2) < 100).any()  # ink
    assert (pixels[HEIGHT : HEIGHT + sheet.MARGIN] == 255).all()


def test_a_long_caption_is_broken_and_a_picture_that_was_not_kept_is_grey():
    note = "This sentence is much longer than the picture is wide. " * 3
    pixels = decoded(explanation(view=None, notes=(note,))._repr_png_())
    plain = decoded(explanation(view=None)._repr_png_())
    assert pixels.shape[0] >= plain.shape[0] + 3 * sheet.LINE
    assert pixels.shape[1] == SIDE
    assert (plain[2, 2] == np.rint(forms.DARKER * PAPER)).all()


def test_the_html_says_what_is_explained_and_the_ends_of_the_scale():
    said = texts(explanation()._repr_html_())
    for part in ("grad_cam, layer4", "cat (3), probability 87.3 %", "0", "2"):
        assert part in said
    signed = texts(explanation(signed=True)._repr_html_())
    assert "−2" in signed
    assert "grad_cam," not in texts(explanation(layer=None)._repr_html_())


def test_the_html_holds_the_picture_and_the_colours_of_the_scale():
    tree = ElementTree.fromstring(explanation(signed=True)._repr_html_())
    picture, bar = (
        Image.open(io.BytesIO(base64.b64decode(image.get("src").split(",")[1]))) for image in tree.iter("img")
    )
    assert picture.size == (SIDE, HEIGHT)
    assert (np.asarray(bar)[0, [0, -1]] == forms.bar(Look(), True, Scale(-2, 2))[[0, 255]]).all()


def test_an_empty_map_says_why():
    zero = np.zeros((3, 4), np.float32)
    said = texts(explanation(heatmap=zero, params=Params({"relu": True}))._repr_html_())
    assert "Every value is negative or zero, so ReLU leaves nothing." in said


@pytest.mark.parametrize(
    "result",
    [
        explanation(label=NASTY),
        explanation(method=NASTY),
        explanation(layer=NASTY),
        explanation(notes=(NASTY,)),
        curves(),
        attacked(),
    ],
    ids=["label", "method", "layer", "note", "curves", "attack"],
)
def test_every_text_is_escaped(result):
    html = result._repr_html_()
    tree = ElementTree.fromstring(html)
    assert {node.tag for node in tree.iter()} <= {
        "figure",
        "img",
        "div",
        "span",
        "figcaption",
        "strong",
        "br",
    }
    assert NASTY in " ".join(tree.itertext())
    assert not re.search("<script", html)


def test_curves_are_drawn_from_corner_to_corner():
    pixels = decoded(curves()._repr_png_()).astype(int)
    blue = (pixels[:, :, 2] - pixels[:, :, 0] > 100)[:250]
    rows, columns = np.nonzero(blue)
    first, last = columns.argmin(), columns.argmax()
    assert rows[first] > 200  # insertion begins at the bottom
    assert rows[last] < 40  # and ends at the top
    figure = curves()._repr_html_()
    assert "area of insertion 0.500, of deletion 0.500" in texts(figure)
    assert decoded(curves("logit")._repr_png_()).shape == decoded(curves()._repr_png_()).shape


def test_an_attack_shows_before_change_and_after():
    pixels = decoded(attacked()._repr_png_())
    third = pixels[20, [20, pixels.shape[1] // 2, -20]].astype(int)
    assert third.tolist() == [[100] * 3, [127 + 31 * 4] * 3, [104] * 3]
    said = texts(attacked()._repr_html_())
    for part in (
        "fgsm: epsilon 4.0",
        "after: dog (4), probability 60 %",
        "The attack succeeded.",
        "times 31",
    ):
        assert part in said
    assert "did not succeed" in texts(dataclasses.replace(attacked(), success=False)._repr_html_())


def test_figures_hold_the_values():
    e, c = explanation(), curves()
    (heat,) = e.figure().select_traces({"type": "heatmap"})
    assert np.array_equal(heat.z, e.heatmap)
    insertion, deletion = c.figure().data
    assert np.array_equal(insertion.y, c.insertion)
    assert np.array_equal(deletion.y, c.deletion)
    assert c.figure().layout.yaxis.range is not None
    assert curves("logit").figure().layout.yaxis.range is None
    assert len(attacked().figure().layout.images) == 1


@pytest.mark.peers
def test_plotly_is_imported_when_something_is_shown_and_not_before(tmp_path):
    code = """
import sys
import numpy as np
import xai_core as xai
from xai_core.types import Params
e = xai.Explanation(np.ones((2, 2), np.float32), "m", 0, "a", None, Params(), False, 1.0, 0.5, 1, 0.1, (8, 8))
handle = xai.load_model("resnet18", device="cpu", weights="random")
xai.explain(handle, xai.load_sample("chelsea"), "grad_cam")
print("plotly" in sys.modules)
e._repr_html_()
print("plotly" in sys.modules)
"""
    assert run_python(code, tmp_path).split() == ["False", "True"]

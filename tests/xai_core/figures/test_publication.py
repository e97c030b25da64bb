"""The figure of one map: what it says, and that each kind of file says it."""

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from xai_core import Explanation
from xai_core.figures import KINDS, Look, publication
from xai_core.types import Params

VIEW = np.full((30, 40, 3), 100, np.uint8)
LINES = ("Network <a> & b", "hen.jpg")


def explanation() -> Explanation:
    params = Params({"counterfactual": True})
    return Explanation(
        np.ones((2, 2), np.float32), "grad_cam", 3, "cat <b>", "layer4", params, True, 1, 0.5, 1, 0, (30, 40)
    )


def made(kind: str) -> bytes:
    times, file = KINDS[kind]
    return file(publication(VIEW, explanation(), Look(), None, LINES, "Grad-CAM", times))


def test_the_title_says_method_layer_and_direction():
    sheet = publication(VIEW, explanation(), Look(), None, LINES, "Grad-CAM")
    assert sheet.title == "Grad-CAM, layer4, against cat <b>"
    assert (sheet.bar.low, sheet.bar.high) == ("−1 raises", "lowers 1")
    assert sheet.picture.shape == (336, 448, 3)


def test_twice_as_large_is_twice_as_wide_and_as_high():
    once, twice = (Image.open(io.BytesIO(made(kind))).size for kind in ("png", "2x.png"))
    assert twice[0] == 2 * once[0]
    assert abs(twice[1] - 2 * once[1]) <= 2 * 20  # a line may be broken elsewhere


def test_the_svg_is_well_formed_and_its_texts_are_texts():
    tree = ElementTree.fromstring(made("svg"))
    said = " ".join("".join(node.itertext()) for node in tree.iter("{http://www.w3.org/2000/svg}text"))
    for part in ("Grad-CAM, layer4, against cat <b>", *LINES, "−1 raises", "lowers 1"):
        assert part in said
    assert tree.get("width") == "448"


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_a_file_of_its_kind(kind):
    start = {"png": b"\x89PNG", "2x.png": b"\x89PNG", "svg": b"<svg", "pdf": b"%PDF"}[kind]
    assert made(kind).startswith(start)

"""The tiny network of drawn shapes, and a few of its pictures: checks that take a second."""

import pytest

import xai_core as xai
from xai_core.datasets import Dataset, drawn_shapes
from xai_core.inputs import shapes
from xai_core.testing import check_of


@pytest.fixture(scope="session")
def tiny():
    """A convolutional network that knows the drawn shapes."""
    return xai.load_model("tiny_cnn_shapes", device="cpu")


@pytest.fixture(scope="session")
def drawn():
    """Sixty drawn pictures with boxes."""
    return drawn_shapes({name: place for place, name in enumerate(shapes.LABELS)}, 1, 60)


@pytest.fixture(scope="session")
def few(drawn):
    """Twelve of them."""
    return Dataset("few", drawn.examples[:12])


def a_check(kind="looks_at", **fields):
    """A check with what is given, the rest as it is offered."""
    if kind == "ignores":
        fields.setdefault("region", "border")
    return check_of({"kind": kind, **fields})

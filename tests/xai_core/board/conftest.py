"""Pins to put aside: a map of the embedded model, and a chart."""

import io

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

import xai_core as xai
from xai_core.board import Pin, PinnedMap
from xai_core.types import Params

FIGURE = go.Figure(go.Bar(name="bars", x=["a", "b"], y=[1.0, 2.5])).to_json()


def chart_pin(title: str = "A chart", note: str = "", **more: str) -> Pin:
    return Pin("insertion", "model=efficientnet_lite0", title, more.get("figure", FIGURE), note)


def map_pin(handle: xai.ModelHandle, image: xai.ImageInput, e: xai.Explanation, title: str = "A map") -> Pin:
    buffer = io.BytesIO()
    Image.fromarray(np.full((30, 20, 3), 99, np.uint8)).save(buffer, "PNG")
    look = Params({"colours": "magma", "opacity": 0.55, "smooth": True, "low": 0.0, "high": 1.0})
    pinned = PinnedMap(
        handle.key,
        handle.weights_sha256,
        xai.to_png(image),
        image.name,
        image.sha256,
        buffer.getvalue(),
        e,
        look,
        handle.identity,
    )
    return Pin("overview", "method=grad_cam", title, FIGURE, "Seen <b>here</b>", pinned)


@pytest.fixture(scope="session")
def explained(lite0, chelsea):
    """Four maps of one picture: by layer without ReLU, with steps, with a seed, over superpixels."""
    asked = [
        ("grad_cam", {"layer": "blocks.4", "relu": False}),
        ("integrated_gradients", {"steps": 7}),
        ("smooth_grad", {"seed": 3, "samples": 4}),
        ("lime", {"samples": 20, "segments": 10}),
    ]
    return [xai.explain(lite0, chelsea, method, 282, **more) for method, more in asked]


@pytest.fixture(scope="session")
def map_pins(lite0, chelsea, explained):
    return [map_pin(lite0, chelsea, e, f"{e.method} of a cat") for e in explained]


@pytest.fixture
def boards(tmp_path, monkeypatch):
    """An empty folder for boards."""
    monkeypatch.setenv("XAI_BOARDS_DIR", str(tmp_path / "boards"))
    return tmp_path / "boards"

"""Pinned figures of strangers: nothing in them makes a browser fetch anything, or leads away from the app."""

import base64
import dataclasses
import json

import numpy as np
import plotly.graph_objects as go
import pytest

import xai_core as xai
from tests.xai_core.board.conftest import chart_pin, map_pin
from xai_core.board import board_html, checked_figure, read_figure
from xai_core.figures import Look, heatmap_figure

pytestmark = pytest.mark.hostile
PIXEL = "data:image/png;base64," + base64.b64encode(b"\x89PNG").decode()
OUTSIDE = "http://tracker.invalid/a.png"


def layout(**parts):
    return {"data": [{"type": "bar", "y": [1]}], "layout": parts}


def numbers(**array):
    return {"data": [{"type": "bar", "y": array}], "layout": {}}


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        ({"data": [{"type": "scattergeo"}]}, "scattergeo"),
        ({"data": [{"type": "image", "source": PIXEL}]}, "holds 'image'"),
        ({"data": [{"type": ["bar"]}]}, "accepted are bar"),
        ({"data": [7]}, "holds '7'"),
        (layout() | {"frames": [{"data": []}]}, "frames"),
        (layout() | {"config": {"plotlyServerURL": OUTSIDE}}, "config"),
        (layout(images=[{"source": OUTSIDE}]), "fetches"),
        (layout(images=[{"source": "data:image/svg+xml;base64,AAAA"}]), "fetches"),
        (layout(images=[{"source": ["a"]}]), "fetches"),
        (layout(imagedefaults={"source": OUTSIDE}), "imagedefaults"),
        (layout(mapbox={"style": OUTSIDE}), "mapbox"),
        (layout(map={"style": OUTSIDE}), "'map'"),
        (layout(geo={}), "geo"),
        (layout(updatemenus=[]), "updatemenus"),
        (layout(xaxis={"template": {"layout": {"images": [{"source": OUTSIDE}]}}}), "template"),
        (layout(annotations=[{"text": f'<a href="{OUTSIDE}">Session expired</a>'}]), "link"),
        (layout(title={"text": f'<span style="fill:url({OUTSIDE})">x</span>'}), "link"),
        (layout(font={"family": f"url({OUTSIDE})"}), "link"),
        (layout(height=1e9), "height"),
        (layout(width="wide"), "width"),
        (numbers(dtype="f8", bdata="AAAA"), "do not fit"),
        (numbers(dtype="O", bdata="AAAAAAAAAAA="), "do not fit"),
        (numbers(dtype="f8", bdata="%%%"), "do not fit"),
        (numbers(dtype="f8", bdata=[1]), "do not fit"),
        (numbers(dtype="f8", bdata="AAAAAAAAAAA=", shape="9, 9"), "do not fit"),
        (numbers(dtype="f8", bdata="AAAAAAAAAAA=", shape="a"), "do not fit"),
        (numbers(dtype="f8", bdata="AAAAAAAAAAA=", more=[]), "do not fit"),
        ({"data": [{"type": "heatmap", "colorscale": "nonsense"}]}, "broken"),
        ({"data": [{"type": "bar", "y": [float("nan")]}]}, "finite numbers"),
        ({"data": [{"type": "bar"}] * 501}, "501 traces"),
        ({"data": [{"type": "bar", "y": [0] * 200_001}]}, "values; at most 200,000"),
        ({"data": {}, "layout": {}}, "no list of traces"),
        ({"data": [], "layout": [1]}, "layout is no table"),
    ],
)
def test_figures_that_the_app_does_not_draw_are_refused(figure, said):
    with pytest.raises(xai.InputError) as refused:
        read_figure(json.dumps(figure))
    assert said in str(refused.value)
    assert len(str(refused.value)) < 700


def test_half_a_character_and_deep_figures_are_refused():
    with pytest.raises(xai.InputError, match="half a character"):
        read_figure('{"data": [{"type": "bar", "name": "\\ud800"}]}')
    with pytest.raises(xai.InputError, match="levels deep"):
        read_figure('{"data": [' + "[" * 50_000 + "]" * 50_000 + "]}")


def test_plotlys_own_template_is_left_out_and_nothing_else():
    figure = go.Figure(go.Bar(name="a", x=["p"], y=np.array([1.5])), {"title": {"text": "T"}})
    figure.update_layout(template="plotly_dark")
    found = json.loads(checked_figure(figure.to_json()))
    assert "template" not in found["layout"]
    told = json.loads(figure.to_json())
    told["layout"].pop("template", None)
    assert found == told


@pytest.fixture(scope="module")
def pins(lite0, chelsea):
    """A map with its own figure, a chart, and three that got past the check of an earlier version."""
    e = xai.explain(lite0, chelsea, "grad_cam", 282)
    figure = heatmap_figure(np.zeros((224, 224, 3), np.uint8), e, Look()).to_json()
    drawn = dataclasses.replace(map_pin(lite0, chelsea, e), figure=figure)
    strange = [
        layout(images=[{"source": OUTSIDE, "xref": "paper", "yref": "paper", "sizex": 1, "sizey": 1}]),
        layout(template={"layout": {"images": [{"source": OUTSIDE, "sizex": 1, "sizey": 1}]}}),
        {"data": [{"type": "scattergeo", "lon": [0], "lat": [0]}], "layout": {}},
    ]
    return [drawn, chart_pin("Bars"), *(chart_pin("Strange", figure=json.dumps(one)) for one in strange)]


def test_an_opened_report_fetches_nothing_and_draws_the_rest(pins, browser, tmp_path):
    """With the policy taken away too, so that it is the figures alone that ask for nothing."""
    for name, page in (("sealed", board_html(pins)), ("bare", _without_policy(board_html(pins)))):
        path = tmp_path / f"{name}.html"
        path.write_text(page)
        context = browser.new_context()
        asked, said = [], []
        opened = context.new_page()
        opened.on("request", lambda request, asked=asked: asked.append(request.url))
        opened.on("pageerror", lambda error, said=said: said.append(str(error)))
        opened.goto(path.as_uri())
        opened.locator(".js-plotly-plot").nth(2).wait_for()
        outside = [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
        assert outside == []
        assert said == []
        assert opened.locator(".js-plotly-plot").count() == 3
        assert opened.get_by_text("A pin's figure").count() == 2
        context.close()


def _without_policy(page):
    start = page.index('<meta http-equiv="Content-Security-Policy"')
    return page[:start] + page[page.index(">", start) + 1 :]


def test_a_chart_that_fails_in_the_browser_leaves_the_others(pins, browser, tmp_path):
    path = tmp_path / "report.html"
    broken = (
        board_html(pins[:2]).replace('"type":"bar"', '"type":7', 1).replace('{"data":', '{"data":{"a":', 1)
    )
    path.write_text(broken)
    opened = browser.new_context().new_page()
    opened.goto(path.as_uri())
    opened.locator(".js-plotly-plot").first.wait_for()
    assert opened.locator(".shown img").count() == 1  # of the map whose figure is no JSON any more

"""The report: one file, nothing fetched, nothing that was typed is run."""

import dataclasses
import json
import re
from html.parser import HTMLParser

import numpy as np
import plotly.graph_objects as go

from xai_core.board import board_html
from xai_core.figures import Look, heatmap_figure

from .conftest import chart_pin


class Reader(HTMLParser):
    """Tags with their attributes, and the text of each kind of tag."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self._open = [], {}, ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_data(self, data):
        if data.strip():
            self.text.setdefault(self._open, []).append(data)


def test_nothing_is_fetched(map_pins):
    read = Reader(board_html([*map_pins, chart_pin()]))
    addresses = [value for _, attrs in read.tags for name, value in attrs.items() if name in ("src", "href")]
    assert len(addresses) == len(map_pins) + 1  # the pictures and the icon
    assert all(value.startswith("data:") for value in addresses)
    policy = next(attrs["content"] for _, attrs in read.tags if "http-equiv" in attrs)
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert "@import" not in read.text["style"][0]


def test_plotly_is_inside_once_and_figures_are_data(map_pins):
    page = board_html([*map_pins, chart_pin()])
    assert page.count("plotly.js v") == 1
    scripts = [attrs.get("type") for tag, attrs in Reader(page).tags if tag == "script"]
    assert scripts == ["application/json"] * 5 + [None, None]


def test_what_people_type_is_text():
    evil = '<script>alert(1)</script><img src=x onerror=alert(2)> & "quoted"'
    figure = go.Figure(go.Bar(name="</script><script>alert(3)</script>", x=[1], y=[2])).to_json()
    page = board_html([chart_pin(evil, evil, figure=figure)], title=evil)
    read = Reader(page)
    assert [tag for tag, _ in read.tags].count("script") == 3
    assert not [attrs for _, attrs in read.tags if "onerror" in attrs]
    for tag in ("title", "h1", "h2", "p"):
        assert "".join(read.text[tag]).replace("A map", "") == evil, tag
    (told,) = [text for text in read.text["script"] if text.startswith('{"data"')]
    assert json.loads(told)["data"][0]["name"] == "</script><script>alert(3)</script>"


def test_without_scripts_a_map_keeps_its_colour_bar(map_pins):
    signed = map_pins[0]
    e = signed.map.e
    figure = heatmap_figure(np.zeros((8, 8, 3), np.uint8), e, Look()).to_json()
    page = board_html([dataclasses.replace(signed, figure=figure)])
    bar = re.search("<noscript>(.*?)</noscript>", page)[1]
    assert bar.count("rgb(") == 33
    said = re.findall("<span>(.*?)</span>", bar)
    end = f"{float(np.abs(e.heatmap).max()):.3g}"
    assert said == [f"−{end} lowers", "0", f"raises {end}"]


def test_colours_of_a_strangers_figure_are_colours_or_nothing(map_pins):
    evil = [[0, "red;}</style><script>"], [1, "blue;x:y(z)"]]
    figure = json.dumps({"data": [{"marker": {"colorscale": evil, "cmin": 0, "cmax": 1}}]})
    page = board_html([dataclasses.replace(map_pins[0], figure=figure)])
    assert "<noscript></noscript>" in page

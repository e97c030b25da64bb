"""Leaderboard: the samples ranked, the same numbers as the library's, a folder, and links."""

from html import unescape

import pytest
from PIL import Image

from pages._ui.results import evaluations
from tests.lanes import core_and_peers
from xai_core.datasets.unlabelled import unlabelled
from xai_core.ranking import words
from xai_core.ranking.plan import Ranked
from xai_core.ranking.running import rank

from .conftest import computed, html


@pytest.fixture(autouse=True)
def kept_here(tmp_path, monkeypatch):
    monkeypatch.setattr(evaluations, "folder", lambda: tmp_path / "kept")


@pytest.fixture
def photos(tmp_path, chelsea):
    folder = tmp_path / "photos"
    folder.mkdir()
    for n in range(2):
        Image.fromarray(chelsea.pixels[10 * n : 200 + 10 * n]).save(folder / f"<b>{n}.png")
    return folder


def test_a_folder_is_ranked_as_the_library_ranks_it(open_app, lite0, photos, tmp_path):
    link = {"ranked_of": "folder", "folder": str(photos), "ranked_maps": "grad_cam"}
    app = computed(open_app("leaderboard", **link, ranked_by="fidelity"))
    assert not app.exception
    plan = Ranked(("grad_cam",), ("fidelity",), budget=100)
    found = rank(lite0, unlabelled(photos), plan, tmp_path / "own")
    shown = unescape(html(app))
    for said in (words.headline(found), words.ended(found), *words.disagreements(found)):
        assert said in shown
    assert "No method is shown to beat the random map" in shown
    assert words.number(found.standings[0].means[0], 3) in shown
    assert len(app.get("plotly_chart")) == 1
    names = [b.proto.label for b in app.get("download_button")]
    assert {"Report as HTML", "Pairs as CSV"} <= set(names)


@pytest.mark.peers
def test_the_first_view_ranks_the_samples(open_app):
    app = computed(open_app("leaderboard", drawn="2"))
    assert not app.exception
    assert "the random map" in html(app)
    assert len(app.get("plotly_chart")) == 1


@pytest.mark.parametrize(
    ("link", "said"),
    core_and_peers(
        [
            ({"ranked_of": "folder", "folder": "/nowhere"}, "There is no folder"),
            ({"ranked_by": "energy"}, "Accepted are"),
            ({"folder": ""}, "Name a folder of pictures"),
            ({"ranked_maps": ""}, "Choose at least one map and one metric"),
            ({"until": "never", "ranked_maps": ""}, "Accepted are all, best, control"),
        ],
        2,
    ),
)
def test_links_that_ask_for_what_is_not_there(open_app, link, said):
    app = open_app("leaderboard", **({"ranked_of": "folder", "folder": "/nowhere"} | link))
    assert not app.exception
    shown = [e.value for kind in (app.warning, app.error, app.info) for e in kind]
    assert any(said in text for text in shown), shown

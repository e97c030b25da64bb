"""What is computed ahead is what the pages ask for: a page that is opened then runs no network."""

from __future__ import annotations

import pytest

from pages._ui import ahead, first_views
from pages._ui.results import evaluations, networks, prefetch
from pages._ui.results.flights import MEMORY, Report
from pages._ui.results.prefetch import Likely
from pages._ui.state.shared import DEFAULT_MODEL
from tests.app import switch
from tests.lanes import core_and_peers

LINKS = {  # what costs less than the defaults
    "lime": {"lime": "lime~samples=20~segments=8"},
    "adversarial": {"attack": "fgsm"},
    "insertion": {"superpixel": "56"},
    "trust": {"trust_maps": "grad_cam,gradient"},
    "right_wrong": {"limit": "20"},
    "localization": {"limit": "2", "box_maps": "grad_cam"},
}
NOT_AHEAD = {"right_wrong"}  # so small a set is compared as well ("What differs?") when the page is opened
MORE_PASSES = {"concepts": 1}  # passes of which the page keeps no result: what speaks for the class


class Noted:
    """In place of the prefetch: what was offered last."""

    runs = True

    def __init__(self) -> None:
        self.offered: list[Likely] = []

    def offer(self, _session: str, likely: list[Likely]) -> None:
        self.offered = likely


@pytest.fixture
def noted(monkeypatch, tmp_path):
    monkeypatch.setattr(evaluations, "folder", lambda: tmp_path)
    made = Noted()
    monkeypatch.setattr(ahead, "PREFETCH", made)
    return made


def passes() -> dict[str, int]:
    names = [DEFAULT_MODEL, networks.random_key(DEFAULT_MODEL, "head")]
    return {name: networks.handle(name).ledger.passes for name in names}


@pytest.mark.parametrize("page", core_and_peers(list(first_views.VIEWS), 2))
def test_a_page_finds_what_was_made_ahead(open_app, noted, page):
    MEMORY.clear()
    start = "compare" if page == "overview" else "overview"
    app = open_app(start, **LINKS.get(page, {}))
    assert not app.exception
    view = {job.key for job in _view(page, noted)}
    assert view
    kept = [job.key for job in _view(page, noted) if job.kept]
    for one in noted.offered:
        if one.job.key in view:
            result = one.job.run(Report())
            if one.job.kept:
                MEMORY.put(one.job.key, result)
    before = sum(passes().values())
    switch(app, page).run(timeout=240)
    assert not app.exception
    if page not in NOT_AHEAD:
        assert sum(passes().values()) - before == MORE_PASSES.get(page, 0)
    else:
        assert all(key in MEMORY for key in kept)


def test_overview_of_a_transformer_finds_what_was_made_ahead(open_app, noted):
    """Its next steps are other maps than those of a convolutional network."""
    MEMORY.clear()
    model = "tiny_vit_shapes"
    app = open_app("compare", image="", model=model, maps="gradient")
    for job in _view("overview", noted):
        result = job.run(Report())
        if job.kept:
            MEMORY.put(job.key, result)
    names = [model, networks.random_key(model, "head")]
    before = [networks.handle(name).ledger.passes for name in names]
    switch(app, "overview").run(timeout=240)
    assert not app.exception
    assert [networks.handle(name).ledger.passes for name in names] == before


def _view(page: str, noted: Noted) -> list:
    """The jobs of that page among those that were offered: they have its cost."""
    visited, cost = ahead.PAGES[page]
    return [one.job for one in noted.offered if one.cost == cost and one.probability in (visited, ahead.NEXT)]


def test_the_page_that_follows_in_the_menu_is_the_most_probable(open_app, noted):
    open_app("gallery")
    by_cost = {one.cost: one.probability for one in noted.offered}
    assert by_cost[ahead.PAGES["compare"][1]] == ahead.NEXT
    assert by_cost[ahead.PAGES["lime"][1]] == ahead.PAGES["lime"][0]


def test_the_pages_of_the_graph_are_pages_with_a_view():
    assert set(ahead.PAGES) == set(first_views.VIEWS)
    costs = [cost for _, cost in ahead.PAGES.values()]
    assert len(set(costs)) == len(costs), "these tests tell pages apart by their cost"
    assert sum(probability for probability, _ in ahead.PAGES.values()) == pytest.approx(1.0)


def test_no_thread_works_ahead_in_a_test(open_app):
    open_app("overview")
    assert not prefetch.PREFETCH.runs

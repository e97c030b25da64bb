"""Long work of a page: announced, run once for all who want it, and handed back to the session that asked."""

import threading
from collections.abc import Callable

import pytest
from cachetools import LRUCache
from PIL import Image

import xai_core as xai
from pages._ui import work
from pages._ui.results import answers, networks
from pages._ui.results.flights import MEMORY
from tests.app import new_app, switch

from .conftest import button, computed, html, labels

LIME = "lime~samples=20~segments=8"


@pytest.fixture
def forgetful(monkeypatch):
    """A memory of results that holds next to nothing."""
    monkeypatch.setattr(MEMORY, "_kept", LRUCache(500, lambda value: 400))


@pytest.fixture
def folder(tmp_path):
    for number in range(2):
        Image.new("RGB", (40, 30), (40 * number, 90, 60)).save(tmp_path / f"{number}.png")
    return tmp_path


def test_a_set_larger_than_the_memory_of_results_is_finished(open_app, forgetful, folder, monkeypatch):
    monkeypatch.setattr(work, "SHORT_SECONDS", 0.0)  # as a set of many pictures takes
    app = open_app("lime", lime=LIME, part="set", set="folder", folder=str(folder))
    app = computed(app)
    assert not app.exception
    assert len(app.dataframe[0].value) == 2
    begun, real = [], xai.explain_many
    monkeypatch.setattr(xai, "explain_many", lambda *a, **n: begun.append(1) or real(*a, **n))
    app.run()
    assert len(app.dataframe[0].value) == 2, "drawn again, it is still there"
    assert "Compute" not in labels(app)
    assert not begun


def test_maps_of_a_page_that_the_memory_does_not_hold_are_shown(open_app, forgetful, monkeypatch):
    monkeypatch.setattr(xai, "estimate", lambda *_: 60.0)
    app = computed(open_app("compare", maps="smooth_grad~samples=2,smooth_grad~samples=3,rise~masks=100"))
    assert not app.exception
    assert "Not computed yet" not in html(app)
    app.run()
    assert "Not computed yet" not in html(app)


def test_results_are_let_go_with_the_page(open_app):
    app = computed(open_app("compare", maps="smooth_grad~samples=4"))
    assert app.session_state["_handed"]
    switch(app, "overview").run()
    assert not any(app.session_state["_handed"].values())


def in_a_thread(action: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=action)
    thread.start()
    return thread


def test_two_visitors_wait_for_one_run(monkeypatch, chelsea):
    """Two sessions ask for the same long map at the same time."""
    MEMORY.clear()
    monkeypatch.setattr(xai, "estimate", lambda *_: 60.0)
    begun, real, both = [], xai.explain_many, threading.Event()

    def explain_many(*given, **named):
        begun.append(1)
        both.wait(30)
        return real(*given, **named)

    answers.classes("efficientnet_lite0", chelsea)
    networks.handle("efficientnet_lite0")
    apps = [new_app("compare") for _ in range(2)]
    for app in apps:
        app.query_params["maps"] = "smooth_grad~samples=6"
        app.run()
        assert "Compute" in labels(app)
    monkeypatch.setattr(xai, "explain_many", explain_many)
    visits = [in_a_thread(lambda app=app: button(app, "Compute").click().run(timeout=60)) for app in apps]
    threading.Event().wait(1.5)
    both.set()
    for visit in visits:
        visit.join(60)
    assert begun == [1]
    for app in apps:
        assert not app.exception
        assert "Not computed yet" not in html(app)

"""Long work of a page: announced, run once for all who want it, and handed back to the session that asked."""

import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from cachetools import LRUCache
from PIL import Image
from streamlit.runtime.scriptrunner import get_script_run_ctx

import xai_core as xai
from pages._ui import compute, work
from pages._ui.results import answers, flights, networks, turns
from pages._ui.results.flights import MEMORY, Job, follow
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


@pytest.mark.peers
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
    monkeypatch.setattr(xai, "estimate", lambda *_, **__: 60.0)
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
    for part in (turns, flights):  # AppTest takes the server away, and its cookies, when the first one ends
        monkeypatch.setattr(part, "who", lambda: get_script_run_ctx().session_id)
    monkeypatch.setattr(xai, "estimate", lambda *_, **__: 60.0)
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


def slow_job(key: str, unit: str, total: int) -> tuple[Job, threading.Event]:
    """A job that has done 42 of `total` and goes on until it is let go."""
    go_on = threading.Event()

    def run(report):
        report.progress(42, total)
        go_on.wait(60)
        return ["done"]

    return Job(("test", key), run, lambda: 60.0, unit=unit), go_on


def said_on_bar(
    monkeypatch, *jobs: tuple[Job, threading.Event], counted: int = 1, told: Callable[[], None] = bool
) -> list[str]:
    """What the bar of a group of these jobs says while the first of them runs; `told` is called once the
    announcement stands there."""
    texts: list[str] = []

    class Place:
        def container(self, **_):
            return self

        def empty(self):
            return self

        def button(self, *_, **__):
            return False

        def markdown(self, text, **_):
            texts.append(text)
            told()

        def progress(self, _, text=""):
            texts.append(text)
            if len([t for t in texts if t]) > counted + 1:
                for _job, go_on in jobs:
                    go_on.set()

    monkeypatch.setattr(work.st, "container", lambda **_: Place())
    monkeypatch.setattr(work.st, "session_state", {"_asked": {"set": "these"}})
    with work.groups():
        group = work.Group("set", 2.0, "these")
        group.results([job for job, _ in jobs], "The pictures take")
        group.run()
    return [text.replace("\u00a0", " ") for text in texts if text]


def test_the_bar_counts_what_one_job_counts(monkeypatch):
    MEMORY.clear()
    announced, *bars = said_on_bar(monkeypatch, slow_job("one", "pictures", 390))
    assert announced == "The pictures take about a minute here."
    assert bars[-1].startswith("42 of 390 pictures")


def test_the_bar_of_a_set_counts_its_pictures(monkeypatch):
    MEMORY.clear()
    announced, *bars = said_on_bar(
        monkeypatch, slow_job("a", "passes", 84), slow_job("b", "passes", 84), slow_job("c", "passes", 84)
    )
    assert announced == "The pictures take about 3 min here."
    assert bars[0].startswith("0 of 3 pictures, about ")


def test_an_announcement_counts_the_other_work(monkeypatch):
    """The same job is announced as twice as long while somebody else's runs."""
    MEMORY.clear()
    other, go_on = slow_job("other", "passes", 84)
    with follow(other, 60.0):
        announced, *_ = said_on_bar(monkeypatch, slow_job("mine", "pictures", 390), told=go_on.set)
    assert announced == "The pictures take about 2 min here."


def part_and_whole() -> tuple[Job, Job]:
    return tuple(
        Job(("test", name), lambda report, name=name: [name], lambda: 60.0) for name in ("part", "whole")
    )


@pytest.fixture
def page(monkeypatch):
    """Where a page asks for work, without a page: the groups of each drawing are run as `when_drawn` does."""
    MEMORY.clear()
    monkeypatch.setattr(work.st, "session_state", {})
    subject = SimpleNamespace(handle=SimpleNamespace(identity="network"))

    def draw(patience):
        with work.groups() as groups:
            found = compute.part_first(subject, *part_and_whole(), "All take", "set", patience)
        working = {name: group for name, group in groups.items() if group.work}
        for group in working.values():
            group.run()
        return found, list(working)

    return draw


def test_a_part_starts_by_itself_and_the_whole_follows(page):
    assert page(600.0) == ((None, False), ["set-part"])
    assert page(600.0) == ((["part"], False), ["set"])
    assert page(600.0) == ((["whole"], True), [])


def test_a_long_whole_waits_to_be_asked_for_beside_its_part(page):
    assert page(15.0) == ((None, False), ["set-part"])
    assert page(15.0) == ((["part"], False), [])
    work._ask("set", ("network", (("test", "whole"),)))
    assert page(15.0) == ((["part"], False), ["set"])
    assert page(15.0) == ((["whole"], True), [])


def test_what_was_cancelled_does_not_start_again_by_itself(page):
    assert page(600.0) == ((None, False), ["set-part"])
    assert page(600.0) == ((["part"], False), ["set"])
    MEMORY.clear()
    work.st.session_state["_handed"]["set"] = {}
    work._stop("set", ("network", (("test", "whole"),)))
    assert page(600.0) == ((["part"], False), [])
    work._ask("set", ("network", (("test", "whole"),)))
    assert page(600.0) == ((["part"], False), ["set"])


def test_what_starts_by_itself_is_not_measured_first(open_app, monkeypatch):
    """LIME's first view runs in any case; to time its first batches would only delay it."""
    asked, real = [], xai.estimate
    monkeypatch.setattr(xai, "estimate", lambda *a, **n: asked.append(a[3:] or n) or real(*a, **n))
    MEMORY.clear()
    app = open_app("lime", image="rocket")
    assert not app.exception
    assert asked
    assert all(one in ((False,), {"measured": False}) for one in asked)

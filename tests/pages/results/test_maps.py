"""Maps of the pages: computed together, once, and an impossible one keeps no other from being shown."""

import threading

import pytest

import xai_core as xai
from pages._ui.results import maps, networks
from pages._ui.results.flights import MEMORY

MODEL = "efficientnet_lite0"
QUICK = [xai.Request(m, 282, "blocks.6") for m in ("grad_cam", "layer_cam", "hires_cam")]


@pytest.fixture(autouse=True)
def nothing_known():
    MEMORY.clear()


@pytest.fixture
def runs(monkeypatch):
    """The requests of each time that the network was asked."""
    asked, real = [], xai.explain_each

    def explain_each(handle, image, requests, cancelled=None):
        asked.append(list(requests))
        return real(handle, image, requests, cancelled)

    monkeypatch.setattr(xai, "explain_each", explain_each)
    return asked


def test_an_impossible_map_does_not_part_the_others(chelsea, runs):
    wrong = xai.Request("grad_cam", 282, "layer4")
    found = maps.attempt(MODEL, chelsea, [QUICK[0], wrong, *QUICK[1:]])
    assert len(runs) == 1
    assert "has no layer 'layer4'" in str(found[1])
    assert [e.method for e in found if isinstance(e, xai.Explanation)] == [r.method for r in QUICK]


def test_a_class_against_itself_is_found_out_with_the_picture(chelsea, runs):
    best = xai.predict(networks.handle(MODEL), chelsea, 1)[0].index
    wrong = xai.Request("grad_cam", None, "blocks.6", {"contrast": best})
    found = maps.attempt(MODEL, chelsea, [wrong, *QUICK])
    assert "which is the predicted class" in str(found[0])
    assert all(isinstance(e, xai.Explanation) for e in found[1:])
    assert len(runs) == 1


def test_two_visitors_compute_the_same_maps_once(chelsea, runs):
    start, found = threading.Barrier(2), []

    def visit():
        start.wait()
        found.append(maps.attempt(MODEL, chelsea, QUICK))

    people = [threading.Thread(target=visit) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(runs) == 1
    assert [e.heatmap.tobytes() for e in found[0]] == [e.heatmap.tobytes() for e in found[1]]


def test_two_visitors_compute_a_long_map_once(chelsea, monkeypatch):
    begun, real = [], xai.explain_many

    def explain_many(*given, **named):
        begun.append(1)
        return real(*given, **named)

    monkeypatch.setattr(xai, "explain_many", explain_many)
    request = xai.Request("smooth_grad", 282, params={"samples": 8})
    start, found = threading.Barrier(2), []

    def visit():
        start.wait()
        found.extend(maps.explain(MODEL, chelsea, [request]))

    people = [threading.Thread(target=visit) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert begun == [1]
    assert found[0].heatmap.tobytes() == found[1].heatmap.tobytes()

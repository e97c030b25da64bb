"""A session keeps what its buttons call, and must not keep networks alive by it."""

import dataclasses
import gc
import weakref

import pytest

import xai_core as xai
from pages._ui.results import networks
from pages._ui.results.memory import Memory
from pages._ui.state.subject import Subject


@pytest.fixture
def empty(monkeypatch):
    monkeypatch.setattr(networks, "NETWORKS", Memory(10**9, networks.weight_bytes))


def of(key, image):
    handle = networks.handle(key)
    scores = xai.predict(handle, image, top=5)
    return Subject(key, handle, image, scores, scores[0], scores[1])


def test_a_subject_gives_its_network(empty, chelsea):
    subject = of("tiny_cnn_shapes", chelsea)
    assert subject.handle is networks.handle("tiny_cnn_shapes")
    other = dataclasses.replace(subject, model="tiny_vit_shapes", handle=networks.handle("tiny_vit_shapes"))
    assert other.handle is networks.handle("tiny_vit_shapes")
    assert dataclasses.replace(subject, target=subject.versus).handle is subject.handle
    with pytest.raises(dataclasses.FrozenInstanceError):
        subject.handle = other.handle


def test_a_network_that_was_forgotten_leaves_the_memory_and_comes_back(empty, chelsea):
    subject = of("tiny_cnn_shapes", chelsea)
    gone, identity = weakref.ref(subject.handle), subject.handle.identity
    networks.NETWORKS.clear()
    gc.collect()
    assert gone() is None, "the subject alone does not keep it"
    assert subject.handle.identity == identity
    assert subject.handle is networks.handle("tiny_cnn_shapes")


def test_a_session_that_stays_open_keeps_no_network(empty, monkeypatch, open_app):
    """All that Streamlit holds of it: fragments, callbacks with their arguments, labels of menus."""
    for page in ("overview", "gallery", "insertion", "compare", "trust", "adversarial", "counterfactual"):
        app = open_app(page, model="tiny_cnn_shapes", image="shapes-1-3")
        assert not app.exception
        gone = weakref.ref(networks.handle("tiny_cnn_shapes"))
        networks.NETWORKS.clear()
        gc.collect()
        assert gone() is None, page
        del app

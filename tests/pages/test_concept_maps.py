"""Concept maps and tested concepts: what the parts show, what is refused, and the sentences on both sides."""

import numpy as np
import pytest

from pages._ui.concepts import concept_maps, tested, verdict_maps
from xai_core import ClassScore
from xai_core.concepts import Importance, Tcav
from xai_core.concepts.activation_vectors import ConceptScore

from .conftest import computed, html, select


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Few crops and few pictures of a concept."""
    monkeypatch.setattr(concept_maps, "CROPS", 16)
    monkeypatch.setattr(tested, "EACH", 4)
    monkeypatch.setattr(tested, "RANDOM", 12)
    monkeypatch.setattr(tested, "VIEWS", 3)


def test_concept_maps(open_app):
    app = computed(open_app("concepts", part_of="maps", concept_count="3"))
    assert not app.exception
    page = html(app)
    assert "The control is" in page
    assert "3 concepts explain" in page
    assert "From the concepts alone the network" in page
    assert "Concept 3: " in page
    layer = select(app, "Layer")
    assert layer.value == "bn2"
    assert "blocks.6" not in layer.options
    assert not [s for s in app.selectbox if s.label == "Named by"]


def test_a_tested_concept(open_app):
    app = computed(open_app("concepts", part_of="tested", tested="brown", test_layer="blocks.6"))
    assert not app.exception
    page = html(app)
    assert "The concept does not beat the control" in page or "beats the control" in page
    assert "3 crops of this picture" in page
    assert "Told apart" in page


@pytest.mark.parametrize("part", ["maps", "tested"])
def test_a_folder_that_is_not_there(open_app, part):
    link = {"concepts_in": "folder", "tested": "folder", "labelled": "/nowhere"}
    app = computed(open_app("concepts", part_of=part, **link))
    assert not app.exception
    assert any("/nowhere" in e.value for e in app.error)


@pytest.mark.peers
def test_a_network_that_is_negative_everywhere_says_so(open_app, monkeypatch):
    monkeypatch.setattr("xai_core.concepts.never_negative", lambda _handle: ())
    app = open_app("concepts", part_of="maps", model="efficientnet_lite1")
    assert not app.exception
    assert any("no layer that is never negative" in e.value for e in app.info)


CAT, DOG = (ClassScore(0, "cat", 2.0, 0.8),), (ClassScore(1, "dog", 2.0, 0.7),)


def test_whether_shuffled_channels_are_beaten():
    assert verdict_maps.beats_shuffled(0.21, 0.1)
    assert not verdict_maps.beats_shuffled(0.2, 0.1)
    assert verdict_maps.beats_shuffled(0.1, -0.3)
    assert verdict_maps.found(6, 0.5, 0.1, 0.9).startswith("The control is beaten: 6 concepts explain 50")
    assert "and only 10" in verdict_maps.found(6, 0.5, 0.1, 0.9)
    assert verdict_maps.found(6, 0.15, 0.1, 0.9).startswith("The control is not beaten")


def test_whether_the_concepts_carry_the_answer():
    same = Importance(np.array([0.7, 0.1]), 0, CAT, CAT, (DOG, CAT))
    assert "alone the network also answers cat" in verdict_maps.answer(same)
    said = verdict_maps.without(same, ["concept 1", "concept 2"])
    assert said.startswith("Without concept 1, the most important, the answer becomes dog")
    assert "the other one, left out alone, does not change it" in said
    other = Importance(np.array([0.1, 0.7]), 0, CAT, DOG, (CAT, DOG))
    assert "answers dog" in verdict_maps.answer(other)
    assert "not cat" in verdict_maps.answer(other)
    said = verdict_maps.without(other, ["concept 2", "concept 1"])
    assert said.startswith("Without concept 1, the most important, the answer stays dog")
    assert "the other one, left out alone, changes it too" in said
    three = Importance(np.array([0.7, 0.1, 0.1, 0.1]), 0, CAT, CAT, (DOG, CAT, CAT, CAT))
    names = [f"concept {number}" for number in range(1, 5)]
    assert "of the 3 others, left out alone, none changes it" in verdict_maps.without(three, names)
    three = Importance(np.array([0.7, 0.1, 0.1, 0.1]), 0, CAT, CAT, (DOG, DOG, DOG, CAT))
    assert "of the 3 others, left out alone, 2 change it" in verdict_maps.without(three, names)


def result(*corrected):
    scored = tuple(ConceptScore(f"c{n}", 0.9, 0.8, p, p, (0.9,)) for n, p in enumerate(corrected))
    return Tcav("layer", 0, scored, (0.4, 0.6), 10, False)


def test_a_tested_concept_beats_the_control_below_five_in_a_hundred():
    passed = verdict_maps.tested(result(0.049, 0.05), "cat")
    assert passed.startswith("1 of 2 concepts beats the control of 2 random sets: towards c0")
    assert "the logit of cat rises more often" in passed
    assert "c1" not in passed
    missed = verdict_maps.tested(result(0.05, 0.9), "cat")
    assert missed.startswith("None of the 2 concepts beats the control")
    assert "Nothing is shown about cat" in missed
    assert verdict_maps.tested(result(0.2), "cat").startswith("The concept does not beat the control")
    for said in (passed, missed):
        assert "because" not in said

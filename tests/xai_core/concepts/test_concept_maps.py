"""Concepts of a network whose channels are its concepts: maps, importance, answers without, and gradients."""

import numpy as np
import pytest
import torch
from torch import nn

import xai_core as xai
from tests.xai_core.concepts.conftest import handle_of
from xai_core.concepts.concept_importance import concept_gradient, concept_importance
from xai_core.concepts.concept_maps import craft, deep_feature_factorization
from xai_core.concepts.positive import never_negative

SIZE = (12, 20)


class Colours(nn.Module):
    """Unit k is colour k above grey, class 0 is 3 red + 4 blue, class 1 green, by their means."""

    def __init__(self):
        super().__init__()
        self.lines = nn.Identity()
        self.units = nn.ReLU()
        self.weights = nn.Parameter(torch.tensor([[3.0, 0, 4], [0, 1, 0]]))

    def forward(self, x):
        return self.units(self.lines(x)).mean((2, 3)) @ self.weights.T


@pytest.fixture
def colours():
    return handle_of(Colours(), SIZE, ("red or blue", "green"))


@pytest.fixture
def thirds():
    """A red third, a green one and a blue one; and pictures of one colour each."""
    striped = np.zeros((*SIZE, 3), np.uint8)
    plain = []
    for number, part in enumerate((slice(0, 6), slice(6, 13), slice(13, 20))):
        striped[:, part, number] = 255
        one = np.zeros((*SIZE, 3), np.uint8)
        one[..., number] = 255
        plain.append(xai.ImageInput(one, "squash", f"plain {number}"))
    return [xai.ImageInput(striped, "squash", "thirds"), *plain]


def by_channel(found):
    """The concept that each channel is."""
    assert found.basis.shape == (3, 3)
    np.testing.assert_allclose(found.basis.max(1), 1, atol=1e-3)
    return [int(np.argmax(found.basis[:, channel])) for channel in range(3)]


@pytest.mark.parametrize("method", [craft, deep_feature_factorization])
def test_the_concepts_are_the_colours(colours, thirds, method):
    found = method(colours, thirds, concepts=3, crops=6)
    assert found.layer == "units"
    places = by_channel(found)
    assert found.maps.shape == (4, 3, *SIZE)
    mask = np.zeros(SIZE)
    mask[:, :6] = 1
    np.testing.assert_allclose(found.maps[0, places[0]], mask, atol=2e-3)
    assert found.explained > 0.99
    assert found.explained > found.chance
    np.testing.assert_allclose(found.stability, 1, atol=0.01)
    assert {0, 1} == set(found.exemplars(places[0], 2))
    assert found.top_crops(places[0], 2)[0].of in (0, 1)
    again = method(colours, thirds, concepts=3, crops=6)
    np.testing.assert_array_equal(found.basis, again.basis)


def test_importance_is_the_share_of_the_variance(colours, thirds):
    """The logit of class 0 is linear in the masks: 3 r m_red + 4 b m_blue, r and b shares of places."""
    found = concept_importance(colours, thirds[0], "units", np.eye(3), 0, points=1024)
    parts = np.array([3 * 6 / 20, 0, 4 * 7 / 20])
    np.testing.assert_allclose(found.values, parts**2 / np.sum(parts**2), atol=0.01)
    logits = [{s.index: s.logit for s in one} for one in (found.answer, found.rebuilt, *found.without)]
    assert logits[0][0] == pytest.approx(parts.sum(), rel=1e-6)
    assert logits[1][0] == pytest.approx(parts.sum(), rel=1e-6)
    np.testing.assert_allclose([one[0] for one in logits[2:]], parts.sum() - parts, rtol=1e-6)
    assert concept_importance(colours, thirds[0], "units", np.eye(3)).target == 0


def test_the_gradient_goes_through_the_coefficients(colours, thirds):
    """u is the mean of the red channel where it is positive, and x is (pixel / 255 - 0.5) / 0.5."""
    found = concept_gradient(colours, thirds[0], "units", np.eye(3), 0)
    expected = np.zeros(SIZE)
    expected[:, :6] = 1 / (SIZE[0] * SIZE[1])
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_negative_layer_is_refused_with_one_that_is_not(colours, thirds):
    assert never_negative(colours) == ("units",)
    with pytest.raises(xai.InputError, match=r"'lines' is negative in places .* such as 'units'"):
        craft(colours, thirds, "lines", 2, crops=2)


def test_a_network_without_a_layer_that_is_never_negative_says_so(thirds):
    class Smooth(Colours):
        def __init__(self):
            super().__init__()
            self.units = nn.SiLU()

    with pytest.raises(xai.InputError, match=r"no layer that is never negative .* SiLU or GELU"):
        craft(handle_of(Smooth(), SIZE, ("a", "b")), thirds)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"concepts": 4}, "concepts is 4; from 1 to 3"),
        ({"side": 0}, "side is 0"),
        ({"crops": 0}, "crops is 0"),
        ({"layer": "nope"}, "no layer 'nope'"),
    ],
)
def test_what_is_refused(colours, thirds, settings, said):
    with pytest.raises(xai.InputError, match=said):
        craft(colours, thirds, **settings)
    with pytest.raises(xai.InputError, match="no picture"):
        craft(colours, [], **settings)


def test_it_is_cancelled_and_leaves_nothing_behind(colours, thirds):
    with pytest.raises(xai.Cancelled):
        craft(colours, thirds, concepts=3, cancelled=lambda: True)
    with pytest.raises(xai.Cancelled):
        concept_importance(colours, thirds[0], "units", np.eye(3), cancelled=lambda: True)
    with colours.session() as net:
        assert not any(module._forward_hooks for module in net.modules())
        assert "forward" not in vars(net.units)


def test_progress_ends_at_its_total(colours, thirds):
    told = []
    craft(colours, thirds, concepts=3, crops=2, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (12, 12)

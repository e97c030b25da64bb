"""Contributions, and what is left without a unit, on networks solved by hand."""

import numpy as np
import pytest
import torch
from torch import nn

import xai_core as xai
from tests.xai_core.concepts.conftest import handle_of
from xai_core.concepts.evidence import ablate, ablate_others, evidence, without


class Weighted(nn.Module):
    """Three units, the colours; class 0 is 2 red - 3 green + blue, class 1 their sum, by their means."""

    def __init__(self):
        super().__init__()
        self.units = nn.Identity()
        self.weights = nn.Parameter(torch.tensor([[2.0, -3, 1], [1, 1, 1]]))

    def forward(self, x):
        return self.units(x + 1).mean((2, 3)) @ self.weights.T


@pytest.fixture
def weighted():
    return handle_of(Weighted(), (6, 10), ("first", "second"))


@pytest.fixture
def image():
    return xai.ImageInput(np.random.default_rng(0).integers(0, 256, (6, 10, 3), dtype=np.uint8), "squash")


def means(image):
    return image.pixels.mean((0, 1)) / 127.5  # the unit is (pixel / 255 - 0.5) / 0.5 + 1


def test_a_contribution_is_weight_times_activation_when_the_rest_is_linear(weighted, image):
    found = evidence(weighted, image, "units", 0)
    expected = np.array([2, -3, 1]) * means(image)
    order = np.argsort(-expected)
    assert found["unit"].tolist() == order.tolist()
    np.testing.assert_allclose(found["contribution"], expected[order], rtol=1e-5)
    np.testing.assert_allclose(found["activation"], means(image)[order], rtol=1e-5)
    assert found["description"].tolist() == ["", "", ""]
    np.testing.assert_allclose(found["share"], expected[order] / expected[expected > 0].sum(), rtol=1e-5)


def test_it_is_what_ablation_takes_away(weighted, image):
    for row in evidence(weighted, image, "units", 0).itertuples():
        found = ablate(weighted, image, "units", [row.unit])
        assert found.change(0) == pytest.approx(-row.contribution, rel=1e-5)
    everything = ablate(weighted, image, "units", [2, 0, 1, 1])
    assert everything.units == (0, 1, 2)
    assert [s.logit for s in everything.after] == [0, 0]
    assert [s.index for s in everything.before] == [1, 0]


def test_names_come_from_the_table(weighted, image):
    import pandas as pd

    names = pd.DataFrame(
        {
            "layer": ["units", "other"],
            "unit": [1, 0],
            "description": ["green", "no"],
            "category": ["colour", "no"],
        }
    )
    found = evidence(weighted, image, "units", 0, names, top=3).set_index("unit")
    assert found["description"].to_dict() == {0: "", 1: "green", 2: ""}
    assert found["category"].to_dict() == {0: "", 1: "colour", 2: ""}


def test_on_a_real_network_the_map_and_the_scores_change_and_the_handle_stays(lite0, chelsea):
    best = evidence(lite0, chelsea, "blocks.6", None, top=20)
    target = xai.predict(lite0, chelsea, 1)[0].index
    before = xai.explain(lite0, chelsea, "grad_cam", target=target, relu=False)
    off = best["unit"].tolist()
    assert ablate(lite0, chelsea, "blocks.6", off).change(target) < -0.5
    other = without(lite0, "blocks.6", off)
    after = xai.explain(other, chelsea, "grad_cam", target=target, layer="blocks.6", relu=False)
    assert after.logit == pytest.approx(
        before.logit + ablate(lite0, chelsea, "blocks.6", off).change(target), abs=1e-4
    )
    assert not np.allclose(after.heatmap, before.heatmap)
    again = xai.explain(lite0, chelsea, "grad_cam", target=target, relu=False)
    np.testing.assert_array_equal(again.heatmap, before.heatmap)
    with other.session() as net, lite0.session() as plain:
        assert len(net.get_submodule("blocks.6")._forward_hooks) == 1
        assert not plain.get_submodule("blocks.6")._forward_hooks


def test_what_is_refused(weighted, image):
    for unit in (3, -1, True, 1.0):
        with pytest.raises(xai.InputError, match="units has units from 0 to 2"):
            ablate(weighted, image, "units", [unit])
    with pytest.raises(xai.InputError, match="target is 2"):
        evidence(weighted, image, "units", 2)
    with pytest.raises(xai.InputError, match="no layer 'nope'"):
        without(weighted, "nope", [0])


def test_the_control_switches_off_as_many_other_units(weighted, image):
    found = ablate_others(weighted, image, "units", [0], draws=12)
    assert {one.units for one in found} == {(1,), (2,)}
    assert ablate_others(weighted, image, "units", [0], draws=12) == found
    assert [one.units for one in ablate_others(weighted, image, "units", [0, 1], draws=3)] == [(2,)]


def test_where_few_sets_of_others_exist_each_is_taken_once(weighted, image):
    assert [one.units for one in ablate_others(weighted, image, "units", [0], draws=2)] == [(1,), (2,)]
    assert len(ablate_others(weighted, image, "units", [0], draws=1)) == 1

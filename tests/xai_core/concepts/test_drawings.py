"""Drawn pictures as a probing set, and their shapes as concepts with masks."""

import numpy as np
import pytest
import torch
from torch import nn

import xai_core as xai
from xai_core import concepts
from xai_core.concepts import drawings, masks
from xai_core.concepts.naming import dissect
from xai_core.inputs.shapes import FORMS, draw

from .conftest import handle_of


def test_the_set_is_the_drawings_in_order():
    found = concepts.drawn()
    assert len(found) == 200
    assert found is concepts.drawn()
    own = draw(17, side=drawings.SIDE)
    np.testing.assert_array_equal(found[17].pixels, own.pixels)
    assert found[17].name == f"Shapes 17: {own.labels[0]}"
    assert len(set(found.photographs)) == 200


def test_a_mask_is_that_of_the_filled_shape_under_both_names():
    own = draw(3, side=drawings.SIDE)
    found = drawings.masked(concepts.SHAPES, 3)
    assert set(found.masks) == {own.labels[0], "filled shape"}
    for mask in found.masks.values():
        np.testing.assert_array_equal(mask, own.masks[0])
    assert not drawings.masked(["none"], 3).masks
    assert set(concepts.SHAPES) == {*FORMS, "filled shape"}


def test_domains_by_name():
    colour, shape = masks.chosen(["red", "star", "filled shape"])
    assert (colour.concepts, shape.concepts) == (("red",), ("star", "filled shape"))
    assert shape.category("star") == "shape"
    assert len(shape.loaders) == 200
    assert [domain.category("x") for domain in masks.chosen(None)] == ["colour", "texture"]
    with pytest.raises(xai.InputError, match=r"no masks for 'ball'.*star"):
        masks.chosen(["star", "ball"])


class ByHeart(nn.Module):
    """Unit 0 is above 1 inside filled hearts and unit 1 inside every filled shape, highest on ripples of
    12 pixels, and both are 0 elsewhere. It knows each drawing by its mean."""

    def __init__(self, count):
        super().__init__()
        self.units = nn.Identity()
        self.known = [draw(number, side=drawings.SIDE) for number in range(count)]
        wave = torch.sin(torch.arange(drawings.SIDE) * 2 * torch.pi / 12)
        self.ripples = 1.5 + wave[:, None] * wave / 2

    def forward(self, x):
        maps = []
        for one in x:
            errors = [abs(float(d.pixels.mean()) / 127.5 - 1 - float(one.mean())) for d in self.known]
            found = self.known[int(np.argmin(errors))]
            mask = torch.from_numpy(found.masks[0]) * self.ripples
            maps.append(torch.stack([mask * (found.labels[0] == "heart"), mask]))
        return self.units(torch.stack(maps)).mean((2, 3))


def test_a_unit_is_named_for_the_shape_that_it_lies_on(monkeypatch):
    monkeypatch.setattr(masks, "PICTURES", 40)
    net = handle_of(ByHeart(40), (drawings.SIDE, drawings.SIDE), ("heart", "any"))
    table = dissect(net, concepts.drawn()[:40], ["units"], "network_dissection", concepts=concepts.SHAPES)
    assert table["description"].tolist() == ["heart", "filled shape"]
    assert table["category"].tolist() == ["shape", "shape"]
    assert (table["similarity"] > 0.04).all()

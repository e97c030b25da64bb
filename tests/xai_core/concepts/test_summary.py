"""Tables of names counted by hand, and a unit's map against the network's own output."""

import numpy as np
import pandas as pd
import pytest
import torch

import xai_core as xai
from xai_core.concepts import OUTPUT, counts, only_in, shares, unit_maps


def table(rows, threshold=1.0):
    made = pd.DataFrame(rows, columns=["layer", "unit", "description", "similarity", "category"])
    made.attrs = {"thresholds": dict.fromkeys(made["layer"], threshold)}
    return made


ONE = table(
    [
        ("a", 0, "cat", 2.0, "animal"),
        ("a", 1, "cat", 1.5, "animal"),
        ("a", 2, "sky", 3.0, "scene"),
        ("a", 3, "cup", 0.5, "object"),
        ("a", 4, "", np.nan, ""),
    ]
)
TWO = table([("b", 0, "cat", 2.0, "animal"), ("b", 1, "cup", 9.0, "object")])


def test_only_units_above_chance_count():
    found = counts({"one": ONE, "two": TWO})
    assert found.to_dict("list") == {
        "concept": ["cat", "cup", "sky"],
        "category": ["animal", "object", "scene"],
        "one": [2, 0, 1],
        "two": [1, 1, 0],
    }


def test_shares_by_category():
    found = shares(counts({"one": ONE, "two": TWO}))
    assert found.loc["animal"].tolist() == pytest.approx([2 / 3, 1 / 2])
    assert found.sum().tolist() == pytest.approx([1, 1])
    none = table([("c", 0, "cat", 0.1, "animal")])
    assert shares(counts({"one": ONE, "none": none}))["none"].isna().all()


def test_what_only_one_has():
    found = counts({"one": ONE, "two": TWO})
    assert only_in(found, "one") == ["sky"]
    assert only_in(found, "two") == ["cup"]


def test_nothing_named():
    none = table([("c", 0, "cat", 0.1, "animal")])
    assert counts({"none": none}).empty


def test_maps_of_a_unit_are_the_layers_own(lite0, chelsea):
    other = xai.load_sample("coffee")
    found = unit_maps(lite0, [chelsea, other], "blocks.4", 7)
    with lite0.session() as net, torch.no_grad():
        seen = []
        net.get_submodule("blocks.4").register_forward_hook(lambda m, i, o: seen.append(o))
        net(torch.cat([lite0.preprocess(chelsea), lite0.preprocess(other)]))
    assert found.shape == (2, 14, 14)
    assert np.allclose(found, seen[0][:, 7].numpy(), atol=1e-4)


@pytest.mark.parametrize(
    ("layer", "unit", "said"),
    [("blocks.4", 112, "units from 0 to 111"), ("layer9", 0, "no layer 'layer9'"), (OUTPUT, 0, "no place")],
)
def test_no_such_unit(lite0, chelsea, layer, unit, said):
    with pytest.raises(xai.InputError, match=said):
        unit_maps(lite0, [chelsea], layer, unit)

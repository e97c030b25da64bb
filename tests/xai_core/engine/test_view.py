"""Every map carries the picture as the network saw it, once for all maps of a call."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch

import xai_core as xai


def test_it_is_what_the_network_saw_and_all_maps_share_it(lite0_small, chelsea):
    grad_cam, gradient = xai.explain_many(
        lite0_small, chelsea, [xai.Request("grad_cam"), xai.Request("gradient")]
    )
    assert np.array_equal(grad_cam.view, lite0_small.view(chelsea))
    assert grad_cam.view.dtype == np.uint8
    assert grad_cam.view is gradient.view
    with pytest.raises(ValueError, match="read-only"):
        grad_cam.view[:] = 0


@pytest.mark.parametrize("fit", ["crop", "squash", "pad"])
@pytest.mark.parametrize("model", ["efficientnet_lite0", "resnet18"])
def test_it_is_exact_for_every_normalisation_and_fit(model, fit, chelsea):
    handle = xai.load_model(model, device="cpu", weights="random")
    image = chelsea.with_fit(fit)
    assert np.array_equal(xai.explain(handle, image, "gradient").view, handle.view(image))


@pytest.mark.peers
def test_a_lower_precision_moves_it_by_little(chelsea):
    handle = xai.load_model("resnet18", device="cpu", weights="random", dtype=torch.bfloat16)
    found = xai.explain(handle, chelsea, "gradient").view.astype(int)
    assert np.abs(found - handle.view(chelsea)).max() <= 2


def test_it_survives_pickling_shared_and_read_only(lite0_small, chelsea):
    maps = xai.explain_many(lite0_small, chelsea, [xai.Request("grad_cam"), xai.Request("hires_cam")])
    one, other = pickle.loads(pickle.dumps(maps))
    assert one.view is other.view
    assert np.array_equal(one.view, maps[0].view)
    assert not one.view.flags.writeable
    assert xai.Explanation(**{**vars(one), "view": None}).rectified().view is None


def test_what_is_made_of_a_map_keeps_it(lite0_small, chelsea):
    e = xai.explain(lite0_small, chelsea, "grad_cam", relu=False)
    assert e.rectified().view is e.view
    partials: list[xai.Coarse] = []
    request = xai.Request("rise", params={"masks": 200})
    (e,) = xai.explain_many(lite0_small, chelsea, [request], on_partial=partials.append)
    assert all(partial.map.view is e.view for partial in partials)

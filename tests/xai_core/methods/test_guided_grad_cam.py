"""guided_grad_cam: the product of two methods that are tested on their own."""

import numpy as np
import pytest

import xai_core as xai


@pytest.mark.parametrize("aggregate", ["abs", "signed"])
def test_is_the_product(lite0, dog_cat, aggregate):
    found = xai.explain(lite0, dog_cat, "guided_grad_cam", 282, "blocks.4", aggregate=aggregate)
    guided = xai.explain(lite0, dog_cat, "guided_backprop", 282, aggregate=aggregate)
    cam = xai.explain(lite0, dog_cat, "grad_cam", 282, "blocks.4")
    expected = guided.heatmap * cam.upsampled()
    np.testing.assert_allclose(found.heatmap, expected, rtol=1e-4, atol=1e-6 * np.abs(expected).max())
    assert found.signed == (aggregate == "signed")


def test_the_layer_matters(lite0, dog_cat):
    one, other = (
        xai.explain(lite0, dog_cat, "guided_grad_cam", 282, layer) for layer in ("blocks.4", "blocks.6")
    )
    assert one.heatmap.tobytes() != other.heatmap.tobytes()

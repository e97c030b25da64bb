"""What a method says about knowing the class is what its maps show."""

import numpy as np
import pytest

import xai_core as xai

QUICK = [key for key, spec in xai.METHODS.items() if not spec.long]


@pytest.mark.parametrize("key", QUICK)
def test_the_maps_of_two_classes_differ_where_the_method_knows_the_class(lite0, tiny_vit, chelsea, key):
    handle = tiny_vit if "attention" in xai.METHODS[key].needs else lite0
    one, other = xai.explain_many(handle, chelsea, [xai.Request(key, target=target) for target in (282, 967)])
    assert xai.METHODS[key].class_specific == (not np.array_equal(one.heatmap, other.heatmap))

"""Parameters of all methods and attacks."""

import pytest

import xai_core as xai


@pytest.mark.parametrize("key", [*xai.METHODS, *xai.ATTACKS])
def test_every_number_has_limits_and_a_step(key):
    """The pages draw a slider or a field for it, which need all three."""
    spec = xai.METHODS.get(key) or xai.ATTACKS[key]
    for param in spec.params:
        if param.kind in ("int", "float"):
            assert None not in (param.low, param.high, param.step), param.name

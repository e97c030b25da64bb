"""Parameters of all methods and attacks."""

import pytest

import xai_core as xai
from xai_core.parameters import Param, recorded


@pytest.mark.parametrize("key", [*xai.METHODS, *xai.ATTACKS])
def test_every_number_has_limits_and_a_step(key):
    """The pages draw a slider or a field for it, which need all three."""
    spec = xai.METHODS.get(key) or xai.ATTACKS[key]
    for param in spec.params:
        if param.kind in ("int", "float"):
            assert None not in (param.low, param.high, param.step), param.name


def test_a_kept_result_gets_what_it_was_computed_with():
    params = (Param("samples", "int", 10, ""), Param("draw", "choice", "new", "", earlier="old"))
    assert recorded(params, {"samples": 3}) == {"samples": 3, "draw": "old"}
    assert recorded(params, {"samples": 3, "draw": "new"}) == {"samples": 3, "draw": "new"}
    assert recorded(params, {}) == {"draw": "old"}, "a parameter that was always there is not guessed"


@pytest.mark.parametrize("key", xai.METHODS)
def test_an_earlier_value_is_accepted_and_not_the_default(key):
    for param in xai.METHODS[key].params:
        if param.earlier is not None:
            assert param.check(param.earlier, key) != param.default

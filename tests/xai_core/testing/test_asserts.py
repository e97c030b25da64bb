"""The functions: the Result of a check that passed, and an AssertionError with the numbers of any other."""

import pytest

import xai_core as xai
from xai_core import testing
from xai_core.types import Box


def test_a_check_that_passes_gives_its_result(tiny, drawn):
    found = testing.assert_looks_at(tiny, drawn, share=0.2)
    assert found.verdict == testing.PASS
    assert found.check.against == "centre"


def test_one_that_fails_says_what_was_found_and_the_worst_pictures(tiny, drawn):
    with pytest.raises(testing.CheckFailed, match=r"look at the object\? No\.") as error:
        testing.assert_looks_at(tiny, drawn, share=0.99)
    assert not isinstance(error.value, testing.CheckUndecided)
    assert "worst: " in str(error.value)
    assert error.value.result.verdict == testing.FAIL


def test_one_that_stays_undecided_is_an_error_of_its_own(tiny, drawn):
    with pytest.raises(testing.CheckUndecided, match="A larger limit may settle it"):
        testing.assert_looks_at(tiny, drawn, share=0.2, limit=2)


def test_boxes_can_be_given_by_name(tiny, few):
    everything = {example.name: [Box("", 0, 0, 256, 256)] for example in few.examples}
    with pytest.raises(testing.CheckFailed, match="does not beat a flat map"):
        testing.assert_looks_at(tiny, few, everything, share=0.2, about="these")


def test_a_map_that_does_not_look_is_an_assertion_that_fails(tiny, few):
    with pytest.raises(testing.CheckFailed, match="Refused"):
        testing.assert_robust(tiny, few, method="centre")


def test_the_others_pass_on_what_the_network_does(tiny, few):
    kept = {"about": "these", "limit": 12}
    assert testing.assert_same_map_after(tiny, few, "brightness", 0.1, **kept).looked <= 12
    assert testing.assert_robust(tiny, few, radius=1.0, alike=0.1, **kept).verdict == testing.PASS
    assert testing.assert_ignores(tiny, few, [0.0, 0.0, 0.1, 0.1], 0.5, 0.6, **kept).measured <= 12
    with pytest.raises(xai.InputError, match="There is no model"):
        testing.assert_faithful("no model", few)

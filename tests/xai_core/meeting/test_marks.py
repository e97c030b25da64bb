import pytest

from xai_core.meeting.marks import Mark, read_mark, write_mark
from xai_core.types import InputError


@pytest.mark.parametrize("mark", [None, Mark(0, 1), Mark(0.25, 0.5), Mark(0.1, 0.2, 0.3, 1.0)])
def test_a_mark_comes_back(mark):
    assert read_mark(write_mark(mark)) == mark


@pytest.mark.parametrize(
    "sides",
    [(-0.01, 0.5), (0.5, 1.01), (float("nan"), 0.5), (0.5, float("inf")), (0.1, 0.1, 0.5), (0.1, 0.1, 2, 1)],
)
def test_a_mark_lies_in_the_picture(sides):
    with pytest.raises(InputError, match="shares of the picture from 0 to 1 are accepted"):
        Mark(*sides)


def test_a_box_has_an_area():
    with pytest.raises(InputError, match="second corner"):
        Mark(0.5, 0.5, 0.5, 0.9)

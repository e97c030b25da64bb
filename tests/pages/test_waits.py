"""The words for waiting, on both sides of each threshold."""

import pytest

from pages._ui.widgets.waits import Course, in_line, on_bar, roughly, seconds_left


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.1, "a second"),
        (1.4, "a second"),
        (1.6, "2 s"),
        (9.4, "9 s"),
        (9.6, "10 s"),
        (23, "25 s"),
        (26, "half a minute"),
        (37, "half a minute"),
        (38, "45 s"),
        (52, "45 s"),
        (53, "a minute"),
        (89, "a minute"),
        (91, "2 min"),
        (59 * 60, "59 min"),
        (60 * 60, "an hour"),
        (89 * 60, "an hour"),
        (91 * 60, "2 hours"),
    ],
)
def test_a_time_is_said_roughly(seconds, said):
    assert roughly(seconds).replace("\u00a0", " ") == said


def test_who_waits_in_line_is_told_what_comes_before():
    assert in_line(3, False, 8.2).replace("\u00a0", " ") == "Waits for its turn: 3 before you, about 8 s"
    assert in_line(1, True, 1.0) == "Waits for its turn: your other work comes first, about a second"


def test_the_announcement_holds_until_something_is_done():
    assert seconds_left(0.0, 2.0, 10.0) == 8.0
    assert seconds_left(0.0, 12.0, 10.0) is None, "it was wrong, and nothing is known yet"
    assert seconds_left(0.0, 1.0, 0.0) is None


def test_the_time_left_is_measured_and_corrects_the_announcement():
    assert seconds_left(0.25, 10.0, 10.0) == pytest.approx(30.0), "announced 10 s, but a quarter took them"
    assert seconds_left(0.5, 2.0, 60.0) == pytest.approx(2.0), "announced 60 s, but half took two"
    assert seconds_left(0.05, 1.0, 30.0) == pytest.approx(0.5 * 19.0 + 0.5 * 29.0), "both count at first"
    assert seconds_left(0.05, 2.0, 0.62) == pytest.approx(38.0), "an announcement that was wrong does not"
    assert seconds_left(1.0, 5.0, 4.0) == 0.0


def test_what_was_done_before_somebody_joined_is_not_his_speed():
    assert seconds_left(0.75, 10.0, 0.0, joined=0.5) == pytest.approx(10.0)
    assert seconds_left(0.5, 3.0, 0.0, joined=0.5) is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((42, 390, "pictures", 118.0), "42 of 390 pictures, about 2 min left"),
        ((1042, 2000, "samples", 2.1), "1,042 of 2,000 samples, about 2 s left"),
        ((42, 390, "pictures", 1.9), "42 of 390 pictures"),
        ((42, 390, "pictures", None), "42 of 390 pictures"),
        ((0, 1, "maps", 30.0, "Score-CAM"), "Score-CAM: about half a minute left"),
        ((3, 4, "maps", None, "Score-CAM"), "Score-CAM: 3 of 4 maps"),
        ((0, 1, "maps", None, "Score-CAM"), "Score-CAM"),
        ((0, 0, "passes", None), "Begins"),
        ((42_300_000, 390_000_000, "bytes", None), "42 of 390 MB"),
    ],
)
def test_the_bar_says_how_much_of_what_and_how_long(given, said):
    assert on_bar(*given).replace("\u00a0", " ") == said


def test_pieces_of_work_count_by_what_they_cost():
    course = Course([30.0, 10.0], announced=40.0, began=100.0)
    assert course.share(0, 0.5) == pytest.approx(0.375)
    assert course.share(1, 0.0) == pytest.approx(0.75)
    assert course.share(1, 1.0) == 1.0
    assert course.left(0, 0.5, now=130.0) == pytest.approx(50.0), "three eighths took 30 s"


def test_pieces_without_a_known_cost_count_alike():
    assert Course([0.0, 0.0], 0.0, 0.0).share(1, 0.5) == pytest.approx(0.75)


def test_a_piece_that_somebody_else_had_begun():
    course = Course([10.0, 10.0], announced=0.0, began=0.0)
    course.join(0, 0.5)
    assert course.left(1, 0.0, now=5.0) == pytest.approx(10.0), "a quarter of all took 5 s"


def test_time_in_line_is_no_work():
    """Half a minute in line, then half of the work in 5 s: the other half takes as long."""
    course = Course([10.0], announced=40.0, began=100.0)
    course.waited(30.0)
    assert course.left(0, 0.0, 130.0) == 10.0, "of the announced 40 s, 30 were for the line"
    assert course.left(0, 0.5, 135.0) == 5.0
